//! The trial of one attack: rounds of it against a server of its own, and the verdict.

use std::thread;
use std::time::Duration;

use crate::attacker::{Attacker, Order};
use crate::attacks::{Attack, End};
use crate::effort::Effort;
use crate::error::Failure;
use crate::good::{Experience, GoodClient, THREADS};
use crate::now;
use crate::peer::{Peer, socket_memory};
use crate::progress::Progress;
use crate::site::Site;
use crate::tally::{OPEN, OPENED, Tally};
use crate::verdict::{Rest, Verdict};

/// CPU that the server may use in a second in which nothing happens.
const QUIET_MAX: Duration = Duration::from_millis(1);

/// Descriptors that the good client can account for: what it keeps, and as many new ones.
const CALM: u64 = 2 * THREADS as u64;

/// How long the good client is alone before an attack.
const LEAD: Duration = Duration::from_millis(300);

/// Time beyond a deadline: the turn of the wheel, the way of the answer, a busy machine.
const SLACK: Duration = Duration::from_millis(1500);

/// Clients that connect in a second at least, where they are let: it is for each of them that the
/// time counts, and who reads knows it.
const CONNECTS: u32 = 1000;

/// Longest wait for the server to be as it was when all clients have left.
const SETTLE_MAX: Duration = Duration::from_secs(8);

/// So long nothing changes when nothing will: longer than the server lingers in any run but that
/// with the defaults, which compares no rounds.
const SETTLED: Duration = Duration::from_millis(500);

const LOOK_INTERVAL: Duration = Duration::from_millis(10);

/// A server under one attack.
struct Trial<'a> {
    attack: &'static Attack,
    effort: Effort,
    site: &'a Site,
    peer: Peer,
    /// Its descriptors without clients.
    floor: u64,
    verdict: Verdict,
}

/// Tries an attack.
///
/// # Errors
///
/// When nothing can be said.
pub(crate) fn run(
    attack: &'static Attack,
    effort: Effort,
    site: &Site,
    progress: &Progress,
) -> Result<Verdict, Failure> {
    let mut peer = Peer::start(&site.root(), attack, effort)?;
    // What the first requests make stays: it is no growth.
    let warming = GoodClient::start(peer.addr)?;
    thread::park_timeout(LEAD);
    warming.finish()?;
    // The server sees in its next turn that it has gone.
    thread::park_timeout(LEAD / 3);
    let floor = peer.descriptors()?;
    let (heap, resident) = (peer.mark()?.live, peer.resident()?.live);
    let (sockets, cpu) = (socket_memory(), peer.cpu()?);
    let verdict = Verdict::of(attack);
    let mut trial = Trial { attack, effort, site, peer, floor, verdict };
    let mut rests = Vec::new();
    for round in 0..effort.rounds() {
        progress.show(format_args!("{}, round {} of {}", attack.name, round + 1, effort.rounds()));
        rests.push(trial.round(round)?);
    }
    let Trial { mut peer, mut verdict, .. } = trial;
    verdict.heap = peer.heap()?.peak.saturating_sub(heap);
    verdict.resident = peer.resident()?.peak.saturating_sub(resident);
    verdict.sockets = verdict.sockets.saturating_sub(sockets);
    verdict.cpu = peer.cpu()?.since(cpu);
    verdict.judge(&rests);
    Ok(verdict)
}

impl Trial<'_> {
    /// Makes one round of the attack, with the good client beside it.
    fn round(&mut self, round: usize) -> Result<Rest, Failure> {
        let good = GoodClient::start(self.peer.addr)?;
        thread::park_timeout(LEAD);
        let root = self.site.root();
        let (attack, effort, addr) = (self.attack, self.effort, self.peer.addr);
        let order = Order { attack, effort, addr, round: round as u64, root: &root };
        let mut attacker = Attacker::start(&order)?;
        let good = match attack.end {
            End::LetGo(bound) => {
                self.await_release(&mut attacker, bound(attack.scale(effort)) + SLACK)?;
                good.finish()?
            }
            End::Left => {
                self.watch(&mut attacker, effort.stay_max())?;
                good.finish()?
            }
            End::Served => {
                self.watch(&mut attacker, effort.served_time())?;
                good.finish()?
            }
            End::Quiet => self.await_quiet(&mut attacker, good)?,
        };
        let tally = attacker.finish()?;
        self.judge_round(&tally);
        if let (End::LetGo(bound), Some(life)) = (attack.end, tally.life_max) {
            let bound = bound(attack.scale(effort)) + SLACK;
            if life > bound {
                let text = format!("one was held for {life:.1?}, {bound:.1?} are allowed");
                self.verdict.misses.push(text);
            }
        }
        self.verdict.clients = tally.count(OPENED);
        self.verdict.good.merge(good);
        self.verdict.tally.merge(tally);
        let descriptors = settle(&self.peer, self.floor)?;
        Ok(Rest { descriptors, heap: self.peer.heap()?.live })
    }

    /// Waits until the server has let go of everybody, or should have.
    fn await_release(&mut self, attacker: &mut Attacker, bound: Duration) -> Result<(), Failure> {
        let plan = self.attack.plan(self.effort).expect("only crowds are let go of");
        let connecting = Duration::from_secs(1) * u32::try_from(plan.count).unwrap_or(0) / CONNECTS;
        let turns = u32::try_from(plan.count.div_ceil(plan.at_once)).unwrap_or(1);
        let (begin, mut has_held) = (now(), false);
        loop {
            let held = self.peer.descriptors()?.saturating_sub(self.floor);
            has_held |= held > CALM;
            let time = now().since(begin);
            // Who does not read does not see that it is sent away.
            if attacker.has_ended() || (turns == 1 && has_held && held <= CALM) {
                self.verdict.let_go = self.verdict.let_go.max(Some(time));
                return Ok(());
            }
            if time > bound * turns + connecting {
                let text = format!("{held} descriptors are held after {time:.1?}, none was due");
                self.verdict.misses.push(text);
                return Ok(());
            }
            self.look();
        }
    }

    /// Waits until the attackers have gone, or the time is up.
    fn watch(&mut self, attacker: &mut Attacker, time: Duration) -> Result<(), Failure> {
        let end = now().after(time);
        while now() < end && !attacker.has_ended() {
            self.look();
        }
        Ok(())
    }

    /// Waits until all stand as they should, and sees what the server does then, the good client
    /// gone: that one would be work.
    fn await_quiet(
        &mut self,
        attacker: &mut Attacker,
        good: GoodClient,
    ) -> Result<Experience, Failure> {
        self.watch(attacker, LEAD * 3)?;
        let good = good.finish()?;
        self.watch(attacker, LEAD)?;
        let before = (self.peer.cpu()?, self.peer.descriptors()?);
        let time = self.effort.quiet_time();
        self.watch(attacker, time)?;
        let used = self.peer.cpu()?.since(before.0).used;
        let held = self.peer.descriptors()?.saturating_sub(self.floor);
        if used > QUIET_MAX.mul_f64(time.as_secs_f64()) {
            self.verdict.misses.push(format!("{used:.1?} of CPU in {time:?} of silence"));
        }
        if held <= CALM || self.peer.descriptors()? != before.1 {
            let text = format!("{held} descriptors are held, and were {}", before.1 - self.floor);
            self.verdict.misses.push(text);
        }
        let micros = u64::try_from(used.as_micros()).unwrap_or(u64::MAX);
        self.verdict.tally.add_many("microseconds of CPU in silence", micros);
        Ok(good)
    }

    /// Waits a moment and looks at what the kernel holds.
    fn look(&mut self) {
        thread::park_timeout(LOOK_INTERVAL);
        self.verdict.sockets = self.verdict.sockets.max(socket_memory());
    }

    /// Holds what became of the attackers against what should have.
    fn judge_round(&mut self, tally: &Tally) {
        let misses = &mut self.verdict.misses;
        misses.extend(tally.faults.iter().cloned());
        let (opened, open) = (tally.count(OPENED), tally.count(OPEN));
        match self.attack.end {
            End::Served if open < opened => {
                misses.push(format!("{} of {opened} were not served to the end", opened - open));
            }
            // With the defaults a slow reader of a large file is served for hours.
            End::Left if open > 0 && self.effort != Effort::Defaults => {
                misses.push(format!("{open} of {opened} had not gone when they should have"));
            }
            _ => {}
        }
        if let Some(plan) = self.attack.plan(self.effort)
            && opened < plan.count as u64
        {
            misses.push(format!("{opened} connections were made, {} wanted", plan.count));
        }
    }
}

/// Waits until the server has no more descriptors than without clients, or has kept those that it
/// has for a while; returns how many.
fn settle(peer: &Peer, floor: u64) -> Result<u64, Failure> {
    let (begin, mut since, mut count) = (now(), now(), peer.descriptors()?);
    while count > floor && now() < since.after(SETTLED) && now() < begin.after(SETTLE_MAX) {
        thread::park_timeout(LOOK_INTERVAL);
        let found = peer.descriptors()?;
        if found != count {
            (since, count) = (now(), found);
        }
    }
    Ok(count)
}
