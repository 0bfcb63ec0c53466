//! What breaks cases of RFC 9112, sections 2 to 5 and 8: how heads are read.

use super::Mutant;

const PARSE: &str = "crates/http1/src/head/parse.rs";
const FIELD: &str = "crates/http1/src/head/field.rs";
const TARGET: &str = "crates/http1/src/head/target.rs";
const ERROR: &str = "crates/http1/src/error.rs";
const SCAN: &str = "crates/http1/src/scan.rs";
const STORY: &str = "crates/server/src/conn/h1.rs";

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
        name: "ends-field-lines-at-a-bare-cr",
        file: PARSE,
        find: "let behind = behind.strip_prefix(b\"\\r\\n\")?;",
        replace: "let line_end = behind.strip_prefix(b\"\\r\\n\");
        let behind = line_end.or(behind.strip_prefix(b\"\\r\"))?;",
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
];
