//! What breaks cases of RFC 9112, sections 4, 6, 7, 9 and 11: bodies, connections, answers.

use super::Mutant;

const FRAMING: &str = "crates/http1/src/framing.rs";
const CHUNKED: &str = "crates/http1/src/chunked.rs";
const CONNECTION: &str = "crates/http1/src/connection.rs";
const ENCODE: &str = "crates/http1/src/encode.rs";
const PREPARED: &str = "crates/http1/src/encode/prepared.rs";
const ANSWER: &str = "crates/server/src/conn/answer.rs";

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "gives-get-no-body",
        file: FRAMING,
        find: "    let fields = head.fields();",
        replace: "    let fields = head.fields();
    use crate::head::MethodToken::Known;
    if matches!(head.method(), Known(semantics::method::Method::Get)) {
        return Ok(BodyLength::Length(0));
    }",
    },
    Mutant {
        name: "gives-only-get-a-body",
        file: FRAMING,
        find: "    let fields = head.fields();",
        replace: "    let fields = head.fields();
    use crate::head::MethodToken::Known;
    if !matches!(head.method(), Known(semantics::method::Method::Get)) {
        return Ok(BodyLength::Length(0));
    }",
    },
    Mutant {
        name: "takes-invalid-lengths-for-none",
        file: FRAMING,
        find: "None => fail(FieldName::ContentLength, Kind::InvalidContentLength),",
        replace: "None => Ok(BodyLength::None),",
    },
    Mutant {
        name: "takes-digits-wherever-they-stand",
        file: FRAMING,
        find: "match scan::decimal(length) {",
        replace:
            "let digits: Vec<u8> = length.iter().copied().filter(u8::is_ascii_digit).collect();
    match scan::decimal(&digits) {",
    },
    Mutant {
        name: "takes-two-lengths-for-none",
        file: FRAMING,
        find: "        return fail(FieldName::ContentLength, Kind::DuplicateContentLength);",
        replace: "        return Ok(BodyLength::None);",
    },
    Mutant {
        name: "keeps-32-bits-of-a-length",
        file: FRAMING,
        find: "Some(length) => Ok(BodyLength::Length(length)),",
        replace: "Some(length) => Ok(BodyLength::Length(length & 0xffff_ffff)),",
    },
    Mutant {
        name: "expects-a-body-of-delete",
        file: FRAMING,
        find: "        return Ok(BodyLength::None);",
        replace: "        use crate::head::MethodToken::Known;
        let is_delete = matches!(head.method(), Known(semantics::method::Method::Delete));
        return Ok(if is_delete { BodyLength::Length(44) } else { BodyLength::None });",
    },
    Mutant {
        name: "takes-parameters-of-chunked",
        file: FRAMING,
        find: "if coding.eq_ignore_ascii_case(b\"chunked\") {",
        replace: "if coding.get(..7).is_some_and(|name| name.eq_ignore_ascii_case(b\"chunked\")) {",
    },
    Mutant {
        name: "gives-answers-to-head-a-body",
        file: FRAMING,
        find: "wanted == Wanted::Whole && !matches!(status.code(), 100..=199 | 204 | 205 | 304)",
        replace: "(wanted == Wanted::Whole || wanted == Wanted::Head)
        && !matches!(status.code(), 100..=199 | 204 | 205 | 304)",
    },
    Mutant {
        name: "chunks-answers-to-1.0",
        file: FRAMING,
        find: "(_, Some(length), ..) => ResponseFraming::Length(length),",
        replace: "(_, Some(_), _, Version::Http10) => ResponseFraming::Chunked,
        (_, Some(length), ..) => ResponseFraming::Length(length),",
    },
    Mutant {
        name: "chunks-204",
        file: FRAMING,
        find: "(100..=199 | 204 | 304, ..) => ResponseFraming::None,",
        replace: "(204, ..) => ResponseFraming::Chunked,
        (100..=199 | 304, ..) => ResponseFraming::None,",
    },
    Mutant {
        name: "passes-over-what-is-no-chunk-size",
        file: CHUNKED,
        find: "_ if self.digits == 0 => Err(Kind::InvalidChunkSize),",
        replace: "_ if self.digits == 0 => Ok(State::Size),",
    },
    Mutant {
        name: "takes-more-digits-than-fit",
        file: CHUNKED,
        find: "if self.digits == SIZE_DIGITS_MAX {",
        replace: "if self.digits == u8::MAX {",
    },
    Mutant {
        name: "keeps-32-bits-of-a-chunk-size",
        file: CHUNKED,
        find: "self.left = (self.left << 4) | u64::from(digit);",
        replace: "self.left = ((self.left << 4) | u64::from(digit)) & 0xffff_ffff;",
    },
    Mutant {
        name: "takes-chunk-sizes-for-signed",
        file: CHUNKED,
        find: "self.left = (self.left << 4) | u64::from(digit);",
        replace: "let size = ((self.left << 4) | u64::from(digit)).cast_signed();
            self.left = u64::try_from(size).unwrap_or(0);",
    },
    Mutant {
        name: "takes-anything-behind-a-chunk-size",
        file: CHUNKED,
        find: "expect(byte, b'\\n', next, Kind::BareCr)",
        replace: "Ok(next)",
    },
    Mutant {
        name: "passes-over-data-behind-a-chunk",
        file: CHUNKED,
        find: "State::DataCr => expect(byte, b'\\r', State::DataLf, Kind::MissingChunkEnd),",
        replace: "State::DataCr => {
                Ok(if byte == b'\\r' { State::DataLf } else { State::DataCr })
            }",
    },
    Mutant {
        name: "needs-no-line-end-behind-a-chunk",
        file: CHUNKED,
        find: "State::DataCr => expect(byte, b'\\r', State::DataLf, Kind::MissingChunkEnd),",
        replace: "State::DataCr if byte != b'\\r' => {
                self.digits = 0;
                self.after_size(byte)
            }
            State::DataCr => Ok(State::DataLf),",
    },
    Mutant {
        name: "takes-any-octets-behind-a-chunk",
        file: CHUNKED,
        find: "State::DataCr => expect(byte, b'\\r', State::DataLf, Kind::MissingChunkEnd),
            State::DataLf => {
                self.digits = 0;
                expect(byte, b'\\n', State::Size, Kind::BareCr)",
        replace: "State::DataCr => Ok(State::DataLf),
            State::DataLf => {
                self.digits = 0;
                Ok(State::Size)",
    },
    Mutant {
        name: "refuses-chunk-extensions",
        file: CHUNKED,
        find: "            b';' | b' ' | b'\\t' => {",
        replace: "            b';' | b' ' | b'\\t' if self.digits > SIZE_DIGITS_MAX => {",
    },
    Mutant {
        name: "ends-chunk-extensions-at-lf",
        file: CHUNKED,
        find: "            (State::ExtensionName | State::Value | State::AfterQuoted, b'\\r') => {",
        replace:
            "            (State::ExtensionName | State::Value | State::AfterQuoted, b'\\n') => {
                return Ok(if self.left == 0 { State::TrailerStart } else { State::Data });
            }
            (State::ExtensionName | State::Value | State::AfterQuoted, b'\\r') => {",
    },
    Mutant {
        name: "takes-any-octet-in-quotes",
        file: CHUNKED,
        find: "(State::Quoted, _) if scan::is_quoted_byte(byte) => State::Quoted,",
        replace: "(State::Quoted, _) => State::Quoted,",
    },
    Mutant {
        name: "closes-where-it-is-not-asked-to",
        file: CONNECTION,
        find: "Version::Http11 => Persistence::KeepAlive,",
        replace: "Version::Http11 => Persistence::Close,",
    },
    Mutant {
        name: "takes-keep-alive-for-close",
        file: CONNECTION,
        find: "            persistence = Persistence::KeepAlive;",
        replace: "            persistence = Persistence::Close;",
    },
    Mutant {
        name: "keeps-1.0-alive",
        file: CONNECTION,
        find: "Version::Http10 => Persistence::Close,",
        replace: "Version::Http10 => Persistence::KeepAlive,",
    },
    Mutant {
        name: "does-not-tell-1.0-that-it-is-kept-alive",
        file: CONNECTION,
        find: "(Fate::StaysOpen, Version::Http10) => ConnectionField::KeepAlive,",
        replace: "(Fate::StaysOpen, Version::Http10) => ConnectionField::Absent,",
    },
    Mutant {
        name: "does-not-know-close",
        file: CONNECTION,
        find: "option.eq_ignore_ascii_case(b\"close\")",
        replace: "option.eq_ignore_ascii_case(b\"closed\")",
    },
    Mutant {
        name: "does-not-say-that-a-refusal-closes",
        file: ANSWER,
        find: "connection: http1::connection::ConnectionField::Close,",
        replace: "connection: http1::connection::ConnectionField::Absent,",
    },
    Mutant {
        name: "sends-something-behind-304",
        file: ANSWER,
        find: "        Body::Empty => None,",
        replace: "        Body::Empty => {
            if status == Status::NOT_MODIFIED {
                outbox.bytes.extend_from_slice(b\"unchanged\");
            }
            None
        }",
    },
    Mutant {
        name: "frames-answers-to-head-twice",
        file: ANSWER,
        find: "framing, connection, date };
            write_head(&mut outbox.bytes, head);",
        replace: "framing, connection, date };
            write_head(&mut outbox.bytes, head);
            if terms.wanted == Wanted::Head {
                outbox.bytes.truncate(outbox.bytes.len() - 2);
                outbox.bytes.extend_from_slice(b\"Transfer-Encoding: chunked\\r\\n\\r\\n\");
            }",
    },
    Mutant {
        name: "ends-the-status-line-with-the-status",
        file: ENCODE,
        find: "Some(phrase) => out.extend_from_slice(phrase.as_bytes()),",
        replace: "Some(phrase) => {
            out.extend_from_slice(phrase.get(..3).unwrap_or(phrase).as_bytes());
        }",
    },
    Mutant {
        name: "answers-in-1.0",
        file: ENCODE,
        find: "out.extend_from_slice(b\"HTTP/1.1 \");",
        replace: "out.extend_from_slice(b\"HTTP/1.0 \");",
    },
    Mutant {
        name: "gives-other-answers-no-length",
        file: ENCODE,
        find: "=> write_length(out, \"Content-Length\", length),",
        replace: "if length > u64::MAX - 1 => {}
        Some(ResponseFraming::Length(_)) => {}",
    },
    Mutant {
        name: "folds-the-place-of-a-redirection",
        file: ENCODE,
        find: "            None => write_field(out, name, value),",
        replace: "            None if name == \"Location\" => {
                write_field(out, name, &[b\"\\r\\n \".as_slice(), value].concat());
            }
            None => write_field(out, name, value),",
    },
    Mutant {
        name: "decodes-the-place-of-a-redirection",
        file: ENCODE,
        find: "            None => write_field(out, name, value),",
        replace: "            None if name == \"Location\" => {
                let place = String::from_utf8_lossy(value).replace(\"%0d%0a\", \"\\r\\n\");
                write_field(out, name, place.replace(\"%20\", \" \").as_bytes());
            }
            None => write_field(out, name, value),",
    },
    Mutant {
        name: "gives-large-files-no-length",
        file: PREPARED,
        find: "        if let Some(length) = length {",
        replace: "        if let Some(length) = length.filter(|length| *length < 100_000) {",
    },
];
