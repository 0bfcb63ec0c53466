//! One load: all servers started, measured in turns, and ended.

use std::io::Write as _;
use std::time::Duration;

use crate::failure::Failure;
use crate::terminal;

use super::contender::{Connections, Contender, Terms};
use super::effort::Effort;
use super::figures::{Outcome, Who};
use super::interrupt::Interrupt;
use super::peer::Kind;
use super::process::{Ground, pause};
use super::scenario::{Drive, Field, Scenario};
use super::site::{Area, Site};

/// nginx's most is the median of so many rounds.
const RATE_ROUNDS: usize = 5;

/// Descriptors that the client has for other things than connections.
const SPARE: usize = 500;

/// A server that was just started is looked at after this.
const REST: Duration = Duration::from_millis(300);

/// What a run of the bench has at hand.
#[derive(Debug)]
pub(super) struct Bench {
    pub(super) ground: Ground,
    pub(super) site: Site,
    pub(super) effort: Effort,
    /// The servers that take part.
    pub(super) kinds: Vec<Kind>,
    /// How many descriptors the client may have.
    pub(super) descriptors: u64,
    pub(super) interrupt: Interrupt,
}

impl Bench {
    /// Measures all servers under a load; one that cannot be started or answers wrongly has no
    /// figure, and a remark that says so.
    ///
    /// # Errors
    ///
    /// When the site cannot be made, or a signal has come.
    pub(super) fn measure(
        &mut self,
        scenario: &'static Scenario,
        place: &str,
    ) -> Result<Outcome, Failure> {
        self.provide(scenario)?;
        let mut outcome = Outcome { scenario, rows: Vec::new(), remarks: Vec::new() };
        let rate = if scenario.drive == Drive::HalfOfNginx {
            match self.half_of_nginx(scenario) {
                Ok(rate) => rate,
                Err(why) => {
                    outcome.remarks.push(format!("not measured: nginx's most: {}", text(why)));
                    return Ok(outcome);
                }
            }
        } else {
            0
        };
        let twin = scenario.for_twin();
        let mut contenders = Vec::new();
        for who in self.lineup(scenario) {
            self.interrupt.check()?;
            let scenario = if who == Who::Twin { &twin } else { scenario };
            match Contender::start(who, self.terms(scenario, rate)) {
                Ok(contender) => contenders.push(contender),
                Err(why) => outcome.remarks.push(format!("{}: {}", name(who), text(why))),
            }
        }
        if scenario.drive == Drive::AtRest {
            pause(REST);
        } else {
            self.take_turns(scenario, place, &mut contenders, &mut outcome.remarks)?;
        }
        for contender in contenders {
            self.interrupt.check()?;
            let name = name(contender.who);
            match contender.finish() {
                Ok((row, remarks)) => {
                    outcome.rows.push(row);
                    let remarks = remarks.into_iter().map(|remark| format!("{name}: {remark}"));
                    outcome.remarks.extend(remarks);
                }
                Err(why) => outcome.remarks.push(format!("{name}: {}", text(why))),
            }
        }
        if rate > 0 {
            outcome.remarks.push(format!("{rate} requests a second were offered"));
        }
        Ok(outcome)
    }

    fn provide(&mut self, scenario: &Scenario) -> Result<(), Failure> {
        let mut areas = vec![scenario.ask.area(), scenario.for_twin().ask.area()];
        if scenario.drive == Drive::BesideDownloads {
            areas.push(Area::Downloads);
        }
        let made = areas.into_iter().try_for_each(|area| self.site.provide(area));
        made.map_err(|error| Failure::new("cannot make the files that are asked for", &error))
    }

    /// Who takes part in a load.
    fn lineup(&self, scenario: &Scenario) -> Vec<Who> {
        let takes_part = |kind: &Kind| match kind {
            Kind::Floor => scenario.floor.is_some(),
            Kind::Avocet => true,
            _ => scenario.field == Field::All,
        };
        let servers = self.kinds.iter().copied().filter(takes_part).map(Who::Server);
        let twin = scenario.twin.filter(|_| self.kinds.contains(&Kind::Avocet));
        servers.chain(twin.map(|_| Who::Twin)).collect()
    }

    fn terms<'a>(&'a self, scenario: &'a Scenario, rate: u32) -> Terms<'a> {
        let wanted = (scenario.connections * (self.kinds.len() + 1) + SPARE) as u64;
        let connections =
            if wanted <= self.descriptors { Connections::Kept } else { Connections::Renewed };
        let Self { effort, ground, site, .. } = self;
        Terms { scenario, effort: *effort, ground, site, rate, connections }
    }

    /// Measures what nginx can answer in a second, and takes half of it.
    fn half_of_nginx(&self, scenario: &Scenario) -> Result<u32, Failure> {
        if !self.kinds.contains(&Kind::Nginx) {
            return Err(Failure::Failed("nginx does not take part".to_owned()));
        }
        let scenario = Scenario { drive: Drive::FreeRunning, ..*scenario };
        let mut nginx = Contender::start(Who::Server(Kind::Nginx), self.terms(&scenario, 0))?;
        for _ in 0..RATE_ROUNDS {
            nginx.measure()?;
        }
        let most = nginx.row().median(|sample| Some(sample.rate)).unwrap_or(0.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it saturates")]
        Ok((most / 2.0) as u32)
    }

    /// Measures round by round; who fails is left out from then on.
    ///
    /// # Errors
    ///
    /// When a signal has come.
    fn take_turns(
        &self,
        scenario: &Scenario,
        place: &str,
        contenders: &mut Vec<Contender<'_>>,
        remarks: &mut Vec<String>,
    ) -> Result<(), Failure> {
        let rounds = self.effort.rounds();
        for round in 0..rounds {
            show_progress(scenario, place, round, rounds);
            let mut failed = Vec::new();
            for turn in 0..contenders.len() {
                // Each server comes first, second and last equally often.
                let at = (round + turn) % contenders.len();
                self.interrupt.check()?;
                if let Err(why) = contenders[at].measure() {
                    let who = contenders[at].who;
                    remarks.push(format!("{}: {}", name(who), text(why)));
                    failed.push(who);
                }
            }
            contenders.retain(|contender| !failed.contains(&contender.who));
        }
        show_end(scenario, place, rounds);
        Ok(())
    }
}

fn name(who: Who) -> &'static str {
    match who {
        Who::Server(kind) => kind.name(),
        Who::Twin => "the second Avocet",
    }
}

/// A failure as part of a remark.
fn text(failure: Failure) -> String {
    let (Failure::Usage(text) | Failure::Failed(text)) = failure;
    text
}

/// Tells whoever waits how far it is; a log gets only the end.
fn show_progress(scenario: &Scenario, place: &str, round: usize, rounds: usize) {
    if terminal::is_watched() {
        eprint!("\r{place} {}: round {} of {rounds} ", scenario.name, round + 1);
        // Progress that cannot be shown is no reason to stop.
        let _ = std::io::stderr().flush();
    }
}

fn show_end(scenario: &Scenario, place: &str, rounds: usize) {
    let begin = if terminal::is_watched() { "\r" } else { "" };
    eprintln!("{begin}{place} {}: {rounds} rounds measured", scenario.name);
}
