//! What breaks cases of RFC 9112: HTTP/1.1.

use super::Mutant;

const PARSE: &str = "crates/http1/src/head/parse.rs";
const FIELD: &str = "crates/http1/src/head/field.rs";
const TARGET: &str = "crates/http1/src/head/target.rs";
const FRAMING: &str = "crates/http1/src/framing.rs";
const CHUNKED: &str = "crates/http1/src/chunked.rs";
const CONNECTION: &str = "crates/http1/src/connection.rs";
const ENCODE: &str = "crates/http1/src/encode.rs";
const PREPARED: &str = "crates/http1/src/encode/prepared.rs";
const ERROR: &str = "crates/http1/src/error.rs";
const SCAN: &str = "crates/http1/src/scan.rs";
const STORY: &str = "crates/server/src/conn/h1.rs";
const ANSWER: &str = "crates/server/src/conn/answer.rs";

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "reads-seven-bits",
        file: STORY,
        find: "Progress::Bytes(count) => Ok(held + count),",
        replace: "Progress::Bytes(count) => {
            for byte in &mut scratch.input[held..held + count] {
                *byte &= 0x7f;
            }
            Ok(held + count)
        }",
    },
    Mutant {
        name: "takes-the-end-for-an-empty-line",
        file: STORY,
        find: "            conn.reading = Reading::Ended;
            Ok(held)",
        replace: "            conn.reading = Reading::Ended;
            scratch.input[held..held + 4].copy_from_slice(b\"\\r\\n\\r\\n\");
            Ok(if held == 0 { 0 } else { held + 4 })",
    },
    Mutant {
        name: "overlooks-that-the-client-closed",
        file: STORY,
        find: "    if conn.reading == Reading::Ended {",
        replace: "    if conn.reading == Reading::Last {",
    },
    Mutant {
        name: "drops-what-is-pipelined",
        file: STORY,
        find: "hold_rest(scratch, conn, at, end);\n    let next",
        replace: "hold_rest(scratch, conn, if at > 0 { end } else { 0 }, end);\n    let next",
    },
    Mutant {
        name: "ends-field-lines-at-a-bare-cr",
        file: PARSE,
        find: "let behind = behind.strip_prefix(b\"\\r\\n\")?;",
        replace: "let behind = behind.strip_prefix(b\"\\r\\n\").or(behind.strip_prefix(b\"\\r\"))?;",
    },
    Mutant {
        name: "ends-the-request-line-at-a-bare-cr",
        file: PARSE,
        find: "        let method_len = scan::token_len(line);",
        replace: "        let line = line.split(|&byte| byte == b'\\r').next().unwrap_or(line);
        let method_len = scan::token_len(line);",
    },
    Mutant {
        name: "ends-the-head-at-a-bare-cr",
        file: PARSE,
        find: "            if !line.is_empty() {",
        replace: "            if !line.is_empty() && !line.starts_with(b\"\\r\") {",
    },
    Mutant {
        name: "ends-the-head-at-a-line-without-colon",
        file: PARSE,
        find: "            if !line.is_empty() {",
        replace: "            if line.contains(&b':') {",
    },
    Mutant {
        name: "passes-over-malformed-fields",
        file: PARSE,
        find: "            if !line.is_empty() {",
        replace: "            if !line.is_empty() && spans.len() < fields_max {
                continue;
            }
            if !line.is_empty() {",
    },
    Mutant {
        name: "waits-when-a-line-ends-in-lf",
        file: PARSE,
        find: "_ => Err(ParseError::new(Kind::BareLf, end)),",
        replace: "_ => Ok(None),",
    },
    Mutant {
        name: "strips-space-before-field-lines",
        file: PARSE,
        find: "        let start = lines.position;",
        replace: "        while matches!(message.get(lines.position), Some(b' ' | b'\\t')) {
            lines.position = lines.position.saturating_add(1);
        }
        let start = lines.position;",
    },
    Mutant {
        name: "matches-the-version-without-case",
        file: PARSE,
        find: "version.starts_with(b\" HTTP/\")",
        replace: "version.to_ascii_uppercase().starts_with(b\" HTTP/\")",
    },
    Mutant {
        name: "asks-1.0-for-a-host",
        file: PARSE,
        find: "if host.is_none() && request.version == Version::Http11 {",
        replace: "if host.is_none() {",
    },
    Mutant {
        name: "takes-any-field-name",
        file: FIELD,
        find: "if recognised.is_none() && !scan::is_token(name) {",
        replace: "if name.is_empty() {",
    },
    Mutant {
        name: "recognises-names-before-space",
        file: FIELD,
        find: "let recognised = FieldName::recognise(name);",
        replace: "let recognised = FieldName::recognise(scan::trim_end(name));",
    },
    Mutant {
        name: "takes-underscores-for-hyphens",
        file: FIELD,
        find: "let recognised = FieldName::recognise(name);",
        replace: "let dashed: Vec<u8> =
            name.iter().map(|byte| if *byte == b'_' { b'-' } else { *byte }).collect();
        let recognised = FieldName::recognise(&dashed);",
    },
    Mutant {
        name: "refuses-empty-values",
        file: FIELD,
        find: "        let value = scan::trim_end(value);",
        replace: "        let value = scan::trim_end(value);
        if value.is_empty() {
            return None;
        }",
    },
    Mutant {
        name: "keeps-space-behind-values",
        file: FIELD,
        find: "        let value = scan::trim_end(value);",
        replace: "",
    },
    Mutant {
        name: "takes-any-octet-in-targets",
        file: TARGET,
        find: "if !scan::is_target(target) {",
        replace: "if target.is_empty() {",
    },
    Mutant {
        name: "takes-the-query-for-path",
        file: TARGET,
        find: "Some((path, query)) => (path, query.get(1..)),",
        replace: "Some(_) => (target, None),",
    },
    Mutant {
        name: "refuses-ports",
        file: "crates/http1/src/head/authority.rs",
        find: "if is_port(port) =>",
        replace: "if port.is_empty() =>",
    },
    Mutant {
        name: "knows-fewer-characters-of-tokens",
        file: SCAN,
        find: "b\"!#$%&'*+-.^_`|~\"",
        replace: "b\"-._\"",
    },
    Mutant {
        name: "says-not-found-for-nul",
        file: ERROR,
        find: "    Nul => BAD_REQUEST",
        replace: "    Nul => NOT_FOUND",
    },
    Mutant {
        name: "takes-what-is-no-http-for-a-method",
        file: ERROR,
        find: "    InvalidMethod => BAD_REQUEST",
        replace: "    InvalidMethod => NOT_IMPLEMENTED",
    },
    Mutant {
        name: "takes-what-is-no-version-for-another",
        file: ERROR,
        find: "    InvalidVersion => BAD_REQUEST",
        replace: "    InvalidVersion => HTTP_VERSION_NOT_SUPPORTED",
    },
    Mutant {
        name: "takes-no-version-for-another",
        file: ERROR,
        find: "    MissingVersion => BAD_REQUEST",
        replace: "    MissingVersion => HTTP_VERSION_NOT_SUPPORTED",
    },
    Mutant {
        name: "takes-short-request-lines-alone",
        file: "crates/settings/src/limits.rs",
        find: "request_line_size_max: Bytes = 8 * KIB",
        replace: "request_line_size_max: Bytes = 4 * KIB",
    },
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
        find: "(Persistence::KeepAlive, Version::Http10) => ConnectionField::KeepAlive,",
        replace: "(Persistence::KeepAlive, Version::Http10) => ConnectionField::Absent,",
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
        replace: "Some(phrase) => out.extend_from_slice(phrase.get(..3).unwrap_or(phrase).as_bytes()),",
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
        find: "Some(ResponseFraming::Length(length)) => write_length(out, \"Content-Length\", length),",
        replace: "Some(ResponseFraming::Length(_)) => {}",
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
