//! What a round trip to the pool costs: the same answer, made on the loop and on the pool.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use crate::Effort;
use crate::core::Cores;
use crate::error::Failure;
use crate::figure::Figures;
use crate::http::Answer;
use crate::peer::Peer;

/// Rounds of both kinds, in turns, and requests in each, one after another.
const ROUNDS: usize = 21;
const REQUESTS: u32 = 1_000;
const QUICK_REQUESTS: u32 = 200;

/// Most CPU that a round trip may cost, in microseconds.
const COST_MAX: f64 = 15.0;

/// Longest wait for an answer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Measures both kinds.
///
/// # Errors
///
/// When nothing can be measured.
pub(crate) fn run(cores: Cores, effort: Effort, figures: &mut Figures) -> Result<(), Failure> {
    let requests = if effort == Effort::Full { REQUESTS } else { QUICK_REQUESTS };
    let peer = Peer::start(cores)?;
    let failed = || Failure::of("connect");
    let mut socket = TcpStream::connect(peer.addr).map_err(failed())?;
    socket.set_nodelay(true).map_err(failed())?;
    socket.set_read_timeout(Some(TIMEOUT)).map_err(failed())?;
    let mut measure = |path| measure(&peer, &mut socket, path, requests);
    // The first of each makes what all share.
    for path in ["/probe", "/pool"] {
        measure(path)?;
    }
    let (mut on_loop, mut on_pool, mut more) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let (looped, pooled) = (measure("/probe")?, measure("/pool")?);
        on_loop.push(looped);
        on_pool.push(pooled);
        more.push(pooled - looped);
    }
    figures.show("requests of each kind", ROUNDS * requests as usize);
    figures.show("CPU on the loop, µs", format!("{:.1}", median(&mut on_loop)));
    figures.show("CPU on the pool, µs", format!("{:.1}", median(&mut on_pool)));
    figures.at_most("a round trip to the pool, µs", median(&mut more), COST_MAX);
    Ok(())
}

/// Returns the CPU, in microseconds, that a request for `path` costs the server.
fn measure(peer: &Peer, socket: &mut TcpStream, path: &str, requests: u32) -> Result<f64, Failure> {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", peer.addr);
    let before = peer.cpu_time()?;
    let (mut received, mut buf) = (Vec::new(), [0; 4096]);
    for _ in 0..requests {
        socket.write_all(request.as_bytes()).map_err(Failure::of("send"))?;
        let answer = loop {
            let count = socket.read(&mut buf).map_err(Failure::of("receive"))?;
            received.extend_from_slice(&buf[..count]);
            match Answer::take(&mut received)? {
                Some(answer) => break answer,
                None if count == 0 => return Err(Failure::Stalled(1)),
                None => {}
            }
        };
        if answer.status != 200 {
            return Err(Failure::Answer(format!("{answer:?}")));
        }
    }
    let used = peer.cpu_time()?.saturating_sub(before);
    Ok(used.as_secs_f64() * 1e6 / f64::from(requests))
}

/// Returns the median of an odd number of values.
fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(&mut [3.0]).to_bits(), 3.0_f64.to_bits());
        assert_eq!(median(&mut [9.0, -1.0, 2.0]).to_bits(), 2.0_f64.to_bits());
    }
}
