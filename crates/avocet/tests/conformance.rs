//! What RFC 9110 and RFC 9112 ask of an origin server, asked of the program, a test per subject.
//!
//! The cases, what they show and other servers' answers to them are in the `conformance` package
//! and in docs/conformance.md; here they meet Avocet, and the lists are held against each other.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use conformance::alone::ALONE;
use conformance::requirements::RFCS;
use conformance::results::{Failed, Results};
use conformance::{Case, Level, Origin, Proof, Requirement, Verdict, cases, mutants, site};
use testkit::program::Program;

/// Longest wait for what Avocet should do.
const PATIENCE: Duration = Duration::from_secs(10);

/// Makes a test of each subject, and a list of those that have one.
macro_rules! subjects {
    ($($name:ident,)*) => {
        const TESTED: &[&str] = &[$(stringify!($name)),*];
        $(
            #[test]
            fn $name() {
                check(stringify!($name));
            }
        )*
    };
}

subjects! {
    rfc9110_s2_grammar,
    rfc9110_s4_path,
    rfc9110_s4_identity,
    rfc9110_s5_field,
    rfc9110_s5_list,
    rfc9110_s5_date,
    rfc9110_s6_message,
    rfc9110_s6_date,
    rfc9110_s7_routing,
    rfc9110_s8_content,
    rfc9110_s8_length,
    rfc9110_s8_validator,
    rfc9110_s9_method,
    rfc9110_s9_head,
    rfc9110_s9_other,
    rfc9110_s10_expect,
    rfc9110_s10_context,
    rfc9110_s12_accept_encoding,
    rfc9110_s12_weights,
    rfc9110_s12_accept,
    rfc9110_s12_vary,
    rfc9110_s13_if_match,
    rfc9110_s13_if_none_match,
    rfc9110_s13_if_modified_since,
    rfc9110_s13_if_unmodified_since,
    rfc9110_s13_if_range,
    rfc9110_s13_when,
    rfc9110_s14_ranges,
    rfc9110_s14_refused,
    rfc9110_s14_several,
    rfc9110_s15_partial,
    rfc9110_s15_not_modified,
    rfc9110_s15_classes,
    rfc9112_s2_lines,
    rfc9112_s2_first_field,
    rfc9112_s2_version,
    rfc9112_s3_request_line,
    rfc9112_s3_target,
    rfc9112_s3_absolute,
    rfc9112_s3_host,
    rfc9112_s4_status_line,
    rfc9112_s5_field,
    rfc9112_s5_fold,
    rfc9112_s6_coding,
    rfc9112_s6_length,
    rfc9112_s6_answer,
    rfc9112_s7_chunk,
    rfc9112_s7_extension,
    rfc9112_s7_trailer,
    rfc9112_s8_incomplete,
    rfc9112_s9_persistence,
    rfc9112_s9_close,
    rfc9112_s9_pipeline,
    rfc9112_s11_splitting,
    rfc9112_s11_smuggling,
}

/// Runs the cases of a subject on a program of its own.
fn check(subject: &str) {
    let found = cases::SUBJECTS.iter().find(|(name, _)| *name == subject);
    let (_, cases) = found.expect("the subject is in the list");
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    site::make(folder.path()).expect("the site can be written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_avocet"));
    let program = command.arg("serve").arg(folder.path()).args(["--listen", "127.0.0.1:0"]);
    let program = Program::serve(program);
    let addr = *program.addrs().first().expect("a TCP address was announced");
    let origin = Origin { addr, patience: PATIENCE };
    let failures: Vec<String> = cases.iter().filter_map(|case| failure(case, &origin)).collect();
    assert!(failures.is_empty(), "{} failed\n{}", failures.len(), failures.join("\n"));
}

fn failure(case: &Case, origin: &Origin) -> Option<String> {
    match case.judge(origin) {
        Verdict::Passed => None,
        Verdict::Failed(words) => Some(format!("{}: {}\n    {words}", case.id, case.asks)),
    }
}

#[test]
fn every_subject_has_its_test() {
    let subjects: Vec<&str> = cases::SUBJECTS.iter().map(|(name, _)| *name).collect();
    assert_eq!(TESTED, subjects);
}

#[test]
fn ids_are_unique_and_say_where_they_belong() {
    let mut seen = BTreeSet::new();
    for case in cases::all() {
        assert!(seen.insert(case.id), "{} is there twice", case.id);
        assert!(is_well_formed(case.id), "{}", case.id);
        assert!(!case.asks.is_empty() && !case.asks.ends_with('.'), "{}: a phrase", case.id);
    }
}

/// Tells whether an id is an RFC, a section and words: `9112-3.2-host-twice`.
fn is_well_formed(id: &str) -> bool {
    let mut parts = id.splitn(3, '-');
    let mut part = || parts.next().unwrap_or_default();
    let (rfc, section, words) = (part(), part(), part());
    let is_number = |text: &str| text.parse::<u8>().is_ok();
    let is_word = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    matches!(rfc, "9110" | "9112")
        && section.split('.').all(is_number)
        && words.split('-').all(is_word)
}

#[test]
fn every_case_shows_a_requirement_and_none_is_made_up() {
    let ids: BTreeSet<&str> = cases::all().map(|case| case.id).collect();
    let mut claimed = BTreeSet::new();
    for rfc in RFCS {
        for requirement in rfc.requirements() {
            let place = format!("{} {}: {}", rfc.number, requirement.section, requirement.says);
            assert!(!requirement.says.is_empty(), "{place}: it says what");
            let cases = requirement.proof.cases();
            claimed.extend(cases);
            let (needs_cases, words) = match requirement.proof {
                Proof::Cases(_) => (true, None),
                Proof::CasesBut(_, words) | Proof::CasesAndTest(_, words) => (true, Some(words)),
                Proof::Test(words) | Proof::Inapplicable(words) => (false, Some(words)),
            };
            assert!(!needs_cases || !cases.is_empty(), "{place}: no case");
            assert!(words.is_none_or(|words| !words.is_empty()), "{place}: no words");
        }
    }
    let made_up: Vec<_> = claimed.difference(&ids).collect();
    assert!(made_up.is_empty(), "no such case: {made_up:#?}");
    let unclaimed: Vec<_> = ids.difference(&claimed).collect();
    assert!(unclaimed.is_empty(), "these show no requirement: {unclaimed:#?}");
}

#[test]
fn what_must_not_be_done_is_said_without_a_second_not() {
    for rfc in RFCS {
        let is_denied = |row: &&Requirement| matches!(row.level, Level::MustNot | Level::ShouldNot);
        for row in rfc.requirements().filter(is_denied) {
            // What is denied further on is part of what must not be done: "say a time without a
            // clock", "send several lines of a field that is no list".
            let mut start = row.says.split(' ').take(2);
            let denial = start.find(|word| DENIALS.contains(word));
            assert_eq!(denial, None, "{} {}: {}", rfc.number, row.section, row.says);
        }
    }
}

/// Words that turn a phrase round if they are its first or its second.
const DENIALS: &[&str] = &["do", "never", "no", "none", "not", "nothing", "only"];

#[test]
fn tests_elsewhere_are_where_they_are_said_to_be() {
    for rfc in RFCS {
        for row in rfc.requirements() {
            let place = format!("{} {}: {}", rfc.number, row.section, row.says);
            if let Some((function, file)) = row.proof.test() {
                let text = fs::read_to_string(workspace().join(file)).unwrap_or_default();
                let found = format!("#[test]\nfn {function}() {{\n");
                assert!(text.contains(&found), "{place}: no {function} in {file}");
            } else {
                let is_test = matches!(row.proof, Proof::Test(_) | Proof::CasesAndTest(..));
                assert!(!is_test, "{place}: `function in path`");
            }
        }
    }
}

/// Reads what came of the cases when they were last run everywhere.
fn results() -> Results {
    Results::parse(include_str!("../../../conformance/results.txt")).expect("it is well-formed")
}

#[test]
fn every_case_was_seen_to_fail_and_none_on_avocet() {
    let results = results();
    let is_unseen = |case: &&Case| !results.of(case.id).is_some_and(Failed::has_witness);
    let unseen: Vec<_> = cases::all().filter(is_unseen).map(|case| case.id).collect();
    assert!(unseen.is_empty(), "{} cases were never seen to fail: {unseen:#?}", unseen.len());
    let fails =
        |case: &&Case| results.of(case.id).is_some_and(|failed| failed.servers.contains("avocet"));
    let failed: Vec<_> = cases::all().filter(fails).map(|case| case.id).collect();
    assert!(failed.is_empty(), "Avocet failed: {failed:#?}");
}

#[test]
fn what_all_others_fail_is_explained() {
    let results = results();
    let others: Vec<&str> = results.servers.iter().skip(1).map(|(name, _)| name.as_str()).collect();
    let all_fail = |case: &&Case| {
        let failed = results.of(case.id);
        failed.is_some_and(|failed| others.iter().all(|name| failed.servers.contains(*name)))
    };
    let alone: BTreeSet<_> = cases::all().filter(all_fail).map(|case| case.id).collect();
    assert_eq!(alone, ALONE.iter().map(|(id, _)| *id).collect());
}

#[test]
fn the_cases_are_many_and_of_all_sections() {
    let count = cases::all().count();
    assert!(count >= 400, "{count} cases");
    let mut sections = BTreeMap::new();
    for case in cases::all() {
        *sections.entry(case.section()).or_insert(0) += 1;
    }
    for (section, share) in sections {
        assert!(share * 100 <= count * 15, "{section} has {share} of {count} cases");
    }
}

#[test]
fn mutants_have_names_of_their_own() {
    let mut seen = BTreeSet::new();
    for mutant in mutants::all() {
        assert!(seen.insert(mutant.name), "{} is there twice", mutant.name);
        assert_ne!(mutant.find, mutant.replace, "{} changes something", mutant.name);
    }
}

#[test]
fn mutants_find_their_text_once() {
    let lost: Vec<String> = mutants::all()
        .filter_map(|mutant| {
            let error = mutant.change().check(&workspace()).err()?;
            Some(format!("{}: {error}", mutant.name))
        })
        .collect();
    assert!(lost.is_empty(), "these are to be found once:\n{}", lost.join("\n"));
}

/// The workspace's folder.
fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
