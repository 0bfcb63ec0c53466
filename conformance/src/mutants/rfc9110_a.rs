//! What breaks cases of RFC 9110, sections 1 to 10.

use super::Mutant;

const PATH: &str = "crates/semantics/src/path.rs";
const LIST: &str = "crates/semantics/src/fields/list.rs";
const DATE: &str = "crates/semantics/src/date.rs";
const METHOD: &str = "crates/semantics/src/method.rs";
const CODING: &str = "crates/semantics/src/coding.rs";
const MULTIPART: &str = "crates/semantics/src/multipart.rs";
const PARSE: &str = "crates/http1/src/head/parse.rs";
const FIELD: &str = "crates/http1/src/head/field.rs";
const TARGET: &str = "crates/http1/src/head/target.rs";
const AUTHORITY: &str = "crates/http1/src/head/authority.rs";
const CONNECTION: &str = "crates/http1/src/connection.rs";
const ENCODE: &str = "crates/http1/src/encode.rs";
const PREPARED: &str = "crates/http1/src/encode/prepared.rs";
const ERROR: &str = "crates/http1/src/error.rs";
const FRAMING: &str = "crates/http1/src/framing.rs";
const STORY: &str = "crates/server/src/conn/h1.rs";
const ROUTING: &str = "crates/server/src/conn/routing.rs";
const ANSWER: &str = "crates/server/src/conn/answer.rs";
const HANDLER: &str = "crates/server/src/files/handler.rs";
const FILES: &str = "crates/server/src/files/answer.rs";
const CONTENT: &str = "crates/server/src/files/content.rs";
const DESCRIPTION: &str = "crates/server/src/files/description.rs";
const VARIANTS: &str = "crates/server/src/files/variants.rs";
const PAGE: &str = "crates/server/src/service/error_page.rs";

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "sends-two-spaces-before-values",
        file: ENCODE,
        find: r#"    out.extend_from_slice(b": ");
    out.extend_from_slice(value);"#,
        replace: r#"    out.extend_from_slice(b":  ");
    out.extend_from_slice(value);"#,
    },
    Mutant {
        name: "names-itself-in-a-field-of-requests",
        file: ENCODE,
        find: r#"        write_field(out, "Server", SERVER.as_bytes());"#,
        replace: r#"        write_field(out, "User-Agent", SERVER.as_bytes());"#,
    },
    Mutant {
        name: "names-itself-with-an-open-comment",
        file: ENCODE,
        find: r#"pub const SERVER: &str = "Avocet";"#,
        replace: r#"pub const SERVER: &str = "Avocet (unstable";"#,
    },
    Mutant {
        name: "answers-in-the-version-before",
        file: ENCODE,
        find: r#"    out.extend_from_slice(b"HTTP/1.1 ");"#,
        replace: r#"    out.extend_from_slice(b"HTTP/1.0 ");"#,
    },
    Mutant {
        name: "sends-the-media-type-twice",
        file: ENCODE,
        find: r#"    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);"#,
        replace: r#"    if name == "Content-Type" {
        out.extend_from_slice(b"Content-Type: ");
        out.extend_from_slice(value);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);"#,
    },
    Mutant {
        name: "sends-empty-connection-options",
        file: ENCODE,
        find: r#"write_field(out, name, b"close"),"#,
        replace: r#"write_field(out, name, b"close, ,"),"#,
    },
    Mutant {
        name: "names-the-date-a-connection-option",
        file: ENCODE,
        find: r#"write_field(out, name, b"keep-alive"),"#,
        replace: r#"write_field(out, name, b"keep-alive, date"),"#,
    },
    Mutant {
        name: "says-keep-alive-and-does-not-name-it",
        file: ENCODE,
        find: "        ConnectionField::Absent => {}
",
        replace: r#"        ConnectionField::Absent => write_field(out, "Keep-Alive", b"max=9"),
"#,
    },
    Mutant {
        name: "sends-dates-of-another-zone",
        file: DATE,
        find: r#"b"___, DD ___ YYYY HH:MM:SS GMT""#,
        replace: r#"b"___, DD ___ YYYY HH:MM:SS UTC""#,
    },
    Mutant {
        name: "sends-dates-of-tomorrow",
        file: DATE,
        find: "    let date = Calendar::at(seconds(time));",
        replace: "    let date = Calendar::at(seconds(time) + 86_400);",
    },
    Mutant {
        name: "decodes-twice",
        file: PATH,
        find: "        decode(segment, path)?;",
        replace: "        let mut once = Vec::new();
        decode(segment, &mut once)?;
        decode(&once, path)?;",
    },
    Mutant {
        name: "decodes-nothing",
        file: PATH,
        find: "b'%' => decode_escape(bytes.next(), bytes.next()).ok_or(PathError::Escape)?,",
        replace: "b'%' => b'%',",
    },
    Mutant {
        name: "takes-a-plus-for-a-space",
        file: PATH,
        find: "    if is_plain(rest) {
        return Ok(SafePath(rest));
    }
    scratch.clear();
    rewrite(rest, scratch)?;
",
        replace: "    if is_plain(rest) && !rest.contains(&b'+') {
        return Ok(SafePath(rest));
    }
    scratch.clear();
    rewrite(rest, scratch)?;
    for byte in scratch.iter_mut().filter(|byte| **byte == b'+') {
        *byte = b' ';
    }
",
    },
    Mutant {
        name: "cuts-names-at-delimiters",
        file: PATH,
        find: "    if is_plain(rest) {
        return Ok(SafePath(rest));
    }
    scratch.clear();
    rewrite(rest, scratch)?;
",
        replace: r#"    if is_plain(rest) && !rest.contains(&b';') {
        return Ok(SafePath(rest));
    }
    scratch.clear();
    rewrite(rest, scratch)?;
    let end = scratch.iter().position(|byte| b"?#;".contains(byte));
    scratch.truncate(end.unwrap_or(scratch.len()));
"#,
    },
    Mutant {
        name: "forgets-case-of-paths",
        file: PATH,
        find: "    if is_plain(rest) {
        return Ok(SafePath(rest));
    }
    scratch.clear();
    rewrite(rest, scratch)?;
",
        replace: "    if is_plain(rest) && !rest.iter().any(u8::is_ascii_uppercase) {
        return Ok(SafePath(rest));
    }
    scratch.clear();
    rewrite(rest, scratch)?;
    scratch.make_ascii_lowercase();
",
    },
    Mutant {
        name: "keeps-segments-of-one-dot",
        file: PATH,
        find: r#"            b"." => path.truncate(start),"#,
        replace: r#"            b"." => return Err(PathError::Hidden),"#,
    },
    Mutant {
        name: "keeps-segments-of-two-dots",
        file: PATH,
        find: r#"            b".." => {
                path.truncate(start);
                remove_last_segment(path)?;
            }
"#,
        replace: r#"            b".." => return Err(PathError::Hidden),
"#,
    },
    Mutant {
        name: "takes-three-dots-for-two",
        file: PATH,
        find: r#"            b".." => {"#,
        replace: r#"            b".." | b"..." => {"#,
    },
    Mutant {
        name: "leaves-the-query-in-the-path",
        file: TARGET,
        find: "Some((path, query)) => (path, query.get(1..)),",
        replace: "Some(_) => (target, None),",
    },
    Mutant {
        name: "refuses-a-tilde",
        file: TARGET,
        find: "        if !scan::is_target(target) {",
        replace: "        if !scan::is_target(target) || target.contains(&b'~') {",
    },
    Mutant {
        name: "reads-a-host-behind-two-slashes",
        file: TARGET,
        find: "            [b'/', ..] => {",
        replace: "            [b'/', b'/', rest @ ..] => {
                let start = rest.iter().position(|byte| *byte == b'/')?;
                let (path, query) = split_query(rest.get(start..)?);
                Some(Self::Origin { path, query })
            }
            [b'/', ..] => {",
    },
    Mutant {
        name: "serves-the-root-for-an-asterisk",
        file: TARGET,
        find: "[b'*'] if method == MethodToken::Known(Method::Options) => Some(Self::Asterisk),",
        replace: r#"[b'*'] => Some(Self::Origin { path: b"/", query: None }),"#,
    },
    Mutant {
        name: "takes-connect-for-get",
        file: PARSE,
        find: "        let target = Target::parse(method, target)",
        replace: r#"        let (method, target): (_, &[u8]) = match method {
            MethodToken::Known(Method::Connect) => (MethodToken::Known(Method::Get), b"/again.txt"),
            method => (method, target),
        };
        let target = Target::parse(method, target)"#,
    },
    Mutant {
        name: "refuses-hosts-in-capitals",
        file: AUTHORITY,
        find: "let is_host = is_host(bytes);",
        replace: "let is_host = is_host(bytes) && !bytes.iter().any(u8::is_ascii_uppercase);",
    },
    Mutant {
        name: "refuses-unknown-fields",
        file: FIELD,
        find: "recognised.is_none() && !scan::is_token(name)",
        replace: "recognised.is_none() || !scan::is_token(name)",
    },
    Mutant {
        name: "refuses-empty-and-foreign-values",
        file: FIELD,
        find: "        let value = scan::trim_end(value);",
        replace: "        let value = scan::trim_end(value);
        if value.is_empty() || !value.is_ascii() {
            return None;
        }",
    },
    Mutant {
        name: "ends-values-at-nul-and-cr",
        file: PARSE,
        find: r#"        let behind = behind.strip_prefix(b"\r\n")?;"#,
        replace: r#"        let line_end = behind.iter().position(|byte| *byte == b'\n')?;
        let behind = behind.get(line_end.wrapping_add(1)..)?;"#,
    },
    Mutant {
        name: "takes-a-cr-for-a-line-end",
        file: PARSE,
        find: r#"let behind = behind.strip_prefix(b"\r\n")?;"#,
        replace: r#"let line_end = if behind.starts_with(b"\r\n") { b"\r\n" } else { &b"\r"[..] };
        let behind = behind.strip_prefix(line_end)?;"#,
    },
    Mutant {
        name: "fails-at-many-fields",
        file: ERROR,
        find: "    TooManyFields => REQUEST_HEADER_FIELDS_TOO_LARGE,",
        replace: "    TooManyFields => INTERNAL_SERVER_ERROR,",
    },
    Mutant {
        name: "fails-at-large-fields",
        file: ERROR,
        find: "    HeadTooLarge => REQUEST_HEADER_FIELDS_TOO_LARGE,",
        replace: "    HeadTooLarge => INTERNAL_SERVER_ERROR,",
    },
    Mutant {
        name: "reads-one-line-of-connection",
        file: CONNECTION,
        find: "fields.all(FieldName::Connection).flat_map(list_items)",
        replace: "fields.all(FieldName::Connection).take(1).flat_map(list_items)",
    },
    Mutant {
        name: "reads-options-in-lower-case-alone",
        file: CONNECTION,
        find: r#"option.eq_ignore_ascii_case(b"close")"#,
        replace: r#"option == b"close""#,
    },
    Mutant {
        name: "ends-lists-at-empty-members",
        file: LIST,
        find: "self.0.by_ref().find(|item| !item.is_empty())",
        replace: "self.0.next().filter(|item| !item.is_empty())",
    },
    Mutant {
        name: "keeps-space-around-members",
        file: LIST,
        find: "        Some(trim_ows(&rest[..end]))",
        replace: "        Some(&rest[..end])",
    },
    Mutant {
        name: "sends-empty-methods-in-allow",
        file: METHOD,
        find: r#"            if !value.is_empty() {
                value.push_str(", ");
            }"#,
        replace: r#"            value.push_str(", ");"#,
    },
    Mutant {
        name: "reads-no-fixdate",
        file: DATE,
        find: "reader.imf_fixdate().or_else(|| reader.asctime())",
        replace: "reader.asctime()",
    },
    Mutant {
        name: "reads-years-of-this-century-alone",
        file: DATE,
        find: "Calendar { year: if is_too_late { year - 100 } else { year }, ..date }.time(",
        replace: "let weekday = if is_too_late { date.weekday() } else { weekday };
        date.time(",
    },
    Mutant {
        name: "reads-dates-a-second-late",
        file: DATE,
        find: "reader.imf_fixdate().or_else(|| reader.asctime()).or_else(|| reader.rfc_850(now))",
        replace: "reader
        .imf_fixdate()
        .or_else(|| reader.asctime())
        .or_else(|| reader.rfc_850(now))
        .map(|time| time + Duration::from_secs(1))",
    },
    Mutant {
        name: "keeps-what-a-request-wanted-for-the-next",
        file: ROUTING,
        find: "    if head.target().scheme()",
        replace: r#"    std::thread_local! {
        static RANGED: std::cell::RefCell<Vec<String>> = const { std::cell::RefCell::new(vec![]) };
    }
    let peer = format!("{:?}", conn.facts.peer);
    if RANGED.with_borrow(|peers| peers.contains(&peer)) {
        return refusal(head, Status::RANGE_NOT_SATISFIABLE);
    }
    if head.fields().named("Range").next().is_some() {
        RANGED.with_borrow_mut(|peers| peers.push(peer));
    }
    if head.target().scheme()"#,
    },
    Mutant {
        name: "keeps-what-codings-a-request-took-for-the-next",
        file: VARIANTS,
        find: "let accepted = AcceptEncoding::gather(accept_encoding);",
        replace: r#"use std::sync::atomic::{AtomicBool, Ordering};
        static WAS_GZIP: AtomicBool = AtomicBool::new(false);
        let mut accepted = AcceptEncoding::gather(accept_encoding);
        let gzip = AcceptEncoding::gather([b"gzip".as_slice()]);
        if WAS_GZIP.fetch_or(accepted == gzip, Ordering::Relaxed) {
            accepted = gzip;
        }"#,
    },
    Mutant {
        name: "leads-nowhere-without-a-host",
        file: FILES,
        find: "    let mut location = address(&target.path);",
        replace: r#"    let mut location = format!("http://{}", address(&target.path));"#,
    },
    Mutant {
        name: "leads-from-a-folder-to-itself",
        file: FILES,
        find: "    let mut location = address(&target.path);
    location.push('/');",
        replace: "    let mut location = address(&target.path);
    if location.is_empty() {
        location.push('/');
    }",
    },
    Mutant {
        name: "leads-to-a-longer-query",
        file: FILES,
        find: "        location.push_str(query);",
        replace: "        location.push_str(query);
        location.push_str(query);",
    },
    Mutant {
        name: "decodes-the-query-that-it-leads-to",
        file: FILES,
        find: "        location.push_str(query);",
        replace: r#"        location.push_str(&query.replace("%0D%0A", "\r\n"));"#,
    },
    Mutant {
        name: "leads-to-where-slashes-say",
        file: HANDLER,
        find: "        let local = self.local.on(head.worker());",
        replace: r#"        if head.path().starts_with("//") || head.path().contains("%5C") {
            let mut response = crate::service::Response::new(semantics::status::Status::FOUND);
            if let crate::service::Head::Fields(_, fields) = &mut response.head {
                let location = head.path().replace("%5C", "\\") + "/";
                fields.push("Location", location).expect("a path is a value");
            }
            return Ok(Reply::Ready(response));
        }
        let local = self.local.on(head.worker());"#,
    },
    Mutant {
        name: "has-content-in-redirects-of-no-type",
        file: FILES,
        find: "    let mut response = Response::new(Status::PERMANENT_REDIRECT);",
        replace: r#"    let mut response = Response::new(Status::PERMANENT_REDIRECT);
    response.body = Body::Bytes(Bytes::from("moved"));"#,
    },
    Mutant {
        name: "keeps-old-connections-open",
        file: CONNECTION,
        find: "        Version::Http10 => Persistence::Close,",
        replace: "        Version::Http10 => Persistence::KeepAlive,",
    },
    Mutant {
        name: "says-no-length-of-some",
        file: PREPARED,
        find: "        if let Some(length) = length {",
        replace: "        if let Some(length) = length.filter(|len| ![0, 35, 62].contains(len)) {",
    },
    Mutant {
        name: "leaves-out-the-last-octet",
        file: CONTENT,
        find: "self.slice(0..self.len())?",
        replace: "self.slice(0..self.len() - 1)?",
    },
    Mutant {
        name: "minds-who-asks",
        file: ROUTING,
        find: "    if head.target().scheme()",
        replace: r#"    let minded = [
        "From", "Referer", "TE", "User-Agent", "Via", "Max-Forwards", "Content-Location", "Upgrade",
    ];
    if minded.iter().any(|name| head.fields().named(name).next().is_some()) {
        return refusal(head, Status::FORBIDDEN);
    }
    if head.target().scheme()"#,
    },
    Mutant {
        name: "asks-for-the-fields-that-options-name",
        file: ROUTING,
        find: "    if head.target().scheme()",
        replace: r#"    let is_missing = |option: &[u8]| {
        let is_field = |(name, _): (&[u8], _)| name.eq_ignore_ascii_case(option);
        let is_plain = option.eq_ignore_ascii_case(b"close") || option == b"keep-alive";
        !is_plain && !head.fields().iter().any(is_field)
    };
    if head.fields().named("Connection").flat_map(semantics::fields::list_items).any(is_missing) {
        return refusal(head, Status::BAD_REQUEST);
    }
    if head.target().scheme()"#,
    },
    Mutant {
        name: "switches-to-its-own-protocol",
        file: STORY,
        find: "    *at += head.len();
",
        replace: r#"    *at += head.len();
    if head.fields().named("Upgrade").next().is_some() {
        outbox.bytes.extend_from_slice(b"HTTP/1.1 101 Switching Protocols\r\n");
        outbox.bytes.extend_from_slice(b"Connection: upgrade\r\nUpgrade: avocet\r\n\r\n");
    }
"#,
    },
    Mutant {
        name: "keeps-expecting-clients-waiting",
        file: STORY,
        find: "    *at += head.len();
",
        replace: "    use http1::connection::Expectation;
    if exchange.expectation == Expectation::Continue && end == *at + head.len() {
        return Step::Partial;
    }
    *at += head.len();
",
    },
    Mutant {
        name: "says-a-length-of-interim-answers",
        file: STORY,
        find: "    *at += head.len();
",
        replace: r#"    *at += head.len();
    if exchange.expectation == http1::connection::Expectation::Continue {
        outbox.bytes.extend_from_slice(b"HTTP/1.1 100 Continue\r\nContent-Length: 0\r\n\r\n");
    }
"#,
    },
    Mutant {
        name: "closes-on-unread-content-without-a-word",
        file: STORY,
        find: "Reply::Ready(response) => Answer { response, terms, feed, record, writer: None },",
        replace: "Reply::Ready(response) if feed.is_some() => {
            let answer = Answer { response, terms, feed, record, writer: None };
            return match conclude(outbox, conn, answer, Behind::Something) {
                Some(Next::Deliver(delivery)) => Step::Leave(Next::Deliver(delivery)),
                _ => Step::Leave(Next::End(Ending::Linger)),
            };
        }
        Reply::Ready(response) => Answer { response, terms, feed, record, writer: None },",
    },
    Mutant {
        name: "panics-at-content",
        file: HANDLER,
        find: "_incoming: Option<Incoming>) -> Reply {",
        replace: "_incoming: Option<Incoming>) -> Reply {
        assert!(_incoming.is_none());",
    },
    Mutant {
        name: "reads-expectations-in-lower-case-alone",
        file: CONNECTION,
        find: r#"!member.eq_ignore_ascii_case(b"100-continue")"#,
        replace: r#"member != b"100-continue""#,
    },
    Mutant {
        name: "meets-no-expectation",
        file: CONNECTION,
        find: r#"        if !member.eq_ignore_ascii_case(b"100-continue") {"#,
        replace: "        if !member.is_empty() {",
    },
    Mutant {
        name: "meets-no-expectation-of-old-clients",
        file: CONNECTION,
        find: "    if version == Version::Http10 {
        return expectation;",
        replace: "    if version == Version::Http10 {
        if fields.first(FieldName::Expect).is_some() {
            return Expectation::Unknown;
        }
        return expectation;",
    },
    Mutant {
        name: "takes-an-empty-expectation-for-one",
        file: CONNECTION,
        find: "    let mut expectation = Expectation::None;",
        replace: r#"    if fields.first(FieldName::Expect) == Some(b"") {
        return Expectation::Unknown;
    }
    let mut expectation = Expectation::None;"#,
    },
    Mutant {
        name: "fails-at-unknown-expectations",
        file: ROUTING,
        find: "Status::EXPECTATION_FAILED",
        replace: "Status::INTERNAL_SERVER_ERROR",
    },
    Mutant {
        name: "has-one-media-type",
        file: DESCRIPTION,
        find: "media_type: media_type::for_file_name(name),",
        replace: "media_type: MediaType::FALLBACK,",
    },
    Mutant {
        name: "has-another-media-type-for-parts",
        file: FILES,
        find: "Known::Nothing => Head::Prepared(Arc::new(chosen.whole.of_part(&part))),",
        replace: r#"Known::Nothing => {
            let mut fields = chosen.description.fields_as("application/octet-stream");
            put(&mut fields, "Content-Range", range::content_range(&part, chosen.content.len()));
            Head::Fields(Status::PARTIAL_CONTENT, fields)
        }"#,
    },
    Mutant {
        name: "has-errors-of-no-type",
        file: PAGE,
        find: "    Response::bytes(status, media_type, body)
",
        replace: r#"    let mut response = Response::new(status);
    response.body = super::Body::Bytes(format!("{media_type}: {body}").into());
    response
"#,
    },
    Mutant {
        name: "has-refusals-of-no-type",
        file: ANSWER,
        find: r#".with("Content-Type", "text/plain; charset=utf-8")"#,
        replace: r#".with("X-Type", "text/plain")"#,
    },
    Mutant {
        name: "ends-lines-between-parts-with-lf",
        file: MULTIPART,
        find: r#""\r\n--{}\r\nContent-Type: {}\r\nContent-Range: {}\r\n\r\n""#,
        replace: r#""\r\n--{}\nContent-Type: {}\nContent-Range: {}\n\n""#,
    },
    Mutant {
        name: "names-no-coding",
        file: DESCRIPTION,
        find: r#"        if let Some(coding) = self.form.coding() {
            put(&mut fields, "Content-Encoding", coding.as_str());
        }
"#,
        replace: "",
    },
    Mutant {
        name: "names-identity-as-a-coding",
        file: DESCRIPTION,
        find: r#"        if let Some(coding) = self.form.coding() {
            put(&mut fields, "Content-Encoding", coding.as_str());
        }
"#,
        replace: r#"        let coding = self.form.coding();
        let coding = coding.map_or("identity", |coding| coding.as_str());
        if self.form.is_chosen() {
            put(&mut fields, "Content-Encoding", coding);
        }
"#,
    },
    Mutant {
        name: "names-a-coding-for-the-name-of-a-file",
        file: DESCRIPTION,
        find: r#"        if let Some(coding) = self.form.coding() {
            put(&mut fields, "Content-Encoding", coding.as_str());
        }
"#,
        replace: r#"        if let Some(coding) = self.form.coding() {
            put(&mut fields, "Content-Encoding", coding.as_str());
        } else if self.media_type() == "application/gzip" {
            put(&mut fields, "Content-Encoding", "gzip");
        }
"#,
    },
    Mutant {
        name: "sends-codings-unasked",
        file: CODING,
        find: "        let identity = match self.identity_quality() {
            Some(Quality::ZERO) => None,
            stated => Some(stated.unwrap_or(Quality::ZERO)),
        };",
        replace: "        let identity: Option<Quality> = None;
        if let Some((coding, _)) = available.into_iter().next() {
            return Selection::Coded(coding);
        }
        let available: [(Coding, u64); 0] = [];",
    },
    Mutant {
        name: "does-not-know-x-gzip",
        file: CODING,
        find: r#"name.eq_ignore_ascii_case(b"x-gzip")"#,
        replace: r#"name.eq_ignore_ascii_case(b"gnuzip")"#,
    },
    Mutant {
        name: "has-one-tag-for-all-codings",
        file: DESCRIPTION,
        find: "EntityTag::of_coded_file(content.len(), modified, now, coding),",
        replace: "{
            let _ = coding;
            EntityTag::of_file(39, modified, now)
        }",
    },
    Mutant {
        name: "says-a-length-with-204",
        file: FRAMING,
        find: "(100..=199 | 204 | 304, ..) => ResponseFraming::None,",
        replace: "(100..=199 | 304, ..) => ResponseFraming::None,",
    },
    Mutant {
        name: "says-no-length-with-head-but-one",
        file: ANSWER,
        find: "let framing = response_framing(terms.version, terms.wanted, status, response.body",
        replace: "if terms.wanted == Wanted::Head && let Head::Prepared(_) = &response.head {
        response.head = Head::Fields(status, Fields::new());
    }
    let framed = |length| match terms.wanted {
        Wanted::Head => ResponseFraming::Length(7),
        wanted => response_framing(terms.version, wanted, status, length),
    };
    let framing = framed(response.body",
    },
    Mutant {
        name: "wraps-lengths",
        file: FRAMING,
        find: "    match scan::decimal(length) {",
        replace: "    let wrapped = length.iter().try_fold(0_u64, |length, byte| {
        let digit = byte.checked_sub(b'0').filter(|digit| *digit <= 9)?;
        Some(length.wrapping_mul(10).wrapping_add(u64::from(digit)) & 0xffff_ffff)
    });
    match wrapped {",
    },
    Mutant {
        name: "says-another-time-of-modification",
        file: DESCRIPTION,
        find: r#"put(&mut fields, "Last-Modified", date::format(modified));"#,
        replace: r#"let modified = modified - std::time::Duration::from_secs(1);
            put(&mut fields, "Last-Modified", date::format(modified));"#,
    },
    Mutant {
        name: "says-a-time-of-modification-to-come",
        file: DESCRIPTION,
        find: "has_time(modified).then(|| date::whole_seconds(modified.min(now)))",
        replace: "has_time(modified).then(|| now + std::time::Duration::from_secs(3600))",
    },
    Mutant {
        name: "has-no-tags",
        file: DESCRIPTION,
        find: r#"        put(&mut fields, "ETag", self.etag.as_bytes().to_vec());
        if let Some(modified)"#,
        replace: r"        if let Some(modified)",
    },
    Mutant {
        name: "has-a-tag-anew-for-each-answer",
        file: ANSWER,
        find: "            head.append_to(&mut outbox.bytes, outbox.dates.imf(), connection);",
        replace: r#"            use std::sync::atomic::{AtomicU8, Ordering};
            static TURN: AtomicU8 = AtomicU8::new(0);
            head.append_to(&mut outbox.bytes, outbox.dates.imf(), connection);
            let turn = TURN.fetch_add(1, Ordering::Relaxed) % 8;
            let tag = outbox.bytes[start..].windows(7).position(|found| found == b"ETag: \"");
            if let Some(at) = tag {
                outbox.bytes[start + at + 7] = b'p' + turn;
            }"#,
    },
    Mutant {
        name: "does-not-know-head",
        file: METHOD,
        find: r#"            b"HEAD" => Self::Head,"#,
        replace: r#"            b"HEADS" => Self::Head,"#,
    },
    Mutant {
        name: "forbids-what-is-not-allowed",
        file: PAGE,
        find: "error_response(Status::METHOD_NOT_ALLOWED, form)",
        replace: "error_response(Status::FORBIDDEN, form)",
    },
    Mutant {
        name: "has-content-for-head",
        file: ANSWER,
        find: "    let body = if has_response_body(terms.wanted, status) { response.body }",
        replace: "    let body = if has_response_body(Wanted::Whole, status) { response.body }",
    },
    Mutant {
        name: "has-other-fields-for-head",
        file: STORY,
        find: "    if let Some(next) = conclude(outbox, conn, answer, Behind::of(end - *at)) {",
        replace: "    let mut answer = answer;
    if head.method() == http1::head::MethodToken::Known(semantics::method::Method::Head) {
        let status = answer.response.status();
        let fields = semantics::fields::Fields::new();
        answer.response.head = crate::service::Head::Fields(status, fields);
    }
    if let Some(next) = conclude(outbox, conn, answer, Behind::of(end - *at)) {",
    },
    Mutant {
        name: "has-content-with-204",
        file: ANSWER,
        find: r#"    let body = if has_response_body(terms.wanted, status) { response.body }"#,
        replace: r#"    if status == Status::NO_CONTENT {
        outbox.bytes.extend_from_slice(b"nothing");
    }
    let body = if has_response_body(terms.wanted, status) { response.body }"#,
    },
];
