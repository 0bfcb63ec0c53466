//! How tasks and workers end: whole, told to, by a panic (rule 10), and what is left: nothing
//! (rule 6).

use super::*;
use crate::poller::Readiness;

#[test]
fn it_ends_with_its_last_task() {
    let mut worker = Scripted::worker();
    worker.handle().spawn(async {});
    assert_eq!(worker.run(), Ok(RunEnd::Finished));
    assert_eq!(worker.run(), Ok(RunEnd::Finished), "nothing to do is done at once");
    assert_eq!(worker.driver().waits.len(), 1);
}

/// Says when it is dropped, and uses its worker once more as it goes.
struct Parting {
    handle: Handle,
    dropped: Rc<Cell<usize>>,
}

impl Drop for Parting {
    fn drop(&mut self) {
        let source = self.handle.source();
        assert_eq!(source.readiness(), Readiness::EMPTY);
        self.handle.spawn(async {});
        self.dropped.set(self.dropped.get() + 1);
    }
}

/// Spawns tasks that hold an entry of every table and never end.
fn spawn_holders(handle: &Handle, count: usize) -> Rc<Cell<usize>> {
    let dropped = Rc::new(Cell::new(0));
    for _ in 0..count {
        let parting = Parting { handle: handle.clone(), dropped: Rc::clone(&dropped) };
        let held = (handle.source(), handle.timer(Instant::from_nanos(u64::MAX - 1)), parting);
        handle.spawn(async move {
            std::future::pending::<()>().await;
            drop(held);
        });
    }
    dropped
}

fn assert_tables_empty(handle: &Handle) {
    let census = handle.census();
    assert_eq!((census.tasks, census.sources, census.timers), (0, 0, 0));
}

#[test]
fn a_dropped_worker_drops_its_tasks_and_they_leave_nothing() {
    for turns_made in [0, 1] {
        let mut worker = Scripted::worker();
        let handle = worker.handle().clone();
        let dropped = spawn_holders(&handle, 3);
        turns(&mut worker, turns_made);
        assert_eq!(handle.census().sources, 3);
        drop(worker);
        assert_eq!(dropped.get(), 3);
        assert_tables_empty(&handle);
    }
}

#[test]
fn a_stopped_worker_drops_its_tasks_half_way() {
    let mut worker = Scripted::worker();
    let handle = worker.handle().clone();
    let dropped = spawn_holders(&handle, 2);
    let stopping = handle.clone();
    handle.spawn(async move { stopping.advance_phase(Phase::Stopped) });
    assert_eq!(worker.run(), Ok(RunEnd::Stopped));
    assert_eq!(dropped.get(), 2);
    assert_tables_empty(&handle);
}

#[test]
fn a_later_phase_wakes_every_task_and_an_earlier_one_is_ignored() {
    let mut worker = Scripted::worker();
    let handle = worker.handle().clone();
    let probes = [Probe::spawn(&handle), Probe::spawn(&handle)];
    let polls = || probes.iter().map(|probe| probe.polls.get()).collect::<Vec<_>>();
    turns(&mut worker, 1);
    assert_eq!(polls(), [1, 1]);
    handle.advance_phase(Phase::Draining);
    turns(&mut worker, 1);
    assert_eq!((handle.phase(), polls()), (Phase::Draining, vec![2, 2]));
    for phase in [Phase::Running, Phase::Draining] {
        handle.advance_phase(phase);
        turns(&mut worker, 1);
        assert_eq!((handle.phase(), polls()), (Phase::Draining, vec![2, 2]));
    }
}

#[test]
fn it_stops_at_its_moment_and_not_before() {
    let mut worker = Scripted::worker();
    let handle = worker.handle().clone();
    let dropped = spawn_holders(&handle, 1);
    turns(&mut worker, 1);
    handle.stop_at(Instant::ORIGIN.after(Duration::from_millis(20)));
    turns(&mut worker, 1);
    assert_eq!(worker.driver().waits.last(), Some(&Some(Duration::from_millis(20))));
    worker.driver_mut().pass(Duration::from_millis(19));
    turns(&mut worker, 1);
    assert_eq!((handle.phase(), dropped.get()), (Phase::Running, 0));
    worker.driver_mut().pass(Duration::from_millis(1));
    assert_eq!(worker.run(), Ok(RunEnd::Stopped));
    assert_eq!(dropped.get(), 1);
}

/// Panics when it is dropped.
struct Trap;

impl Drop for Trap {
    fn drop(&mut self) {
        panic!("a panic that a test wants");
    }
}

#[test]
fn a_panic_ends_its_task_alone_and_is_counted() {
    let mut worker = Scripted::worker();
    let handle = worker.handle().clone();
    let neighbour = Probe::spawn(&handle);
    let held = (handle.source(), handle.timer(Instant::from_nanos(9)));
    handle.spawn(async move {
        let _held = held;
        panic!("a panic that a test wants");
    });
    turns(&mut worker, 1);
    let census = handle.census();
    assert_eq!((census.tasks, census.sources, census.timers), (1, 0, 0));
    assert_eq!(census.panicked_tasks, 1);

    neighbour.waker().wake();
    turns(&mut worker, 1);
    assert_eq!(neighbour.polls.get(), 2);
    neighbour.end();
    assert_eq!(worker.run(), Ok(RunEnd::Finished));
}

#[test]
fn a_panic_in_a_drop_is_survived_too() {
    let mut worker = Scripted::worker();
    let handle = worker.handle().clone();
    // Dropped by the executor, after the poll that said that the task has ended.
    let trap = Trap;
    handle.spawn(poll_fn(move |_| {
        let _in_the_future: &Trap = &trap;
        Poll::Ready(())
    }));
    assert_eq!(worker.run(), Ok(RunEnd::Finished));
    assert_eq!(handle.census().panicked_tasks, 1);

    let trap = Trap;
    handle.spawn(async move {
        std::future::pending::<()>().await;
        drop(trap);
    });
    let dropped = spawn_holders(&handle, 1);
    handle.advance_phase(Phase::Stopped);
    assert_eq!(worker.run(), Ok(RunEnd::Stopped));
    assert_eq!((handle.census().panicked_tasks, dropped.get()), (2, 1));
    assert_tables_empty(&handle);
}

#[test]
fn a_panic_in_work_from_elsewhere_is_survived_too() {
    let mut worker = Scripted::worker();
    let probe = Probe::spawn(worker.handle());
    let remote = worker.handle().remote();
    remote.run(|_| panic!("a panic that a test wants")).unwrap();
    turns(&mut worker, 1);
    assert_eq!(probe.polls.get(), 1);
    assert_eq!(worker.handle().census().panicked_tasks, 1);
}
