//! The ready answer, as often in a row as one `recv` may ask for it.
//!
//! The head carries the fields that Avocet sends with a small file, so that both put about as many
//! bytes into the socket. Its date is fixed: filling it in is work, and the floor does none.

const HEAD: &str = "HTTP/1.1 200 OK\r\n\
    Server: Avocet\r\n\
    Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n\
    Content-Type: text/html; charset=utf-8\r\n\
    X-Content-Type-Options: nosniff\r\n\
    Accept-Ranges: bytes\r\n\
    ETag: \"264-0000000000000000\"\r\n\
    Last-Modified: Thu, 01 Jan 1970 00:00:00 GMT\r\n\
    Content-Length: ";

/// Copies of one answer, end to end, so that any number of them is one slice.
#[derive(Debug)]
pub(crate) struct Answers {
    bytes: Vec<u8>,
    answer_len: usize,
    count: usize,
}

impl Answers {
    /// Makes `count` answers, each with a body of `body_size` bytes.
    pub(crate) fn new(body_size: usize, count: usize) -> Self {
        let mut answer = format!("{HEAD}{body_size}\r\n\r\n").into_bytes();
        answer.resize(answer.len() + body_size, b'x');
        Self { bytes: answer.repeat(count), answer_len: answer.len(), count }
    }

    /// The bytes of as many answers as are owed and ready, and how many that is.
    pub(crate) fn take(&self, owed: usize) -> (&[u8], usize) {
        let taken = owed.min(self.count);
        (&self.bytes[..taken * self.answer_len], taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_number_of_answers_is_one_slice() {
        let answers = Answers::new(3, 2);
        let check = |owed: usize, taken: usize| {
            let (bytes, count) = answers.take(owed);
            assert_eq!(count, taken, "{owed} owed");
            assert_eq!(bytes.len(), taken * answers.answer_len, "{owed} owed");
        };
        check(0, 0);
        check(1, 1);
        check(2, 2);
        check(3, 2);
    }

    #[test]
    fn an_answer_says_its_length() {
        let answers = Answers::new(612, 1);
        let text = String::from_utf8_lossy(answers.take(1).0).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.ends_with("Content-Length: 612"), "{head}");
        assert_eq!(body.len(), 612);
    }
}
