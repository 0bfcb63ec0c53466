//! HTTP dates (RFC 9110 §5.6.7): written as IMF-fixdate, read in all three formats.
//!
//! A date on the wire has whole seconds, a file's time has nanoseconds; [`whole_seconds`] is the
//! bridge for comparisons. The clock is never asked here: who reads a date says what time it is,
//! because a year of two digits means nothing without.

mod calendar;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use calendar::{Calendar, LATEST_SECONDS, MONTHS, WEEKDAYS};

/// Length of an IMF-fixdate, `Sun, 06 Nov 1994 08:49:37 GMT`.
pub const IMF_FIXDATE_LEN: usize = 29;

/// Writes a time as IMF-fixdate; the fraction of the second is dropped.
///
/// # Limits
///
/// The format has four digits for the year and the epoch is the earliest time written: what lies
/// outside (files may carry any time) is written as the nearest date inside.
#[must_use]
pub fn format(time: SystemTime) -> [u8; IMF_FIXDATE_LEN] {
    let date = Calendar::at(seconds(time));
    let mut text = *b"___, DD ___ YYYY HH:MM:SS GMT";
    text[..3].copy_from_slice(&WEEKDAYS[date.weekday()].as_bytes()[..3]);
    write_digits(&mut text[5..7], date.day);
    text[8..11].copy_from_slice(MONTHS[date.month].as_bytes());
    write_digits(&mut text[12..16], date.year);
    write_digits(&mut text[17..19], date.second / 3600);
    write_digits(&mut text[20..22], date.second / 60 % 60);
    write_digits(&mut text[23..25], date.second % 60);
    text
}

/// Reads a date in any of the three formats; `None` if it is none of them, or no day that ever was
/// or will be, such as 31 February or a Monday that is a Sunday.
///
/// `now` places a year of two digits: at most 50 years ahead, else in the past. A leap second is
/// the second after it, as Unix counts.
#[must_use]
pub fn parse(value: &[u8], now: SystemTime) -> Option<SystemTime> {
    let reader = Reader(value);
    reader.imf_fixdate().or_else(|| reader.asctime()).or_else(|| reader.rfc_850(now))
}

/// Rounds a time down to the second, as writing it and reading it back would.
#[must_use]
pub fn whole_seconds(time: SystemTime) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds(time))
}

/// Counts the seconds from the epoch to the nearest time that can be written.
fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs().min(LATEST_SECONDS)
}

/// Fills `room` with a number, zeros before it.
fn write_digits(room: &mut [u8], mut number: u32) {
    for digit in room.iter_mut().rev() {
        *digit = b"0123456789"[(number % 10) as usize];
        number /= 10;
    }
}

/// What is left to read of a date. Each method takes off what it names, or the date is malformed.
#[derive(Clone, Copy)]
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    /// Reads `Sun, 06 Nov 1994 08:49:37 GMT`.
    fn imf_fixdate(mut self) -> Option<SystemTime> {
        let weekday = self.one_of(WEEKDAYS.map(|name| &name[..3]))?;
        self.literal(", ")?;
        let day = self.digits(2)?;
        self.literal(" ")?;
        let month = self.one_of(MONTHS)?;
        self.literal(" ")?;
        let year = self.digits(4)?;
        let second = self.time_of_day()?;
        self.literal("GMT")?;
        self.end()?;
        Calendar { year, month, day, second }.time(weekday)
    }

    /// Reads `Sun Nov  6 08:49:37 1994`.
    fn asctime(mut self) -> Option<SystemTime> {
        let weekday = self.one_of(WEEKDAYS.map(|name| &name[..3]))?;
        self.literal(" ")?;
        let month = self.one_of(MONTHS)?;
        self.literal(" ")?;
        let day_len = if self.literal(" ").is_some() { 1 } else { 2 };
        let day = self.digits(day_len)?;
        let second = self.time_of_day()?;
        let year = self.digits(4)?;
        self.end()?;
        Calendar { year, month, day, second }.time(weekday)
    }

    /// Reads `Sunday, 06-Nov-94 08:49:37 GMT`.
    fn rfc_850(mut self, now: SystemTime) -> Option<SystemTime> {
        let weekday = self.one_of(WEEKDAYS)?;
        self.literal(", ")?;
        let day = self.digits(2)?;
        self.literal("-")?;
        let month = self.one_of(MONTHS)?;
        self.literal("-")?;
        let year_of_century = self.digits(2)?;
        let second = self.time_of_day()?;
        self.literal("GMT")?;
        self.end()?;
        let now = Calendar::at(seconds(now));
        let latest = Calendar { year: now.year + 50, ..now };
        let year = latest.year / 100 * 100 + year_of_century;
        let date = Calendar { year, month, day, second };
        let is_too_late = date > latest;
        Calendar { year: if is_too_late { year - 100 } else { year }, ..date }.time(weekday)
    }

    /// Reads ` 08:49:37 `, its spaces included, as seconds since midnight.
    fn time_of_day(&mut self) -> Option<u32> {
        self.literal(" ")?;
        let hour = self.digits(2)?;
        self.literal(":")?;
        let minute = self.digits(2)?;
        self.literal(":")?;
        let second = self.digits(2)?;
        self.literal(" ")?;
        let is_leap = (hour, minute, second) == (23, 59, 60);
        let is_valid = hour < 24 && minute < 60 && second < 60;
        (is_valid || is_leap).then_some(hour * 3600 + minute * 60 + second)
    }

    fn one_of<const N: usize>(&mut self, names: [&str; N]) -> Option<usize> {
        names.iter().position(|name| self.literal(name).is_some())
    }

    fn literal(&mut self, text: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(text.as_bytes())?;
        Some(())
    }

    fn digits(&mut self, count: usize) -> Option<u32> {
        let (digits, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        digits.iter().try_fold(0, |number, digit| {
            digit.is_ascii_digit().then(|| number * 10 + u32::from(digit - b'0'))
        })
    }

    fn end(self) -> Option<()> {
        self.0.is_empty().then_some(())
    }
}

#[cfg(test)]
mod tests;
