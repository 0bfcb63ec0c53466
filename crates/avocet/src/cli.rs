//! The command line, made from the settings' one table.

use std::ffi::OsString;
use std::io::Write;
use std::num::NonZero;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::builder::styling::{AnsiColor, Styles};
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, value_parser};
use settings::{ClientLimit, Compress, Kind, Listen, LogFormat, Settings};

use crate::failure::Failure;

/// What the program was asked to do.
#[derive(Debug)]
pub(crate) enum Command {
    /// Serve a folder.
    Serve(Box<Settings>),
    /// List the limits.
    Limits,
}

/// The command line asked for help or the version, or made no sense.
#[derive(Debug)]
pub(crate) struct Usage(clap::Error);

impl Usage {
    /// Prints what there is to say; the exit code is 0 for help and 2 for a mistake.
    pub(crate) fn print(&self) -> ExitCode {
        // A closed terminal is told nothing.
        self.0.print().ok();
        if self.0.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS }
    }
}

/// Reads the command line.
pub(crate) fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Command, Usage> {
    let matches = command().try_get_matches_from(args).map_err(Usage)?;
    match matches.subcommand() {
        Some(("serve", matches)) => Ok(Command::Serve(Box::new(settings(matches)?))),
        _ => Ok(Command::Limits),
    }
}

/// Prints the limits with their defaults.
#[expect(clippy::unnecessary_wraps, reason = "it stands beside the commands that can fail")]
pub(crate) fn print_limits() -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    for entry in settings::limits() {
        let (key, default, allowed) = (entry.key, entry.default_text(), entry.allowed());
        // A reader that has seen enough closes the pipe.
        if writeln!(stdout, "{key} = {default}  ({allowed})\n    {}", entry.doc).is_err() {
            break;
        }
    }
    Ok(())
}

fn command() -> clap::Command {
    clap::Command::new("avocet")
        .about("A web server for Linux: fast, memory-safe, easy to start.")
        .version(env!("CARGO_PKG_VERSION"))
        .styles(styles())
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .after_help("Start with:  avocet serve site\nMore with:   avocet serve --help")
        .subcommand(serve_command())
        .subcommand(clap::Command::new("limits").about("Lists the limits and their defaults"))
}

fn serve_command() -> clap::Command {
    let root = settings::entry("root").expect("the table has the folder");
    let mut command = clap::Command::new("serve")
        .about("Serves a folder over HTTP/1.1")
        .after_help(EXAMPLES)
        .arg(
            Arg::new(root.key)
                .help(format!("{} [default: {}]", root.doc, root.default_text()))
                .value_name("DIR")
                .value_parser(value_parser!(PathBuf)),
        );
    for entry in settings::table() {
        let Some(flag) = entry.flag else { continue };
        let help = format!("{} [default: {}]", entry.doc, entry.default_text());
        let arg = Arg::new(entry.key).long(flag).help(help);
        if entry.kind == Kind::Switch {
            command = command.arg(arg.action(ArgAction::SetTrue));
            continue;
        }
        let arg = arg.value_name(value_name(entry.kind));
        command = command.arg(match entry.key {
            "listen" => arg.action(ArgAction::Append).value_parser(str::parse::<Listen>),
            "limit" => arg.action(ArgAction::Append),
            "workers" => arg.value_parser(workers),
            "compress" | "log" | "client_limit" => arg.value_parser(words(entry.kind)),
            "log_file" => arg.value_parser(value_parser!(PathBuf)),
            "spa" => arg.num_args(0..=1).require_equals(true).default_missing_value("index.html"),
            _ => arg,
        });
    }
    command
}

const EXAMPLES: &str = "\
Examples:
  avocet serve                            the current folder, on http://127.0.0.1:8080/
  avocet serve dist --spa                 a single-page application
  avocet serve ~/pictures --browse        a folder without index.html, as a list
  avocet serve site --listen [::1]:8080 --listen unix:/run/avocet.sock
  avocet serve site --listen 127.0.0.1:0  a port that is free, printed at start
  avocet serve site --cache 256MiB --limit idle_timeout=5s
  avocet serve site --log combined --log-file /var/log/avocet/access.log --stats

Signals:
  TERM, INT   finish the requests that have begun; a second one ends at once
  USR1        open the file of --log-file again, after it was moved away
  USR2        print everything that was counted to standard error

Exit codes:
  0 ended as asked            1 failed while running
  2 wrong usage               3 reserved, for a configuration file
  4 cannot open or listen     5 requests were cut short at the end

Sockets that a service manager hands over (LISTEN_FDS) are served, in place of the default
address or beside those of --listen. With NOTIFY_SOCKET, it is told of start and end.";

fn value_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Bytes => "SIZE",
        Kind::Text(name) => name,
        Kind::Choice(["common", ..]) => "FORM",
        Kind::Choice(_) => "MODE",
        _ => "N",
    }
}

fn words(kind: Kind) -> Vec<&'static str> {
    match kind {
        Kind::Choice(words) => words.to_vec(),
        _ => Vec::new(),
    }
}

fn workers(text: &str) -> Result<NonZero<usize>, String> {
    let entry = settings::entry("workers").expect("the table has the workers");
    let number: NonZero<usize> =
        text.parse().map_err(|_not_a_number| format!("expected {}", entry.allowed()))?;
    let max = entry.max.unwrap_or(u64::MAX);
    if number.get() as u64 > max {
        Err(format!("expected {}", entry.allowed()))
    } else {
        Ok(number)
    }
}

fn settings(matches: &ArgMatches) -> Result<Settings, Usage> {
    let mut settings = Settings::default();
    if let Some(root) = matches.get_one::<PathBuf>("root") {
        settings.root.clone_from(root);
    }
    if let Some(listen) = matches.get_many::<Listen>("listen") {
        settings.listen = listen.cloned().collect();
    }
    settings.workers = matches.get_one::<NonZero<usize>>("workers").copied();
    settings.spa = matches.get_one::<String>("spa").cloned();
    settings.browse = matches.get_flag("browse");
    if let Some(mode) = matches.get_one::<String>("compress") {
        settings.compress = Compress::named(mode).unwrap_or(settings.compress);
    }
    if let Some(log) = matches.get_one::<String>("log") {
        // The one word that names no format is `off`.
        settings.log = LogFormat::named(log);
    }
    settings.log_file = matches.get_one::<PathBuf>("log_file").cloned();
    if settings.log.is_none() && settings.log_file.is_some() {
        return Err(usage("--log-file needs a log; leave out `--log off`".to_owned()));
    }
    settings.stats = matches.get_flag("stats");
    if let Some(mode) = matches.get_one::<String>("client_limit") {
        settings.client_limit = ClientLimit::named(mode).unwrap_or(settings.client_limit);
    }
    for assignment in matches.get_many::<String>("limit").into_iter().flatten() {
        set_limit(&mut settings, assignment).map_err(usage)?;
    }
    // A flag of its own counts more than one of many.
    for entry in settings::limits().filter(|entry| entry.flag.is_some()) {
        if let Some(value) = matches.get_one::<String>(entry.key) {
            let set = settings.limits.set(entry.key, value);
            set.map_err(|error| usage(error.to_string()))?;
        }
    }
    Ok(settings)
}

fn usage(text: String) -> Usage {
    Usage(serve_command().bin_name("avocet serve").error(ErrorKind::ValueValidation, text))
}

fn set_limit(settings: &mut Settings, assignment: &str) -> Result<(), String> {
    let Some((key, value)) = assignment.split_once('=') else {
        return Err(format!("--limit takes KEY=VALUE, not `{}`", assignment.escape_debug()));
    };
    settings
        .limits
        .set(key, value)
        .map_err(|error| format!("{error}; `avocet limits` lists what can be set"))
}

fn styles() -> Styles {
    Styles::styled()
        .header(AnsiColor::Green.on_default().bold())
        .usage(AnsiColor::Green.on_default().bold())
        .literal(AnsiColor::Cyan.on_default().bold())
        .placeholder(AnsiColor::Cyan.on_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(args: &[&str]) -> Result<Settings, String> {
        let args = ["avocet", "serve"].iter().chain(args).map(OsString::from);
        match parse(args) {
            Ok(Command::Serve(settings)) => Ok(*settings),
            Ok(Command::Limits) => Err("limits".to_owned()),
            Err(usage) => Err(usage.0.to_string()),
        }
    }

    #[test]
    fn the_command_is_sound() {
        command().debug_assert();
    }

    #[test]
    fn what_is_not_given_is_the_default() {
        assert_eq!(parsed(&[]), Ok(Settings::default()));
    }

    #[test]
    fn every_option_is_read() {
        let args = "dist --listen [::1]:0 --listen unix:/x --workers 3 --spa=app.html --browse \
                    --log common --log-file /x --stats --limit idle_timeout=5s \
                    --client-connections 20 --client-limit report --cache 256MiB \
                    --compress off";
        let settings = parsed(&args.split_whitespace().collect::<Vec<_>>()).unwrap();
        assert_eq!(settings.root, PathBuf::from("dist"));
        assert_eq!(settings.listen.len(), 2);
        assert_eq!(settings.workers, NonZero::new(3));
        assert_eq!(settings.spa.as_deref(), Some("app.html"));
        assert!(settings.browse);
        assert_eq!(settings.log, Some(LogFormat::Common));
        assert_eq!(settings.log_file, Some(PathBuf::from("/x")));
        assert!(settings.stats);
        assert_eq!(settings.limits.idle_timeout.as_secs(), 5);
        assert_eq!(settings.limits.client_connections_max, 20);
        assert_eq!(settings.limits.cache_size, 256 << 20);
        assert_eq!(settings.client_limit, ClientLimit::Report);
        assert_eq!(settings.compress, Compress::Off);
        assert_eq!(parsed(&["--spa"]).unwrap().spa.as_deref(), Some("index.html"));
    }

    #[test]
    fn a_mistake_is_named() {
        for (args, expected) in [
            (&["--lisen", "x"][..], "unexpected argument '--lisen' found"),
            (&["--listen", "8080"], "`8080` is no address"),
            (&["--browse=yes"], "unexpected value 'yes' for '--browse'"),
            (&["--workers", "0"], "expected 1 to 1024"),
            (&["--workers", "1025"], "expected 1 to 1024"),
            (&["--client-connections", "-"], "client_connections_max is a whole number, not `-`"),
            (&["--cache", "much"], "cache_size is a size such as `64KiB`, not `much`"),
            (&["--client-limit", "log"], "[possible values: enforce, report]"),
            (&["--compress", "gzip"], "[possible values: on, off]"),
            (&["--log", "xml"], "[possible values: common, combined, json, off]"),
            (&["--log", "off", "--log-file", "x"], "--log-file needs a log"),
            (&["--limit", "idle_timeout"], "--limit takes KEY=VALUE"),
            (&["--limit", "no_such=1"], "unknown limit `no_such`"),
            (&["--limit", "idle_timeout=9ms"], "idle_timeout must be 10ms to 1440m"),
        ] {
            let error = parsed(args).unwrap_err();
            assert!(error.contains(expected), "{args:?}: {error}");
        }
    }
}
