//! The two counts side by side, and the verdict.

use crate::workspace;

use super::base::BASE_FILE;
use super::count::{Count, ROUNDS};

/// How many instructions a probe may take for each hundred that it took.
const PERCENT_MAX: u64 = 103;

/// What each probe costs, at the base and now.
#[derive(Debug)]
pub(super) struct Table {
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    probe: String,
    /// `None` if the base does not have the probe.
    before: Option<u64>,
    /// `None` if it is there no more.
    now: Option<u64>,
    /// The locks that it takes now.
    locks: u64,
}

impl Table {
    /// Puts side by side what belongs together.
    pub(super) fn new(before: Vec<Count>, now: Vec<Count>) -> Self {
        let mut before = before;
        let mut rows: Vec<Row> = Vec::new();
        for Count { probe, instructions, locks } in now {
            let at = before.iter().position(|count| count.probe == probe);
            let before = at.map(|at| before.remove(at).instructions);
            rows.push(Row { probe, before, now: Some(instructions), locks });
        }
        rows.extend(before.into_iter().map(|Count { probe, instructions, .. }| Row {
            probe,
            before: Some(instructions),
            now: None,
            locks: 0,
        }));
        Self { rows }
    }

    /// The table, with the instructions of a round.
    pub(super) fn markdown(&self, base: &str) -> String {
        let mut text = format!("| probe | {base} | now | ratio |\n|---|---:|---:|---:|\n");
        for Row { probe, before, now, .. } in &self.rows {
            let cell = |count: &Option<u64>| count.map(|count| (count / ROUNDS).to_string());
            let before_cell = cell(before).unwrap_or_else(|| "new".to_owned());
            let now_cell = cell(now).unwrap_or_else(|| "gone".to_owned());
            let ratio = before.zip(*now).map(|(before, now)| ratio(before, now));
            let ratio = ratio.unwrap_or_default();
            text.push_str(&format!("| {probe} | {before_cell} | {now_cell} | {ratio} |\n"));
        }
        text
    }

    /// Whether every probe that the base has is there and costs no more than is allowed, and none
    /// takes a lock.
    ///
    /// # Errors
    ///
    /// What is wrong, and what to do.
    pub(super) fn judge(&self, base: &str) -> Result<(), String> {
        let wrong: Vec<String> = self.rows.iter().flat_map(Row::complaints).collect();
        if wrong.is_empty() {
            return Ok(());
        }
        let folder = workspace::target_dir().join("instructions");
        Err(format!(
            "the hot path costs more than at {base}:\n  {}\n  where: callgrind_annotate \
             {folder}/now/PROBE.out, and the same in {folder}/base\n  make it cheaper; if the cost \
             is meant, name the commit that brings it in {BASE_FILE} and say why",
            wrong.join("\n  "),
            folder = folder.display(),
        ))
    }
}

impl Row {
    /// What is wrong with the probe. The cost of one that the base does not have cannot be judged.
    fn complaints(&self) -> Vec<String> {
        let Self { probe, before, now, locks } = self;
        let mut complaints = Vec::new();
        if *locks > 0 {
            complaints.push(format!("`{probe}` takes {locks} locks in {ROUNDS} rounds"));
        }
        match (*before, *now) {
            (Some(_), None) => complaints.push(format!("`{probe}` is gone")),
            (Some(before), Some(now)) if now * 100 > before * PERCENT_MAX => {
                let (before_each, now_each) = (before / ROUNDS, now / ROUNDS);
                let ratio = ratio(before, now);
                complaints
                    .push(format!("`{probe}`: {now_each} instead of {before_each}, {ratio} of it"));
            }
            _ => {}
        }
        complaints
    }
}

/// Three digits behind the point, rounded up, so that what is over the bound also looks so.
fn ratio(before: u64, now: u64) -> String {
    let thousandths = (now * 1000).div_ceil(before);
    format!("{}.{:03}", thousandths / 1000, thousandths % 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(counts: &[(&str, u64)]) -> Vec<Count> {
        let count = |&(probe, instructions): &(&str, u64)| Count {
            probe: probe.to_owned(),
            instructions,
            locks: 0,
        };
        counts.iter().map(count).collect()
    }

    fn judged(before: &[(&str, u64)], now: &[(&str, u64)]) -> Result<(), String> {
        Table::new(counts(before), counts(now)).judge("v1")
    }

    #[test]
    fn three_percent_more_are_allowed_and_no_instruction_beyond() {
        let before = [("get", 100_000)];
        for (now, is_allowed) in [(90_000, true), (103_000, true), (103_001, false)] {
            assert_eq!(judged(&before, &[("get", now)]).is_ok(), is_allowed, "{now}");
        }
    }

    #[test]
    fn a_lock_is_wrong_whatever_it_costs() {
        let locking = Count { locks: 500, ..counts(&[("get", 500)]).remove(0) };
        for before in [counts(&[("get", 500)]), Vec::new()] {
            let error = Table::new(before, vec![locking.clone()]).judge("v1").unwrap_err();
            assert!(error.contains("`get` takes 500 locks in 500 rounds"), "{error}");
        }
    }

    #[test]
    fn a_verdict_names_each_that_is_wrong_and_what_to_do() {
        let before = [("parse", 50_000), ("hit", 50_000), ("get", 500_000)];
        let error = judged(&before, &[("parse", 50_000), ("get", 520_000)]).unwrap_err();
        for said in [
            "more than at v1",
            "`get`: 1040 instead of 1000, 1.040 of it",
            "`hit` is gone",
            "now/PROBE.out",
            BASE_FILE,
        ] {
            assert!(error.contains(said), "{said}: {error}");
        }
        assert!(!error.contains("parse"), "{error}");
    }

    #[test]
    fn a_probe_that_the_base_does_not_have_is_shown_and_not_judged() {
        let (before, now) = ([("get", 500_000)], [("range", 9_000_000), ("get", 505_001)]);
        assert!(judged(&before, &now).is_ok());
        let table = Table::new(counts(&before), counts(&now)).markdown("v1");
        assert_eq!(
            table,
            "| probe | v1 | now | ratio |\n|---|---:|---:|---:|\n| range | new | 18000 |  |\n\
             | get | 1000 | 1010 | 1.011 |\n"
        );
    }
}
