//! Wakes and work from other threads, and wakes that come too late (rule 3).

use std::sync::atomic::AtomicUsize;
use std::sync::{Mutex, atomic, mpsc};
use std::thread;

use super::*;
use crate::inbox::WorkerEnded;
use crate::sync::oneshot::oneshot;
use crate::testing::{epoll_worker, run_to_end};

#[test]
fn a_wake_from_another_thread_ends_the_wait() {
    let (worker, _) = epoll_worker();
    let (sender, receiver) = oneshot();
    let (ask, asked) = mpsc::channel();
    let answering = thread::spawn(move || {
        asked.recv().unwrap();
        sender.send(7).unwrap();
    });
    let answer = Rc::new(Cell::new(None));
    let answered = Rc::clone(&answer);
    worker.handle().spawn(async move {
        ask.send(()).unwrap();
        answered.set(receiver.await.ok());
    });
    run_to_end(worker);
    answering.join().unwrap();
    assert_eq!(answer.get(), Some(7));
}

#[test]
fn work_from_another_thread_runs_on_the_worker_in_order() {
    let (worker, _) = epoll_worker();
    let probe = Probe::spawn(worker.handle());
    let remote = worker.handle().remote();
    let ran_on = Arc::new(Mutex::new(Vec::new()));
    let noting = Arc::clone(&ran_on);
    let sending = thread::spawn(move || {
        for number in 0..3 {
            let noting = Arc::clone(&noting);
            let note =
                move |_: &Handle| noting.lock().unwrap().push((number, thread::current().id()));
            remote.run(note).unwrap();
        }
        remote.run(|handle| handle.advance_phase(Phase::Draining)).unwrap();
    });
    worker.handle().spawn({
        let handle = worker.handle().clone();
        poll_fn(move |_| {
            if handle.phase() == Phase::Running {
                return Poll::Pending;
            }
            probe.end();
            Poll::Ready(())
        })
    });
    run_to_end(worker);
    sending.join().unwrap();
    let here = thread::current().id();
    assert_eq!(*ran_on.lock().unwrap(), [(0, here), (1, here), (2, here)]);
}

#[test]
fn one_wake_of_the_driver_serves_many_letters() {
    let notified = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&notified);
    let notify = Notify::new(move || {
        count.fetch_add(1, atomic::Ordering::Relaxed);
    });
    let mut worker = Worker::new(Scripted::default(), notify);
    let remote = worker.handle().remote();
    for turn in 1..=2 {
        for _ in 0..5 {
            remote.run(|_| {}).unwrap();
        }
        assert_eq!(notified.load(atomic::Ordering::Relaxed), turn);
        turns(&mut worker, 1);
    }
}

/// Runs a task to its end and returns its waker, which can name only the slot's earlier tenant.
fn stale_waker(worker: &mut Worker<Scripted>) -> Waker {
    let probe = Probe::spawn(worker.handle());
    turns(worker, 1);
    let waker = probe.waker();
    probe.end();
    turns(worker, 1);
    assert_eq!((worker.handle().task_count(), probe.polls.get()), (0, 2));
    waker
}

#[test]
fn a_wake_of_a_task_that_has_ended_is_nothing() {
    let mut worker = Scripted::worker();
    let near = stale_waker(&mut worker);
    let far = stale_waker(&mut worker);
    let tenant = Probe::spawn(worker.handle());
    turns(&mut worker, 1);

    worker.handle().spawn(async move { near.wake() });
    thread::spawn(move || far.wake()).join().unwrap();
    turns(&mut worker, 2);
    assert_eq!(worker.handle().task_count(), 1);
    assert_eq!(tenant.polls.get(), 1, "the slot's next tenant sleeps on");
}

#[test]
fn a_wake_of_a_worker_that_has_ended_is_nothing() {
    let mut worker = Scripted::worker();
    let probe = Probe::spawn(worker.handle());
    turns(&mut worker, 1);
    let (waker, remote) = (probe.waker(), worker.handle().remote());
    let sent = Arc::new(());
    let held = Arc::clone(&sent);
    remote.run(move |_| drop(held)).unwrap();
    drop(worker);
    assert_eq!(Arc::strong_count(&sent), 1, "mail that was never taken is dropped");

    waker.wake_by_ref();
    thread::spawn(move || waker.wake()).join().unwrap();
    assert_eq!(probe.polls.get(), 1);
    let held = Arc::clone(&sent);
    assert_eq!(remote.run(move |_| drop(held)), Err(WorkerEnded));
    assert_eq!(Arc::strong_count(&sent), 1);
}

#[test]
fn a_wake_between_two_workers_of_one_thread_goes_to_the_right_one() {
    let mut near = Scripted::worker();
    let mut far = Scripted::worker();
    let sleeper = Probe::spawn(far.handle());
    turns(&mut far, 1);
    let waker = sleeper.waker();
    near.handle().spawn(async move { waker.wake() });
    turns(&mut near, 2);
    assert_eq!(sleeper.polls.get(), 1);
    turns(&mut far, 1);
    assert_eq!(sleeper.polls.get(), 2);
}
