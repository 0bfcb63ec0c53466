//! Answers: how long one may wait for its client to read, and how much is made ahead.

use std::time::Duration;

use crate::line::{Line, get, seconds};

const MIB: usize = 1 << 20;

/// Asks for so many bytes over a kernel that takes `capacity`, and reads nothing.
fn stalled(capacity: usize, size: usize) -> Line {
    let mut line = Line::with(capacity, &[]);
    line.send(get(&format!("/bytes?{size}")));
    line
}

/// Reads `rate` bytes a second, a tenth of them each tenth of a second, until all is read or the
/// server has closed; returns how much was read.
fn read_all(line: &mut Line, rate: usize) -> usize {
    let mut size = 0;
    loop {
        line.pass(Duration::from_millis(100));
        let read = line.read(rate / 10).len();
        size += read;
        if read == 0 {
            return size;
        }
    }
}

#[test]
fn a_client_that_does_not_read_has_the_longer_the_more_is_held() {
    for (capacity, time) in
        [(512, 31), (16 << 10, 62), (64 << 10, 158), (570 * 512, 600), (4 * MIB, 600)]
    {
        let mut line = stalled(capacity, 8 * MIB);
        line.assert_closes_after(seconds(time));
        assert_eq!(line.read(usize::MAX).len(), capacity, "what was sent is there");
    }
}

#[test]
fn what_was_sent_before_may_be_held_too() {
    let mut line = Line::with(64 << 10, &[]);
    for _ in 0..4 {
        line.send(get("/bytes?32000"));
    }
    // Two answers are sent, and what there was room for of the third.
    line.assert_closes_after(seconds(158));
    assert_eq!(line.requests(), 3);
}

#[test]
fn progress_gives_the_time_anew() {
    let mut line = stalled(16 << 10, MIB);
    let mut size = 0;
    for round in 0..12 {
        line.pass(seconds(61));
        size += line.read(16 << 10).len();
        assert!(line.is_open(), "round {round}");
    }
    assert!(size >= 12 * (16 << 10));
    // The more was sent, the more may be held.
    line.assert_closes_after(seconds(30 + (size as u64 + (16 << 10)) / 512));
}

#[test]
fn room_that_is_too_small_to_be_told_of_is_no_progress() {
    let mut line = stalled(15 << 10, MIB);
    line.pass(seconds(50));
    // A third of the queue is what the kernel tells of.
    assert_eq!(line.read((5 << 10) - 1).len(), (5 << 10) - 1);
    line.assert_closes_after(seconds(10));
    let mut line = stalled(15 << 10, MIB);
    line.pass(seconds(50));
    line.read(5 << 10);
    line.pass(seconds(60));
    assert!(line.is_open());
}

#[test]
fn a_slow_reader_is_served_as_long_as_the_kernel_tells_of_room_in_time() {
    for (rate, queue, size) in [
        // An honest one at the end of a poor line, with gaps of 42 s.
        (20_000, 5 * MIB / 2, 20 * MIB),
        (1_000, MIB, 2 * MIB),
        // At the rate itself, with gaps of 10 s.
        (512, 16 << 10, MIB),
    ] {
        let mut line = stalled(queue, size);
        assert!(read_all(&mut line, rate) >= size, "{rate} B/s");
    }
    // At 1 kB/s a third of a long queue takes longer than is ever waited for.
    let mut line = stalled(5 * MIB / 2, 20 * MIB);
    assert_eq!(read_all(&mut line, 1_000), 5 * MIB / 2);
    assert!(line.is_closed());
}

#[test]
fn the_numbers_can_be_set() {
    for (changed, expected) in [
        (&[("send_rate_min", "0")][..], 30),
        (&[("send_rate_min", "64KiB")], 31),
        (&[("send_rate_min", "64KiB"), ("send_timeout", "5s")], 6),
        (&[("send_timeout_max", "40s")], 40),
        (&[("send_timeout_max", "10s")], 10),
    ] {
        let mut line = Line::with(64 << 10, changed);
        line.send(get("/bytes?1000000"));
        line.assert_closes_after(seconds(expected));
    }
}

#[test]
fn a_stream_that_is_not_read_is_given_up() {
    let mut line = Line::with(16 << 10, &[]);
    line.send(get("/stream"));
    line.assert_closes_after(seconds(62));
}

#[test]
fn a_handler_with_nothing_to_send_is_not_the_clients_affair() {
    let mut line = Line::open();
    line.send(get("/later?3600"));
    line.pass(seconds(3599));
    assert!(line.is_open());
    line.pass(seconds(2));
    assert_eq!(line.status(), Some(200));
}

#[test]
fn what_is_made_ahead_for_a_pipelining_client() {
    let answer = {
        let mut line = Line::open();
        line.send(get("/"));
        line.text().len()
    };
    let limit: usize = 4 << 10;
    let fit = limit / answer;
    // Once the limit is reached no more is made, and a request is never split.
    let most = (fit + 1) * answer;
    for (requests, expected) in
        [(fit, fit * answer), (fit + 1, most), (fit + 2, most), (10 * fit, most)]
    {
        let mut line = Line::with(MIB, &[("output_size_max", "4KiB")]);
        line.send(get("/").repeat(requests));
        assert_eq!(line.write_max(), expected, "{requests} requests of {answer} bytes");
        assert_eq!(line.text().len(), requests * answer);
    }
}

#[test]
fn a_flood_of_requests_is_read_no_further_while_its_answers_wait() {
    let mut line = Line::with(4 << 10, &[("output_size_max", "4KiB")]);
    line.send(get("/").repeat(10_000));
    let taken = line.requests();
    assert!(taken < 100, "{taken} requests are taken");
    line.assert_closes_after(seconds(38));
    assert_eq!(line.requests(), taken);
}
