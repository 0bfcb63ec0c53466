//! Ways out of the root: spellings of a path, and a link that is swapped under it.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use crate::now;
use crate::tally::{OPENED, Tally};

/// What must never leave; it stands in a file beside the root.
pub(crate) const SECRET: &str = "the secret that must never leave";

/// What stands in the file of the same name inside.
pub(crate) const HARMLESS: &str = "what everybody may read";

/// The name of both.
pub(crate) const NAME: &str = "note.txt";

/// So many more files stand in both folders, each with what the other must not have: a path is
/// looked for on the disk once a second at most, many paths more often.
const NOTES: usize = 1000;

/// Where a spelling begins.
const PREFIXES: [&str; 8] =
    ["/", "//", "/./", "/inside/", "/inside/../", "/link/", "http://127.0.0.1/", "/%2e/"];

/// A segment that means the folder above, or could be taken for it.
const ABOVE: [&str; 16] = [
    "..",
    "%2e%2e",
    ".%2e",
    "%2E.",
    "%252e%252e",
    "..;",
    "..%00",
    "%00..",
    "%c0%ae%c0%ae",
    "%e0%80%ae%e0%80%ae",
    "%u002e%u002e",
    "....",
    "..%20",
    "..%09",
    "..%0d%0a",
    "\\..",
];

/// What ends a segment, or could be taken to.
const SEPARATORS: [&str; 4] = ["/", "%2f", "\\", "%5c"];

/// Longest wait for an answer.
const TIMEOUT: Duration = Duration::from_secs(5);

/// From one swap to the next.
const SWAP_INTERVAL: Duration = Duration::from_millis(1);

/// Asks for the secret by every spelling.
pub(crate) fn run_spellings(addr: SocketAddr) -> Tally {
    let mut tally = Tally::default();
    for target in spellings() {
        tally.add(OPENED);
        match ask(addr, &target) {
            Ok(answer) => judge(&mut tally, &target, &answer),
            Err(what) => tally.fault(format!("{target:?}: {what}")),
        }
    }
    tally
}

/// Makes every spelling.
fn spellings() -> Vec<String> {
    let mut all = Vec::new();
    for prefix in PREFIXES {
        for above in ABOVE {
            for separator in SEPARATORS {
                // One to three up: `inside` is one deep itself.
                let up = format!("{above}{separator}").repeat(1 + all.len() % 3);
                all.push(format!("{prefix}{up}{NAME}"));
            }
        }
    }
    all
}

/// Returns the names of the files that a swapped link leads to.
pub(crate) fn notes() -> impl Iterator<Item = String> {
    (0..NOTES).map(|number| format!("note-{number}.txt"))
}

/// Asks for files behind a link while it points inside and outside in turns.
pub(crate) fn run_swapped(addr: SocketAddr, root: &Path, time: Duration) -> Tally {
    let (is_over, swaps) = (AtomicBool::new(false), AtomicU64::new(0));
    let mut tally = Tally::default();
    let swapped = thread::scope(|scope| {
        let swapper = scope.spawn(|| swap(root, &is_over, &swaps));
        let end = now().after(time);
        for note in notes().collect::<Vec<_>>().iter().cycle() {
            if now() >= end || swapper.is_finished() {
                break;
            }
            let target = format!("/link/{note}");
            tally.add(OPENED);
            match ask(addr, &target) {
                Ok(answer) => judge(&mut tally, &target, &answer),
                Err(what) => tally.fault(format!("{target}: {what}")),
            }
        }
        is_over.store(true, Ordering::Relaxed);
        swapper.join()
    });
    match swapped {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tally.fault(format!("cannot swap the link: {error}")),
        Err(_panic) => tally.fault("the swapper panicked"),
    }
    tally.add_many("swaps", swaps.into_inner());
    if tally.count("harmless") == 0 {
        tally.fault("the file inside was never served");
    }
    tally
}

/// Lets the link point to the folder inside and to that above in turns, in one step each.
fn swap(root: &Path, is_over: &AtomicBool, swaps: &AtomicU64) -> std::io::Result<()> {
    let outside = root.parent().unwrap_or(root);
    let inside = Path::new("inside");
    let folders = [inside, Path::new(".."), inside, outside];
    let (mut turn, mut due) = (0, now());
    while !is_over.load(Ordering::Relaxed) {
        let new = root.join("link.new");
        symlink(folders[turn % folders.len()], &new)?;
        fs::rename(new, root.join("link"))?;
        turn += 1;
        swaps.fetch_add(1, Ordering::Relaxed);
        // Woken late, it swaps at once: a thousand times a second they are all the same.
        due = due.after(SWAP_INTERVAL);
        thread::park_timeout(due.since(now()));
    }
    Ok(())
}

/// Counts an answer, and takes note if it is the secret.
fn judge(tally: &mut Tally, target: &str, answer: &[u8]) {
    let has = |text: &str| answer.windows(text.len()).any(|window| window == text.as_bytes());
    if has(SECRET) {
        tally.fault(format!("the secret was given out for {target:?}"));
    } else if has(HARMLESS) {
        tally.add("harmless");
    } else {
        let status = answer.strip_prefix(b"HTTP/1.1 ").and_then(|rest| rest.get(..3));
        tally.add(String::from_utf8_lossy(status.unwrap_or(b"none")));
    }
}

/// Asks for one target and takes all that comes until the server closes.
fn ask(addr: SocketAddr, target: &str) -> Result<Vec<u8>, String> {
    let mut socket = connect(addr)?;
    let request = format!("GET {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    send(&mut socket, request.as_bytes());
    socket.shutdown(Shutdown::Write).ok();
    let mut answer = Vec::new();
    // A reset leaves what came before it.
    match socket.read_to_end(&mut answer) {
        Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
            Err("neither answered nor closed".to_owned())
        }
        _ => Ok(answer),
    }
}

/// Connects as a blocking client that does not wait for ever.
pub(crate) fn connect(addr: SocketAddr) -> Result<TcpStream, String> {
    let connect = || {
        let socket = TcpStream::connect_timeout(&addr, TIMEOUT)?;
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(TIMEOUT))?;
        socket.set_write_timeout(Some(TIMEOUT))?;
        Ok::<_, std::io::Error>(socket)
    };
    connect().map_err(|error| format!("cannot connect: {error}"))
}

/// Sends what the server will take: it may close before it has all.
pub(crate) fn send(socket: &mut TcpStream, bytes: &[u8]) {
    socket.write_all(bytes).ok();
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn there_are_as_many_spellings_as_promised() {
        let all = spellings();
        assert_eq!(all.len(), 512);
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), 512);
        assert!(all.contains(&"/../note.txt".to_owned()));
    }

    #[test]
    fn a_secret_is_seen_wherever_it_stands() {
        let judged = |answer: &str| {
            let mut tally = Tally::default();
            judge(&mut tally, "/x", answer.as_bytes());
            (tally.in_short(), tally.faults.len())
        };
        assert_eq!(judged("HTTP/1.1 404 Not Found\r\n\r\n"), ("404 1".to_owned(), 0));
        assert_eq!(judged(&format!("HTTP/1.1 200 OK\r\n\r\n{HARMLESS}")).0, "harmless 1");
        assert_eq!(judged(&format!("HTTP/1.1 200 OK\r\n\r\n--{SECRET}")).1, 1);
        assert_eq!(judged("").0, "none 1");
    }
}
