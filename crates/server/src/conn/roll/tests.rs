//! Who is asked, for what, and in which order.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::Wake;

use super::*;

#[derive(Default)]
struct Count(AtomicU32);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn at(millis: u64) -> Instant {
    Instant::ORIGIN.after(Duration::from_millis(millis))
}

/// Enters connections with these standings.
fn roll(standings: impl IntoIterator<Item = Standing>) -> (Roll, Vec<Token>) {
    let roll = Roll::default();
    let enter = |standing| {
        let seat = roll.enter();
        roll.set_standing(seat, standing);
        seat
    };
    let seats = standings.into_iter().map(enter).collect();
    (roll, seats)
}

const fn idle(since: Instant) -> Standing {
    Standing::Idle { since }
}

const fn head(since: Instant, size: usize) -> Standing {
    Standing::Head { since, size }
}

/// Lists who was asked for what.
fn asked(roll: &Roll, seats: &[Token]) -> Vec<Asked> {
    seats.iter().map(|seat| roll.asked(*seat)).collect()
}

const NOTHING: Asked = Asked::Nothing;
const GIVE_UP_PLACE: Asked = Asked::ToGiveUp(Shortage::Places);
const GIVE_UP_MEMORY: Asked = Asked::ToGiveUp(Shortage::Memory);

#[test]
fn the_longest_idle_goes_first_then_the_oldest_head_then_nobody() {
    let (roll, seats) =
        roll([idle(at(20)), head(at(0), 9), Standing::AtWork, idle(at(10)), head(at(5), 0)]);
    assert_eq!(roll.make_room(at(5000)), 1);
    assert_eq!(asked(&roll, &seats), [NOTHING, NOTHING, NOTHING, Asked::ToLeave, NOTHING]);
    assert_eq!(roll.make_room(at(5000)), 1);
    assert_eq!(roll.asked(seats[0]), Asked::ToLeave);
    assert_eq!(roll.make_room(at(5000)), 2, "heads go together");
    assert_eq!((roll.asked(seats[1]), roll.asked(seats[4])), (GIVE_UP_PLACE, GIVE_UP_PLACE));
    assert_eq!(roll.make_room(at(5000)), 0);
    assert_eq!(roll.asked(seats[2]), NOTHING, "who is at work is left alone");
}

#[test]
fn a_head_has_its_grace() {
    let (roll, seats) = roll([head(at(1000), 5)]);
    let grace = u64::try_from(HEAD_GRACE.as_millis()).expect("a second");
    assert_eq!(roll.make_room(at(1000 + grace - 1)), 0);
    assert_eq!(roll.make_room(at(1000 + grace)), 1);
    assert_eq!(asked(&roll, &seats), [GIVE_UP_PLACE]);
}

#[test]
fn more_are_asked_at_a_time_where_there_are_more() {
    for (connections, expected) in [(1, 1), (127, 1), (128, 2), (10_000, 16)] {
        let (roll, seats) = roll((0..connections).map(|n| idle(at(connections - n))));
        assert_eq!(roll.make_room(at(0)), expected, "{connections}");
        let (rest, eldest) = seats.split_at(seats.len() - expected);
        assert!(asked(&roll, eldest).iter().all(|asked| *asked == Asked::ToLeave));
        assert!(asked(&roll, rest).iter().all(|asked| *asked == NOTHING));
    }
}

#[test]
fn as_many_heads_are_given_up_as_free_enough() {
    for (excess, expected) in [(1, 1), (100, 1), (101, 2), (151, 3), (10_000, 3)] {
        let standings = [head(at(3), 70), head(at(1), 100), head(at(0), 0), head(at(2), 50)];
        let (roll, seats) = roll(standings.into_iter().chain([idle(at(0))]));
        roll.free_memory(excess, at(5));
        let eldest = [seats[1], seats[3], seats[0]];
        let (given_up, rest) = eldest.split_at(expected);
        assert!(asked(&roll, given_up).iter().all(|asked| *asked == GIVE_UP_MEMORY), "{excess}");
        assert!(asked(&roll, rest).iter().all(|asked| *asked == NOTHING), "{excess}");
        assert_eq!((roll.asked(seats[2]), roll.asked(seats[4])), (NOTHING, NOTHING), "{excess}");
    }
}

#[test]
fn memory_is_sought_once_a_turn() {
    let (roll, seats) = roll([head(at(0), 10), head(at(1), 10)]);
    roll.free_memory(1, at(5));
    roll.free_memory(1, at(5));
    assert_eq!(asked(&roll, &seats), [GIVE_UP_MEMORY, NOTHING]);
    roll.free_memory(1, at(6));
    assert_eq!(asked(&roll, &seats), [GIVE_UP_MEMORY; 2]);
}

#[test]
fn who_is_asked_is_woken_and_forgotten_when_it_leaves() {
    let (roll, seats) = roll([idle(at(0)), idle(at(1))]);
    let count = Arc::new(Count::default());
    roll.set_waker(seats[0], Waker::from(Arc::clone(&count)));
    assert_eq!(roll.make_room(at(9)), 1);
    assert_eq!(count.0.load(Ordering::Relaxed), 1);
    // A head has begun meanwhile, and is unfinished for long.
    roll.set_standing(seats[0], head(at(2), 3));
    roll.set_standing(seats[1], Standing::AtWork);
    assert_eq!(roll.make_room(at(9000)), 1);
    assert_eq!((roll.asked(seats[0]), roll.asked.get()), (GIVE_UP_PLACE, 1));
    roll.leave(seats[0]);
    assert_eq!((roll.asked(seats[0]), roll.asked.get()), (NOTHING, 0));
    roll.leave(seats[1]);
    assert!(roll.entries.borrow().is_empty());
}
