//! RFC 9112 §3.2: a request says which host it is for, once and well-formed.

use crate::case::Case;

pub(super) const CASES: &[Case] = &[
    Case {
        id: "9112-3.2-host-missing",
        asks: "a request of 1.1 without Host is answered 400",
        run: |origin| {
            let mut wire = origin.connect();
            wire.send("GET / HTTP/1.1\r\n\r\n");
            wire.assert_refused(400);
        },
    },
    Case {
        id: "9112-3.2-host-twice",
        asks: "a request with two Host lines is answered 400, be they equal",
        run: |origin| {
            let mut wire = origin.connect();
            wire.send("GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n");
            wire.assert_refused(400);
        },
    },
];
