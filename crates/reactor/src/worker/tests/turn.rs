//! What runs in a turn, when, and how long the wait before it may be.

use std::sync::mpsc;
use std::thread;

use super::*;
use crate::testing::epoll_worker;
use crate::timer::Elapsed;

#[test]
fn a_task_is_polled_once_however_often_it_was_woken() {
    let mut worker = Scripted::worker();
    let probe = Probe::spawn(worker.handle());
    turns(&mut worker, 3);
    assert_eq!(probe.polls.get(), 1, "polled when spawned and not without a wake");
    for _ in 0..3 {
        probe.waker().wake();
    }
    turns(&mut worker, 3);
    assert_eq!(probe.polls.get(), 2);
}

#[test]
fn a_turn_runs_only_what_was_queued_when_it_began() {
    let mut worker = Scripted::worker();
    let polls = Rc::new(Cell::new(0));
    let counted = Rc::clone(&polls);
    worker.handle().spawn(poll_fn(move |cx| {
        counted.set(counted.get() + 1);
        assert!(counted.get() < 100, "it never gives the turn back");
        cx.waker().wake_by_ref();
        Poll::<()>::Pending
    }));
    for turn in 1..=5 {
        turns(&mut worker, 1);
        assert_eq!(polls.get(), turn, "it wakes itself, and waits for its next turn");
    }
    // A task is queued, so the driver is asked for what is there and does not wait.
    assert_eq!(worker.driver().waits[1..], [Some(Duration::ZERO); 4]);
}

#[test]
fn a_task_spawned_or_woken_in_a_turn_runs_in_the_next() {
    let mut worker = Scripted::worker();
    let sleeper = Probe::spawn(worker.handle());
    turns(&mut worker, 1);
    let spawned: Rc<RefCell<Option<Rc<Probe>>>> = Rc::default();
    let (handle, waker) = (worker.handle().clone(), sleeper.waker());
    let spawning = Rc::clone(&spawned);
    worker.handle().spawn(async move {
        waker.wake();
        spawning.replace(Some(Probe::spawn(&handle)));
    });
    turns(&mut worker, 1);
    let spawned = spawned.take().expect("it ran");
    assert_eq!((sleeper.polls.get(), spawned.polls.get()), (1, 0));
    turns(&mut worker, 1);
    assert_eq!((sleeper.polls.get(), spawned.polls.get()), (2, 1));
}

#[test]
fn the_driver_picks_which_task_goes_next() {
    for (picks_youngest, expected) in [(false, [0, 1, 2]), (true, [2, 1, 0])] {
        let mut worker = Scripted::worker();
        worker.driver_mut().picks_youngest = picks_youngest;
        let order = Rc::new(RefCell::new(Vec::new()));
        for name in 0..3 {
            let order = Rc::clone(&order);
            worker.handle().spawn(async move { order.borrow_mut().push(name) });
        }
        turns(&mut worker, 1);
        assert_eq!(*order.borrow(), expected);
    }
}

#[test]
fn the_hook_runs_after_the_tasks_of_each_turn() {
    let mut worker = Scripted::worker();
    let probe = Probe::spawn(worker.handle());
    let seen = Rc::new(RefCell::new(Vec::new()));
    let (seeing, polled) = (Rc::clone(&seen), Rc::clone(&probe));
    worker.set_after_turn(move || seeing.borrow_mut().push(polled.polls.get()));
    turns(&mut worker, 1);
    probe.waker().wake();
    turns(&mut worker, 2);
    assert_eq!(*seen.borrow(), [1, 2, 2]);
}

#[test]
fn the_time_is_read_once_a_turn() {
    let mut worker = Scripted::worker();
    let handle = worker.handle().clone();
    worker.handle().spawn(async move {
        for millis in [1, 2, 3] {
            let timer = handle.timer(handle.now().instant.after(Duration::from_millis(millis)));
            timer.expired().await;
        }
    });
    let before = worker.driver().readings.get();
    for _ in 0..4 {
        worker.driver_mut().pass(Duration::from_millis(5));
        turns(&mut worker, 1);
    }
    assert_eq!(worker.handle().task_count(), 0);
    assert_eq!(worker.driver().readings.get() - before, 4);
}

#[test]
fn a_timer_moved_later_is_lazy_and_moved_earlier_works() {
    let mut worker = Scripted::worker();
    let after = |millis| Instant::ORIGIN.after(Duration::from_millis(millis));
    let handle = worker.handle().clone();
    let timer = Rc::new(handle.timer(after(10)));
    let waiting = Rc::clone(&timer);
    handle.spawn(async move { waiting.expired().await });
    turns(&mut worker, 1);

    timer.set(after(40));
    assert_eq!(worker.timeout(), Some(Duration::from_millis(10)), "it stays where it was");
    worker.driver_mut().pass(Duration::from_millis(10));
    turns(&mut worker, 2);
    assert_eq!(handle.task_count(), 1, "its old moment is not its moment");
    assert_eq!(worker.timeout(), Some(Duration::from_millis(30)));

    timer.set(after(15));
    assert_eq!(worker.timeout(), Some(Duration::from_millis(5)));
    worker.driver_mut().pass(Duration::from_millis(5));
    turns(&mut worker, 1);
    assert_eq!(handle.task_count(), 0);
}

#[test]
fn a_cancelled_timer_leaves_nothing() {
    let mut worker = Scripted::worker();
    let handle = worker.handle().clone();
    let timer = handle.timer(Instant::from_nanos(5));
    assert_eq!(handle.census().timers, 1);
    drop(timer);
    assert_eq!(handle.census().timers, 0);
    assert_eq!(handle.timers(|wheel| wheel.next_wake()), None);

    let stopped = handle.timer(Instant::from_nanos(5));
    stopped.set(Instant::NEVER);
    assert_eq!(handle.timers(|wheel| wheel.next_wake()), None);
    turns(&mut worker, 1);
    assert_eq!(worker.driver().waits, [None]);
}

#[test]
fn a_timer_bounds_a_future() {
    for (pass, expected) in [(4, None), (5, Some(Err(Elapsed))), (6, Some(Err(Elapsed)))] {
        let mut worker = Scripted::worker();
        let timer = worker.handle().timer(Instant::ORIGIN.after(Duration::from_millis(5)));
        let result = Rc::new(Cell::new(None));
        let ended = Rc::clone(&result);
        let held = Rc::new(());
        let holding = Rc::clone(&held);
        worker.handle().spawn(async move {
            let forever = async move {
                std::future::pending::<()>().await;
                drop(holding);
            };
            ended.set(Some(timer.bound(forever).await));
        });
        turns(&mut worker, 1);
        worker.driver_mut().pass(Duration::from_millis(pass));
        turns(&mut worker, 1);
        assert_eq!(result.get(), expected, "after {pass} ms");
        assert_eq!(Rc::strong_count(&held), if expected.is_some() { 1 } else { 2 });
    }
}

#[test]
fn a_future_that_is_ready_wins_over_a_moment_that_has_passed() {
    let mut worker = Scripted::worker();
    let timer = worker.handle().timer(Instant::ORIGIN);
    let result = Rc::new(Cell::new(None));
    let ended = Rc::clone(&result);
    worker.handle().spawn(async move { ended.set(Some(timer.bound(async { 7 }).await)) });
    turns(&mut worker, 1);
    assert_eq!(result.get(), Some(Ok(7)));
}

#[test]
fn an_idle_worker_makes_no_turns() {
    let (ready, is_ready) = mpsc::channel();
    let running = thread::spawn(move || {
        let (mut worker, _) = epoll_worker();
        worker.handle().stop_at(Instant::NEVER);
        let handle = worker.handle().clone();
        worker.handle().spawn(async move {
            let _idle = (handle.source(), handle.timer(Instant::NEVER));
            std::future::pending::<()>().await;
        });
        let turns = Rc::new(Cell::new(0));
        let counted = Rc::clone(&turns);
        worker.set_after_turn(move || counted.set(counted.get() + 1));
        worker.turn().unwrap();
        assert_eq!(worker.timeout(), None);
        ready.send(worker.handle().remote()).unwrap();
        assert_eq!(worker.run(), Ok(RunEnd::Stopped));
        turns.get()
    });
    let remote = is_ready.recv().unwrap();
    // Nobody sends: this passes a time in which a worker that polls would make many turns.
    let (_silent, never) = mpsc::channel::<()>();
    assert!(never.recv_timeout(Duration::from_millis(300)).is_err());
    remote.run(|handle| handle.advance_phase(Phase::Stopped)).unwrap();
    let turns = running.join().unwrap();
    assert_eq!(turns, 2, "one to start, one to be told to stop");
}

#[test]
fn a_worker_measures_all_its_turns_when_it_is_told_to() {
    let (mut worker, _poller) = epoll_worker();
    worker.measure_turns();
    let meter = worker.turn_meter().clone();
    assert_eq!(meter.longest(), TurnTime::default());
    let busy = Duration::from_millis(3);
    worker.handle().spawn(async move {
        let begun = clock::thread_cpu_time();
        while clock::thread_cpu_time() - begun < busy {}
    });
    worker.run().unwrap();
    let longest = meter.longest();
    assert!(longest.cpu >= busy && longest.elapsed >= busy, "{longest:?}");
    assert!(longest.cpu < Duration::from_secs(5), "{longest:?}");
}

#[test]
fn a_long_turn_is_measured_without_being_told_to() {
    let (mut worker, _poller) = epoll_worker();
    let meter = worker.turn_meter().clone();
    // Longer than the longest tick that Linux can be built with.
    let busy = Duration::from_millis(25);
    worker.handle().spawn(async move {
        let begun = clock::thread_cpu_time();
        while clock::thread_cpu_time() - begun < busy {}
    });
    worker.run().unwrap();
    let longest = meter.longest();
    assert!(longest.elapsed >= busy, "{longest:?}");
    assert_eq!(longest.cpu, Duration::ZERO, "nobody asked for it");
}
