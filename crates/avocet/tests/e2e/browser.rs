//! Headless Chromium, spoken to over its debugging pipe.
//!
//! Commands and events are JSON texts that end with a zero byte. The few values that tests need are
//! cut out of them by name, so that no parser is needed; what a page is asked is written so that
//! its answer is a plain string.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use reactor::clock;
use tempfile::TempDir;
use testkit::program::holds_within;

/// Longest wait for an answer or an event.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The flags without which it would look around on the network or at its former self.
const FLAGS: [&str; 11] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--hide-scrollbars",
];

/// A browser that runs.
pub(crate) struct Browser {
    child: Child,
    commands: Option<ChildStdin>,
    messages: Receiver<String>,
    next_id: u32,
    _profile: TempDir,
}

impl Browser {
    /// Starts a browser with a profile of its own.
    #[track_caller]
    pub(crate) fn start() -> Self {
        let profile = tempfile::tempdir().expect("a temporary folder can be made");
        let mut command = Command::new("sh");
        // It reads commands from descriptor 3 and writes answers to 4.
        command.args(["-c", "exec chromium \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1", "sh"]);
        command.args(FLAGS).arg("--remote-debugging-pipe");
        command.arg(format!("--user-data-dir={}", profile.path().display()));
        command.arg("about:blank");
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("a shell can be started");
        let commands = child.stdin.take();
        let messages = messages(child.stdout.take().expect("it was piped"));
        Self { child, commands, messages, next_id: 0, _profile: profile }
    }

    /// Opens a page that shows nothing yet.
    #[track_caller]
    pub(crate) fn page(&mut self) -> Page<'_> {
        let created = self.command(None, "Target.createTarget", "\"url\":\"about:blank\"");
        let target = text(&created, "targetId").expect("a page was made").to_owned();
        let params = format!("\"targetId\":\"{target}\",\"flatten\":true");
        let attached = self.command(None, "Target.attachToTarget", &params);
        let session = text(&attached, "sessionId").expect("it can be spoken to").to_owned();
        let mut page = Page { browser: self, session, events: Vec::new() };
        for domain in ["Page", "Runtime", "Log", "Network"] {
            page.command(&format!("{domain}.enable"), "");
        }
        page
    }

    /// Sends a command and returns its answer; events that come before it are lost.
    #[track_caller]
    fn command(&mut self, session: Option<&str>, method: &str, params: &str) -> String {
        let id = self.send(session, method, params);
        loop {
            let message = self.message(method);
            if is_answer_to(&message, id) {
                return message;
            }
        }
    }

    #[track_caller]
    fn send(&mut self, session: Option<&str>, method: &str, params: &str) -> u32 {
        self.next_id += 1;
        let id = self.next_id;
        let session =
            session.map(|session| format!(",\"sessionId\":\"{session}\"")).unwrap_or_default();
        let text =
            format!("{{\"id\":{id},\"method\":\"{method}\",\"params\":{{{params}}}{session}}}\0");
        let commands = self.commands.as_mut().expect("it is taken at the end alone");
        commands.write_all(text.as_bytes()).expect("chromium is installed and runs");
        id
    }

    #[track_caller]
    fn message(&self, awaited: &str) -> String {
        let message = self.messages.recv_timeout(TIMEOUT);
        message.unwrap_or_else(|error| unreachable!("chromium, {awaited}: {error}"))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It ends when nobody speaks to it any more.
        drop(self.commands.take());
        let has_ended = || matches!(self.child.try_wait(), Ok(Some(_)));
        if !holds_within(Duration::from_secs(5), has_ended) {
            self.child.kill().ok();
        }
        self.child.wait().ok();
    }
}

/// A page of the browser.
pub(crate) struct Page<'b> {
    browser: &'b mut Browser,
    session: String,
    /// What came meanwhile.
    events: Vec<String>,
}

impl Page<'_> {
    /// Has the page look as on a screen of that width, in a light or dark room.
    #[track_caller]
    pub(crate) fn emulate(&mut self, width: u32, scheme: &str) {
        let metrics =
            format!("\"width\":{width},\"height\":900,\"deviceScaleFactor\":1,\"mobile\":false");
        self.command("Emulation.setDeviceMetricsOverride", &metrics);
        let feature = format!("\"name\":\"prefers-color-scheme\",\"value\":\"{scheme}\"");
        self.command("Emulation.setEmulatedMedia", &format!("\"features\":[{{{feature}}}]"));
    }

    /// Goes to an address and waits until all of the page is loaded and drawn.
    #[track_caller]
    pub(crate) fn open(&mut self, url: &str) {
        self.events.clear();
        let answer = self.command("Page.navigate", &format!("\"url\":\"{url}\""));
        assert_eq!(text(&answer, "errorText"), None, "{url}: {answer}");
        let deadline = clock::read().instant.after(TIMEOUT);
        while !self.events.iter().any(|event| is_event(event, "Page.loadEventFired")) {
            assert!(clock::read().instant < deadline, "{url} is loaded in {TIMEOUT:?}");
            let event = self.browser.message("Page.loadEventFired");
            self.events.push(event);
        }
        self.evaluate(
            "document.fonts.ready.then(() => new Promise(done => \
             requestAnimationFrame(() => requestAnimationFrame(() => done('drawn')))))",
        );
    }

    /// Returns what a script, or what it promises, comes to: a string without quotes in it.
    #[track_caller]
    pub(crate) fn evaluate(&mut self, script: &str) -> String {
        let script = script.replace('\\', "\\\\").replace('"', "\\\"");
        let params =
            format!("\"expression\":\"{script}\",\"awaitPromise\":true,\"returnByValue\":true");
        let answer = self.command("Runtime.evaluate", &params);
        assert!(!answer.contains("\"exceptionDetails\""), "{answer}");
        text(&answer, "value").expect("a string").to_owned()
    }

    /// Takes a picture of what is to be seen: a PNG in base64.
    #[track_caller]
    pub(crate) fn picture(&mut self) -> String {
        let answer = self.command("Page.captureScreenshot", "\"format\":\"png\"");
        text(&answer, "data").expect("a picture").to_owned()
    }

    /// Returns what the page has complained of since it was opened: errors and warnings of scripts
    /// and of the browser, and what could not be loaded.
    #[track_caller]
    pub(crate) fn complaints(&mut self) -> Vec<String> {
        // Its answer comes behind all events of before.
        self.command("Runtime.enable", "");
        self.events.iter().filter(|event| is_complaint(event)).cloned().collect()
    }

    #[track_caller]
    fn command(&mut self, method: &str, params: &str) -> String {
        let session = self.session.clone();
        let id = self.browser.send(Some(&session), method, params);
        loop {
            let message = self.browser.message(method);
            if is_answer_to(&message, id) {
                return message;
            }
            self.events.push(message);
        }
    }
}

fn is_answer_to(message: &str, id: u32) -> bool {
    message.starts_with(&format!("{{\"id\":{id},"))
}

fn is_event(message: &str, method: &str) -> bool {
    message.starts_with(&format!("{{\"method\":\"{method}\""))
}

fn is_complaint(event: &str) -> bool {
    let is_bad_level = || {
        ["\"error\"", "\"warning\"", "\"assert\""].iter().any(|level| {
            event.contains(&format!("\"level\":{level}"))
                || event.contains(&format!("\"type\":{level}"))
        })
    };
    is_event(event, "Runtime.exceptionThrown")
        || is_event(event, "Network.loadingFailed")
        || is_event(event, "Log.entryAdded") && is_bad_level()
        || is_event(event, "Runtime.consoleAPICalled") && is_bad_level()
}

/// Cuts the first string of that name out of a message.
fn text<'m>(message: &'m str, name: &str) -> Option<&'m str> {
    let (_, rest) = message.split_once(&format!("\"{name}\":\""))?;
    rest.split('"').next()
}

/// Reads messages on a thread of its own.
fn messages(output: ChildStdout) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for message in BufReader::new(output).split(0) {
            let Ok(message) = message else { return };
            if sender.send(String::from_utf8_lossy(&message).into_owned()).is_err() {
                return;
            }
        }
    });
    receiver
}
