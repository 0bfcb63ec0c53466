//! strace: what a worker asks of the kernel, counted.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::time::Duration;

use reactor::clock;
use rustix::fs::Advice;
use rustix::process::Signal;
use tempfile::{NamedTempFile, TempDir};
use testkit::program::{Program, TIMEOUT, write_file};
use testkit::raw::{Client, request};

use crate::serve;

/// What strace writes down of a thread or a process.
struct Trace {
    strace: Program,
    output: NamedTempFile,
}

impl Trace {
    /// Attaches to a thread.
    #[track_caller]
    fn of_thread(thread: u32) -> Self {
        Self::attach(thread, &[], 1)
    }

    /// Attaches to all threads of a process.
    #[track_caller]
    fn of_process(program: &Program) -> Self {
        let tasks = fs::read_dir(format!("/proc/{}/task", program.id()));
        let tasks = tasks.expect("the program runs").count();
        Self::attach(program.id(), &["-f"], tasks)
    }

    #[track_caller]
    fn attach(id: u32, args: &[&str], count: usize) -> Self {
        let output = NamedTempFile::new().expect("a temporary file can be made");
        let mut command = Command::new("strace");
        command.args(args).arg("-o").arg(output.path()).args(["-p", &id.to_string()]);
        let strace = Program::spawn(&mut command);
        // It says for each thread that it is attached, or for all of them at once.
        let line = strace.stderr.find("attached");
        if !line.contains(" threads") {
            for _ in 1..count {
                assert!(strace.stderr.next_within(TIMEOUT).is_some());
            }
        }
        Self { strace, output }
    }

    /// Detaches and returns the calls that were finished meanwhile, by name.
    #[track_caller]
    fn finish(mut self) -> Calls {
        self.strace.signal(Signal::INT);
        self.strace.end();
        let lines = fs::read_to_string(self.output.path()).expect("strace has written it");
        let mut calls = BTreeMap::new();
        for name in lines.lines().filter_map(finished_call) {
            *calls.entry(name.to_owned()).or_default() += 1;
        }
        Calls { calls, lines }
    }
}

/// Returns the name of the call that a line shows the end of. A call that a thread is left in has
/// none: nothing has woken the thread.
fn finished_call(line: &str) -> Option<&str> {
    let line = line.trim_start_matches(|char: char| char.is_ascii_digit() || char == ' ');
    let is_end = line.contains(" = ") && !line.ends_with("<unfinished ...>");
    let begun_before = || line.strip_prefix("<... ")?.split(' ').next();
    is_end.then(|| begun_before().or_else(|| line.split('(').next())).flatten()
}

/// How often each system call was made.
struct Calls {
    calls: BTreeMap<String, usize>,
    lines: String,
}

impl Calls {
    /// Takes out the calls of these names and returns how many there were.
    fn take(&mut self, names: &[&str]) -> usize {
        names.iter().filter_map(|name| self.calls.remove(*name)).sum()
    }

    /// Asserts that all calls were taken out.
    #[track_caller]
    fn assert_none(&self, when: &str) {
        let is_left = |line: &&str| self.calls.keys().any(|name| line.contains(name.as_str()));
        let lines: Vec<&str> = self.lines.lines().filter(is_left).take(20).collect();
        assert!(self.calls.is_empty(), "{when}: {:?} {lines:#?}", self.calls);
    }
}

const RECEIVE: [&str; 2] = ["recvfrom", "recvmsg"];
const SEND: [&str; 3] = ["sendto", "sendmsg", "writev"];
/// The last is one that strace found the thread in.
const WAIT: [&str; 4] = ["epoll_wait", "epoll_pwait", "epoll_pwait2", "restart_syscall"];
const FILE: [&str; 4] = ["statx", "openat2", "close", "preadv2"];

/// Without a log, and with deadlines so far away that none of them is prepared for.
const ARGS: [&str; 6] =
    ["--log", "off", "--limit", "head_timeout=60m", "--limit", "idle_timeout=60m"];

/// Serves a folder with a file of a usual size and one that the kernel sends, and connects.
fn served() -> (TempDir, Program, Client) {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    write_file(&folder.path().join("file"), [b'x'; 612]);
    write_file(&folder.path().join("large"), vec![b'x'; 100 << 10]);
    let program = serve(folder.path(), &ARGS);
    let mut client = program.client();
    // Past the time in which the file is taken for being written.
    for _ in 0..25 {
        assert_eq!(client.get("/file").body, [b'x'; 612]);
        assert!(client.is_silent_for(Duration::from_millis(100)));
    }
    (folder, program, client)
}

/// Asks so many times and asserts that each costs a wait, a receive, a send and `sendfiles`, and
/// that nothing else is done for it.
#[track_caller]
fn check_calls(
    (program, client): (&Program, &mut Client),
    (method, target, fields): (&str, &str, &[&str]),
    status: u16,
    (requests, sendfiles): (usize, usize),
) {
    // What must be searched for the first time has been.
    assert_eq!(client.ask(method, target, fields).status, status, "{method} {target} {fields:?}");
    let trace = Trace::of_thread(program.thread("avocet-0"));
    let start = clock::read().instant;
    for _ in 0..requests {
        assert_eq!(client.ask(method, target, fields).status, status);
    }
    let seconds = clock::read().instant.since(start).as_secs();
    let seconds = usize::try_from(seconds).expect("it does not take so long") + 1;
    let mut calls = trace.finish();
    let (receive, send, wait) = (calls.take(&RECEIVE), calls.take(&SEND), calls.take(&WAIT));
    let (file, sendfile) = (calls.take(&FILE), calls.take(&["sendfile"]));
    let what = format!("{method} {target} {fields:?}");
    // strace may have missed a call when it says that it watches.
    assert!(receive.abs_diff(requests) <= 2, "{what}: {receive} receive");
    assert!(send.abs_diff(receive) <= 1, "{what}: a send for each receive: {send}, {receive}");
    assert!(sendfile.abs_diff(receive * sendfiles) <= 1, "{what}: {sendfile} sendfile");
    assert!(wait <= requests + 2, "{what}: {wait} wait");
    // The root looked at; the file opened, looked at and closed; three siblings looked for.
    assert!(file <= 7 * seconds, "{what}: {file} file calls in {seconds} s");
    if cfg!(debug_assertions) {
        // The standard library then looks whether what it closes is open.
        calls.take(&["fcntl"]);
    }
    calls.assert_none(&what);
}

#[test]
fn a_thousand_requests_cost_three_calls_each() {
    let (_folder, program, mut client) = served();
    check_calls((&program, &mut client), ("GET", "/file", &[]), 200, (1000, 0));
}

#[test]
fn every_usual_answer_costs_a_send() {
    let (_folder, program, mut client) = served();
    let answer = client.get("/file");
    let has_it = format!("If-None-Match: {}", answer.field("ETag").expect("a file has a tag"));
    for (request, status, sendfiles) in [
        (("HEAD", "/file", &[][..]), 200, 0),
        (("GET", "/file", &[&*has_it]), 304, 0),
        (("GET", "/file", &["Range: bytes=100-199"]), 206, 0),
        (("GET", "/none", &[]), 404, 0),
        (("GET", "/large", &[]), 200, 1),
    ] {
        check_calls((&program, &mut client), request, status, (200, sendfiles));
    }
}

#[test]
fn a_pipeline_in_one_segment_is_answered_in_one_write() {
    let (_folder, program, mut client) = served();
    let trace = Trace::of_thread(program.thread("avocet-0"));
    // strace may have missed a call when it says that it watches.
    for _ in 0..10 {
        assert_eq!(client.get("/file").status, 200);
    }
    client.send(request("GET", "/file", &[]).repeat(100));
    let mut size = 0;
    for _ in 0..100 {
        let answer = client.answer();
        assert_eq!(answer.body, [b'x'; 612]);
        size += answer.head.len() + answer.body.len();
    }
    let lines = trace.finish().lines;
    let sends: Vec<usize> = lines
        .lines()
        .filter(|line| SEND.iter().any(|name| line.starts_with(name)))
        .filter_map(|line| line.rsplit_once("= ")?.1.parse().ok())
        .filter(|&sent| sent > size / 100)
        .collect();
    assert_eq!(sends, [size]);
}

#[test]
fn the_kernel_sends_what_is_too_large_for_memory() {
    let (folder, program, mut client) = served();
    for (size, is_sent_by_kernel) in [(65_536, false), (65_537, true), (3 << 20, true)] {
        let target = format!("/{size}");
        write_file(&folder.path().join(&target[1..]), vec![b'y'; size]);
        let trace = Trace::of_thread(program.thread("avocet-0"));
        // strace may have missed a call when it says that it watches.
        for _ in 0..10 {
            assert_eq!(client.get(&target).body.len(), size);
        }
        let mut calls = trace.finish();
        assert_eq!(calls.take(&["sendfile"]) > 0, is_sent_by_kernel, "{size}");
        assert!(calls.take(&SEND) > 0, "{size}");
    }
}

#[test]
fn what_is_in_memory_is_looked_at_once_a_second() {
    let (folder, program, mut client) = served();
    write_file(&folder.path().join("large"), vec![b'y'; 100_000]);
    // Past the time in which the file is taken for being written.
    for _ in 0..25 {
        assert_eq!(client.get("/large").body.len(), 100_000);
        assert!(client.is_silent_for(Duration::from_millis(100)));
    }
    let trace = Trace::of_thread(program.thread("avocet-0"));
    let start = clock::read().instant;
    for _ in 0..300 {
        assert_eq!(client.get("/large").status, 200);
    }
    let seconds = usize::try_from(clock::read().instant.since(start).as_secs()).unwrap() + 1;
    let mut calls = trace.finish();
    assert!(calls.take(&["sendfile"]) >= 298);
    // Its first byte and its last, each second that was begun.
    let looks = calls.take(&["preadv2"]);
    assert!(looks <= 2 * (seconds + 1), "{looks} looks in {seconds} s");
}

#[test]
fn a_small_part_of_a_large_file_costs_a_send() {
    let (_folder, program, mut client) = served();
    for _ in 0..25 {
        assert_eq!(client.get("/large").body.len(), 100 << 10);
        assert!(client.is_silent_for(Duration::from_millis(100)));
    }
    for range in ["Range: bytes=0-1023", "Range: bytes=-500", "Range: bytes=5000-21383"] {
        let trace = Trace::of_thread(program.thread("avocet-0"));
        let start = clock::read().instant;
        for _ in 0..300 {
            assert_eq!(client.ask("GET", "/large", &[range]).status, 206);
        }
        let seconds = usize::try_from(clock::read().instant.since(start).as_secs()).unwrap() + 1;
        let mut calls = trace.finish();
        let (receive, send) = (calls.take(&RECEIVE), calls.take(&SEND));
        assert!(receive.abs_diff(300) <= 2, "{range}: {receive} receive");
        assert!(send.abs_diff(receive) <= 1, "{range}: {send} send");
        assert_eq!(calls.take(&["sendfile"]), 0, "{range}");
        // Twice before the answer is remembered; then when its date or its file must be looked at.
        let reads = calls.take(&["preadv2", "pread64"]);
        assert!(reads <= 3 * (seconds + 1), "{range}: {reads} reads in {seconds} s");
    }
}

#[test]
fn a_loop_reads_nothing_that_is_not_in_memory() {
    let place = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder can be made");
    let path = place.path().join("large");
    write_file(&path, vec![b'z'; 8 << 20]);
    let file = fs::File::open(&path).expect("it was written");
    file.sync_all().expect("the disk takes it");
    rustix::fs::fadvise(&file, 0, None, Advice::DontNeed).expect("the kernel is told");
    let program = serve(place.path(), &ARGS);
    let worker = program.thread("avocet-0").to_string();
    let trace = Trace::of_process(&program);
    assert_eq!(program.client().get("/large").body.len(), 8 << 20);
    let lines = trace.finish().lines;
    let of = |thread: bool, call: &str| {
        let is_meant = |line: &&str| line.starts_with(&worker) == thread && line.contains(call);
        lines.lines().filter(is_meant).count()
    };
    assert!(of(true, "preadv2(") >= 1, "the loop looks");
    assert!(of(true, "EAGAIN") >= 1, "and finds it missing");
    assert_eq!(of(true, "pread64("), 0, "and does not read it");
    assert!(of(false, "sendfile(") >= 8, "the pool does, chunk by chunk");
    assert_eq!(of(false, "pread64("), 0, "without a copy");
    assert!(of(true, "sendfile(") >= 8);
}

#[test]
fn an_idle_server_makes_no_call() {
    let (_folder, program, mut client) = served();
    let mut silent = program.client();
    // What the last request has set off is over.
    assert!(client.is_silent_for(Duration::from_millis(500)));
    // A thread that is stopped by strace looks again at what it waits for. Those that slept while
    // another took a job are done with that before it is watched.
    Trace::of_process(&program).finish();
    let trace = Trace::of_process(&program);
    assert!(silent.is_silent_for(Duration::from_secs(5)));
    let calls = trace.finish();
    calls.assert_none("idle");
    assert_eq!(client.get("/file").status, 200, "it is there all the same");
}
