//! The floor's command line: a few options, each with a value.
//!
//! Written by hand, because the floor should link nothing that could cost it something.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

/// What is printed with every usage error.
pub(crate) const USAGE: &str = "\
usage: floor --request-len BYTES [--listen ADDR:PORT] [--times N]
             [--body-size BYTES] [--pipelined K] | [--file PATH]

  --request-len BYTES  the length of the request that the client will send, its blank line included
  --listen ADDR:PORT   where to listen; port 0 takes a free one (default 127.0.0.1:0)
  --times N            close a connection after N answers
  --body-size BYTES    the length of the answer's body (default 612)
  --pipelined K        answers kept ready in a row, sent in one call (default 1)
  --file PATH          answer with this file by sendfile, instead of from memory";

/// Above this, a body is surely sent from a file.
const BODY_SIZE_MAX: usize = 1024 * 1024;

/// More in a row than this is no measurement of pipelining any more.
const PIPELINED_MAX: usize = 1024;

/// The ready answers' bodies are no more than this together.
const MEMORY_MAX: usize = 64 * 1024 * 1024;

/// What the floor was asked to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    /// Where to listen.
    pub(crate) listen: SocketAddr,
    /// The length of one request.
    pub(crate) request_len: usize,
    /// The length of an answer's body.
    pub(crate) body_size: usize,
    /// How many answers are ready in a row.
    pub(crate) pipelined: usize,
    /// What is sent instead of answers in memory.
    pub(crate) file: Option<PathBuf>,
    /// Answers after which a connection is closed.
    pub(crate) times: Option<usize>,
}

/// What is wrong with a command line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum UsageError {
    /// The option is none of ours.
    Unknown(String),
    /// The option came without a value.
    NoValue(String),
    /// The value cannot be read, or is out of range.
    BadValue { option: String, value: String },
    /// The option has no default and was not given.
    Missing(&'static str),
    /// So many answers of that size are more than is kept ready.
    TooMuch,
}

impl Options {
    /// Reads the arguments, the program's name left out.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong with them.
    pub(crate) fn parse(arguments: &[String]) -> Result<Self, UsageError> {
        let mut options = Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            request_len: 0,
            body_size: 612,
            pipelined: 1,
            file: None,
            times: None,
        };
        let mut rest = arguments.iter();
        while let Some(option) = rest.next() {
            let mut value = || rest.next().ok_or_else(|| UsageError::NoValue(option.clone()));
            match option.as_str() {
                "--listen" => options.listen = read(option, value()?)?,
                "--request-len" => options.request_len = number(option, value()?, usize::MAX)?,
                "--body-size" => options.body_size = number(option, value()?, BODY_SIZE_MAX)?,
                "--pipelined" => options.pipelined = number(option, value()?, PIPELINED_MAX)?,
                "--file" => options.file = Some(read(option, value()?)?),
                "--times" => options.times = Some(number(option, value()?, usize::MAX)?),
                _ => return Err(UsageError::Unknown(option.clone())),
            }
        }
        if options.request_len == 0 {
            return Err(UsageError::Missing("--request-len"));
        }
        if options.body_size * options.pipelined > MEMORY_MAX {
            return Err(UsageError::TooMuch);
        }
        Ok(options)
    }
}

/// Reads a value of any type that says how it is written.
fn read<T: FromStr>(option: &str, value: &str) -> Result<T, UsageError> {
    value.parse().map_err(|_| bad_value(option, value))
}

/// Reads a number from 1 to `max`.
fn number(option: &str, value: &str, max: usize) -> Result<usize, UsageError> {
    let number = read(option, value)?;
    if (1..=max).contains(&number) { Ok(number) } else { Err(bad_value(option, value)) }
}

fn bad_value(option: &str, value: &str) -> UsageError {
    UsageError::BadValue { option: option.to_owned(), value: value.to_owned() }
}

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(option) => write!(f, "unknown option `{option}`"),
            Self::NoValue(option) => write!(f, "`{option}` needs a value"),
            Self::BadValue { option, value } => {
                write!(f, "`{value}` is no value for `{option}`, or out of its range")
            }
            Self::Missing(option) => write!(f, "`{option}` is missing"),
            Self::TooMuch => f.write_str("more than 64 MiB of bodies to be kept ready"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options, UsageError> {
        let arguments: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Options::parse(&arguments)
    }

    #[test]
    fn all_options_are_read() {
        let line = "--listen 127.0.0.1:81 --request-len 40 --body-size 9 --pipelined 16 --file a \
                    --times 10";
        let expected = Options {
            listen: SocketAddr::from(([127, 0, 0, 1], 81)),
            request_len: 40,
            body_size: 9,
            pipelined: 16,
            file: Some("a".into()),
            times: Some(10),
        };
        assert_eq!(parse(line), Ok(expected));
    }

    #[test]
    fn the_first_mistake_is_named() {
        let check = |line: &str, message: &str| {
            assert_eq!(parse(line).unwrap_err().to_string(), message, "{line}");
        };
        check("", "`--request-len` is missing");
        check("--help", "unknown option `--help`");
        check("--listen", "`--listen` needs a value");
        check("--listen home", "`home` is no value for `--listen`, or out of its range");
        check("--pipelined 1025", "`1025` is no value for `--pipelined`, or out of its range");
        check("--pipelined 0", "`0` is no value for `--pipelined`, or out of its range");
        check(
            "--body-size 1048577",
            "`1048577` is no value for `--body-size`, or out of its range",
        );
        check("--times 0", "`0` is no value for `--times`, or out of its range");
        let line = "--request-len 1 --pipelined 65 --body-size 1048576";
        check(line, "more than 64 MiB of bodies to be kept ready");
    }

    #[test]
    fn the_limits_themselves_are_taken() {
        assert!(parse("--request-len 1 --pipelined 1024 --body-size 65536").is_ok());
        assert!(parse("--request-len 1 --pipelined 64 --body-size 1048576").is_ok());
    }
}
