//! What the listings of a directory share, and what looking at it costs.

use std::collections::VecDeque;
use std::sync::Mutex;

use super::super::catalogue::LOOKED_AT_MAX;
use super::*;

#[test]
fn one_look_a_second_is_enough_for_all() {
    let crowd = Arc::new(Crowd::of(9));
    let mut site: Site = Site { tree: Arc::<Crowd>::clone(&crowd), ..Site::new(Memory::new()) };
    for (ms, query, looks) in [
        (0, "", 1),
        (0, "sort=size&order=desc", 1),
        (999, "", 1),
        (1000, "", 2),
        (1999, "order=desc", 2),
    ] {
        site.now = Instant::ORIGIN.after(Duration::from_millis(ms));
        assert_eq!(names(&site.json("", query).body).len(), 9);
        assert_eq!(crowd.looks.load(Ordering::Relaxed), looks, "at {ms} ms");
    }
    for path in 0..3 * 8 {
        site.json(&format!("{path}/"), "");
    }
    assert_eq!(site.listings.surveys.known(), 8, "no more of them are remembered");
}

#[test]
fn a_head_costs_no_more_than_it_says() {
    for (len, jobs, looks, unfinished) in
        [(9, 2, 1, false), (SORTED_MAX, 2, 1, true), (SORTED_MAX + 1, 1, 1, true)]
    {
        let crowd = Arc::new(Crowd::of(len));
        let site: Site = Site { tree: Arc::<Crowd>::clone(&crowd), ..Site::new(Memory::new()) };
        let head = site.ask(Method::Head, "");
        assert_eq!((site.jobs(), crowd.looks.load(Ordering::Relaxed)), (jobs, looks), "{len}");
        assert_eq!(site.listings.unfinished.count(), 0, "it has no place");
        let whole = site.ask(Method::Get, "");
        assert_eq!(head.body.len(), whole.body.len());
        assert_eq!(head.body.len().is_none(), unfinished);
        let fields = |response| {
            let Head::Fields(_, fields) = response else { panic!("{response:?}") };
            format!("{fields:?}")
        };
        assert_eq!(fields(head.head), fields(whole.head));
    }
}

#[test]
fn what_is_not_shown_is_passed_over_in_jobs_of_their_own() {
    let hidden = 10 * LOOKED_AT_MAX;
    for len in [9, SORTED_MAX + 1] {
        let site = Site::new(Crowd { hidden, ..Crowd::of(len) });
        assert_eq!(names(&site.json("", "").body).len(), len);
        assert!(site.jobs() > 11, "each looks at so many");
    }
}

/// A pool whose jobs wait until a test has them run.
#[derive(Debug, Default)]
struct Queue(Mutex<VecDeque<Job>>);

impl Offload for Queue {
    fn submit(&self, job: Job) -> Result<Ticket, Refused> {
        self.0.lock().unwrap().push_back(job);
        Ok(Ticket::ended())
    }
}

impl Queue {
    fn len(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    fn next(&self) -> Option<Job> {
        self.0.lock().unwrap().pop_front()
    }
}

#[test]
fn who_asks_meanwhile_waits_for_the_same_look() {
    let crowd = Arc::new(Crowd::of(9));
    let site: Site<Queue> = Site { tree: Arc::<Crowd>::clone(&crowd), ..Site::new(Memory::new()) };
    let ask = || Box::pin(site.inquiry(Method::Get, "", "", "").answer());
    let mut waiting: Vec<_> = (0..200).map(|_| ask()).collect();
    assert!(waiting.iter_mut().all(|answer| poll(answer.as_mut()).is_pending()));
    assert_eq!(site.pool.len(), 1, "one for all");
    waiting.truncate(100);
    while let Some(job) = site.pool.next() {
        job.run();
        waiting.retain_mut(|answer| poll(answer.as_mut()).is_pending());
    }
    assert_eq!((waiting.len(), crowd.looks.load(Ordering::Relaxed)), (0, 1));
}

#[test]
fn a_look_that_is_lost_is_told_and_taken_again() {
    let site: Site<Queue> = Site::new(Crowd::of(9));
    let ask = || Box::pin(site.inquiry(Method::Get, "", "", "").answer());
    let mut waiting = [ask(), ask()];
    assert!(waiting.iter_mut().all(|answer| poll(answer.as_mut()).is_pending()));
    drop(site.pool.next());
    for answer in &mut waiting {
        assert!(matches!(poll(answer.as_mut()), Poll::Ready(Err(BUSY))));
    }
    let mut again = ask();
    assert!(poll(again.as_mut()).is_pending());
    assert_eq!(site.pool.len(), 1);
}
