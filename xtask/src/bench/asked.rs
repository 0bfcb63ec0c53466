//! From a load's description to the requests that one server gets, each tried once and its answer
//! looked at.

use std::io;
use std::net::SocketAddr;

use load::{Body, Closing, Request, Reuse, Target, Walk};

use super::peer::Kind;
use super::probe::{self, IDENTITY, Response};
use super::scenario::{Ask, Scenario};
use super::site::{Area, FEW, FileSize};

/// What a current browser says.
const ACCEPT_ENCODING: &str = "Accept-Encoding: gzip, deflate, br, zstd";

/// Answers to so many requests of a long list are looked at.
const TRIED_MAX: usize = 20;

/// The ten among many lie so far apart, in folders of their own.
const STRIDE: usize = 1_001;

/// Where the choices of a walk begin; the same for all servers.
const SEED: u64 = 6;

/// The requests for a server, and what its answers were coded in.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) target: Target,
    /// Each coding and how many answers had it.
    codings: Vec<(String, usize)>,
}

/// Makes the requests of a load for a server and tries them. The floor sends what it likes, as long
/// as it is as long.
///
/// # Errors
///
/// When an answer is not the right one; the text says in what.
pub(super) fn prepare(scenario: &Scenario, addr: SocketAddr, kind: Kind) -> Result<Asked, String> {
    let requests = requests(scenario.ask, addr)?;
    let mut codings: Vec<(String, usize)> = Vec::new();
    for request in requests.iter().take(TRIED_MAX) {
        let told = |error: io::Error| format!("{} {}: {error}", request.method, request.path);
        let response = probe::ask(addr, request).map_err(told)?;
        if kind != Kind::Floor {
            check(scenario, request, &response)?;
        }
        let coding = response.coding();
        match codings.iter_mut().find(|(known, _)| known == coding) {
            Some((_, count)) => *count += 1,
            None => codings.push((coding.to_owned(), 1)),
        }
    }
    Ok(Asked { target: target(scenario, requests, addr), codings })
}

impl Asked {
    /// Whether every answer was compressed.
    pub(super) fn is_compressed(&self) -> bool {
        self.codings.iter().all(|(coding, _)| coding != IDENTITY)
    }

    /// The codings as `16 br, 4 identity`; nothing if there were none.
    pub(super) fn shown(&self) -> Option<String> {
        let is_coded = self.codings.iter().any(|(coding, _)| coding != IDENTITY);
        let shown = self.codings.iter().map(|(coding, count)| format!("{count} {coding}"));
        is_coded.then(|| shown.collect::<Vec<_>>().join(", "))
    }
}

/// A client's requests, over the connections that the load has.
pub(super) fn target(scenario: &Scenario, requests: Vec<Request>, addr: SocketAddr) -> Target {
    let walk = match scenario.ask {
        Ask::Walk(_) => Walk::Uniform { seed: SEED },
        _ => Walk::Cyclic,
    };
    let reuse = scenario
        .reuse
        .map_or(Reuse::Always, |requests| Reuse::Times { requests, closing: Closing::ByServer });
    let Scenario { connections, pipelined, .. } = *scenario;
    Target { addr, requests, walk, connections, pipelined, reuse }
}

/// What is asked of a server, and what is expected.
pub(super) fn requests(ask: Ask, addr: SocketAddr) -> Result<Vec<Request>, String> {
    let small = || Area::File(FileSize::B612).paths().concat();
    Ok(match ask {
        Ask::Files(area) | Ask::Walk(area) => area.paths().into_iter().map(Request::get).collect(),
        Ask::AmongMany => {
            let some = Area::Many.paths().into_iter().step_by(STRIDE).take(FEW);
            some.map(Request::get).collect()
        }
        Ask::AsBrowser(area) => {
            let request = |path| Request::get(path).with_field(ACCEPT_ENCODING);
            // How well a text is compressed may change as time goes on.
            let body = if area == Area::Texts { Body::Whole } else { Body::LikeTheFirst };
            area.paths().into_iter().map(|path| request(path).expecting(200, body)).collect()
        }
        Ask::Missing => vec![Request::get("/missing.html").expecting(404, Body::LikeTheFirst)],
        Ask::Fresh => {
            let response = probe::ask(addr, &Request::get(small())).map_err(|e| e.to_string())?;
            let condition = condition(&response).ok_or("its answer has neither tag nor date")?;
            let request = Request::get(small()).with_field(condition);
            vec![request.expecting(304, Body::Absent)]
        }
        Ask::Head => vec![Request::head(small())],
        Ask::Range => {
            let path = Area::File(FileSize::KiB100).paths().concat();
            let request = Request::get(path).with_field("Range: bytes=0-1023");
            vec![request.expecting(206, Body::Exactly(1_024))]
        }
    })
}

/// What a client says that has this answer: the tag, or the date where there is no tag.
fn condition(response: &Response) -> Option<String> {
    let by_tag = response.field("ETag").map(|tag| format!("If-None-Match: {tag}"));
    let date = || Some(format!("If-Modified-Since: {}", response.field("Last-Modified")?));
    by_tag.or_else(date)
}

/// Looks at an answer in full.
fn check(scenario: &Scenario, request: &Request, response: &Response) -> Result<(), String> {
    let Request { method, path, status, .. } = request;
    if response.status != *status {
        return Err(format!("{method} {path}: status {}, not {status}", response.status));
    }
    let area = scenario.ask.area();
    let is_right = match scenario.ask {
        Ask::Missing | Ask::Fresh => true,
        Ask::Head => response.field("Content-Length") == Some("612"),
        Ask::Range => {
            let whole = area.content(path);
            response.field("Content-Range") == Some(&format!("bytes 0-1023/{}", whole.len()))
                && response.is(&whole[..1_024])
        }
        Ask::Files(_) | Ask::Walk(_) | Ask::AmongMany | Ask::AsBrowser(_) => {
            response.is(&area.content(path))
        }
    };
    if is_right { Ok(()) } else { Err(format!("{method} {path}: the answer is not the file")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(ask: Ask) -> Vec<Request> {
        requests(ask, SocketAddr::from(([127, 0, 0, 1], 9))).unwrap()
    }

    #[test]
    fn requests_are_what_the_load_says() {
        let browser = asked(Ask::AsBrowser(Area::Assets));
        assert_eq!(browser.len(), 20);
        assert!(browser.iter().all(|request| request.fields == [ACCEPT_ENCODING]));
        assert_eq!(asked(Ask::Missing)[0].status, 404);
        assert_eq!(asked(Ask::Head)[0].method, "HEAD");
        assert_eq!(
            (asked(Ask::Range)[0].status, asked(Ask::Range)[0].body),
            (206, Body::Exactly(1_024))
        );
    }

    #[test]
    fn the_ten_among_many_are_some_of_the_many() {
        let many = Area::Many.paths();
        let ten = asked(Ask::AmongMany);
        assert_eq!(ten.len(), FEW);
        assert!(ten.iter().all(|request| many.contains(&request.path)));
    }
}
