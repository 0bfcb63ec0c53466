//! The limits: every bound that the server enforces, on without configuration.

use std::time::Duration;

use crate::entry::{Default as DefaultValue, Entry, Kind};
use crate::value::{SettingError, SettingErrorKind, parse_number};

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;
const SECOND: u64 = 1000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

/// The type of a field, by its kind.
macro_rules! field_type {
    (Bytes) => {
        usize
    };
    (Count) => {
        usize
    };
    (Time) => {
        Duration
    };
}

/// A field's value from a number of its kind.
macro_rules! field_value {
    (Bytes, $number:expr) => {
        saturating($number)
    };
    (Count, $number:expr) => {
        saturating($number)
    };
    (Time, $number:expr) => {
        Duration::from_millis($number)
    };
}

/// The flag of a row that has one.
macro_rules! flag {
    () => {
        None
    };
    ($flag:literal) => {
        Some($flag)
    };
}

macro_rules! limits {
    ($(
        $(#[doc = $doc:literal])+
        $key:ident: $kind:ident = $default:expr, $min:expr => $max:expr $(, --$flag:literal)?;
    )+) => {
        /// The limits, typed. `Limits::default()` is what the reference page states.
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct Limits {
            $( $(#[doc = $doc])+ pub $key: field_type!($kind), )+
        }

        impl Default for Limits {
            fn default() -> Self {
                Self { $( $key: field_value!($kind, $default), )+ }
            }
        }

        impl Limits {
            /// Sets one limit from its written form.
            ///
            /// # Errors
            ///
            /// When no limit has that key, or the value is malformed or out of range.
            pub fn set(&mut self, key: &str, text: &str) -> Result<(), SettingError> {
                match key {
                    $( stringify!($key) => {
                        let number = parse_number(row(key, text)?, text)?;
                        self.$key = field_value!($kind, number);
                    } )+
                    _ => return Err(unknown(key, text)),
                }
                Ok(())
            }
        }

        /// The rows of the table.
        pub(crate) const LIMITS: &[Entry] = &[ $( Entry {
            key: stringify!($key),
            kind: Kind::$kind,
            default: DefaultValue::Number($default),
            min: Some($min),
            max: Some($max),
            flag: flag!($($flag)?),
            doc: concat!($($doc),+).trim_ascii(),
        }, )+ ];
    };
}

limits! {
    /// Longest request line; a longer one is answered 414.
    request_line_size_max: Bytes = 8 * KIB, 64 => MIB;
    /// Largest request head, request line and fields together; a larger one is answered 431.
    head_size_max: Bytes = 32 * KIB, 128 => MIB;
    /// Most fields in a request head; more are answered 431.
    fields_max: Count = 100, 1 => 10_000;
    /// Time for a request head to arrive: from the connection for the first, from its first byte
    /// for later ones. A head that was begun is answered 408.
    head_timeout: Time = 10 * SECOND, 10 => HOUR;
    /// Time that a kept-alive connection may stay idle before it is closed.
    idle_timeout: Time = MINUTE, 10 => 24 * HOUR;
    /// Largest request body that a handler takes; a larger one is answered 413.
    body_size_max: Bytes = MIB, 0 => GIB;
    /// Largest body kept in memory for a handler on the pool that waits for the whole of it; a
    /// larger one goes to a temporary file.
    body_memory_max: Bytes = 64 * KIB, 4 * KIB => 16 * MIB;
    /// Disk for the temporary files of request bodies, all workers together; past it a request
    /// with such a body is answered 503.
    spool_size_max: Bytes = GIB, 0 => 1024 * GIB;
    /// Most bytes of a body read and thrown away, when no handler reads it, to keep the connection.
    body_drain_max: Bytes = 64 * KIB, 0 => MIB;
    /// Time without a byte of a body before its client is answered 408, or its connection closed if
    /// the answer has begun. Time in which the handler is waited for does not count.
    body_timeout: Time = 30 * SECOND, 10 => HOUR;
    /// Bytes a second of a body, over any `body_timeout`, below which its client is late likewise;
    /// 0 sets no such floor.
    body_rate_min: Bytes = 512, 0 => MIB;
    /// Time without progress of an answer whose client does not read, to which is added what
    /// `send_rate_min` allows for.
    send_timeout: Time = 30 * SECOND, 10 => HOUR;
    /// Bytes a second that a client may be expected to read: `send_timeout` grows by a second for
    /// each so many bytes that the kernel may hold for it; 0 has it not grow.
    send_rate_min: Bytes = 512, 0 => MIB;
    /// Most that the time without progress of an answer grows to.
    send_timeout_max: Time = 10 * MINUTE, 10 => 24 * HOUR;
    /// Time for a client to read the last answer before its connection is closed regardless.
    linger_timeout: Time = 2 * SECOND, 10 => MINUTE;
    /// Most bytes of answers gathered for one send to a pipelining client.
    output_size_max: Bytes = 128 * KIB, 4 * KIB => MIB;
    /// Most memory of one worker for what its clients have begun and not ended: unfinished heads,
    /// bodies on their way to handlers, answers not read. Past it the oldest unfinished head is
    /// answered 408, and a request whose body would be kept 503. What the kernel keeps for sockets
    /// is not counted.
    pending_size_max: Bytes = 64 * MIB, 64 * KIB => 64 * GIB;
    /// Most connections of one client at a time; 0 for no limit. A client is an IPv4 address or an
    /// IPv6 network (/64). More are closed at once, or reported (see `client_limit`).
    client_connections_max: Count = 0, 0 => 1_000_000, --"client-connections";
    /// Time that begun requests have to finish when the server is told to stop.
    drain_timeout: Time = 30 * SECOND, 10 => HOUR;
    /// Descriptors kept back from connections; half of them may be lent to files that find no
    /// other.
    descriptor_reserve: Count = 64, 8 => 100_000;
    /// Most files kept open to be sent again, all workers together, but never more than a quarter
    /// of the descriptors that are not kept back. One that is needed elsewhere is closed.
    open_files_max: Count = 1024, 0 => 1_000_000;
    /// Memory for files kept ready, all workers together; 0 keeps none.
    cache_size: Bytes = 64 * MIB, 0 => 64 * GIB, --"cache";
    /// Largest file kept in memory; a larger one is sent by the kernel from its page cache.
    cached_file_size_max: Bytes = 64 * KIB, 0 => MIB;
    /// Smallest file that is compressed: a smaller one fits into a packet as it is.
    compress_size_min: Bytes = KIB, 0 => GIB;
    /// Largest file that is compressed; a larger one is sent as it is.
    compress_size_max: Bytes = 8 * MIB, 0 => GIB;
    /// Most entries of a directory that a listing sorts; a larger directory is listed as the disk
    /// has it.
    listing_sorted_max: Count = 10_000, 0 => 1_000_000;
    /// Most listings of more than 64 KiB that are being sent, all workers together; for one more,
    /// the one that has waited for its client longest is cut short. One that is not sorted holds a
    /// descriptor.
    listings_max: Count = 32, 1 => 100_000;
    /// Most bytes of the access log that wait for its output, all workers together. What comes
    /// beyond is dropped and counted (`log_lines_lost`).
    log_waiting_max: Bytes = MIB, 128 * KIB => GIB;
    /// Threads of the pool for what may block.
    pool_threads: Count = 4, 1 => 1024;
    /// Most jobs that wait for a pool thread; more are refused with 503.
    pool_queue_max: Count = 1024, 1 => 1_000_000;
}

fn row(key: &str, text: &str) -> Result<&'static Entry, SettingError> {
    LIMITS.iter().find(|entry| entry.key == key).ok_or_else(|| unknown(key, text))
}

fn unknown(key: &str, text: &str) -> SettingError {
    let kind = SettingErrorKind::UnknownKey;
    SettingError { key: key.to_owned(), value: text.to_owned(), kind }
}

/// A size beyond the address space is as good as none.
fn saturating(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_within_their_ranges() {
        for entry in LIMITS {
            let mut limits = Limits::default();
            assert_eq!(limits.set(entry.key, &entry.default_text()), Ok(()), "{}", entry.key);
            assert_eq!(limits, Limits::default(), "{}", entry.key);
        }
    }

    #[test]
    fn values_under_at_and_over_a_bound() {
        let set = |key, text| Limits::default().set(key, text).map_err(|error| error.to_string());
        for (key, text, expected) in [
            ("fields_max", "1", Ok(())),
            ("fields_max", "0", Err("fields_max must be 1 to 10000, not 0")),
            ("fields_max", "10000", Ok(())),
            ("fields_max", "10001", Err("fields_max must be 1 to 10000, not 10001")),
            ("head_timeout", "10ms", Ok(())),
            ("head_timeout", "9ms", Err("head_timeout must be 10ms to 60m, not 9ms")),
            (
                "head_timeout",
                "10",
                Err("head_timeout is a time such as `500ms`, `10s` or `2m`, not `10`"),
            ),
            (
                "cache_size",
                "99999999999GiB",
                Err("cache_size must be 0 to 64GiB, not 99999999999GiB"),
            ),
            ("fields_max", "many", Err("fields_max is a whole number, not `many`")),
            ("no_such", "1", Err("unknown limit `no_such`")),
        ] {
            assert_eq!(set(key, text), expected.map_err(str::to_owned), "{key}={text}");
        }
    }
}
