//! Cases that Avocet passes and none of the other servers does, with what the text says: five
//! servers that agree would be a reason to doubt the case.

/// A case by its id, and why it is asked all the same.
pub const ALONE: &[(&str, &str)] = &[
    (
        "9110-15.3.7-if-range-lean",
        "§15.3.7 says SHOULD NOT of other representation fields in a 206 to If-Range; the others \
         repeat Content-Type and Last-Modified",
    ),
    (
        "9112-3.2-target-not-ascii",
        "the grammar of §3.2 has no octet beyond US-ASCII, and §3 says SHOULD of 400 or a redirect \
         for an invalid request line; the others take the octets as they are",
    ),
    (
        "9112-3.2-target-quote",
        "the grammar of §3.2 has no quotation mark, and §3 says SHOULD of 400 or a redirect for an \
         invalid request line; the others take the octets as they are",
    ),
];
