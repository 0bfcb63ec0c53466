//! Heads around their limits, and what it takes to see that one is passed.

use super::*;

#[test]
fn limits_hold_at_their_value_and_not_past_it() {
    let line = "GET /0123456789 HTTP/1.1\r\n";
    let head = format!("{line}Host: a\r\nB: c\r\n\r\n");
    let size = |text: &str| u32::try_from(text.len()).unwrap();
    let check = |limits: HeadLimits, expected: Option<Kind>| {
        let found = judged(head.as_bytes(), &limits);
        assert_eq!(found.as_ref().err().copied(), expected, "{limits:?}");
        assert_eq!(found.is_ok_and(|head| head.is_some()), expected.is_none());
    };
    for (slack, passes) in [(-1, false), (0, true), (1, true)] {
        let refused = |kind| (!passes).then_some(kind);
        let request_line_size_max = size(line).saturating_add_signed(slack);
        check(HeadLimits { request_line_size_max, ..LIMITS }, refused(Kind::RequestLineTooLong));
        let head_size_max = size(&head).saturating_add_signed(slack);
        check(HeadLimits { head_size_max, ..LIMITS }, refused(Kind::HeadTooLarge));
        let fields_max = 2_u16.saturating_add_signed(i16::try_from(slack).unwrap());
        check(HeadLimits { fields_max, ..LIMITS }, refused(Kind::TooManyFields));
    }
    // A head smaller than its request line may be: the line is what is too long.
    let limits = HeadLimits { request_line_size_max: 100, head_size_max: 20, fields_max: 8 };
    check(limits, Some(Kind::RequestLineTooLong));
}

#[test]
fn lines_without_end_are_refused_when_they_pass_their_limit() {
    let long = format!("GET /{}", "x".repeat(1000));
    refused(&long, Kind::RequestLineTooLong);
    refused(format!("GET / HTTP/1.1\r\n{long}"), Kind::HeadTooLarge);
    let limit = LIMITS.request_line_size_max as usize;
    assert_eq!(verdict(&long.as_bytes()[..limit - 1], &LIMITS), Ok(None));
    assert_eq!(verdict(&long.as_bytes()[..limit], &LIMITS), Err(Kind::RequestLineTooLong));
}

#[test]
fn a_method_that_fills_a_line_is_longer_than_any_we_have() {
    let limit = LIMITS.request_line_size_max as usize;
    for (len, kind) in [
        (limit - 1, Kind::RequestLineTooLong),
        (limit, Kind::MethodTooLong),
        (limit + 1, Kind::MethodTooLong),
    ] {
        refused(with_line(&format!("{} / HTTP/1.1", "X".repeat(len))), kind);
        refused(format!("\r\n{} ", "X".repeat(len)), kind);
    }
}

#[test]
fn a_head_that_comes_byte_by_byte_is_parsed_once_a_line() {
    let head = with_field(&format!("A: {}", "b".repeat(200)));
    let parses = (1..=head.len())
        .filter(|end| needs_parse(&head.as_bytes()[..*end], end - 1, &LIMITS))
        .count();
    // The first byte, four line ends, and where the limit of a request line is passed.
    assert_eq!(parses, 6);
    assert!(!needs_parse(head.as_bytes(), head.len(), &LIMITS));
}
