//! openssl: a client that takes the plain port for one that speaks TLS.

use std::time::Duration;

use reactor::clock;

use crate::{run, serve, site};

#[test]
fn a_handshake_on_the_plain_port_is_refused_at_once() {
    let program = serve(&site(), &[]);
    let addr = program.addrs()[0].to_string();
    for version in ["-tls1_2", "-tls1_3"] {
        let start = clock::read().instant;
        let end = run("openssl", &["s_client", version, "-connect", &addr]);
        let taken = clock::read().instant.since(start);
        assert!(taken < Duration::from_secs(1), "{taken:?}");
        assert_eq!(end.code, Some(1), "{end:?}");
        assert!(program.stdout.find("\"-\"").contains(" 400 "));
    }
}
