//! Lines are passed on by size, by age and at the end, and nothing else wakes their worker.

use std::sync::mpsc::{self, Receiver, Sender};

use super::*;

/// Nothing happens, and time passes as far as somebody waits for it.
struct Still;

impl World for Still {
    fn advance(&mut self, _now: Instant, until: Instant, _events: &mut Events) -> Option<Instant> {
        (until != Instant::NEVER).then_some(until)
    }

    fn wall(&self, _now: Instant) -> SystemTime {
        UNIX_EPOCH
    }

    fn pick(&mut self, _runnable: usize) -> usize {
        0
    }
}

/// An output that hands on what is written at a time.
struct Telling(Sender<String>);

impl io::Write for Telling {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _ = self.0.send(String::from_utf8_lossy(bytes).into_owned());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Setting {
    worker: Worker<Sim<Still>>,
    log: AccessLog,
    part: WorkerLog,
    written: Receiver<String>,
}

impl Setting {
    fn new(change: impl FnOnce(AccessLog) -> AccessLog) -> Self {
        let (telling, written) = mpsc::channel();
        let log = change(AccessLog::start(Telling(telling)).unwrap());
        let worker = Worker::new(Sim::new(Still), Notify::new(|| {}));
        let sink = log.sink(LogFormat::Common);
        let part = WorkerLog::new(sink, worker.handle(), &Limits::default());
        Self { worker, log, part, written }
    }

    /// Logs a line whose size ends it.
    fn line(&mut self, size: u64) {
        let record = self.part.begin_no_request(PeerAddr::Unix, &dates());
        self.part.finish(record, Status::OK, size);
    }

    fn end_turn(&mut self, phase: Phase) {
        self.part.end_turn(self.worker.handle().now().instant, phase);
    }

    /// Lets the worker wait for what it waits for; returns the time then, if it ever ends.
    fn turn(&mut self) -> Option<Duration> {
        self.worker.turn().unwrap();
        let is_asleep = self.worker.driver().is_asleep();
        (!is_asleep).then(|| self.worker.handle().now().instant.since(Instant::ORIGIN))
    }

    /// Returns the sizes of the lines that come next to the output.
    #[track_caller]
    fn next(&self) -> Vec<u64> {
        let text = self.written.recv_timeout(Duration::from_secs(10)).expect("lines come");
        text.lines().map(|line| line.rsplit_once(' ').unwrap().1.parse().unwrap()).collect()
    }
}

#[test]
fn lines_are_passed_on_when_the_oldest_is_a_second_old() {
    let mut setting = Setting::new(|log| log);
    assert_eq!(setting.turn(), None, "without a line nothing is waited for");
    for round in 1..=2 {
        for size in 1..=3 {
            setting.line(size);
            setting.end_turn(Phase::Running);
        }
        let mut time = Duration::ZERO;
        // The wheel comes to the deadline in steps.
        for _ in 0..3 {
            if setting.part.lines.size() > 0 {
                time = setting.turn().expect("the timer ends the wait");
                setting.end_turn(Phase::Running);
            }
        }
        let due = Duration::from_secs(round);
        assert!(time >= due && time < due + Duration::from_millis(100 * round), "{time:?}");
        assert_eq!(setting.next(), [1, 2, 3]);
        assert_eq!(setting.turn(), None, "nothing is left to wait for");
    }
}

#[test]
fn lines_are_passed_on_when_they_are_many() {
    let mut setting = Setting::new(|log| log);
    let mut passed = Vec::new();
    let mut size = 0;
    while setting.part.lines.size() >= passed.len() {
        passed.push(setting.part.lines.size());
        setting.line(1_000 + size);
        size += 1;
    }
    let last = *passed.last().unwrap();
    let line = passed[1];
    assert!(last < PASSED_SIZE && last + line >= PASSED_SIZE, "{last} and {line}");
    assert_eq!(setting.next().len() as u64, size, "all of them, without the end of a turn");
    setting.end_turn(Phase::Running);
    assert_eq!(setting.turn(), None, "nothing waits");
}

#[test]
fn lines_are_written_at_once_to_who_watches_and_when_the_worker_ends() {
    for (is_at_once, phase) in [(true, Phase::Running), (false, Phase::Draining)] {
        let mut setting = Setting::new(|log| if is_at_once { log.at_once() } else { log });
        for size in 1..=2 {
            setting.line(size);
            setting.end_turn(phase);
            assert_eq!(setting.next(), [size]);
        }
        assert_eq!(setting.turn(), None, "there is no timer");
    }
}

#[test]
fn what_a_worker_has_left_is_written() {
    let mut setting = Setting::new(|log| log);
    setting.line(1);
    setting.line(2);
    let Setting { log, part, written, .. } = setting;
    drop(part);
    drop(log);
    assert_eq!(written.try_iter().collect::<String>().lines().count(), 2);
}

#[test]
fn an_output_that_is_stuck_delays_nobody_and_loses_what_is_too_much() {
    struct Stuck(Receiver<()>);
    impl io::Write for Stuck {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            // Until the other end is dropped.
            let _ = self.0.recv();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let (held, stuck) = mpsc::channel();
    let log = AccessLog::start(Stuck(stuck)).unwrap();
    let meter = log.meter();
    let worker = Worker::new(Sim::new(Still), Notify::new(|| {}));
    let mut part = WorkerLog::new(log.sink(LogFormat::Common), worker.handle(), &Limits::default());
    let mut count = 0;
    while meter.lines_lost() == 0 {
        let record = part.begin_no_request(PeerAddr::Unix, &dates());
        part.finish(record, Status::OK, 0);
        count += 1;
        assert!(count < 1 << 20, "more waits than may");
    }
    drop(held);
    drop(part);
    drop(log);
    assert!(meter.lines_lost() < count / 4, "{} of {count}", meter.lines_lost());
}
