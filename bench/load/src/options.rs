//! The program's command line: an address, paths, and how they are asked for.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use load::{Body, Closing, Length, Pace, Request, Reuse, Target, Walk};

/// What is printed when the command line cannot be understood.
pub(crate) const USAGE: &str = "\
usage: load ADDR:PORT [PATH]... [OPTION]...

Asks for the paths (default /) over many connections and checks every response.

what is asked
  --list FILE          ask for the paths in FILE, too, one a line
  --uniform SEED       choose among the paths by chance, instead of one after the other
  --field LINE         send one more line in each request; may be repeated
  --head               ask by HEAD
  --status N           expect this status (default 200)
  --no-body            expect no body, whatever the head announces
  --any-body           expect bodies of any length, instead of the length of the first

over which connections
  --connections N      so many at a time (default 64)
  --pipelined K        K requests in one write (default 1)
  --times N            N requests a connection, then a new one
  --close              let the server close those, by `Connection: close`

how fast, and for how long
  --free               each connection asks again as soon as it was answered, instead of all
                       writing and then all reading
  --rate N             N requests a second, whether or not those before were answered
  --seconds S          no request after S seconds (default 5)
  --rounds N           N writes per connection

  load 127.0.0.1:8080 /index.html --pipelined 16";

/// What was asked for.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) target: Target,
    pub(crate) pace: Pace,
    pub(crate) length: Length,
}

/// What the options say of every request, and where more of them stand.
struct Kind {
    model: Request,
    list: Option<PathBuf>,
    times: Option<usize>,
    closing: Closing,
}

impl Options {
    /// Reads the command line; `None` when it cannot be understood.
    ///
    /// # Errors
    ///
    /// When the list of paths cannot be read.
    pub(crate) fn parse(arguments: &[String]) -> io::Result<Option<Self>> {
        let Some((mut options, kind)) = Self::parse_words(arguments) else { return Ok(None) };
        let request = |path: &str| Request { path: path.to_owned(), ..kind.model.clone() };
        if let Some(list) = &kind.list {
            let paths = read_list(list)?;
            options.target.requests.extend(paths.lines().map(request));
        }
        let target = &mut options.target;
        for path in &mut target.requests {
            *path = request(&path.path);
        }
        if target.requests.is_empty() {
            target.requests.push(request("/"));
        }
        if let Some(requests) = kind.times {
            target.reuse = Reuse::Times { requests, closing: kind.closing };
        }
        Ok(Some(options))
    }

    fn parse_words(arguments: &[String]) -> Option<(Self, Kind)> {
        let mut rest = arguments.iter();
        let target = Target::new(value(rest.next())?, Request::get("/"));
        let target = Target { requests: Vec::new(), ..target };
        let length = Length::Time(Duration::from_secs(5));
        let mut options = Self { target, pace: Pace::LockStep, length };
        let model = Request::get("/");
        let mut kind = Kind { model, list: None, times: None, closing: Closing::ByClient };
        let Self { target, pace, length } = &mut options;
        while let Some(argument) = rest.next() {
            match argument.as_str() {
                "--list" => kind.list = Some(value(rest.next())?),
                "--uniform" => target.walk = Walk::Uniform { seed: value(rest.next())? },
                "--field" => kind.model.fields.push(value(rest.next())?),
                "--head" => {
                    kind.model = Request { fields: kind.model.fields, ..Request::head("/") }
                }
                "--status" => kind.model.status = value(rest.next())?,
                "--no-body" => kind.model.body = Body::Absent,
                "--any-body" => kind.model.body = Body::Whole,
                "--connections" => target.connections = value(rest.next())?,
                "--pipelined" => target.pipelined = value(rest.next())?,
                "--times" => kind.times = Some(value(rest.next())?),
                "--close" => kind.closing = Closing::ByServer,
                "--free" => *pace = Pace::FreeRunning,
                "--rate" => *pace = Pace::Offered { rate: value(rest.next())? },
                "--seconds" => *length = Length::Time(Duration::from_secs(value(rest.next())?)),
                "--rounds" => *length = Length::Rounds(value(rest.next())?),
                path if path.starts_with('/') => target.requests.push(Request::get(path)),
                _ => return None,
            }
        }
        Some((options, kind))
    }
}

/// Reads a value of any type that says how it is written.
fn value<T: FromStr>(argument: Option<&String>) -> Option<T> {
    argument?.parse().ok()
}

fn read_list(path: &Path) -> io::Result<String> {
    let named =
        |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    fs::read_to_string(path).map_err(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Option<Options> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Options::parse(&words).unwrap()
    }

    #[test]
    fn what_is_asked_is_read() {
        let line = "127.0.0.1:80 /a /b --field A:b --head --status 304 --uniform 7";
        let Options { target, .. } = parse(line).unwrap();
        let request =
            |path: &str| Request::head(path).with_field("A:b").expecting(304, Body::Absent);
        assert_eq!(target.requests, [request("/a"), request("/b")]);
        assert_eq!(target.walk, Walk::Uniform { seed: 7 });
        let Options { target, .. } = parse("127.0.0.1:80 --any-body").unwrap();
        assert_eq!(target.requests, [Request::get("/").expecting(200, Body::Whole)]);
        let Options { target, .. } = parse("127.0.0.1:80 --no-body").unwrap();
        assert_eq!(target.requests, [Request::get("/").expecting(200, Body::Absent)]);
    }

    #[test]
    fn paths_are_read_from_a_list() {
        let file = std::env::temp_dir().join(format!("load-list-{}", std::process::id()));
        fs::write(&file, "/x\n/y\n").unwrap();
        let read = parse(&format!("127.0.0.1:80 /a --list {} --status 206", file.display()));
        fs::remove_file(&file).unwrap();
        let request = |path: &str| Request::get(path).expecting(206, Body::LikeTheFirst);
        assert_eq!(read.unwrap().target.requests, ["/a", "/x", "/y"].map(request));
        let missing = ["127.0.0.1:80", "--list", "/nowhere"].map(str::to_owned);
        assert!(Options::parse(&missing).is_err());
    }

    #[test]
    fn connections_and_pace_are_read() {
        let line = "127.0.0.1:80 --connections 2 --pipelined 3 --free --rounds 4 --times 6 --close";
        let Options { target, pace, length } = parse(line).unwrap();
        assert_eq!((target.connections, target.pipelined), (2, 3));
        assert_eq!(target.reuse, Reuse::Times { requests: 6, closing: Closing::ByServer });
        assert_eq!((pace, length), (Pace::FreeRunning, Length::Rounds(4)));
        let Options { target, pace, length } = parse("127.0.0.1:80 --rate 9 --seconds 2").unwrap();
        assert_eq!((target.connections, target.reuse), (64, Reuse::Always));
        let two_seconds = Length::Time(Duration::from_secs(2));
        assert_eq!((pace, length), (Pace::Offered { rate: 9 }, two_seconds));
    }

    #[test]
    fn what_cannot_be_understood_is_refused() {
        for line in ["", "home", "127.0.0.1:80 --rounds", "127.0.0.1:80 a", "127.0.0.1:80 --slow"] {
            assert!(parse(line).is_none(), "{line}");
        }
    }
}
