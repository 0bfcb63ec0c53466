//! Requests for parts of a file, for it in a coding, and on a condition.

use semantics::coding::Coding;
use semantics::date;
use semantics::etag::EntityTag;

use super::{busy, etag};
use crate::sim::expect::{Expected, Outcome};
use crate::sim::rng::Rng;
use crate::sim::script::request::{Draft, Manner, Request};
use crate::sim::site::{File, text, wall_at_start};

/// A request for one part, or for one that is not there.
pub(super) fn part(rng: &mut Rng, file: &File, manner: Manner) -> Request {
    let len = file.content.len();
    if rng.chance(15) {
        let outcome = Outcome::new(416).with_field("Content-Range", format!("bytes */{len}"));
        return of_range(rng, file, manner, &format!("{len}-"), outcome);
    }
    let start = rng.below(len);
    let end = rng.between(start..=len - 1);
    let outcome = Outcome::new(206)
        .with_field("Content-Range", format!("bytes {start}-{end}/{len}"))
        .with_body(file.content.slice(start..=end));
    let range = match rng.chance(50) {
        true => format!("{start}-{end}"),
        false if end == len - 1 => format!("-{}", len - start),
        false => format!("{start}-{end}"),
    };
    of_range(rng, file, manner, &range, outcome)
}

/// A request for several parts, in any order, which may overlap but in sum are no more than the
/// file.
pub(super) fn parts(rng: &mut Rng, file: &File, manner: Manner) -> Request {
    let len = file.content.len();
    let count = rng.between(2..=16);
    let len_max = *rng.pick(&[1, 100, len / count]);
    let parts: Vec<_> = (0..count)
        .map(|_| {
            let part_len = rng.between(1..=len_max);
            let start = rng.below(len - part_len + 1);
            start..start + part_len
        })
        .collect();
    let ranges: Vec<_> =
        parts.iter().map(|part| format!("{}-{}", part.start, part.end - 1)).collect();
    let outcome = Outcome::new(206).with_parts(file.content.clone(), parts);
    of_range(rng, file, manner, &ranges.join(", "), outcome)
}

fn of_range(rng: &mut Rng, file: &File, manner: Manner, range: &str, outcome: Outcome) -> Request {
    let draft = Draft::new("GET", &format!("/{}", file.path), manner);
    let draft = draft.field("Range", &format!("bytes={range}"));
    draft.finish(rng, Expected::one(outcome).or(busy(0)))
}

/// A request of a client that takes gzip: it gets that where it is there, and the file where not.
pub(super) fn coded(rng: &mut Rng, file: &File, manner: Manner) -> Request {
    let coding = Coding::Gzip;
    let outcome = match &file.coded {
        None => Outcome::new(200).with_body(file.content.clone()).with_field("ETag", etag(file)),
        Some(coded) => {
            let (len, now) = (coded.len() as u64, wall_at_start());
            let tag = EntityTag::of_coded_file(len, file.modified, now, coding);
            Outcome::new(200)
                .with_body(coded.clone())
                .with_field("Content-Encoding", coding.as_str())
                .with_field("Vary", "Accept-Encoding")
                .with_field("ETag", String::from_utf8_lossy(tag.as_bytes()))
        }
    };
    let draft = Draft::new("GET", &format!("/{}", file.path), manner);
    let draft = draft.field("Accept-Encoding", "br, gzip;q=0.8");
    draft.finish(rng, Expected::one(outcome).or(busy(0)))
}

/// A request for the file that is worth compressing, of a client that takes br: it gets that or
/// the file, by how far the compression is.
pub(super) fn compressed(rng: &mut Rng, manner: Manner) -> Request {
    let text = text();
    let outcome =
        Outcome::new(200).with_field("Vary", "Accept-Encoding").with_decoded(text.content.clone());
    let draft = Draft::new("GET", &format!("/{}", text.path), manner);
    let draft = draft.field("Accept-Encoding", "gzip;q=0.5, br");
    draft.finish(rng, Expected::one(outcome).or(busy(0)))
}

/// A request with a condition that holds or does not.
pub(super) fn on_condition(rng: &mut Rng, file: &File, manner: Manner) -> Request {
    let draft = Draft::new("GET", &format!("/{}", file.path), manner);
    let unchanged = || Outcome::new(304).with_body("");
    let whole = || Outcome::new(200).with_body(file.content.clone());
    let (name, value, outcome) = match rng.below(4) {
        0 => ("If-None-Match", etag(file), unchanged()),
        1 => ("If-None-Match", "\"other\"".to_owned(), whole()),
        2 => {
            let date = String::from_utf8_lossy(&date::format(file.modified)).into_owned();
            ("If-Modified-Since", date, unchanged())
        }
        _ => ("If-Modified-Since", "Mon, 01 Jan 2001 00:00:00 GMT".to_owned(), whole()),
    };
    draft.field(name, &value).finish(rng, Expected::one(outcome).or(busy(0)))
}
