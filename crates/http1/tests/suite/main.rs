//! Tests of the crate from outside: a browser's request, another parser as oracle, round trips.

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod round_trip;
