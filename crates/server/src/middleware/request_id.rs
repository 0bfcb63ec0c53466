//! Request ids: a number by which a request is found again, in the answer and in what a handler
//! writes about it.
//!
//! Ids are unique, not secret: the default source counts. An id that the client sent is not taken
//! over: whoever could choose ids could make two requests look like one.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

use semantics::fields::is_token;

use super::{map_response, set_field};
use crate::service::{Handler, Incoming, Reply, RequestHead, Response};

/// The id of a request, written as 26 decimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(u128);

impl Id {
    /// How many digits an id has.
    const DIGITS: usize = 26;

    /// So many ids there are.
    const COUNT: u128 = 10_u128.pow(26);

    /// Makes an id of a number; of one with more digits, of its last 26.
    #[must_use]
    pub const fn new(number: u128) -> Self {
        Self(number % Self::COUNT)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:0digits$}", self.0, digits = Self::DIGITS)
    }
}

/// The default source of ids: a start, and a count from there.
#[derive(Debug)]
pub struct Ids {
    start: u128,
    given: AtomicU64,
}

impl Ids {
    /// Starts where no other process is likely to: the start has 26 random digits.
    #[must_use]
    pub fn random() -> Self {
        // The standard library's seed for hash tables, which the system's generator makes.
        let seed = RandomState::new();
        let half = |number: u8| u128::from(seed.hash_one(number));
        Self::starting_at(Id::new(half(0) << 64 | half(1)))
    }

    /// Starts at `id`: the same ids each time.
    #[must_use]
    pub const fn starting_at(id: Id) -> Self {
        Self { start: id.0, given: AtomicU64::new(0) }
    }

    /// Returns the next id.
    #[must_use]
    pub fn next(&self) -> Id {
        Id::new(self.start + u128::from(self.given.fetch_add(1, Ordering::Relaxed)))
    }
}

/// Gives each request an [`Id`].
///
/// The handler finds it in the request's [extensions](RequestHead::with_extensions), as a value of
/// type [`Id`]; the client in a field of the answer, `X-Request-Id` if not said otherwise. If the
/// handler has a field of that name in its response, the id takes its place.
///
/// ```
/// use avocet_server::Status;
/// use avocet_server::middleware::{Id, RequestId};
/// use avocet_server::service::{Incoming, Reply, RequestHead, Response};
///
/// let handler = |head: &RequestHead<'_>, _incoming: Option<Incoming>| -> Reply {
///     let id = head.with_extensions(|values| values.value::<Id>().copied());
///     Response::text(Status::OK, format!("{id:?}\n")).into()
/// };
/// let handler = RequestId::default().wrap(handler);
/// # drop(handler);
/// ```
pub struct RequestId {
    field: &'static str,
    source: Box<dyn Fn() -> Id + Send + Sync>,
}

impl RequestId {
    /// The field of the answer if not said otherwise; where the access log looks for the id.
    pub(crate) const FIELD: &str = "X-Request-Id";

    /// Takes ids from `source`, which all workers share.
    pub fn new(source: impl Fn() -> Id + Send + Sync + 'static) -> Self {
        Self { field: Self::FIELD, source: Box::new(source) }
    }

    /// Names the field of the answer.
    ///
    /// # Panics
    ///
    /// When `name` is no token.
    #[must_use]
    pub fn in_field(mut self, name: &'static str) -> Self {
        assert!(is_token(name.as_bytes()), "{name} is no name for a field");
        self.field = name;
        self
    }

    /// Gives ids to the requests of `inner`.
    pub fn wrap(self, inner: impl Handler) -> impl Handler {
        move |head: &RequestHead<'_>, incoming: Option<Incoming>| -> Reply {
            let id = (self.source)();
            head.with_extensions(|values| values.insert(id));
            let field = self.field;
            map_response(inner.handle(head, incoming), move |response| label(response, field, id))
        }
    }
}

/// Puts the id into the response.
fn label(response: Response, field: &'static str, id: Id) -> Response {
    let labelled = set_field(response, field, id.to_string());
    labelled.expect("the name was checked, and digits are a value")
}

impl Default for RequestId {
    /// Takes ids from a source of its own that starts at random.
    fn default() -> Self {
        let ids = Ids::random();
        Self::new(move || ids.next())
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestId").field("field", &self.field).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_twenty_six_digits() {
        for (number, text) in [
            (0, "00000000000000000000000000"),
            (7, "00000000000000000000000007"),
            (32_297_180_122_540_380_938_073_122, "32297180122540380938073122"),
            (10_u128.pow(26) - 1, "99999999999999999999999999"),
            (10_u128.pow(26) + 5, "00000000000000000000000005"),
        ] {
            assert_eq!(Id::new(number).to_string(), text);
        }
    }

    #[test]
    fn ids_count_on_and_around() {
        let ids = Ids::starting_at(Id::new(10_u128.pow(26) - 2));
        let numbers: Vec<_> = (0..3).map(|_| ids.next().0).collect();
        assert_eq!(numbers, [10_u128.pow(26) - 2, 10_u128.pow(26) - 1, 0]);
    }

    #[test]
    fn two_sources_start_apart() {
        let [first, second] = [Ids::random(), Ids::random()].map(|ids| ids.next().0);
        assert!(first.abs_diff(second) > 1 << 64, "{first} {second}");
    }
}
