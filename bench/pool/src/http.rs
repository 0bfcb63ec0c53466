//! As much of HTTP as the client needs: answers with a length, one at a time.

use crate::error::Failure;

/// An answer that has come whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The client is told when to come back.
    pub(crate) has_retry_after: bool,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// Takes the answer out of what was received, once it is whole.
    ///
    /// # Errors
    ///
    /// When it is no answer with a length, or more than one was sent.
    pub(crate) fn take(received: &mut Vec<u8>) -> Result<Option<Self>, Failure> {
        let Some(end) = received.windows(4).position(|window| window == b"\r\n\r\n") else {
            return Ok(None);
        };
        let strange = |received: &[u8]| Failure::Answer(received.escape_ascii().to_string());
        let head = String::from_utf8_lossy(&received[..end]).into_owned();
        let field = |wanted: &str| {
            let lines = head.split("\r\n").filter_map(|line| line.split_once(": "));
            lines.filter(|(name, _)| *name == wanted).map(|(_, value)| value).next()
        };
        let status = head.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok());
        let length = field("Content-Length").and_then(|value| value.parse::<usize>().ok());
        let (Some(status), Some(length)) = (status, length) else {
            return Err(strange(received));
        };
        let whole = end + 4 + length;
        if received.len() > whole || field("Connection") == Some("close") {
            return Err(strange(received));
        }
        if received.len() < whole {
            return Ok(None);
        }
        let body = received[end + 4..].to_vec();
        received.clear();
        Ok(Some(Self { status, has_retry_after: field("Retry-After").is_some(), body }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

    #[test]
    fn an_answer_is_taken_when_it_is_whole() {
        for cut in 0..OK.len() {
            assert_eq!(Answer::take(&mut OK[..cut].to_vec()).unwrap(), None, "at {cut}");
        }
        let mut received = OK.to_vec();
        let answer = Answer { status: 200, has_retry_after: false, body: b"hi".to_vec() };
        assert_eq!(Answer::take(&mut received).unwrap(), Some(answer));
        assert_eq!(received, b"");
    }

    #[test]
    fn what_is_no_such_answer_is_refused() {
        for text in [
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhigher",
            "HTTP/1.1 200 OK\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            "HELLO 200 OK\r\nContent-Length: 0\r\n\r\n",
        ] {
            assert!(Answer::take(&mut text.as_bytes().to_vec()).is_err(), "{text:?}");
        }
    }
}
