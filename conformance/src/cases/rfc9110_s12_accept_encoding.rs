//! RFC 9110 §12.5.3: which content codings a client takes.
//!
//! A server need not have any coding. What it has is asked first; what it then sends must follow
//! from the field.

use crate::case::Case;
use crate::coding::{assert_never, assert_sent, sent};

const CODED: &[&str] = &["br", "zstd", "gzip"];

pub(super) const CASES: &[Case] = &[
    Case {
        id: "9110-12.4.1-absent",
        asks: "without the field any coding may come, under its name, and never a refusal",
        run: |origin| {
            let answer = origin.get("/coded.txt", &[]);
            assert_eq!(answer.status, 200, "{answer:?}");
            let _ = crate::coding::of(&answer);
        },
    },
    Case {
        id: "9110-12.5.3-empty",
        asks: "an empty field asks for no coding",
        run: |origin| assert_sent(origin, &[], "", "identity"),
    },
    Case {
        id: "9110-12.5.3-identity-alone",
        asks: "who names only identity gets no coding",
        run: |origin| assert_sent(origin, &[], "identity", "identity"),
    },
    Case {
        id: "9110-12.5.3-unknown-alone",
        asks: "who names only a coding that nobody has gets the content without one",
        run: |origin| assert_sent(origin, &[], "x-unknown", "identity"),
    },
    Case {
        id: "9110-12.5.3-one-alone",
        asks: "who names one coding gets that or none",
        run: |origin| {
            assert_never(origin, "gzip", &["br", "zstd", "none"]);
            assert_never(origin, "br", &["gzip", "zstd", "none"]);
            assert_never(origin, "zstd", &["gzip", "br", "none"]);
        },
    },
    Case {
        id: "9110-12.5.3-refused",
        asks: "a coding with quality 0 is not sent",
        run: |origin| assert_never(origin, "gzip;q=0", CODED),
    },
    Case {
        id: "9110-12.5.3-one-refused-of-several",
        asks: "of several codings the one with quality 0 is not sent, wherever it stands",
        run: |origin| {
            assert_never(origin, "br;q=0, gzip, zstd", &["br"]);
            assert_never(origin, "gzip, zstd, br;q=0", &["br"]);
            assert_never(origin, "br, gzip;q=0, zstd;q=0", &["gzip", "zstd"]);
        },
    },
    Case {
        id: "9110-12.5.3-star",
        asks: "a star takes any coding, and the content without one",
        run: |origin| assert_never(origin, "*", &["none"]),
    },
    Case {
        id: "9110-12.5.3-star-refused",
        asks: "a star with quality 0 refuses every coding that is not named",
        run: |origin| assert_never(origin, "*;q=0", CODED),
    },
    Case {
        id: "9110-12.5.3-star-refused-but-one",
        asks: "a star with quality 0 leaves the coding that is named",
        run: |origin| {
            assert_never(origin, "gzip, *;q=0", &["br", "zstd"]);
            assert_sent(origin, &["gzip"], "*;q=0, gzip", "gzip");
        },
    },
    Case {
        id: "9110-12.5.3-star-refused-but-identity",
        asks: "a star with quality 0 leaves the identity that is named",
        run: |origin| assert_sent(origin, &[], "*;q=0, identity", "identity"),
    },
    Case {
        id: "9110-12.5.3-star-is-what-is-not-named",
        asks: "a star says nothing of a coding that is named, before or behind it",
        run: |origin| {
            assert_never(origin, "gzip;q=0, *", &["gzip"]);
            assert_never(origin, "*, gzip;q=0", &["gzip"]);
            assert_never(origin, "br;q=0, zstd;q=0, *;q=1", &["br", "zstd"]);
        },
    },
    Case {
        id: "9110-12.5.3-identity-refused",
        asks: "with identity refused, an acceptable coding that exists is sent",
        run: |origin| {
            assert_sent(origin, &["gzip"], "identity;q=0, gzip", "gzip");
            assert_sent(origin, &["br"], "br;q=0.001, identity;q=0", "br");
        },
    },
    Case {
        id: "9110-12.5.3-identity-refused-by-star",
        asks: "a star with quality 0 refuses the identity, too: the coding that is named is sent",
        run: |origin| assert_sent(origin, &["gzip"], "gzip;q=0.001, *;q=0", "gzip"),
    },
    Case {
        id: "9110-12.5.3-all-refused",
        asks: "when all is refused it is 406 or the content without a coding, but none unasked",
        run: |origin| {
            assert_never(origin, "identity;q=0", CODED);
            assert_never(origin, "identity;q=0, *;q=0", CODED);
            assert_never(origin, "x-unknown, identity;q=0", CODED);
        },
    },
    Case {
        id: "9110-12.5.3-name-case",
        asks: "names of codings have no case",
        run: |origin| {
            assert_sent(origin, &["gzip"], "GZIP", "gzip");
            assert_never(origin, "Gzip;q=0, *", &["gzip"]);
        },
    },
    Case {
        id: "9110-12.5.3-identity-case",
        asks: "identity has no case",
        run: |origin| assert_sent(origin, &["gzip"], "Identity;q=0, gzip;q=0.5", "gzip"),
    },
    Case {
        id: "9110-12.5.3-name-whole",
        asks: "a name that merely contains a coding's is another",
        run: |origin| assert_never(origin, "gzipped, notgzip, brx, x-br, zstd2, x-zstd", CODED),
    },
    Case {
        id: "9110-12.5.3-lines",
        asks: "several lines are one list",
        run: |origin| {
            let of = |lines: &[&str]| crate::coding::of(&origin.get("/coded.txt", lines));
            if sent(origin, "gzip") == "gzip" {
                assert_eq!(of(&["Accept-Encoding: x-unknown", "Accept-Encoding: gzip"]), "gzip");
                assert_eq!(of(&["Accept-Encoding: gzip", "Accept-Encoding: x-unknown"]), "gzip");
            }
            assert_ne!(of(&["Accept-Encoding: *", "Accept-Encoding: gzip;q=0"]), "gzip");
        },
    },
    Case {
        id: "9110-12.5.3-empty-members",
        asks: "empty members of the list are passed over",
        run: |origin| {
            assert_sent(origin, &["gzip"], ", ,gzip,,", "gzip");
            assert_never(origin, ",*,,gzip;q=0 ,", &["gzip"]);
        },
    },
    Case {
        id: "9110-12.1-head",
        asks: "HEAD is told of the representation that GET would select",
        run: |origin| {
            for accepted in ["gzip", "br", "identity", "br;q=0.1, gzip;q=0.2"] {
                let line = format!("Accept-Encoding: {accepted}");
                let [get, head] = ["GET", "HEAD"]
                    .map(|method| origin.ask(method, "/coded.txt", &[line.as_str()]));
                for name in ["Content-Encoding", "ETag", "Content-Type"] {
                    assert_eq!(get.field(name), head.field(name), "{name} with {line}");
                }
            }
        },
    },
];
