//! RFC 9110 §12.4.2 and §12.5.3: how much a client likes a coding.

use crate::case::Case;
use crate::coding::{assert_never, assert_sent};

pub(super) const CASES: &[Case] = &[
    Case {
        id: "9110-12.5.3-highest-weight",
        asks: "of two codings that exist the one with the higher quality is sent",
        run: |origin| {
            assert_sent(origin, &["gzip", "br"], "gzip;q=1, br;q=0.5", "gzip");
            assert_sent(origin, &["gzip", "br"], "gzip;q=0.5, br;q=1", "br");
        },
    },
    Case {
        id: "9110-12.5.3-weight-before-order",
        asks: "qualities count, not the order of the list",
        run: |origin| {
            assert_sent(origin, &["gzip", "br"], "br;q=0.2, gzip;q=0.8", "gzip");
            assert_sent(origin, &["gzip", "br"], "gzip;q=0.2, br;q=0.8", "br");
            assert_sent(origin, &["gzip", "zstd"], "gzip;q=0.2, zstd;q=0.8", "zstd");
        },
    },
    Case {
        id: "9110-12.5.3-identity-preferred",
        asks: "who likes no coding best gets none",
        run: |origin| assert_sent(origin, &[], "gzip;q=0.5, br;q=0.5, identity;q=1", "identity"),
    },
    Case {
        id: "9110-12.5.3-weight-of-star",
        asks: "the quality of a star is that of what it stands for",
        run: |origin| {
            assert_sent(origin, &["gzip", "br"], "*;q=0.1, gzip;q=0.9", "gzip");
            assert_sent(origin, &["gzip", "br"], "br;q=0.9, *;q=0.1", "br");
        },
    },
    Case {
        id: "9110-12.4.2-default",
        asks: "without a weight the quality is 1",
        run: |origin| {
            assert_sent(origin, &["gzip", "br"], "gzip, br;q=0.999", "gzip");
            assert_sent(origin, &["gzip", "br"], "gzip;q=0.999, br", "br");
        },
    },
    Case {
        id: "9110-12.4.2-three-decimals",
        asks: "the third decimal counts",
        run: |origin| {
            assert_sent(origin, &["gzip", "br"], "gzip;q=0.501, br;q=0.5", "gzip");
            assert_sent(origin, &["gzip", "br"], "gzip;q=0.5, br;q=0.501", "br");
        },
    },
    Case {
        id: "9110-12.4.2-decimals-are-a-fraction",
        asks: "0.9 is more than 0.10",
        run: |origin| {
            assert_sent(origin, &["gzip", "br"], "gzip;q=0.9, br;q=0.10", "gzip");
            assert_sent(origin, &["gzip", "br"], "gzip;q=0.100, br;q=0.9", "br");
        },
    },
    Case {
        id: "9110-12.4.2-least",
        asks: "0.001 is the least liked, but acceptable",
        run: |origin| assert_sent(origin, &["gzip"], "gzip;q=0.001, identity;q=0", "gzip"),
    },
    Case {
        id: "9110-12.4.2-zero-with-decimals",
        asks: "zero with decimals is zero",
        run: |origin| {
            assert_never(origin, "gzip;q=0.0", &["gzip"]);
            assert_never(origin, "gzip;q=0.00", &["gzip"]);
            assert_never(origin, "gzip;q=0.000", &["gzip"]);
        },
    },
    Case {
        id: "9110-12.4.2-bare-point",
        asks: "a point without decimals is allowed",
        run: |origin| {
            assert_never(origin, "gzip;q=0.", &["gzip"]);
            assert_sent(origin, &["gzip", "br"], "br;q=0.9, gzip;q=1.", "gzip");
        },
    },
    Case {
        id: "9110-12.4.2-name-case",
        asks: "the name of the weight has no case",
        run: |origin| {
            assert_never(origin, "gzip;Q=0", &["gzip"]);
            assert_sent(origin, &["gzip", "br"], "br;Q=0.1, gzip;Q=0.9", "gzip");
        },
    },
    Case {
        id: "9110-12.4.2-spaces",
        asks: "spaces and tabs around the semicolon are allowed",
        run: |origin| {
            assert_never(origin, "gzip ; q=0", &["gzip"]);
            assert_never(origin, "gzip\t;\tq=0", &["gzip"]);
            assert_sent(origin, &["gzip", "br"], "gzip ; q=0.9 , br ; q=0.1", "gzip");
        },
    },
];
