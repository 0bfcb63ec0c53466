//! RFC 9110 §10.1.2 to §10.2.4: who asks, and what is said to them.

use crate::case::Case;
use crate::grammar::{is_list_of_tokens, is_token};
use crate::origin::Origin;
use crate::site::LETTERS;
use crate::wire::{Answer, request};

/// Shows that a field about the client changes nothing.
#[track_caller]
fn means_nothing(origin: &Origin, field: &str) {
    let mut wire = origin.connect();
    let answer = wire.ask("GET", "/letters.txt", &[field]);
    assert_eq!((answer.status, answer.text().as_str()), (200, LETTERS), "{answer:?}");
    wire.assert_goes_on_as(&answer);
}

/// The answer to a method that is not for files, and its Allow if it must have one.
#[track_caller]
fn refusal(origin: &Origin, method: &str, target: &str) -> Option<Answer> {
    let mut wire = origin.connect();
    wire.send(request(method, target, &["Content-Length: 0"]));
    let answer = wire.answer();
    (answer.status == 405).then_some(answer)
}

/// Where a redirect leads on this host, from its slash on; `None` for an answer that is none.
#[track_caller]
fn leads_to(answer: &Answer) -> Option<String> {
    if !matches!(answer.status, 301..=303 | 307 | 308) {
        return None;
    }
    let location = answer.field("Location").expect("a redirect says where to");
    let is_uri =
        location.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte));
    assert!(is_uri, "{location:?} is a URI reference");
    let path = match location.split_once("://") {
        None => location,
        Some((_, rest)) => {
            let start = rest.find('/').unwrap_or(rest.len());
            let host = rest[..start].split(':').next().unwrap_or_default();
            assert!(matches!(host, "localhost" | "127.0.0.1"), "{location:?} is on this host");
            &rest[start..]
        }
    };
    assert!(!path.starts_with("//"), "{location:?} is on this host");
    Some(path.to_owned())
}

/// Shows that a target is answered with no redirect to another host.
#[track_caller]
fn stays_here(origin: &Origin, target: &str) {
    let answer = origin.get(target, &[]);
    leads_to(&answer);
    assert_eq!(answer.field("Refresh"), None, "{answer:?}");
}

/// Shows that a target redirects to another, and that one is there.
#[track_caller]
fn leads(origin: &Origin, target: &str, there: &str) {
    let answer = origin.get(target, &[]);
    if let Some(path) = leads_to(&answer) {
        assert_eq!(path, there, "{answer:?}");
        assert_eq!(origin.get(&path, &[]).status, 200, "{path}");
    } else {
        assert!(matches!(answer.status, 200 | 404), "{answer:?}");
    }
}

/// The members of Server: products, and comments with their parentheses (§10.2.4).
#[track_caller]
fn products(answer: &Answer) -> Vec<String> {
    let server = answer.field("Server").unwrap_or_default();
    let mut products: Vec<String> = Vec::new();
    let mut depth = 0_usize;
    for word in server.split(' ').filter(|word| !word.is_empty()) {
        match products.last_mut().filter(|_| depth > 0) {
            Some(comment) => *comment += word,
            None => products.push(word.to_owned()),
        }
        depth += word.matches('(').count();
        depth = depth.checked_sub(word.matches(')').count()).expect("a comment has a beginning");
    }
    assert_eq!(depth, 0, "a comment has an end: {server:?}");
    products
}

pub(super) const CASES: &[Case] = &[
    Case {
        id: "9110-10.1.2-from",
        asks: "whose request it is changes nothing",
        run: |origin| means_nothing(origin, "From: nobody@example.org"),
    },
    Case {
        id: "9110-10.1.3-referer",
        asks: "where a link was found changes nothing",
        run: |origin| means_nothing(origin, "Referer: http://other.example/a?b"),
    },
    Case {
        id: "9110-10.1.4-te-trailers",
        asks: "that trailers are taken changes nothing where none are sent",
        run: |origin| means_nothing(origin, "TE: trailers"),
    },
    Case {
        id: "9110-10.1.4-te-codings",
        asks: "nothing is sent in a transfer coding that the client refuses",
        run: |origin| {
            let answer = origin.get("/letters.txt", &["TE: gzip;q=0, trailers", "Connection: TE"]);
            let coding = answer.field("Transfer-Encoding").unwrap_or("chunked");
            assert_eq!((answer.status, coding), (200, "chunked"), "{answer:?}");
        },
    },
    Case {
        id: "9110-10.1.5-user-agent",
        asks: "with what program it is asked changes nothing",
        run: |origin| {
            means_nothing(origin, "User-Agent: Avocado/1.0 (a (nested) comment) Stone/2");
            means_nothing(origin, "User-Agent:");
        },
    },
    Case {
        id: "9110-10.2.1-allow-with-405",
        asks: "a 405 says which methods are allowed",
        run: |origin| {
            for method in ["POST", "PUT", "DELETE"] {
                if let Some(answer) = refusal(origin, method, "/letters.txt") {
                    assert!(answer.field("Allow").is_some(), "{answer:?}");
                }
            }
        },
    },
    Case {
        id: "9110-10.2.1-allow-of-folder",
        asks: "a 405 for a folder says which methods are allowed",
        run: |origin| {
            if let Some(answer) = refusal(origin, "POST", "/") {
                assert!(answer.field("Allow").is_some(), "{answer:?}");
            }
        },
    },
    Case {
        id: "9110-10.2.1-allow-of-nothing",
        asks: "a 405 for what is not there says which methods are allowed",
        run: |origin| {
            if let Some(answer) = refusal(origin, "PUT", "/missing") {
                assert!(answer.field("Allow").is_some(), "{answer:?}");
            }
        },
    },
    Case {
        id: "9110-10.2.1-form-of-allow",
        asks: "the methods that are allowed are a list of tokens",
        run: |origin| {
            if let Some(answer) = refusal(origin, "PUT", "/letters.txt") {
                assert!(answer.field("Allow").is_some_and(is_list_of_tokens), "{answer:?}");
            }
        },
    },
    Case {
        id: "9110-10.2.1-truth-of-allow",
        asks: "the methods that are allowed are those that are, and no others",
        run: |origin| {
            for method in ["POST", "PUT", "DELETE", "PATCH"] {
                if let Some(answer) = refusal(origin, method, "/letters.txt") {
                    assert!(!answer.lists("Allow", method), "{method} was refused: {answer:?}");
                    assert!(answer.lists("Allow", "GET"), "GET is served: {answer:?}");
                    assert!(answer.lists("Allow", "HEAD"), "HEAD is served: {answer:?}");
                }
            }
        },
    },
    Case {
        id: "9110-10.2.2-folder",
        asks: "a folder without its slash leads to the folder",
        run: |origin| leads(origin, "/folder", "/folder/"),
    },
    Case {
        id: "9110-10.2.2-escaped",
        asks: "where a redirect leads is escaped, as a URI must be",
        run: |origin| leads(origin, "/spaced%20folder", "/spaced%20folder/"),
    },
    Case {
        id: "9110-10.2.2-two-slashes",
        asks: "two slashes before a folder lead to no host of its name",
        run: |origin| stays_here(origin, "//folder"),
    },
    Case {
        id: "9110-10.2.2-other-host",
        asks: "two slashes and the name of a host lead to no other host",
        run: |origin| stays_here(origin, "//other.example/folder/.."),
    },
    Case {
        id: "9110-10.2.2-other-host-by-dots",
        asks: "a folder reached by dots behind the name of a host is on this host",
        run: |origin| {
            stays_here(origin, "//other.example/../folder");
            stays_here(origin, "/.//other.example/../folder");
            stays_here(origin, "/folder/..//folder");
        },
    },
    Case {
        id: "9110-10.2.2-many-slashes",
        asks: "three slashes lead to no other host, either",
        run: |origin| stays_here(origin, "///folder"),
    },
    Case {
        id: "9110-10.2.2-escaped-slash",
        asks: "an escaped slash before a folder leads to no other host",
        run: |origin| stays_here(origin, "/%2Ffolder"),
    },
    Case {
        id: "9110-10.2.2-backslash",
        asks: "a backslash before a folder leads to no other host",
        run: |origin| stays_here(origin, "/%5Cfolder"),
    },
    Case {
        id: "9110-10.2.2-no-other-line",
        asks: "what is escaped in a query ends no line of the answer",
        run: |origin| {
            let answer = origin.get("/folder?a%0D%0AX-Injected:%20yes", &[]);
            leads_to(&answer);
            assert!(answer.status < 500, "{answer:?}");
            assert_eq!(answer.field("X-Injected"), None, "{answer:?}");
        },
    },
    Case {
        id: "9110-10.2.2-no-other-line-by-path",
        asks: "what is escaped in a path ends no line of the answer",
        run: |origin| {
            let answer = origin.get("/folder%0D%0AX-Injected:%20yes/../folder", &[]);
            leads_to(&answer);
            assert!(answer.status < 500, "{answer:?}");
            assert_eq!(answer.field("X-Injected"), None, "{answer:?}");
        },
    },
    Case {
        id: "9110-10.2.4-form-of-server",
        asks: "the server names itself as products and comments, or not at all",
        run: |origin| {
            for answer in [origin.get("/letters.txt", &[]), origin.get("/missing", &[])] {
                let products = products(&answer);
                let is_first = products.first().is_none_or(|first| !first.starts_with('('));
                assert!(is_first, "a product comes first: {answer:?}");
                for product in products.iter().filter(|product| !product.starts_with('(')) {
                    assert!(product.split('/').all(is_token), "{product} is a product: {answer:?}");
                }
            }
        },
    },
    Case {
        id: "9110-10.2.4-no-detail",
        asks: "the server does not tell what it is made of and runs on",
        run: |origin| {
            let answer = origin.get("/letters.txt", &[]);
            assert!(products(&answer).len() <= 1, "one product: {answer:?}");
        },
    },
];
