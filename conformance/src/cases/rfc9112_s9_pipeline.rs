//! RFC 9112 §9.2, §9.3, §9.3.2: answers in the order of requests, and what no one read of a body is
//! none.

use crate::behind::apart_or_last;
use crate::case::Case;
use crate::site::LETTERS;
use crate::wire::request;

/// What a smuggler would put into a body.
fn hidden() -> String {
    request("GET", "/letters.txt", &[])
}

pub(super) const CASES: &[Case] = &[
    Case {
        id: "9112-9.3.2-order",
        asks: "requests sent at once are answered in their order",
        run: |origin| {
            let mut wire = origin.connect();
            let targets = ["/letters.txt", "/missing", "/again.txt", "/folder/", "/empty.txt"];
            wire.send(targets.map(|target| request("GET", target, &[])).concat());
            let answers = targets.map(|_| wire.answer());
            let statuses = answers.each_ref().map(|answer| answer.status);
            assert_eq!(statuses, [200, 404, 200, 200, 200]);
            assert_eq!(
                (answers[0].text().as_str(), answers[2].text().as_str()),
                (LETTERS, "again\n")
            );
            assert!(answers[3].text().contains("folder") && answers[4].body.is_empty());
        },
    },
    Case {
        id: "9112-9.3.2-order-large-and-small",
        asks: "a small answer does not overtake a large one",
        run: |origin| {
            let mut wire = origin.connect();
            wire.send(request("GET", "/big.bin", &[]) + &request("GET", "/letters.txt", &[]));
            assert_eq!(wire.answer().body.len(), 1024 * 1024);
            assert_eq!(wire.answer().text(), LETTERS);
        },
    },
    Case {
        id: "9112-9.3.2-order-of-methods",
        asks: "HEAD and GET sent at once are answered in their order, each with its own body",
        run: |origin| {
            let mut wire = origin.connect();
            let head = request("HEAD", "/letters.txt", &[]);
            let get = request("GET", "/letters.txt", &[]);
            wire.send(format!("{head}{get}{head}"));
            assert_eq!(wire.answer_to_head().status, 200);
            assert_eq!(wire.answer().text(), LETTERS);
            assert_eq!(wire.answer_to_head().status, 200);
            wire.assert_open();
        },
    },
    Case {
        id: "9112-9.3.2-cut-anywhere",
        asks: "where one write ends and the next begins does not matter",
        run: |origin| {
            let requests = request("GET", "/letters.txt", &[]) + &request("GET", "/again.txt", &[]);
            for at in [1, 3, 5, 30, 45, requests.len() / 2, requests.len() - 1] {
                let mut wire = origin.connect();
                wire.send(&requests[..at]);
                wire.send(&requests[at..]);
                assert_eq!(wire.answer().text(), LETTERS, "cut at {at}");
                assert_eq!(wire.answer().text(), "again\n", "cut at {at}");
            }
        },
    },
    Case {
        id: "9112-9.3-body-of-get",
        asks: "the body of a GET is no request",
        run: |origin| {
            let length = format!("Content-Length: {}", hidden().len());
            apart_or_last(origin, request("GET", "/", &[&length]) + &hidden());
        },
    },
    Case {
        id: "9112-9.3-body-of-head",
        asks: "the body of a HEAD is no request",
        run: |origin| {
            let length = format!("Content-Length: {}", hidden().len());
            apart_or_last(origin, request("HEAD", "/", &[&length]) + &hidden());
        },
    },
    Case {
        id: "9112-9.3-body-of-declined-method",
        asks: "the body of a method that the resource does not take is no request",
        run: |origin| {
            let length = format!("Content-Length: {}", hidden().len());
            for method in ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "BREW"] {
                apart_or_last(origin, request(method, "/", &[&length]) + &hidden());
            }
        },
    },
    Case {
        id: "9112-9.3-body-of-redirect",
        asks: "the body of a request that is redirected is no request",
        run: |origin| {
            let length = format!("Content-Length: {}", hidden().len());
            apart_or_last(origin, request("GET", "/folder", &[&length]) + &hidden());
        },
    },
    Case {
        id: "9112-9.3-body-of-missing",
        asks: "the body of a request for what is not there is no request",
        run: |origin| {
            let length = format!("Content-Length: {}", hidden().len());
            apart_or_last(origin, request("POST", "/missing", &[&length]) + &hidden());
        },
    },
    Case {
        id: "9112-9.3-body-larger-than-a-read",
        asks: "a body that is not read at once is no request",
        run: |origin| {
            let body = hidden().repeat(1000);
            let length = format!("Content-Length: {}", body.len());
            apart_or_last(origin, request("GET", "/", &[&length]) + &body);
        },
    },
    Case {
        id: "9112-9.3-body-that-comes-late",
        asks: "a body that comes when its request is answered already is no request",
        run: |origin| {
            let mut wire = origin.connect();
            let length = format!("Content-Length: {}", hidden().len());
            wire.send(request("GET", "/missing", &[&length]));
            wire.send(&hidden()[..10]);
            wire.send(&hidden()[10..]);
            let answer = wire.answer();
            assert_eq!(answer.status, 404, "{answer:?}");
            wire.send(request("GET", "/again.txt", &[]));
            if !wire.is_closed_next() {
                assert_eq!(wire.answer().text(), "again\n");
            }
        },
    },
];
