//! The wheel against a naive list, and what its wake-ups cost.

use std::task::Waker;
use std::time::Duration;

use proptest::prelude::*;

use super::*;

const START: Instant = Instant::from_nanos(5_000_000_123);

fn after_ms(ms: u64) -> Instant {
    START.after(Duration::from_millis(ms))
}

/// Advances to `now` and returns the values visited.
fn fired<T: Copy>(wheel: &mut Wheel<T>, now: Instant) -> Vec<T> {
    let mut values = Vec::new();
    wheel.advance(now, &mut |_token, value| values.push(*value));
    values
}

/// Follows `next_wake` until something fires; returns when, and how many times it woke.
fn follow(wheel: &mut Wheel<&'static str>) -> (Instant, usize) {
    for wakes in 1.. {
        let now = wheel.next_wake().expect("an entry is linked");
        if !fired(wheel, now).is_empty() {
            return (now, wakes);
        }
    }
    unreachable!("the loop above has no end")
}

#[test]
fn it_fires_within_a_tick_after_the_deadline_and_after_few_wakes() {
    let year = 365 * 24 * 3600 * 1000;
    for ms in [0, 1, 2, 63, 64, 65, 4095, 4096, 60_000, 262_144, 86_400_000, year, 100 * year] {
        let mut wheel = Wheel::new(START);
        wheel.insert(after_ms(ms), "timer");
        let (at, wakes) = follow(&mut wheel);
        assert!(at >= after_ms(ms), "{ms} ms: early");
        assert!(at.since(after_ms(ms)) < Duration::from_millis(1), "{ms} ms: late");
        assert!(wakes <= LEVELS, "{ms} ms: {wakes} wakes");
        assert_eq!(wheel.next_wake(), None, "{ms} ms");
    }
}

#[test]
fn a_deadline_in_the_past_is_due_at_once() {
    for deadline in [Instant::ORIGIN, Instant::from_nanos(4_999_999_999), Instant::from_nanos(1)] {
        let mut wheel = Wheel::new(START);
        wheel.insert(deadline, "late");
        assert!(wheel.next_wake().is_some_and(|wake| wake <= START));
        assert_eq!(fired(&mut wheel, START), ["late"]);
        assert!(fired(&mut wheel, after_ms(1000)).is_empty(), "visited once");
    }
}

#[test]
fn a_deadline_moved_later_is_left_where_it_is_until_then() {
    let mut wheel = Wheel::new(START);
    let token = wheel.insert(after_ms(60_000), "idle");
    let first_wake = wheel.next_wake();
    for request in 1..1000 {
        wheel.set_deadline(token, after_ms(60_000 + request));
        assert_eq!(wheel.next_wake(), first_wake, "the wheel was not touched");
    }
    assert_eq!(wheel.deadline(token), Some(after_ms(60_999)));
    assert!(fired(&mut wheel, after_ms(60_998)).is_empty());
    let (at, wakes) = follow(&mut wheel);
    assert!(at >= after_ms(60_999) && wakes <= LEVELS, "{at:?} after {wakes}");
}

#[test]
fn a_deadline_moved_earlier_fires_at_the_new_moment() {
    let mut wheel = Wheel::new(START);
    let token = wheel.insert(after_ms(60_000), "idle");
    wheel.set_deadline(token, after_ms(5));
    assert!(fired(&mut wheel, after_ms(4)).is_empty());
    assert_eq!(fired(&mut wheel, after_ms(6)), ["idle"]);
    assert!(fired(&mut wheel, after_ms(100_000)).is_empty(), "nothing is left at the old place");
}

#[test]
fn without_a_deadline_there_is_no_wake() {
    let mut wheel = Wheel::new(START);
    let never = wheel.insert(Instant::NEVER, 'n');
    let stopped = wheel.insert(after_ms(10), 's');
    let cancelled = wheel.insert(after_ms(20), 'c');
    wheel.set_deadline(stopped, Instant::NEVER);
    assert_eq!(wheel.cancel(cancelled), Some('c'));
    assert_eq!(wheel.next_wake(), None);
    assert!(fired(&mut wheel, after_ms(1000)).is_empty());
    assert_eq!(wheel.len(), 2);
    wheel.set_deadline(never, after_ms(2000));
    assert_eq!(fired(&mut wheel, after_ms(2001)), ['n']);
    wheel.set_deadline(never, after_ms(3000));
    assert_eq!(fired(&mut wheel, after_ms(3001)), ['n'], "a fired entry can be set again");
}

#[test]
fn a_stale_token_changes_nothing() {
    let mut wheel = Wheel::new(START);
    let stale = wheel.insert(after_ms(10), 1);
    assert_eq!(wheel.cancel(stale), Some(1));
    let tenant = wheel.insert(after_ms(20), 2);
    wheel.set_deadline(stale, after_ms(1));
    assert_eq!(wheel.cancel(stale), None);
    assert_eq!(wheel.value_mut(stale), None);
    assert_eq!(wheel.deadline(stale), None);
    assert_eq!(wheel.deadline(tenant), Some(after_ms(20)));
    assert_eq!(fired(&mut wheel, after_ms(21)), [2]);
}

#[test]
fn time_does_not_run_backwards() {
    let mut wheel = Wheel::new(START);
    assert!(fired(&mut wheel, after_ms(100)).is_empty());
    wheel.insert(after_ms(110), 'x');
    let next_wake = wheel.next_wake();
    assert!(fired(&mut wheel, START).is_empty());
    assert_eq!(wheel.next_wake(), next_wake);
    wheel.insert(after_ms(50), 'y');
    assert_eq!(fired(&mut wheel, after_ms(99)), [], "the wheel is at 100 already");
    assert_eq!(fired(&mut wheel, after_ms(100)), ['y']);
    assert_eq!(fired(&mut wheel, after_ms(111)), ['x']);
}

#[test]
fn the_last_moments_have_a_place() {
    let mut wheel = Wheel::new(Instant::from_nanos(u64::MAX - 5_000_000));
    wheel.insert(Instant::from_nanos(u64::MAX - 1_000_000), 'a');
    wheel.insert(Instant::from_nanos(u64::MAX - 1), 'b');
    assert_eq!(fired(&mut wheel, Instant::from_nanos(u64::MAX - 1)), ['a']);
    assert_eq!(wheel.next_wake(), Some(Instant::NEVER));
}

#[test]
fn a_timer_costs_at_most_56_bytes() {
    assert!(Slab::<Entry<Option<Waker>>>::slot_size() <= 56);
}

#[derive(Clone, Debug)]
enum Step {
    Insert { ahead: u64 },
    Move { which: usize, ahead: u64 },
    Stop { which: usize },
    Cancel { which: usize },
    Pass { nanos: u64 },
    PassToNextWake,
}

/// Lengths of time of every magnitude, exact multiples of a slot among them.
fn length() -> impl Strategy<Value = u64> {
    let scale = prop_oneof![Just(1u64), Just(1_000_000), Just(64_000_000), Just(4_096_000_000)];
    prop_oneof![
        4 => (0u64..200, scale).prop_map(|(count, scale)| count * scale),
        3 => (0u32..57).prop_flat_map(|bits| 0..1u64 << bits),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => length().prop_map(|ahead| Step::Insert { ahead }),
        4 => (any::<usize>(), length()).prop_map(|(which, ahead)| Step::Move { which, ahead }),
        1 => any::<usize>().prop_map(|which| Step::Stop { which }),
        1 => any::<usize>().prop_map(|which| Step::Cancel { which }),
        2 => length().prop_map(|nanos| Step::Pass { nanos }),
        4 => Just(Step::PassToNextWake),
    ]
}

/// The wheel beside a plain list of what it should hold.
struct Pair {
    wheel: Wheel<usize>,
    /// Token, deadline and whether it is still to fire, by value.
    list: Vec<(Token, Instant, bool)>,
    now: Instant,
}

impl Pair {
    fn apply(&mut self, step: &Step) {
        match *step {
            Step::Insert { ahead } => {
                let deadline = self.deadline(ahead);
                let token = self.wheel.insert(deadline, self.list.len());
                self.list.push((token, deadline, true));
            }
            Step::Move { which, ahead } => self.set(which, self.deadline(ahead)),
            Step::Stop { which } => self.set(which, Instant::NEVER),
            Step::Cancel { which } => self.cancel(which),
            Step::Pass { nanos } => self.pass_to(self.now.after(Duration::from_nanos(nanos))),
            Step::PassToNextWake => {
                self.pass_to(self.wheel.next_wake().unwrap_or(self.now).max(self.now));
            }
        }
    }

    /// Short lengths count from a second ago, so that some deadlines have passed already.
    fn deadline(&self, ahead: u64) -> Instant {
        let ago = if ahead < 1_000_000_000 { 1_000_000_000 } else { 0 };
        Instant::from_nanos(self.now.as_nanos().saturating_sub(ago))
            .after(Duration::from_nanos(ahead))
    }

    fn set(&mut self, which: usize, deadline: Instant) {
        let count = self.list.len().max(1);
        if let Some(entry) = self.list.get_mut(which % count) {
            let is_live = self.wheel.deadline(entry.0).is_some();
            self.wheel.set_deadline(entry.0, deadline);
            *entry = (entry.0, deadline, is_live);
        }
    }

    fn cancel(&mut self, which: usize) {
        let which = which % self.list.len().max(1);
        if let Some(entry) = self.list.get_mut(which) {
            let is_live = self.wheel.deadline(entry.0).is_some();
            assert_eq!(self.wheel.cancel(entry.0), is_live.then_some(which));
            entry.2 = false;
        }
    }

    fn pass_to(&mut self, now: Instant) {
        self.now = now;
        let mut visited = fired(&mut self.wheel, now);
        visited.sort_unstable();
        let mut expected = Vec::new();
        for (value, (_, deadline, is_waiting)) in self.list.iter_mut().enumerate() {
            if *is_waiting && tick_due(*deadline) <= tick_at(now) {
                *is_waiting = false;
                expected.push(value);
            }
        }
        assert_eq!(visited, expected);
        assert!(self.wheel.next_wake().is_none_or(|wake| wake > now), "no wake-up storm");
    }

    fn check_next_wake(&self) {
        let waiting = self
            .list
            .iter()
            .filter(|(_, deadline, is_waiting)| *is_waiting && *deadline != Instant::NEVER);
        let earliest = waiting.map(|(_, deadline, _)| instant_of(tick_due(*deadline))).min();
        match (self.wheel.next_wake(), earliest) {
            (None, None) => {}
            (Some(wake), Some(earliest)) => assert!(wake <= earliest.max(self.now)),
            (wake, earliest) => panic!("wakes at {wake:?}, earliest deadline {earliest:?}"),
        }
    }
}

proptest! {
    #[test]
    fn it_agrees_with_a_plain_list(steps in prop::collection::vec(step(), 1..120)) {
        let mut pair = Pair { wheel: Wheel::new(START), list: Vec::new(), now: START };
        for step in &steps {
            pair.apply(step);
            pair.check_next_wake();
        }
    }
}
