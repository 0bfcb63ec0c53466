//! RFC 9110 §5.6.7: dates are read in three forms and sent in one.

use super::rfc9110_s5_field::{ignored, not_modified};
use crate::case::Case;
use crate::grammar::date;
use crate::origin::Origin;
use crate::site::MODIFIED;

/// Shows that a date is read as the time of the file, or a later one.
#[track_caller]
fn not_before(origin: &Origin, text: &str) {
    not_modified(origin, &[&format!("If-Modified-Since: {text}")]);
}

/// Shows that a date is read as one before the time of the file.
#[track_caller]
fn before(origin: &Origin, text: &str) {
    ignored(origin, &[&format!("If-Modified-Since: {text}")]);
}

pub(super) const CASES: &[Case] = &[
    Case {
        id: "9110-5.6.7-fixdate",
        asks: "an IMF-fixdate is read",
        run: |origin| not_before(origin, MODIFIED),
    },
    Case {
        id: "9110-5.6.7-fixdate-a-second-before",
        asks: "an IMF-fixdate is read to the second",
        run: |origin| before(origin, "Wed, 01 Jan 2020 12:34:55 GMT"),
    },
    Case {
        id: "9110-5.6.7-rfc850",
        asks: "a date of the form of RFC 850 is read",
        run: |origin| not_before(origin, "Wednesday, 01-Jan-20 12:34:56 GMT"),
    },
    Case {
        id: "9110-5.6.7-rfc850-a-second-before",
        asks: "a date of the form of RFC 850 is read to the second",
        run: |origin| before(origin, "Wednesday, 01-Jan-20 12:34:55 GMT"),
    },
    Case {
        id: "9110-5.6.7-rfc850-of-the-last-century",
        asks: "two digits for a year more than 50 years ahead mean the century before",
        run: |origin| before(origin, "Sunday, 06-Nov-94 08:49:37 GMT"),
    },
    Case {
        id: "9110-5.6.7-asctime",
        asks: "a date as asctime writes it is read, the day with a space before it",
        run: |origin| not_before(origin, "Wed Jan  1 12:34:56 2020"),
    },
    Case {
        id: "9110-5.6.7-asctime-a-second-before",
        asks: "a date as asctime writes it is read to the second",
        run: |origin| before(origin, "Wed Jan  1 12:34:55 2020"),
    },
    Case {
        id: "9110-5.6.7-asctime-of-two-digits",
        asks: "a date as asctime writes it is read, the day with two digits",
        run: |origin| {
            not_before(origin, "Wed Jan 15 00:00:00 2020");
            before(origin, "Tue Dec 31 23:59:59 2019");
        },
    },
    Case {
        id: "9110-5.6.7-leap-second",
        asks: "a leap second is a second",
        run: |origin| not_before(origin, "Thu, 31 Dec 2020 23:59:60 GMT"),
    },
    Case {
        id: "9110-5.6.7-sent-as-fixdate",
        asks: "Date and Last-Modified are sent as IMF-fixdate",
        run: |origin| {
            for target in ["/letters.txt", "/big.bin", "/"] {
                let answer = origin.get(target, &[]);
                date(answer.field("Date").expect("there is a Date"));
                date(answer.field("Last-Modified").unwrap_or(MODIFIED));
            }
        },
    },
    Case {
        id: "9110-5.6.7-sent-as-fixdate-with-errors",
        asks: "the Date of an error is sent as IMF-fixdate",
        run: |origin| {
            for target in ["/missing", "/%zz"] {
                date(origin.get(target, &[]).field("Date").expect("there is a Date"));
            }
        },
    },
];
