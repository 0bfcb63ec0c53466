//! Preconditions in their order, and If-Range.

use super::*;
use crate::etag::Strength;
use std::time::UNIX_EPOCH;

use Method::{Delete, Get, Head, Options, Post, Put};
use Outcome::{NotModified, PreconditionFailed, Proceed};

const BEFORE: &str = "Sun, 06 Nov 1994 08:49:36 GMT";
const SAME: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
const AFTER: &str = "Sun, 06 Nov 1994 08:49:38 GMT";

/// Half a second past the second that [`SAME`] names.
fn modified() -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(784_111_777_500)
}

fn later() -> SystemTime {
    modified() + Duration::from_secs(3600)
}

/// Field lines as text, one below the other, as a request would have them.
fn conditions(fields: &str) -> Conditions<'_> {
    Conditions::gather(fields.lines().filter_map(|line| {
        let (name, value) = line.trim().split_once(':')?;
        Some((FieldName::recognise(name.as_bytes())?, value.as_bytes()))
    }))
}

#[track_caller]
fn check(method: Method, fields: &str, expected: Outcome) {
    let etag = EntityTag::new(b"now", Strength::Strong);
    let current = Validators { etag: etag.as_ref(), last_modified: Some(modified()) };
    assert_eq!(
        conditions(fields).evaluate(method, &current, later()),
        expected,
        "{method} {fields}"
    );
}

#[test]
fn without_conditions_all_proceed() {
    for method in Method::ALL {
        check(method, "Host: a\nAccept: */*\nRange: bytes=0-1", Proceed);
    }
}

#[test]
fn if_match_compares_strongly() {
    check(Put, "If-Match: \"now\"", Proceed);
    check(Put, "If-Match: \"old\", \"now\"", Proceed);
    check(Put, "If-Match: \"old\"\nIf-Match: \"now\"", Proceed);
    check(Put, "If-Match: *", Proceed);
    check(Put, "If-Match: \"old\"", PreconditionFailed);
    check(Put, "If-Match: W/\"now\"", PreconditionFailed);
    check(Put, "If-Match: now", PreconditionFailed);
    check(Put, "If-Match:", PreconditionFailed);
    check(Get, "If-Match: \"old\"", PreconditionFailed);
}

#[test]
fn if_unmodified_since_counts_only_without_if_match() {
    check(Put, &format!("If-Unmodified-Since: {SAME}"), Proceed);
    check(Put, &format!("If-Unmodified-Since: {AFTER}"), Proceed);
    check(Put, &format!("If-Unmodified-Since: {BEFORE}"), PreconditionFailed);
    check(Get, &format!("If-Unmodified-Since: {BEFORE}"), PreconditionFailed);
    check(Put, "If-Unmodified-Since: yesterday", Proceed);
    check(Put, &format!("If-Match: \"now\"\nIf-Unmodified-Since: {BEFORE}"), Proceed);
    check(Put, &format!("If-Match: \"old\"\nIf-Unmodified-Since: {AFTER}"), PreconditionFailed);
}

#[test]
fn if_none_match_compares_weakly() {
    for method in [Get, Head] {
        check(method, "If-None-Match: \"now\"", NotModified);
        check(method, "If-None-Match: W/\"now\"", NotModified);
        check(method, "If-None-Match: \"old\", W/\"now\"", NotModified);
        check(method, "If-None-Match: \"old\"\nIf-None-Match: \"now\"", NotModified);
        check(
            method,
            "If-None-Match: \"a\"\nIf-None-Match: \"b\"\nIf-None-Match: \"now\"",
            NotModified,
        );
        check(method, "If-None-Match: *", NotModified);
        check(method, "If-None-Match: \"old\"", Proceed);
        check(method, "If-None-Match: now", Proceed);
    }
    for method in [Put, Post, Delete] {
        check(method, "If-None-Match: W/\"now\"", PreconditionFailed);
        check(method, "If-None-Match: *", PreconditionFailed);
        check(method, "If-None-Match: \"old\"", Proceed);
    }
}

#[test]
fn if_modified_since_counts_only_for_reads_without_if_none_match() {
    check(Get, &format!("If-Modified-Since: {SAME}"), NotModified);
    check(Get, &format!("If-Modified-Since:  {AFTER} "), NotModified);
    check(Head, &format!("If-Modified-Since: {SAME}"), NotModified);
    check(Get, "If-Modified-Since: Sunday, 06-Nov-94 08:49:37 GMT", NotModified);
    check(Get, &format!("If-Modified-Since: {BEFORE}"), Proceed);
    check(Put, &format!("If-Modified-Since: {SAME}"), Proceed);
    check(Get, "If-Modified-Since: today", Proceed);
    check(Get, &format!("If-Modified-Since: {SAME}\nIf-Modified-Since: {SAME}"), Proceed);
    check(Get, &format!("If-None-Match: \"old\"\nIf-Modified-Since: {AFTER}"), Proceed);
    check(Get, &format!("If-None-Match: \"now\"\nIf-Modified-Since: {BEFORE}"), NotModified);
}

#[test]
fn steps_are_taken_in_order() {
    check(Get, "If-None-Match: \"now\"\nIf-Match: \"old\"", PreconditionFailed);
    check(Get, "If-None-Match: \"now\"\nIf-Match: \"now\"", NotModified);
    let dates = format!("If-Modified-Since: {SAME}\nIf-Unmodified-Since: {BEFORE}");
    check(Get, &dates, PreconditionFailed);
}

/// Beside anything else a star is malformed, and so are two (RFC 9110 §13.1.1, §13.1.2).
#[test]
fn a_star_counts_only_by_itself() {
    for value in [" * ", "*"] {
        check(Put, &format!("If-Match: {value}"), Proceed);
        check(Get, &format!("If-None-Match: {value}"), NotModified);
    }
    for values in [["*", "\"old\""], ["*", "*"], ["\"old\"", "*"], ["*", ""]] {
        for separator in [", ", "\nIf-Match: "] {
            check(Put, &format!("If-Match: {}", values.join(separator)), PreconditionFailed);
        }
        for separator in [",", "\nIf-None-Match: "] {
            check(Get, &format!("If-None-Match: {}", values.join(separator)), Proceed);
        }
    }
    // What stands beside it counts.
    check(Put, "If-Match: *, \"now\"", Proceed);
    check(Put, "If-Match: *\nIf-Match: \"now\"", Proceed);
    check(Get, "If-None-Match: *\nIf-None-Match: \"now\"", NotModified);
    check(Get, "If-None-Match: \"*\"", Proceed);
}

#[test]
fn dates_of_all_kinds() {
    #[track_caller]
    fn check_both(date: &str, is_since_modified: bool, is_before: bool) {
        let modified_since = if is_before { Proceed } else { NotModified };
        let unmodified_since = if is_since_modified { PreconditionFailed } else { Proceed };
        check(Get, &format!("If-Modified-Since: {date}"), modified_since);
        check(Get, &format!("If-Unmodified-Since: {date}"), unmodified_since);
    }
    for date in [SAME, "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
        check_both(date, false, false);
    }
    // In the future, and with years that mean 2044 and 1945 in 1994.
    check_both("Fri, 31 Dec 9999 23:59:59 GMT", false, false);
    check_both("Friday, 01-Jan-44 00:00:00 GMT", false, false);
    check_both("Monday, 01-Jan-45 00:00:00 GMT", true, true);
    // Before the epoch.
    check_both("Mon, 01 Jan 1900 00:00:00 GMT", true, true);
    // What is malformed, or no single date, is ignored.
    for date in ["", "0", "Mon, 06 Nov 1994 08:49:36 GMT", "Sun, 06 Nov 1994 08:49:36 +0000"] {
        check(Get, &format!("If-Modified-Since: {date}"), Proceed);
        check(Get, &format!("If-Unmodified-Since: {date}"), Proceed);
    }
    for field in ["If-Modified-Since", "If-Unmodified-Since"] {
        check(Get, &format!("{field}: {BEFORE}, {BEFORE}"), Proceed);
        check(Get, &format!("{field}: {BEFORE}\n{field}: {BEFORE}"), Proceed);
        check(Get, &format!("{field}: {AFTER}\n{field}: {AFTER}"), Proceed);
        check(Get, &format!("{field}: Sun\n{field}: 06 Nov 1994 08:49:37 GMT"), Proceed);
    }
}

#[test]
fn methods_without_a_representation_ignore_conditions() {
    for method in [Options, Method::Connect, Method::Trace] {
        check(method, "If-Match: \"old\"\nIf-None-Match: *", Proceed);
    }
}

#[test]
fn what_has_no_validators_matches_only_the_star() {
    fn check(method: Method, fields: &str, expected: Outcome) {
        let found = conditions(fields).evaluate(method, &Validators::default(), later());
        assert_eq!(found, expected, "{method} {fields}");
    }
    check(Get, "If-Match: \"now\"", PreconditionFailed);
    check(Get, "If-Match: *", Proceed);
    check(Get, "If-None-Match: \"now\"", Proceed);
    check(Get, "If-None-Match: *", NotModified);
    check(Get, &format!("If-Modified-Since: {AFTER}"), Proceed);
    check(Get, &format!("If-Unmodified-Since: {BEFORE}"), Proceed);
}

#[track_caller]
fn check_range(method: Method, strength: Strength, fields: &str, expected: &RangeOutcome) {
    let etag = EntityTag::new(b"now", strength);
    let current = Validators { etag: etag.as_ref(), last_modified: Some(modified()) };
    let conditions = conditions(fields);
    assert_eq!(&conditions.range(method, &current, 10, later()), expected, "{method} {fields}");
}

#[test]
fn only_get_has_ranges_and_from_one_line() {
    let part = RangeOutcome::Part(2..5);
    check_range(Get, Strength::Strong, "Range: bytes=2-4", &part);
    check_range(Get, Strength::Strong, "Range: bytes=10-", &RangeOutcome::Unsatisfiable);
    check_range(Get, Strength::Strong, "Accept: */*", &RangeOutcome::Whole);
    check_range(Head, Strength::Strong, "Range: bytes=2-4", &RangeOutcome::Whole);
    let parts = RangeOutcome::Parts(vec![2..5, 0..1]);
    check_range(Get, Strength::Strong, "Range: bytes=2-4,0-0", &parts);
    let twice = "Range: bytes=2-4\nRange: bytes=2-4";
    check_range(Get, Strength::Strong, twice, &RangeOutcome::Whole);
    check_range(Get, Strength::Strong, "Range: bytes=2-4\nRange: 6-7", &RangeOutcome::Whole);
    assert!(conditions(twice).has_range());
    assert!(!conditions("If-Range: \"now\"").has_range());
}

#[test]
fn if_range_takes_strong_validators_only() {
    #[track_caller]
    fn check(strength: Strength, if_range: &str, is_allowed: bool) {
        let fields = format!("Range: bytes=2-4\nIf-Range: {if_range}");
        let expected = if is_allowed { RangeOutcome::Part(2..5) } else { RangeOutcome::Whole };
        check_range(Get, strength, &fields, &expected);
    }
    check(Strength::Strong, "\"now\"", true);
    check(Strength::Strong, "\"old\"", false);
    check(Strength::Strong, "W/\"now\"", false);
    check(Strength::Weak, "W/\"now\"", false);
    check(Strength::Weak, "\"now\"", false);
    check(Strength::Strong, "\"now\", \"old\"", false);
    check(Strength::Strong, "*", false);
    check(Strength::Strong, SAME, true);
    check(Strength::Strong, BEFORE, false);
    check(Strength::Strong, AFTER, false);
    check(Strength::Strong, "\"now\"\nIf-Range: \"now\"", false);
    check(Strength::Strong, &format!("\"now\", {SAME}"), false);
    check(Strength::Strong, &format!("{SAME}\nIf-Range: \"now\""), false);
    check(Strength::Strong, "Sunday, 06-Nov-94 08:49:37 GMT", true);
    check(Strength::Strong, " \"now\"\t", true);
    check(Strength::Strong, "now", false);
    check(Strength::Strong, "", false);
}

#[test]
fn a_date_is_strong_once_its_second_is_well_past() {
    fn check(now: SystemTime, is_allowed: bool) {
        let current = Validators { etag: None, last_modified: Some(modified()) };
        let fields = format!("If-Range: {SAME}");
        assert_eq!(conditions(&fields).if_range_allows(&current, now), is_allowed, "{now:?}");
    }
    let second = date::whole_seconds(modified());
    check(second + STRONG_DATE_AGE - Duration::from_nanos(1), false);
    check(second + STRONG_DATE_AGE, true);
    check(second - Duration::from_secs(60), false);
}

#[test]
fn what_if_none_match_names() {
    let etag = EntityTag::new(b"now", Strength::Weak).unwrap();
    for (fields, expected) in [
        ("", false),
        ("If-None-Match: *", false),
        ("If-None-Match: \"now\"", true),
        ("If-None-Match: W/\"now\"", true),
        ("If-None-Match: \"then\", W/\"now\"", true),
        ("If-None-Match: \"then\"\nIf-None-Match: \"now\"", true),
        ("If-None-Match: \"then\"", false),
        ("If-Match: \"now\"", false),
    ] {
        let conditions = conditions(fields);
        assert_eq!(conditions.names(&etag), expected, "{fields}");
        assert_eq!(conditions.has_if_none_match(), fields.contains("If-None"), "{fields}");
        assert_eq!(conditions.has_if_match(), fields.contains("If-Match"), "{fields}");
    }
}
