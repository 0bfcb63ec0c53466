//! Models of mail and wakes that loom runs through every order in which threads may interleave.

use std::task::Wake;

use ::loom::sync::atomic::AtomicUsize;
use ::loom::{model, thread};

use super::*;
use crate::sync::Monitor;
use crate::task::Ticket;

/// Makes an inbox, and what its worker waits on: like an eventfd, it stays rung until it is heard.
fn inbox() -> (Home, Arc<Monitor<bool>>) {
    let bell = Arc::new(Monitor::new(false));
    let ringing = Arc::clone(&bell);
    let notify = Notify::new(move || ringing.change(|rung| *rung = true));
    (Home::new(Inbox::new(notify)), bell)
}

fn wait(bell: &Monitor<bool>) {
    bell.block_for(|rung| std::mem::take(rung).then_some(()));
}

#[test]
fn no_letter_is_left_without_a_notice() {
    model(|| {
        let (inbox, bell) = inbox();
        let senders = [1, 2].map(|bits| {
            let inbox = Home::clone(&inbox);
            thread::spawn(move || inbox.push(Letter::Wake(Token::from_bits(bits))).unwrap())
        });
        // The worker's loop. With a notice lost it would wait for ever, which loom reports.
        let mut received = inbox.take().len();
        while received < senders.len() {
            wait(&bell);
            received += inbox.take().len();
        }
        for sender in senders {
            sender.join().unwrap();
        }
        assert!(inbox.take().is_empty());
    });
}

#[test]
fn a_letter_that_meets_the_end_is_taken_or_given_back_or_dropped() {
    model(|| {
        let (inbox, _bell) = inbox();
        let held = std::sync::Arc::new(());
        let sent = std::sync::Arc::clone(&held);
        let sending = thread::spawn({
            let inbox = Home::clone(&inbox);
            move || inbox.push(Letter::Run(Box::new(move |_| drop(sent)))).is_err()
        });
        let taken = inbox.take().len() + inbox.close().len();
        let given_back = usize::from(sending.join().unwrap());
        assert_eq!(taken + given_back, 1);
        assert_eq!(std::sync::Arc::strong_count(&held), 1);
        assert!(inbox.push(Letter::Wake(Token::from_bits(0))).is_err());
    });
}

#[test]
fn a_wake_during_a_poll_is_not_lost() {
    model(|| {
        let (inbox, bell) = inbox();
        let ticket = Ticket::new(Token::from_bits(3), Home::clone(&inbox));
        // What the task waits for. Nothing but the wake itself orders it.
        let progress = Arc::new(AtomicUsize::new(0));
        ticket.wake_by_ref();
        let waking = thread::spawn({
            let (ticket, progress) = (std::sync::Arc::clone(&ticket), Arc::clone(&progress));
            move || {
                progress.store(1, Ordering::Relaxed);
                ticket.wake();
            }
        });
        let mut is_done = false;
        while !is_done {
            wait(&bell);
            for _wake in inbox.take() {
                ticket.on_poll();
                is_done |= progress.load(Ordering::Relaxed) == 1;
            }
        }
        waking.join().unwrap();
    });
}
