//! Another parser as oracle: what it takes and we refuse, and the other way round, is listed here.

mod compare;

use http1::head::{self, HeadLimits, HeadScratch};
use proptest::prelude::*;

use self::compare::compare;

/// The pieces that requests are mixed from: right ones, and wrong ones of every sort.
const PIECES: &[&str] = &[
    "GET ",
    "POST",
    " ",
    "/",
    "/a?b",
    "*",
    "http://a/b",
    " HTTP/1.1",
    " HTTP/1.0",
    " HTTP/2.0",
    " HTTP/1.7",
    "\r\n",
    "\r\n",
    "\r\n",
    "\r\n\r\n",
    "\n",
    "\r",
    "Host: a",
    "Host:a b",
    "Host",
    ":",
    ": ",
    "A: b",
    "Accept: */*",
    "x-Y:\t z ",
    "\t",
    "\0",
    "\u{e9}",
    "\"",
    "#",
    "\u{7f}",
    "0",
];

#[test]
fn both_take_what_is_plain() {
    for buf in [
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "\r\nPOST /a?b HTTP/1.0\r\n\r\nbody",
        "OPTIONS * HTTP/1.1\r\nHost: [::1]:80\r\nX:\t\u{e9} \t\r\n\r\n",
        "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n",
    ] {
        assert!(compare(buf.as_bytes()), "{buf:?}");
    }
}

/// A request that is right but for what is cut from it, put in, or changed.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let right = "GET /a/b?c HTTP/1.1\r\nHost: example.org\r\nAccept: */*\r\nX-Y: z\r\n\r\n";
    let at = 0..right.len();
    (at.clone(), 0..3_usize, any::<prop::sample::Index>(), at, any::<u8>()).prop_map(
        move |(at, cut, piece, other, byte)| {
            let mut bytes = right.as_bytes().to_vec();
            let end = right.len().min(at + cut);
            let piece = PIECES[piece.index(PIECES.len())];
            bytes.splice(at..end, piece.bytes());
            if byte & 1 == 0 {
                let other = other.min(bytes.len() - 1);
                bytes[other] = byte;
            }
            bytes
        },
    )
}

fn mixed() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop::sample::select(PIECES), 0..14)
        .prop_map(|pieces| pieces.concat().into_bytes())
}

/// The verdict in words.
fn verdict(buf: &[u8]) -> String {
    match head::parse(buf, &HeadLimits::default(), &mut HeadScratch::new()) {
        Ok(parsed) => format!("{parsed:?}"),
        Err(error) => format!("{:?}", error.kind),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn damaged_requests_are_judged_as_by_the_oracle(buf in damaged()) {
        compare(&buf);
    }

    #[test]
    fn mixed_pieces_are_judged_as_by_the_oracle(buf in mixed()) {
        compare(&buf);
    }

    #[test]
    fn verdicts_do_not_depend_on_cuts(
        buf in prop_oneof![damaged(), mixed(), prop::collection::vec(any::<u8>(), 0..60)],
        cut in any::<prop::sample::Index>(),
    ) {
        let whole = verdict(&buf);
        let beginning = verdict(&buf[..cut.index(buf.len() + 1)]);
        prop_assert!(beginning == "Partial" || beginning == whole, "{} then {}", beginning, whole);
    }
}
