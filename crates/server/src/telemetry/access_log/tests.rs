//! Lines in each format, what no client can do to them, and when they are passed on.

use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http1::head::{HeadLimits, HeadScratch, Parsed, parse};
use proptest::prelude::*;
use reactor::driver::{Events, Sim, World};
use reactor::{Notify, Worker};
use serde_json::Value;

use super::*;

mod forging;
mod passing;

const FORMATS: [LogFormat; 3] = [LogFormat::Common, LogFormat::Combined, LogFormat::Json];

/// 1994-11-06 08:49:37.042.
fn dates() -> Dates {
    Dates::new(UNIX_EPOCH + Duration::from_millis(784_111_777_042))
}

/// Logs a request that is answered in the same turn, and another one that is not.
fn logged(format: LogFormat, peer: &str, request: &[u8]) -> String {
    let peer = peer.parse().map_or(PeerAddr::Unix, PeerAddr::Tcp);
    let mut scratch = HeadScratch::new();
    let parsed = parse(request, &HeadLimits::default(), &mut scratch).expect("it is well-formed");
    let Parsed::Complete(head) = parsed else { panic!("a whole head") };
    let mut lines = Lines::new(format);
    let mut first = lines.begin(peer, &dates(), &head);
    lines.keep(&mut first);
    let second = lines.begin(peer, &dates(), &head);
    lines.finish(second, Status::OK, 612);
    lines.finish(first, Status::OK, 612);
    let text = String::from_utf8(lines.take().clone()).expect("a log is ASCII");
    let (second, first) = text.split_once('\n').expect("there are two lines");
    assert_eq!(first.strip_suffix('\n'), Some(second), "a line that was kept is as any other");
    second.to_owned()
}

#[test]
fn a_line_in_each_format() {
    let fields = "Host: a.example\r\nUser-Agent: Lynx \"2\"\r\nReferer: http://b/?c\r\n\r\n";
    for (format, peer, request, expected) in [
        (
            LogFormat::Common,
            "127.0.0.1:1234",
            "GET /a?b HTTP/1.1\r\n",
            r#"127.0.0.1 - - [06/Nov/1994:08:49:37 +0000] "GET /a?b HTTP/1.1" 200 612"#,
        ),
        (
            LogFormat::Common,
            "[::ffff:10.0.0.1]:1",
            "M-SEARCH / HTTP/1.0\r\n",
            r#"10.0.0.1 - - [06/Nov/1994:08:49:37 +0000] "M-SEARCH / HTTP/1.0" 200 612"#,
        ),
        (
            LogFormat::Common,
            "unix",
            "CONNECT a.example:1 HTTP/1.1\r\n",
            r#"unix - - [06/Nov/1994:08:49:37 +0000] "CONNECT a.example:1 HTTP/1.1" 200 612"#,
        ),
        (
            LogFormat::Combined,
            "[2001:db8::1]:1",
            "HEAD http://b/\\ HTTP/1.1\r\n",
            concat!(
                r#"2001:db8::1 - - [06/Nov/1994:08:49:37 +0000] "HEAD /\\ HTTP/1.1" 200 612"#,
                r#" "http://b/?c" "Lynx \"2\"""#,
            ),
        ),
        (
            LogFormat::Json,
            "192.0.2.1:1",
            "GET /a?b HTTP/1.1\r\n",
            concat!(
                r#"{"time":"1994-11-06T08:49:37.042Z","remote":"192.0.2.1","method":"GET","#,
                r#""target":"/a?b","protocol":"HTTP/1.1","host":"a.example","#,
                r#""referer":"http://b/?c","user_agent":"Lynx \"2\"","#,
                r#""status":200,"bytes":612}"#,
            ),
        ),
    ] {
        let request = format!("{request}{fields}").replace(
            "Host: a.example",
            if request.starts_with("CONNECT") { "Host: a.example:1" } else { "Host: a.example" },
        );
        assert_eq!(logged(format, peer, request.as_bytes()), expected);
    }
}

#[test]
fn a_line_without_what_it_could_have() {
    let request = b"GET / HTTP/1.0\r\n\r\n";
    let combined = logged(LogFormat::Combined, "192.0.2.1:1", request);
    assert!(combined.ends_with(r#""GET / HTTP/1.0" 200 612 "-" "-""#), "{combined}");
    let json = logged(LogFormat::Json, "unix", request);
    assert!(json.contains(r#""remote":"unix""#), "{json}");
    assert!(json.contains(r#","host":null,"referer":null,"user_agent":null,"#), "{json}");
}

#[test]
fn a_line_of_no_request() {
    for (format, expected) in [
        (LogFormat::Common, "unix - - [06/Nov/1994:08:49:37 +0000] \"-\" 400 7\n"),
        (LogFormat::Combined, "unix - - [06/Nov/1994:08:49:37 +0000] \"-\" 400 7 \"-\" \"-\"\n"),
        (
            LogFormat::Json,
            "{\"time\":\"1994-11-06T08:49:37.042Z\",\"remote\":\"unix\",\"method\":null,\
             \"target\":null,\"protocol\":null,\"host\":null,\"referer\":null,\
             \"user_agent\":null,\"status\":400,\"bytes\":7}\n",
        ),
    ] {
        let mut lines = Lines::new(format);
        // One that a panic left open is gone with it.
        let _left = lines.begin_no_request(PeerAddr::Unix, &dates());
        let record = lines.begin_no_request(PeerAddr::Unix, &dates());
        lines.finish(record, Status::BAD_REQUEST, 7);
        assert_eq!(String::from_utf8_lossy(lines.take()), expected);
    }
}

#[test]
fn the_id_of_a_request_is_in_json() {
    for is_kept in [false, true] {
        let mut lines = Lines::new(LogFormat::Json);
        let mut record = lines.begin_no_request(PeerAddr::Unix, &dates());
        if is_kept {
            lines.keep(&mut record);
        }
        lines.add_request_id(&mut record, b"0\"7");
        lines.finish(record, Status::OK, 0);
        let line: Value = serde_json::from_slice(lines.take()).unwrap();
        assert_eq!(line["request_id"], "0\"7");
        assert_eq!(line["status"], 200);
    }
}

#[test]
fn each_month_has_its_number_and_each_peer_its_own_lines() {
    let mut lines = Lines::new(LogFormat::Json);
    // Days that are a month apart: 31 days before the next one's end.
    for month in 0..12_u8 {
        let now = UNIX_EPOCH + Duration::from_secs(86_400 * (30 * u64::from(month) + 15));
        let peer = PeerAddr::Tcp(([192, 0, 2, month], 1).into());
        let record = lines.begin_no_request(peer, &Dates::new(now));
        lines.finish(record, Status::OK, 0);
    }
    let text = String::from_utf8(lines.take().clone()).unwrap();
    for (month, line) in text.lines().enumerate() {
        let line: Value = serde_json::from_str(line).unwrap();
        let time = format!("1970-{:02}-", month + 1);
        assert!(line["time"].as_str().unwrap().starts_with(&time), "{line}");
        assert_eq!(line["remote"], format!("192.0.2.{month}"));
    }
}
