//! Codings: their names, and the choice among them.

use super::*;
use Coding::{Br, Gzip, Zstd};
use Selection::{Coded, Identity, NotAcceptable};

/// The longest coding first, so that order and length are not taken for each other.
const SIBLINGS: [(Coding, u64); 3] = [(Gzip, 30), (Zstd, 25), (Br, 20)];
const IDENTITY_LEN: u64 = 100;

#[track_caller]
fn check_among(available: &[(Coding, u64)], lines: &[&str], expected: Selection) {
    let accepted = AcceptEncoding::gather(lines.iter().map(|line| line.as_bytes()));
    let selection = accepted.preferred(available.iter().copied(), IDENTITY_LEN);
    assert_eq!(selection, expected, "{lines:?} of {available:?}");
}

#[track_caller]
fn check(line: &str, expected: Selection) {
    check_among(&SIBLINGS, &[line], expected);
}

#[test]
fn codings_have_names() {
    for coding in Coding::ALL {
        let name = coding.as_str();
        assert_eq!(Coding::parse(name.as_bytes()), Some(coding));
        assert_eq!(Coding::parse(name.to_uppercase().as_bytes()), Some(coding));
    }
    assert_eq!(Coding::parse(b"X-GZip"), Some(Gzip));
    for name in ["", "identity", "*", "deflate", "x-br", "gzi", "gzipp", " gzip"] {
        assert_eq!(Coding::parse(name.as_bytes()), None, "{name:?}");
    }
    assert_eq!(Coding::ALL.map(Coding::extension), [".br", ".zst", ".gz"]);
}

#[test]
fn who_names_no_coding_gets_the_identity() {
    check_among(&SIBLINGS, &[], Identity);
    assert_eq!(AcceptEncoding::gather([]), AcceptEncoding::default());
    check("", Identity);
    check(" , ,", Identity);
    check("identity", Identity);
    check("deflate, compress", Identity);
}

#[test]
fn the_fewest_bytes_win_among_equals() {
    check("gzip", Coded(Gzip));
    check("GZIP", Coded(Gzip));
    check("x-gzip", Coded(Gzip));
    check("gzip, deflate, br, zstd", Coded(Br));
    check("gzip, deflate, zstd", Coded(Zstd));
    check_among(&SIBLINGS, &["gzip", "deflate", "br"], Coded(Br));
    check_among(&[(Gzip, 30)], &["gzip, deflate, br, zstd"], Coded(Gzip));
    check_among(&[(Zstd, 7), (Br, 7)], &["br, zstd"], Coded(Zstd));
    check_among(&[], &["gzip, br"], Identity);
    // Named alike, the identity takes part; named not at all, it stands back.
    check_among(&[(Gzip, 101)], &["gzip, identity"], Identity);
    check_among(&[(Gzip, 100)], &["gzip, identity"], Identity);
    check_among(&[(Gzip, 99)], &["gzip, identity"], Coded(Gzip));
    check_among(&[(Gzip, 101)], &["gzip"], Coded(Gzip));
}

#[test]
fn the_greatest_quality_wins() {
    check("gzip;q=1.0, br;q=0.9", Coded(Gzip));
    check("gzip;q=0.001", Coded(Gzip));
    check("br;q=0.2, gzip ; Q=0.3,\tzstd;q=0.25", Coded(Gzip));
    check("gzip;q=0.5, identity;q=0.6", Identity);
    check("gzip;q=0.6, identity;q=0.5", Coded(Gzip));
    check("br;q=0, gzip", Coded(Gzip));
    check("br;q=0, gzip;q=0, zstd;q=0.000", Identity);
}

#[test]
fn the_star_stands_for_what_is_not_named() {
    check("*", Coded(Br));
    check("*;q=0.5", Coded(Br));
    check("br;q=0, *", Coded(Zstd));
    check("*, br;q=0", Coded(Zstd));
    check("gzip;q=0.5, *;q=0.4", Coded(Gzip));
    check("gzip;q=0.4, *;q=0.5", Coded(Br));
    check("*;q=0.5, identity", Identity);
    // It stands for the identity too.
    check_among(&[(Gzip, 101)], &["*"], Identity);
    check_among(&[(Gzip, 10)], &["gzip;q=0.5, *"], Identity);
}

#[test]
fn the_identity_can_be_refused() {
    check("identity;q=0", NotAcceptable);
    check("*;q=0", NotAcceptable);
    check("deflate, *;q=0", NotAcceptable);
    check("gzip, *;q=0", Coded(Gzip));
    check("gzip, identity;q=0", Coded(Gzip));
    check_among(&[(Br, 20)], &["gzip, identity;q=0"], NotAcceptable);
    check("identity;q=0, *", Coded(Br));
    check("identity;q=0.1, *;q=0", Identity);
    // The example of RFC 9110 §12.5.3.
    check("gzip;q=1.0, identity; q=0.5, *;q=0", Coded(Gzip));
    check_among(&[(Br, 20)], &["gzip;q=1.0, identity; q=0.5, *;q=0"], Identity);
}

#[test]
fn the_first_word_about_a_coding_counts() {
    check("gzip;q=0, gzip", Identity);
    check("gzip, gzip;q=0", Coded(Gzip));
    check("x-gzip;q=0, gzip", Identity);
    check("*;q=0, *", NotAcceptable);
    check_among(&SIBLINGS, &["identity;q=0", "identity"], NotAcceptable);
}

#[test]
fn malformed_members_are_passed_over() {
    for member in [
        "gzip;q=2",
        "gzip;q=",
        "gzip;q",
        "gzip;q=0.0001",
        "gzip;q=1;q=1",
        "gzip;level=9",
        "gzip;",
        "gzip q=1",
        "\"gzip\"",
        ";q=1",
        "**",
    ] {
        check(member, Identity);
        check(&format!("{member}, zstd;q=0.1"), Coded(Zstd));
    }
    check("gzip;q=7, gzip;q=0.5", Coded(Gzip));
    check("zstd, \"gzip, br", Coded(Zstd));
}

#[test]
fn what_would_be_liked_best() {
    for (line, expected) in [
        ("", None),
        ("identity", None),
        ("deflate", None),
        ("gzip", Some(Gzip)),
        ("gzip, deflate, br, zstd", Some(Br)),
        ("gzip, zstd", Some(Zstd)),
        ("br;q=0.5, gzip", Some(Gzip)),
        ("br;q=0, gzip;q=0.1", Some(Gzip)),
        ("br;q=0, gzip;q=0", None),
        ("*", Some(Br)),
        ("*;q=0", None),
        ("br;q=0, *", Some(Zstd)),
        ("gzip;q=0.5, identity;q=0.6", None),
        ("gzip;q=0.5, identity;q=0.5", Some(Gzip)),
        ("gzip;q=0.5, *;q=0.6", Some(Br)),
        ("gzip;q=0.5, br;q=0, zstd;q=0, *;q=0.6", None),
        ("gzip, identity;q=0", Some(Gzip)),
    ] {
        let accepted = AcceptEncoding::gather([line.as_bytes()]);
        assert_eq!(accepted.liked_best(Coding::ALL), expected, "{line:?}");
        assert_eq!(accepted.liked_best([]), None, "{line:?}");
    }
    assert_eq!(AcceptEncoding::default().liked_best(Coding::ALL), None);
}

#[test]
fn what_is_taken() {
    for (line, coding, expected) in [
        ("", Gzip, false),
        ("gzip", Gzip, true),
        ("gzip", Br, false),
        ("gzip;q=0", Gzip, false),
        ("*;q=0.1", Zstd, true),
        ("zstd;q=0, *", Zstd, false),
    ] {
        let accepted = AcceptEncoding::gather([line.as_bytes()]);
        assert_eq!(accepted.takes(coding), expected, "{line:?} {coding:?}");
    }
}
