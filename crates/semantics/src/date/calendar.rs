//! The calendar behind dates: from seconds to a day of a month of a year, and back.
//!
//! Gregorian throughout, also for years before there was such a calendar, and without leap seconds.
//! Days are counted from the first of the year 0, so that nothing is negative.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub(super) const WEEKDAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

pub(super) const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A second of the calendar; what is later is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Calendar {
    pub(super) year: u32,
    /// Counted from 0, as in [`MONTHS`].
    pub(super) month: usize,
    /// Counted from 1.
    pub(super) day: u32,
    /// Since midnight.
    pub(super) second: u32,
}

impl Calendar {
    /// Gives the date of a number of seconds after the epoch, at most [`LATEST_SECONDS`].
    pub(super) fn at(seconds: u64) -> Self {
        let [days, second] = [seconds / DAY_SECONDS, seconds % DAY_SECONDS]
            .map(|count| u32::try_from(count).expect("10,000 years have 3,652,425 days"));
        let days = EPOCH_DAYS + days;
        // No year is longer, so this is not too late, and at most 27 years too early.
        let mut year = days / 366;
        while days_before(year + 1) <= days {
            year += 1;
        }
        let mut day = days - days_before(year);
        let mut month = 0;
        while day >= month_len(year, month) {
            day -= month_len(year, month);
            month += 1;
        }
        Self { year, month, day: day + 1, second }
    }

    /// Gives the time of the date; `None` if the month has no such day, or the day is another one
    /// of [`WEEKDAYS`].
    pub(super) fn time(self, weekday: usize) -> Option<SystemTime> {
        let is_day = (1..=month_len(self.year, self.month)).contains(&self.day);
        if !is_day || self.weekday() != weekday {
            return None;
        }
        let midnight = |days: u32| Duration::from_secs(u64::from(days) * DAY_SECONDS);
        let day = match self.days().checked_sub(EPOCH_DAYS) {
            Some(since) => UNIX_EPOCH.checked_add(midnight(since)),
            None => UNIX_EPOCH.checked_sub(midnight(EPOCH_DAYS - self.days())),
        };
        day?.checked_add(Duration::from_secs(self.second.into()))
    }

    /// Gives the day of the week, as in [`WEEKDAYS`].
    pub(super) fn weekday(self) -> usize {
        // The year 0 began with a Saturday.
        (self.days() as usize + 6) % 7
    }

    fn days(self) -> u32 {
        let months: u32 = (0..self.month).map(|month| month_len(self.year, month)).sum();
        days_before(self.year) + months + self.day - 1
    }
}

/// The last second of the year 9999.
pub(super) const LATEST_SECONDS: u64 = 253_402_300_799;

const DAY_SECONDS: u64 = 86_400;
const EPOCH_DAYS: u32 = days_before(1970);

/// Counts the days of all years before this one.
const fn days_before(year: u32) -> u32 {
    year * 365 + year.div_ceil(4) - year.div_ceil(100) + year.div_ceil(400)
}

const fn month_len(year: u32, month: usize) -> u32 {
    const LENS: [u32; MONTHS.len()] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let is_leap = days_before(year + 1) - days_before(year) == 366;
    LENS[month] + if is_leap && month == 1 { 1 } else { 0 }
}
