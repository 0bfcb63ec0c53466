//! Chunked bodies as tables: what decodes to what, what is refused and why, however it arrives.

use super::*;

/// What decoding came to: the data, and how many bytes were consumed if the end was reached.
type Verdict = Result<(Vec<u8>, Option<usize>), Kind>;

/// Decodes bytes that arrive up to each of `ends` in turn.
fn arriving(body: &[u8], ends: impl IntoIterator<Item = usize>) -> Verdict {
    let mut decoder = ChunkedDecoder::new();
    let mut data = Vec::new();
    let mut position = 0;
    for end in ends {
        while position < end {
            let input = &body[position..end];
            let decoded = decoder.decode(input).map_err(|error| {
                assert!(error.offset < input.len(), "{error}");
                error.kind
            })?;
            assert!(decoded.data.end <= decoded.consumed, "{decoded:?}");
            assert!(decoded.consumed > 0, "no progress at {position}");
            assert_eq!(decoded.is_end, decoder.is_end());
            data.extend_from_slice(&input[decoded.data]);
            position += decoded.consumed;
            if decoded.is_end {
                let more = decoder.decode(&body[position..end]).map(|decoded| decoded.consumed);
                assert_eq!(more, Ok(0), "the end consumes more");
                return Ok((data, Some(position)));
            }
        }
    }
    Ok((data, None))
}

/// The one verdict on a body, however it arrives.
fn judged(body: &[u8]) -> Verdict {
    let whole = arriving(body, [body.len()]);
    assert_eq!(arriving(body, 1..=body.len()), whole, "byte by byte: {}", body.escape_ascii());
    for cut in 1..body.len() {
        let cut_once = arriving(body, [cut, body.len()]);
        assert_eq!(cut_once, whole, "cut at {cut}: {}", body.escape_ascii());
    }
    whole
}

fn decodes(body: impl AsRef<[u8]>, data: &str) {
    let body = body.as_ref();
    let expected = Ok((data.as_bytes().to_vec(), Some(body.len())));
    assert_eq!(judged(body), expected, "{}", body.escape_ascii());
    let with_more = [body, b"GET / HTTP/1.1\r\n"].concat();
    assert_eq!(judged(&with_more), expected);
    for cut in 0..body.len() {
        assert!(judged_prefix(&body[..cut]), "{} is complete", body[..cut].escape_ascii());
    }
}

fn judged_prefix(body: &[u8]) -> bool {
    matches!(arriving(body, [body.len()]), Ok((_, None)))
}

fn refused(body: impl AsRef<[u8]>, kind: Kind) {
    let body = body.as_ref();
    assert_eq!(judged(body), Err(kind), "{}", body.escape_ascii());
}

#[test]
fn bodies_are_the_data_of_their_chunks() {
    decodes("0\r\n\r\n", "");
    decodes("5\r\nhello\r\n0\r\n\r\n", "hello");
    decodes("1\r\na\r\n2\r\nbc\r\n00\r\n\r\n", "abc");
    decodes("A\r\n0123456789\r\n0\r\n\r\n", "0123456789");
    decodes("00000000000000a\r\n\r\n0\r\n\r\n\r\n\n\r\n0\r\n\r\n", "\r\n0\r\n\r\n\r\n\n");
}

#[test]
fn sizes_are_hexadecimal_digits() {
    for body in ["\r\n", "g\r\n", "-1\r\n", "+1\r\n", " 1\r\n", "1 \r\n", "0x1\r\n", ";a\r\n"] {
        let kind = match body {
            "1 \r\n" => Kind::InvalidChunkExtension,
            _ => Kind::InvalidChunkSize,
        };
        refused(body, kind);
    }
    refused("\n", Kind::InvalidChunkSize);
    refused("1\0\r\n", Kind::Nul);
}

#[test]
fn sizes_hold_sixteen_digits_and_no_more() {
    for digits in ["f", "0"] {
        let size = digits.repeat(16);
        assert!(judged(format!("{size}\r\n").as_bytes()).is_ok());
        refused(format!("{size}{digits}\r\n"), Kind::ChunkSizeTooLarge);
    }
    let mut decoder = ChunkedDecoder::new();
    assert!(decoder.decode(b"ffffffffffffffff\r\nabc").is_ok());
    assert_eq!(decoder.left, u64::MAX - 3);
}

#[test]
fn line_ends_are_crlf_and_nothing_else() {
    refused("5\nhello\r\n", Kind::BareLf);
    refused("5;a\nhello\r\n", Kind::BareLf);
    refused("5\r\rhello\r\n", Kind::BareCr);
    refused("5\rhello\r\n", Kind::BareCr);
    refused("5\r\nhello\n", Kind::MissingChunkEnd);
    refused("5\r\nhello\r5", Kind::BareCr);
    refused("0\r\n\n", Kind::BareLf);
    refused("0\r\n\r\r", Kind::BareCr);
    refused("0\r\nA: b\n\r\n", Kind::BareLf);
    refused("0\r\nA: b\rc\r\n", Kind::BareCr);
}

#[test]
fn data_ends_where_its_size_says() {
    refused("5\r\nhello!\r\n", Kind::MissingChunkEnd);
    refused("5\r\nhell\r\n0\r\n", Kind::MissingChunkEnd);
}

#[test]
fn extensions_are_checked_and_forgotten() {
    for extension in [
        ";a",
        ";a=b",
        ";a=\"b\"",
        " ; a = b",
        "\t;a\t=\t\"b;\\\"\\\\ \u{e9}\" ;c",
        ";a;b;c=d;e=\"\"",
        ";a ;b",
        ";a=b;c",
        ";a=b ;c",
    ] {
        decodes(format!("3{extension}\r\nabc\r\n0{extension}\r\n\r\n"), "abc");
    }
    for extension in [
        ";",
        "; ",
        ";;a",
        ";=b",
        ";a=",
        ";a=;b",
        ";a b",
        ";a=b c",
        ";a ",
        ";a=b ",
        ";a=\"b",
        ";a=\"b\"c",
        ";a=\"\\",
        ";a=\"\u{1}\"",
        ";a=\"b\r\n\"",
        ";a=(",
        ";(",
        " a",
        ";a=\"\\\u{7}\"",
        ";a==b",
    ] {
        refused(format!("3{extension}\r\nabc\r\n0\r\n\r\n"), Kind::InvalidChunkExtension);
    }
    refused("3;a=\0\r\n", Kind::Nul);
    refused("3;a=\"\n\"\r\n", Kind::BareLf);
}

#[test]
fn extensions_are_limited_over_the_whole_body() {
    let max = usize::from(EXTENSIONS_SIZE_MAX);
    for (len, passes) in [(max - 1, true), (max, true), (max + 1, false)] {
        let one = format!("0;{}\r\n\r\n", "a".repeat(len - 1));
        let first = len / 2;
        let (first, second) = ("a".repeat(first - 1), "a".repeat(len - first - 1));
        let two = format!("1;{first}\r\nx\r\n0;{second}\r\n\r\n");
        for (body, data) in [(one, ""), (two, "x")] {
            if passes {
                assert_eq!(judged(body.as_bytes()), Ok((data.into(), Some(body.len()))));
            } else {
                refused(body, Kind::ChunkExtensionsTooLarge);
            }
        }
    }
}

#[test]
fn trailers_are_checked_and_forgotten() {
    for trailers in ["A: b\r\n", "A:\r\n", "A:b\r\nContent-Length: 7\r\n", "A: \t\u{e9} \r\n"] {
        decodes(format!("1\r\nx\r\n0\r\n{trailers}\r\n"), "x");
    }
    for (trailers, kind) in [
        (" A: b", Kind::ObsoleteFold),
        ("A: b\r\n\tc", Kind::ObsoleteFold),
        ("A : b", Kind::WhitespaceBeforeColon),
        ("A", Kind::MissingColon),
        (": b", Kind::InvalidFieldName),
        ("A(: b", Kind::InvalidFieldName),
        ("A: \u{1}", Kind::InvalidFieldValue),
        ("A: \0", Kind::Nul),
    ] {
        refused(format!("0\r\n{trailers}\r\n\r\n"), kind);
    }
}

#[test]
fn trailers_are_limited_in_size_and_number() {
    let max = usize::from(TRAILERS_SIZE_MAX);
    let around = "A: \r\n".len();
    for (len, passes) in [(max - 1, true), (max, true), (max + 1, false)] {
        let body = format!("0\r\nA: {}\r\n\r\n", "b".repeat(len - around));
        let expected =
            if passes { Ok((Vec::new(), Some(body.len()))) } else { Err(Kind::TrailersTooLarge) };
        assert_eq!(arriving(body.as_bytes(), [body.len()]), expected, "{len}");
        assert_eq!(arriving(body.as_bytes(), 1..=body.len()), expected, "{len}");
    }
    let max = usize::from(TRAILERS_MAX);
    for (count, passes) in [(max - 1, true), (max, true), (max + 1, false)] {
        let body = format!("0\r\n{}\r\n", "A: b\r\n".repeat(count));
        if passes {
            decodes(body, "");
        } else {
            refused(body, Kind::TooManyTrailers);
        }
    }
}
