//! What breaks cases of RFC 9110, sections 14 to 18: ranges and status codes.

use super::Mutant;

pub(super) const MUTANTS: &[Mutant] = &[
    // Of ranges.
    Mutant {
        name: "last-byte-left-out",
        file: RANGE,
        find: "len.min(last.saturating_add(1))",
        replace: "len.min(last)",
    },
    Mutant {
        name: "open-ranges-end-early",
        file: RANGE,
        find: "Self::From { first } => len.min(first)..len,",
        replace: r"Self::From { first } if first + 1 < len => first..len - 1,
            Self::From { first } => len.min(first)..len,",
    },
    Mutant {
        name: "suffix-from-the-start",
        file: RANGE,
        find: "len.saturating_sub(suffix)..len,",
        replace: "0..suffix.min(len),",
    },
    Mutant {
        name: "past-the-end-is-malformed",
        file: RANGE,
        find: "Self::FromTo { first, last } => len.min(first)",
        replace: r"Self::FromTo { first, last } if first < len && last >= len => return None,
            Self::FromTo { first, last } => len.min(first)",
    },
    Mutant {
        name: "long-suffix-is-malformed",
        file: RANGE,
        find: "            Self::Suffix { len: suffix } => len",
        replace: r"            Self::Suffix { len: suffix } if suffix > len => return None,
            Self::Suffix { len: suffix } => len",
    },
    Mutant {
        name: "offsets-wrap",
        file: RANGE,
        find: "number.saturating_mul(10).saturating_add(digit)",
        replace: "number.wrapping_mul(10).wrapping_add(digit)",
    },
    Mutant {
        name: "offsets-of-16-bits",
        file: ANSWER,
        find: "    Ok(Response { head, body: chosen.content.part(part, now)? })",
        replace: r"    let start = part.start % 65_536;
    let body = chosen.content.part(start..start + (part.end - part.start), now)?;
    Ok(Response { head, body })",
    },
    Mutant {
        name: "part-has-all-bytes",
        file: ANSWER,
        find: "chosen.content.part(part, now)",
        replace: "chosen.content.whole()",
    },
    Mutant {
        name: "length-of-something-else",
        file: PREPARED,
        find: "        write_decimal(&mut out, whole);",
        replace: "        write_decimal(&mut out, whole.saturating_add(1));",
    },
    Mutant {
        name: "takes-no-ranges-it-says",
        file: DESCRIPTION,
        find: r#"            put(&mut fields, "Accept-Ranges", "bytes");"#,
        replace: r#"            put(&mut fields, "Accept-Ranges", "none");"#,
    },
    Mutant {
        name: "content-range-of-a-request",
        file: ANSWER,
        find: "    // The common request wants all of it, unconditionally.",
        replace: r#"    if fields.named("Content-Range").next().is_some() {
        return Err(Refusal::Path(Status::BAD_REQUEST).into());
    }"#,
    },
    Mutant {
        name: "turns-ranges-round",
        file: RANGE,
        find: "is_ordered.then_some(Self::FromTo { first, last })",
        replace: r"let turned = Self::FromTo { first: last, last: first };
        is_ordered.then_some(Self::FromTo { first, last }).or(Some(turned))",
    },
    Mutant {
        name: "ignored-ranges-are-206",
        file: RANGE,
        find: ".unwrap_or(RangeOutcome::Whole)",
        replace: ".unwrap_or(RangeOutcome::Part(0..len))",
    },
    Mutant {
        name: "unsatisfiable-is-200",
        file: ANSWER,
        find: "RangeOutcome::Unsatisfiable => Err(Refusal::Range { len, form }.into()),",
        replace: "RangeOutcome::Unsatisfiable => Ok(whole(chosen)?),",
    },
    Mutant {
        name: "first-of-several",
        file: ANSWER,
        find: "Ok(several_parts(chosen, &parts, &multipart, known)?)",
        replace: "Ok(several_parts(chosen, &parts[..1], &multipart, known)?)",
    },
    Mutant {
        name: "parts-from-the-start",
        file: ANSWER,
        find: "body.push(chosen.content.slice(part.clone())?);",
        replace: "body.push(chosen.content.slice(0..part.end - part.start)?);",
    },
    Mutant {
        name: "multipart-without-its-end",
        file: ANSWER,
        find: r"            body.push(Bytes::from(multipart.closing()));
",
        replace: "",
    },
    // Of status codes.
    Mutant {
        name: "no-modification-date",
        file: DESCRIPTION,
        find: r#"put(&mut fields, "Last-Modified", date::format(modified));"#,
        replace: r#"put(&mut fields, "Modified", date::format(modified));"#,
    },
    Mutant {
        name: "304-without-tag",
        file: DESCRIPTION,
        find: r#"    put(&mut fields, "ETag", etag.as_bytes().to_vec());
"#,
        replace: "",
    },
    Mutant {
        name: "304-without-vary",
        file: DESCRIPTION,
        find: r"        put_vary(&mut fields, self.form);
        fields
    }
}",
        replace: r"        fields
    }
}",
    },
    Mutant {
        name: "304-with-content",
        file: CONN_ANSWER,
        find: "        Body::Empty => None,",
        replace: r#"        Body::Empty => {
            if status == Status::NOT_MODIFIED {
                outbox.bytes.extend_from_slice(b"not modified");
            }
            None
        }"#,
    },
    Mutant {
        name: "bare-part",
        file: ANSWER,
        find: "        Known::Nothing => Head::Prepared(Arc::new(chosen.whole.of_part(&part))),",
        replace: r#"        Known::Nothing => {
            let mut fields = semantics::fields::Fields::new();
            put(&mut fields, "Content-Type", chosen.description.media_type());
            put(&mut fields, "Content-Range", range::content_range(&part, chosen.content.len()));
            Head::Fields(Status::PARTIAL_CONTENT, fields)
        }"#,
    },
    Mutant {
        name: "bare-part-to-if-range",
        file: ANSWER,
        find: r"-> Head {
    let mut fields = chosen.description.further_fields();",
        replace: r"-> Head {
    let mut fields = semantics::fields::Fields::new();",
    },
    Mutant {
        name: "all-fields-to-if-range",
        file: ANSWER,
        find: r"-> Head {
    let mut fields = chosen.description.further_fields();",
        replace: r"-> Head {
    let mut fields = chosen.description.fields();",
    },
    Mutant {
        name: "part-of-another-type",
        file: ANSWER,
        find: "        Known::Nothing => Head::Prepared(Arc::new(chosen.whole.of_part(&part))),",
        replace: r#"        Known::Nothing => {
            let mut fields = chosen.description.fields_as("text/x-part");
            put(&mut fields, "Content-Range", range::content_range(&part, chosen.content.len()));
            Head::Fields(Status::PARTIAL_CONTENT, fields)
        }"#,
    },
    Mutant {
        name: "bare-multipart",
        file: ANSWER,
        find: "        Known::Nothing => chosen.description.fields_as(multipart.content_type()),",
        replace: r#"        Known::Nothing => {
            let mut fields = semantics::fields::Fields::new();
            put(&mut fields, "Content-Type", multipart.content_type());
            fields
        }"#,
    },
    Mutant {
        name: "multipart-with-content-range",
        file: ANSWER,
        find: r"    let head = Head::Fields(Status::PARTIAL_CONTENT, fields);
    let body = match",
        replace: r#"    let mut fields = fields;
    put(&mut fields, "Content-Range", range::content_range(&parts[0], chosen.content.len()));
    let head = Head::Fields(Status::PARTIAL_CONTENT, fields);
    let body = match"#,
    },
    Mutant {
        name: "multipart-of-another-type",
        file: MULTIPART,
        find: r#""multipart/byteranges; boundary={}", self"#,
        replace: r#""multipart/mixed; boundary={}", self"#,
    },
    Mutant {
        name: "multipart-for-one-range",
        file: RANGE,
        find: r"=> Self::Part(part),
            Self::Part(first)",
        replace: r"=> Self::Parts(vec![part]),
            Self::Part(first)",
    },
    Mutant {
        name: "parts-of-another-length",
        file: MULTIPART,
        find: "            content_range(part, self.len)",
        replace: "            content_range(part, self.len + 1)",
    },
    Mutant {
        name: "parts-of-another-type",
        file: MULTIPART,
        find: r"            self.media_type,
",
        replace: r#"            "text/x-part",
"#,
    },
    Mutant {
        name: "parts-in-reverse",
        file: RANGE,
        find: "Self::Part(first) => Self::Parts(vec![first, part]),",
        replace: "Self::Part(first) => Self::Parts(vec![part, first]),",
    },
    Mutant {
        name: "redirect-without-location",
        file: ANSWER,
        find: r#"put(fields, "Location", location);"#,
        replace: r#"put(fields, "Elsewhere", location);"#,
    },
    Mutant {
        name: "errors-without-words",
        file: ERROR_PAGE,
        find: "Response::bytes(status, media_type, body)",
        replace: r#"Response::bytes(status, media_type, body.replace(body.as_str(), ""))"#,
    },
    Mutant {
        name: "refusals-without-words",
        file: CONN_ANSWER,
        find: "let text = plain_error(status, reason);",
        replace: r#"let text = plain_error(status, reason).split_off(0).replace(|_| true, "");"#,
    },
    Mutant {
        name: "allows-what-it-refuses",
        file: ERROR_PAGE,
        find: "        push_allow(fields, methods);",
        replace: "        push_allow(fields, methods.with(semantics::method::Method::Put));",
    },
    Mutant {
        name: "head-of-errors-with-content",
        file: CONN_ANSWER,
        find: "let body = if has_response_body(terms.wanted, status) {",
        replace: "let body = if has_response_body(terms.wanted, status) || status.code() == 404 {",
    },
];

const RANGE: &str = "crates/semantics/src/range.rs";
const MULTIPART: &str = "crates/semantics/src/multipart.rs";
const ANSWER: &str = "crates/server/src/files/answer.rs";
const PREPARED: &str = "crates/http1/src/encode/prepared.rs";
const DESCRIPTION: &str = "crates/server/src/files/description.rs";
const ERROR_PAGE: &str = "crates/server/src/service/error_page.rs";
const CONN_ANSWER: &str = "crates/server/src/conn/answer.rs";
