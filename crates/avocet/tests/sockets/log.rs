//! The log file and the counters: written, moved away, opened again, and read at any time.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use reactor::clock;
use rustix::fs::{CWD, Mode};
use rustix::process::Signal;
use tempfile::TempDir;
use testkit::program::{Program, eventually};

use crate::site::{INDEX, Site, avocet, folder};

/// Serves a folder with a log file in it; returns where that is.
#[track_caller]
fn logging(args: &[&str]) -> (Program, PathBuf, TempDir) {
    let folder = folder(&[]);
    let path = folder.path().join("access.log");
    let mut command = avocet(&["serve", "--listen", "127.0.0.1:0"]);
    command.arg(folder.path().join("site")).arg("--log-file").arg(&path).args(args);
    (Program::serve(&mut command), path, folder)
}

fn lines(path: &Path) -> usize {
    fs::read_to_string(path).map_or(0, |text| text.lines().count())
}

/// Returns the number beside a name in the counters' table.
#[track_caller]
fn number(table: &str, name: &str) -> u64 {
    let mut lines = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let line = lines.find(|words| words.first() == Some(&name)).expect("it has a line");
    line[1].parse().expect("a number stands beside its name")
}

#[test]
fn lines_go_to_the_file_that_was_there_when_they_were_written() {
    let (mut program, path, folder) = logging(&["--workers", "2"]);
    let is_over = AtomicBool::new(false);
    let mut moved: Vec<_> = (0..5).map(|n| folder.path().join(format!("moved.{n}"))).collect();
    let asked: usize = thread::scope(|scope| {
        let clients: Vec<_> = (0..4)
            .map(|_| {
                let mut client = program.client();
                let is_over = &is_over;
                scope.spawn(move || {
                    let mut asked = 0;
                    while !is_over.load(Ordering::Relaxed) {
                        assert_eq!(client.get("/").text(), INDEX);
                        asked += 1;
                    }
                    asked
                })
            })
            .collect();
        for moved in &moved {
            eventually("it is written to", || lines(&path) > 20);
            fs::rename(&path, moved).unwrap();
            let before = lines(moved);
            eventually("what was opened is written to", || lines(moved) > before);
            program.signal(Signal::USR1);
            eventually("it is opened again", || path.exists());
        }
        is_over.store(true, Ordering::Relaxed);
        clients.into_iter().map(|client| client.join().unwrap()).sum()
    });
    program.signal(Signal::TERM);
    let end = program.end();
    assert_eq!((end.code, end.stdout.as_str(), end.stderr.as_str()), (Some(0), "", ""));
    moved.push(path);
    assert_eq!(moved.iter().map(|path| lines(path)).sum::<usize>(), asked, "none is lost");
    for path in moved {
        let text = fs::read_to_string(path).unwrap();
        assert!(text.lines().all(|line| line.contains("\"GET / HTTP/1.1\" 200 ")), "each is whole");
    }
}

#[test]
fn a_file_that_cannot_be_opened_again_is_written_to_on() {
    let (mut program, path, folder) = logging(&[]);
    let moved = folder.path().join("moved");
    fs::rename(&path, &moved).unwrap();
    fs::create_dir(&path).unwrap();
    let mut client = program.client();
    for _ in 0..2 {
        program.signal(Signal::USR1);
        let line = program.stderr.find("cannot open the access log");
        assert!(line.contains(&*path.to_string_lossy()), "{line}");
        client.get("/");
    }
    drop(client);
    program.signal(Signal::TERM);
    assert_eq!(program.end().stderr, "", "it is said once for each time");
    assert_eq!(lines(&moved), 2);
}

#[test]
fn a_file_is_appended_to_from_start_to_start() {
    let folder = folder(&[]);
    let path = folder.path().join("access.log");
    for expected in 1..=2 {
        let mut command = avocet(&["serve", "--listen", "127.0.0.1:0", "--log-file"]);
        command.arg(&path).arg(folder.path().join("site"));
        let mut program = Program::serve(&mut command);
        program.client().get("/");
        program.signal(Signal::TERM);
        assert_eq!(program.end().code, Some(0));
        assert_eq!(lines(&path), expected);
    }
}

#[test]
fn a_file_that_cannot_be_opened_is_an_error() {
    let folder = folder(&[]);
    for path in [folder.path(), &folder.path().join("missing/access.log")] {
        let mut command = avocet(&["serve", "--listen", "127.0.0.1:0", "--log-file"]);
        let end = Program::spawn(command.arg(path).arg(folder.path().join("site"))).end();
        assert_eq!((end.code, end.stderr.lines().count()), (Some(4), 1), "{end:?}");
        let path = path.to_string_lossy();
        for part in ["cannot write the access log to", &path, "can be appended to"] {
            assert!(end.stderr.contains(part), "\"{part}\" is said: {end:?}");
        }
    }
}

#[test]
fn signals_for_logs_and_counters_harm_nobody() {
    for args in [&[][..], &["--log", "off"]] {
        let mut site = Site::with(&[], args);
        for signal in [Signal::USR1, Signal::USR2, Signal::USR1] {
            site.program.signal(signal);
            assert_eq!(site.client().get("/").text(), INDEX);
        }
        let answers = number(&site.program.stderr.find("answers_2xx"), "answers_2xx");
        assert!((1..=3).contains(&answers), "{answers}");
        site.program.signal(Signal::TERM);
        assert_eq!(site.program.end().code, Some(0), "they count as no request to end");
    }
}

#[test]
fn what_was_counted_is_printed_when_asked_and_at_the_end() {
    let args = ["--stats", "--limit", "idle_timeout=200ms"];
    let mut site = Site::with(&[], &args);
    let mut client = site.client();
    client.get("/");
    client.get("/none");
    client.ask("GET", "/", &["If-None-Match: *"]);
    site.program.signal(Signal::USR2);
    assert_eq!(number(&site.program.stderr.find("requests "), "requests"), 3);
    assert_eq!(number(&site.program.stderr.find("connections_open"), "connections_open"), 1);
    client.assert_closed();
    let mut client = site.client();
    client.send("nonsense\r\n\r\n");
    client.answer();
    client.assert_closed();
    drop(client);
    site.program.signal(Signal::TERM);
    let end = site.program.end();
    assert_eq!(end.code, Some(0));
    let table = &end.stderr[end.stderr.find("connections_accepted").expect("a table")..];
    for (name, expected) in [
        ("connections_accepted", 2),
        ("connections_ended", 2),
        ("connections_open", 0),
        ("requests", 3),
        ("requests_busiest", 3),
        ("requests_idlest", 3),
        ("requests_malformed", 1),
        ("answers_2xx", 1),
        ("answers_3xx", 1),
        ("answers_4xx", 2),
        ("answers_5xx", 0),
        ("timeouts_idle", 1),
        ("log_lines_lost", 0),
        ("pool.running", 0),
    ] {
        assert_eq!(number(table, name), expected, "{name} in\n{table}");
    }
}

/// `avocet serve | head -1`: the reader of the log goes after its first line.
#[test]
fn a_log_whose_reader_has_gone_is_lost_and_nothing_else() {
    let folder = folder(&[]);
    let pipe = folder.path().join("pipe");
    rustix::fs::mkfifoat(CWD, &pipe, Mode::RUSR | Mode::WUSR).unwrap();
    let mut command = Command::new("sh");
    command.args(["-c", "exec \"$0\" serve \"$1\" --stats --listen 127.0.0.1:0 >\"$2\""]);
    command.arg(env!("CARGO_BIN_EXE_avocet")).arg(folder.path().join("site")).arg(&pipe);
    let mut program = Program::spawn(&mut command);
    let mut head = BufReader::new(File::open(&pipe).unwrap());
    let line = program.stderr.find("avocet: serving ");
    let addr = line.split(['/', ' ']).find_map(|word| word.parse().ok()).expect("an address");
    let mut client = testkit::raw::Client::tcp(addr);
    client.get("/");
    let mut line = String::new();
    head.read_line(&mut line).unwrap();
    assert!(line.contains("\"GET / HTTP/1.1\" 200 "), "{line}");
    drop(head);
    for _ in 0..100 {
        assert_eq!(client.get("/").text(), INDEX);
    }
    assert!(program.stderr.find("cannot write the access log").contains("lines are lost"));
    let (before, start) = (program.cpu_time(), clock::read().instant);
    assert!(client.is_silent_for(Duration::from_millis(300)));
    let (spent, taken) = (program.cpu_time() - before, clock::read().instant.since(start));
    assert!(spent * 10 < taken, "{spent:?} of {taken:?}, with nothing to do");
    drop(client);
    program.signal(Signal::TERM);
    let end = program.end();
    assert_eq!((end.code, end.signal), (Some(0), None), "{end:?}");
    assert!(!end.stderr.contains("cannot write"), "it is said once: {end:?}");
    assert_eq!(number(&end.stderr, "log_lines_lost"), 100, "{end:?}");
}

#[test]
fn each_format_has_a_name() {
    let fields = ["User-Agent: one \"two\"", "Referer: http://b/?\\"];
    for (name, expected) in [
        ("common", r#"] "GET /?a HTTP/1.1" 200 35"#),
        ("combined", r#"] "GET /?a HTTP/1.1" 200 35 "http://b/?\\" "one \"two\"""#),
        (
            "json",
            concat!(
                r#","remote":"127.0.0.1","method":"GET","target":"/?a","protocol":"HTTP/1.1","#,
                r#""host":"test","referer":"http://b/?\\","user_agent":"one \"two\"","#,
                r#""status":200,"bytes":35}"#,
            ),
        ),
    ] {
        let site = Site::with(&[], &["--log", name]);
        site.client().ask("GET", "/?a", &fields);
        let line = site.program.stdout.find("GET");
        assert!(line.ends_with(expected), "{name}: {line}");
    }
}

#[test]
fn requests_with_answers_that_take_their_time_have_lines_like_others() {
    let site = Site::new(&[("large", &[1; 4 << 20])]);
    let mut slow = site.client();
    slow.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
    // It has begun, and cannot end before it is read.
    assert_eq!(slow.bytes(15), b"HTTP/1.1 200 OK");
    site.client().get("/");
    assert!(site.program.stdout.find("GET").contains("\"GET / HTTP/1.1\" 200 35"));
    drop(slow);
    let line = site.program.stdout.find("GET /large");
    let size = line.split_once("\" 200 ").and_then(|(_, size)| size.parse::<usize>().ok());
    assert!(size.is_some_and(|size| size < 4 << 20), "what was sent is said: {line}");
}

#[test]
fn a_log_that_is_stuck_delays_nobody() {
    let folder = folder(&[]);
    let pipe = folder.path().join("pipe");
    rustix::fs::mkfifoat(CWD, &pipe, Mode::RUSR | Mode::WUSR).unwrap();
    let mut command = Command::new("sh");
    let script = "exec \"$0\" serve \"$1\" --listen 127.0.0.1:0 \\
                  --limit log_waiting_max=128KiB >\"$2\"";
    command.args(["-c", script]).arg(env!("CARGO_BIN_EXE_avocet"));
    let mut program = Program::spawn(command.arg(folder.path().join("site")).arg(&pipe));
    // Never read from.
    let reader = File::open(&pipe).unwrap();
    let line = program.stderr.find("avocet: serving ");
    let addr = line.split(['/', ' ']).find_map(|word| word.parse().ok()).expect("an address");
    let mut client = testkit::raw::Client::tcp(addr);
    let target = format!("/{}", "x".repeat(2000));
    let mut times: Vec<_> = (0..1000)
        .map(|_| {
            let start = clock::read().instant;
            client.get(&target);
            clock::read().instant.since(start)
        })
        .collect();
    times.sort_unstable();
    // The bound is for machines that have much else to do; a log that is waited for has none.
    assert!(times[989] < Duration::from_millis(100), "{:?}", times[989]);
    program.signal(Signal::USR2);
    let lost = number(&program.stderr.find("log_lines_lost"), "log_lines_lost");
    assert!((500..1000).contains(&lost), "{lost}");
    drop(client);
    program.signal(Signal::TERM);
    assert_eq!(program.end().code, Some(0));
    drop(reader);
}
