//! Stale events (rule 2) and what clears readiness (rule 1).

use std::cell::Cell;
use std::future::poll_fn;
use std::rc::Rc;

use super::*;
use crate::testing::Scripted;

const IN: Readiness = Readiness::IN;
const OUT: Readiness = Readiness::OUT;
const PRI: Readiness = Readiness::PRI;
const RDHUP: Readiness = Readiness::RDHUP;
const ERR: Readiness = Readiness::ERR;
const HUP: Readiness = Readiness::HUP;

#[test]
fn an_event_for_an_earlier_tenant_is_dropped_and_counted() {
    let mut worker = Scripted::worker();
    let gone = worker.handle().source();
    let stale = gone.token();
    worker.driver_mut().tell(stale, IN);
    drop(gone);
    worker.turn().unwrap();
    assert_eq!(worker.handle().census().stale_events, 1, "the slot is vacant");

    let tenant = worker.handle().source();
    assert_eq!(tenant.token().slot(), stale.slot());
    worker.driver_mut().tell(stale, IN | HUP);
    worker.driver_mut().tell(Token::from_bits(1 << 20), IN);
    worker.driver_mut().tell(tenant.token(), OUT);
    worker.turn().unwrap();
    assert_eq!(tenant.readiness(), OUT);
    assert_eq!(worker.handle().census().stale_events, 3);
}

#[test]
fn events_add_up_and_bits_say_what_they_imply() {
    for (events, expected) in [
        (&[IN][..], IN),
        (&[OUT], OUT),
        (&[IN, OUT, PRI], IN | OUT | PRI),
        (&[IN | OUT | PRI], IN | OUT | PRI),
        (&[OUT | PRI | RDHUP], IN | OUT | PRI | RDHUP),
        (&[PRI], PRI),
        // A close is met by reading, an error in both directions.
        (&[RDHUP], RDHUP | IN),
        (&[ERR], ERR | IN | OUT),
        (&[HUP], HUP | IN | OUT),
    ] {
        let mut worker = Scripted::worker();
        let source = worker.handle().source();
        for event in events {
            worker.driver_mut().tell(source.token(), *event);
        }
        worker.turn().unwrap();
        assert_eq!(source.readiness(), expected, "{events:?}");
    }
}

/// Has a source see `events`, in turns of their own, tells it of a call's result, and compares.
fn check(events: &[Readiness], result: fn(&Source), expected: Readiness) {
    let mut worker = Scripted::worker();
    let source = worker.handle().source();
    for event in events {
        worker.driver_mut().tell(source.token(), *event);
        worker.turn().unwrap();
    }
    result(&source);
    assert_eq!(source.readiness(), expected, "{events:?}");
}

#[test]
fn a_short_read_clears_in_unless_more_was_ever_seen() {
    let short = Source::on_short_read;
    check(&[IN], short, Readiness::EMPTY);
    check(&[IN | OUT], short, OUT);
    check(&[IN, IN], short, Readiness::EMPTY);
    for seen in [PRI, RDHUP, ERR, HUP] {
        let implied = if seen.intersects(Readiness::GONE) { OUT } else { Readiness::EMPTY };
        check(&[IN | seen], short, IN | seen | implied);
        check(&[seen, IN], short, IN | seen | implied);
    }
}

#[test]
fn a_read_that_would_block_clears_in_whatever_was_seen() {
    let would_block = Source::on_read_would_block;
    check(&[IN], would_block, Readiness::EMPTY);
    check(&[IN | OUT | PRI], would_block, OUT | PRI);
    check(&[RDHUP], would_block, RDHUP);
    check(&[HUP], would_block, HUP | OUT);
}

#[test]
fn a_short_write_clears_out_and_nothing_else() {
    let short = Source::on_short_write;
    check(&[OUT], short, Readiness::EMPTY);
    check(&[IN | OUT | PRI | RDHUP], short, IN | PRI | RDHUP);
    check(&[HUP], short, HUP | IN);
}

#[test]
fn an_event_that_comes_after_the_call_sets_the_bit_again() {
    let mut worker = Scripted::worker();
    let source = worker.handle().source();
    for _ in 0..3 {
        worker.driver_mut().tell(source.token(), IN);
        worker.turn().unwrap();
        assert_eq!(source.readiness(), IN);
        source.on_short_read();
        assert_eq!(source.readiness(), Readiness::EMPTY);
    }
}

#[test]
fn an_event_wakes_the_task_that_polled_last_and_it_only() {
    let mut worker = Scripted::worker();
    let source = Rc::new(worker.handle().source());
    let polls = [(); 2].map(|()| Rc::new(Cell::new(0)));
    for polled in &polls {
        let (polled, source) = (Rc::clone(polled), Rc::clone(&source));
        worker.handle().spawn(poll_fn(move |cx| {
            polled.set(polled.get() + 1);
            source.poll_ready(cx, IN).map(|_| ())
        }));
    }
    worker.turn().unwrap();
    worker.driver_mut().tell(source.token(), OUT);
    worker.turn().unwrap();
    assert_eq!(polls.each_ref().map(|polls| polls.get()), [1, 2], "woken, and it waits for IN");
    worker.driver_mut().tell(source.token(), IN);
    worker.turn().unwrap();
    assert_eq!(polls.each_ref().map(|polls| polls.get()), [1, 3]);
    assert_eq!(worker.handle().task_count(), 1);
}
