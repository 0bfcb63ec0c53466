//! Responses right and wrong, whole and in pieces.

use super::*;

const OK: &str = "HTTP/1.1 200 OK\r\nServer: x\r\nContent-Length: 5\r\n\r\nhello";
const CHUNKED: &str =
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n";

fn requests(bodies: &[(u16, Body)]) -> Vec<Request> {
    bodies.iter().map(|&(status, body)| Request::get("/").expecting(status, body)).collect()
}

/// Feeds the pieces to one connection that is owed `owed` answers to a list of requests.
fn feed_list(list: &[(u16, Body)], pieces: &[&[u8]], owed: usize) -> Result<(usize, u64), Fault> {
    let mut checker = Checker::new(&requests(list));
    let mut incoming = Incoming { owed, ..Incoming::new(0) };
    for piece in pieces {
        checker.take(&mut incoming, piece)?;
    }
    Ok((incoming.owed, checker.take_body_bytes()))
}

/// The same for one request that gets five bytes; says what is still owed.
fn feed(pieces: &[&[u8]], owed: usize) -> Result<usize, Fault> {
    feed_list(&[(200, Body::Exactly(5))], pieces, owed).map(|(owed, _)| owed)
}

#[test]
fn responses_count_however_they_are_cut() {
    let four = OK.repeat(3).replacen("Server: x", "Server: another", 1) + CHUNKED;
    for cut in 0..=four.len() {
        let (left, right) = four.as_bytes().split_at(cut);
        assert_eq!(feed(&[left, right], 4), Ok(0), "cut at {cut}");
    }
    let single: Vec<&[u8]> = four.as_bytes().chunks(1).collect();
    assert_eq!(feed(&single, 4), Ok(0));
    assert_eq!(feed(&[OK.as_bytes()], 2), Ok(1));
}

#[test]
fn a_wrong_response_is_no_response() {
    let check = |response: &str, fault: Fault| {
        assert_eq!(feed(&[response.as_bytes()], 1), Err(fault), "{response:?}");
    };
    for line in ["HTTP/1.1 404 Not Found", "HTTP/1.1 2000 OK", "HTTP/1.0 200 OK", "HTTP/1.1 20"] {
        let found = line.to_owned();
        check(&OK.replace("HTTP/1.1 200 OK", line), Fault::Status { found, expected: 200 });
    }
    check(&OK.replace("Content-Length: 5", "Vary: a"), Fault::NoLength);
    check(&OK.replace("Length: 5", "Length: five"), Fault::NoLength);
    check(&CHUNKED.replace("chunked", "gzip"), Fault::NoLength);
    check(&OK.replace("Length: 5", "Length: 6"), Fault::Length { found: 6, expected: 5 });
    check(&CHUNKED.replace("2\r\nhe", "1\r\nh"), Fault::Length { found: 4, expected: 5 });
    check(&CHUNKED.replace("2\r\nhe", "x\r\nhe"), Fault::BrokenChunk);
    check(&OK.replace("hello", "hello!"), Fault::Excess);
    check(&"x".repeat(HEAD_SIZE_MAX), Fault::HeadTooLong);
}

#[test]
fn a_head_may_be_as_long_as_the_limit() {
    let fixed = OK.len() - "hello".len();
    let head_of = |len: usize| OK.replace("Server: x", &format!("Server: {}", "x".repeat(len)));
    let longest = head_of(HEAD_SIZE_MAX - fixed + 1);
    assert_eq!(longest.len() - "hello".len(), HEAD_SIZE_MAX);
    let over = head_of(HEAD_SIZE_MAX - fixed + 2);
    for cut in [0, 1, HEAD_SIZE_MAX - 1] {
        let (left, right) = longest.as_bytes().split_at(cut);
        assert_eq!(feed(&[left, right], 1), Ok(0), "cut at {cut}");
        let (left, right) = over.as_bytes().split_at(cut);
        assert_eq!(feed(&[left, right], 1), Err(Fault::HeadTooLong), "cut at {cut}");
    }
}

#[test]
fn each_request_has_its_own_answer() {
    let list =
        [(200, Body::Exactly(5)), (304, Body::Absent), (200, Body::Absent), (206, Body::Whole)];
    let not_modified = "HTTP/1.1 304 Not Modified\r\n\r\n";
    let head = OK.trim_end_matches("hello");
    let range = "HTTP/1.1 206 Partial Content\r\nContent-Length: 2\r\n\r\nhe";
    let other = range.replace("2\r\n\r\nhe", "3\r\n\r\nhel");
    let round = [OK, not_modified, head, range, OK, not_modified, head, &other].concat();
    for cut in 0..=round.len() {
        let (left, right) = round.as_bytes().split_at(cut);
        let fed = feed_list(&list, &[left, right], 8);
        assert_eq!(fed, Ok((0, 5 + 2 + 5 + 3)), "cut at {cut}");
    }
    let swapped = [not_modified, OK].concat();
    let fault = Fault::Status { found: "HTTP/1.1 304 Not Modified".to_owned(), expected: 200 };
    assert_eq!(feed_list(&list, &[swapped.as_bytes()], 2), Err(fault));
}

#[test]
fn the_first_length_holds_for_all_of_a_request() {
    let list = [(200, Body::LikeTheFirst); 2];
    let other = OK.replace("5\r\n\r\nhello", "4\r\n\r\nhell");
    let fault = Fault::Length { found: 4, expected: 5 };
    let check = |answers: &[&str], expected: Result<(usize, u64), Fault>| {
        let bytes = answers.concat();
        assert_eq!(feed_list(&list, &[bytes.as_bytes()], 4), expected, "{answers:?}");
    };
    check(&[OK, &other, OK, &other], Ok((0, 18)));
    check(&[OK, &other, CHUNKED, &other], Ok((0, 18)));
    check(&[OK, &other, &other, OK], Err(fault));
}

#[test]
fn a_long_list_is_checked_without_keeping_heads() {
    let check = |len: usize, kept: usize| {
        let list = vec![(200, Body::Exactly(5)); len];
        assert_eq!(Checker::new(&requests(&list)).known_heads.len(), kept);
        let answers = OK.repeat(len + 1);
        assert_eq!(feed_list(&list, &[answers.as_bytes()], len + 2).unwrap().0, 1);
        let wrong = [&OK.repeat(len - 1), CHUNKED, &OK.replace("5", "6")].concat();
        let fault = Fault::Length { found: 6, expected: 5 };
        assert_eq!(feed_list(&list, &[wrong.as_bytes()], len + 1), Err(fault));
    };
    check(KNOWN_HEADS_MAX, KNOWN_HEADS_MAX);
    check(KNOWN_HEADS_MAX + 1, 0);
}
