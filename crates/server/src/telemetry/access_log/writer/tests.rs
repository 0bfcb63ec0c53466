//! What is passed on is written in its order, to the file that was meant, or counted as lost.

use std::fs;

use super::*;

const WAITING_MAX: usize = 1 << 20;

fn pass_on(log: &AccessLog, text: &str) {
    let mut lines = text.as_bytes().to_vec();
    log.sink(LogFormat::Common).pass_on(&mut lines, WAITING_MAX);
    assert!(lines.is_empty());
}

#[test]
fn what_was_passed_on_is_written_before_the_log_ends() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let log = AccessLog::start(file.reopen().unwrap()).unwrap();
    pass_on(&log, "one\n");
    log.reopener().reopen();
    pass_on(&log, "two\n");
    drop(log);
    assert_eq!(fs::read(file.path()).unwrap(), b"one\ntwo\n", "it has no path to be opened again");
}

#[test]
fn a_file_is_appended_to_and_opened_again_between_two_lines() {
    let folder = tempfile::tempdir().unwrap();
    let (path, moved) = (folder.path().join("log"), folder.path().join("moved"));
    fs::write(&path, "zero\n").unwrap();
    let log = AccessLog::to_file(&path).unwrap();
    fs::rename(&path, &moved).unwrap();
    for text in ["one\n", "two\n"] {
        pass_on(&log, text);
    }
    log.reopener().reopen();
    pass_on(&log, "three\n");
    let meter = log.meter();
    drop(log);
    assert_eq!(fs::read_to_string(&moved).unwrap(), "zero\none\ntwo\n");
    assert_eq!(fs::read_to_string(&path).unwrap(), "three\n");
    assert_eq!(meter.lines_lost(), 0);
}

#[test]
fn a_file_that_cannot_be_opened_again_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("folder/log");
    fs::create_dir(folder.path().join("folder")).unwrap();
    let log = AccessLog::to_file(&path).unwrap();
    fs::rename(folder.path().join("folder"), folder.path().join("moved")).unwrap();
    log.reopener().reopen();
    pass_on(&log, "one\n");
    drop(log);
    assert_eq!(fs::read_to_string(folder.path().join("moved/log")).unwrap(), "one\n");
}

#[test]
fn a_file_that_cannot_be_opened_is_no_log() {
    let folder = tempfile::tempdir().unwrap();
    let error = AccessLog::to_file(folder.path()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::IsADirectory);
}

#[test]
fn a_log_that_waits_too_long_loses_lines_not_memory() {
    let shared = Arc::new(Shared::default());
    let meter = LogMeter(Arc::clone(&shared));
    let sink = LogSink { shared, format: LogFormat::Common, age_max: AGE_MAX };
    for (size, waiting, lost) in [
        (WAITING_MAX + 1, 0, 1),
        (WAITING_MAX - 4, WAITING_MAX - 4, 1),
        (4, WAITING_MAX, 1),
        (1, WAITING_MAX, 2),
    ] {
        let mut lines = vec![b'x'; size];
        lines[size - 1] = b'\n';
        sink.pass_on(&mut lines, WAITING_MAX);
        assert!(lines.is_empty());
        assert_eq!(sink.shared.lock().lines.len(), waiting);
        assert_eq!(meter.lines_lost(), lost);
    }
}

/// Takes so many bytes, then nothing.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = bytes.len().min(self.0);
        self.0 -= count;
        if count == 0 { Err(ErrorKind::StorageFull.into()) } else { Ok(count) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Takes the first bytes, fails once, and takes all that comes later.
struct Hiccup {
    taken: Arc<Mutex<Vec<u8>>>,
    until: usize,
}

impl Write for Hiccup {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut taken = self.taken.lock().unwrap();
        let room = self.until.saturating_sub(taken.len());
        let count = bytes.len().min(room);
        taken.extend_from_slice(&bytes[..count]);
        if count == 0 && !bytes.is_empty() {
            self.until = usize::MAX;
            return Err(ErrorKind::StorageFull.into());
        }
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_line_of_which_the_output_took_a_part_stands_alone() {
    for (until, expected, lost) in [
        (3, "one\nthree\n", 2),
        (4, "one\nthree\n", 1),
        (6, "one\ntw\nthree\n", 1),
        (8, "one\ntwo\nthree\n", 0),
    ] {
        let taken = Arc::default();
        let mut output = Output::new(Box::new(Hiccup { taken: Arc::clone(&taken), until }), None);
        assert_eq!(output.write(b"one\ntwo\n"), lost, "{until}");
        assert_eq!(output.write(b""), 0, "{until}");
        let _of_the_last = output.write(b"three\n") + output.write(b"three\n");
        let taken = String::from_utf8(taken.lock().unwrap().clone()).unwrap();
        assert!(taken.starts_with(expected), "{until}: {taken}");
    }
}

#[test]
fn lines_that_the_output_does_not_take_are_counted() {
    let log = AccessLog::start(Full(4)).unwrap();
    pass_on(&log, "one\ntwo\nthree\n");
    pass_on(&log, "four\n");
    let meter = log.meter();
    drop(log);
    assert_eq!(meter.lines_lost(), 3);
}
