//! Status codes (RFC 9110 §15) with their reason phrases, ready to be appended to a status line.
//!
//! One table gives names, numbers and phrases. A code outside the table is still a [`Status`] (an
//! origin may send any), it has merely no phrase. The version in front of it belongs to the
//! protocol crates.

use std::fmt;

/// A three-digit status code, 100 to 999.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Status(u16);

macro_rules! statuses {
    ($($code:literal $name:ident $reason:literal)*) => {
        impl Status {
            $(
                #[doc = concat!("`", $code, " ", $reason, "`.")]
                pub const $name: Self = Self($code);
            )*

            /// Gives code and reason as they follow the version on a status line, `200 OK`, without
            /// formatting; `None` for a code that has no phrase of its own.
            #[must_use]
            pub const fn phrase(self) -> Option<&'static str> {
                match self.0 {
                    $($code => Some(concat!($code, " ", $reason)),)*
                    _ => None,
                }
            }

            /// Gives the reason phrase, empty for a code that has none.
            #[must_use]
            pub const fn reason(self) -> &'static str {
                match self.0 {
                    $($code => $reason,)*
                    _ => "",
                }
            }

            /// Every code of the table, for checks over all of them.
            #[cfg(test)]
            const ALL: &'static [Self] = &[$(Self($code)),*];
        }
    };
}

statuses! {
    100 CONTINUE "Continue"
    101 SWITCHING_PROTOCOLS "Switching Protocols"
    103 EARLY_HINTS "Early Hints"
    200 OK "OK"
    201 CREATED "Created"
    202 ACCEPTED "Accepted"
    203 NON_AUTHORITATIVE_INFORMATION "Non-Authoritative Information"
    204 NO_CONTENT "No Content"
    205 RESET_CONTENT "Reset Content"
    206 PARTIAL_CONTENT "Partial Content"
    300 MULTIPLE_CHOICES "Multiple Choices"
    301 MOVED_PERMANENTLY "Moved Permanently"
    302 FOUND "Found"
    303 SEE_OTHER "See Other"
    304 NOT_MODIFIED "Not Modified"
    307 TEMPORARY_REDIRECT "Temporary Redirect"
    308 PERMANENT_REDIRECT "Permanent Redirect"
    400 BAD_REQUEST "Bad Request"
    401 UNAUTHORIZED "Unauthorized"
    402 PAYMENT_REQUIRED "Payment Required"
    403 FORBIDDEN "Forbidden"
    404 NOT_FOUND "Not Found"
    405 METHOD_NOT_ALLOWED "Method Not Allowed"
    406 NOT_ACCEPTABLE "Not Acceptable"
    407 PROXY_AUTHENTICATION_REQUIRED "Proxy Authentication Required"
    408 REQUEST_TIMEOUT "Request Timeout"
    409 CONFLICT "Conflict"
    410 GONE "Gone"
    411 LENGTH_REQUIRED "Length Required"
    412 PRECONDITION_FAILED "Precondition Failed"
    413 CONTENT_TOO_LARGE "Content Too Large"
    414 URI_TOO_LONG "URI Too Long"
    415 UNSUPPORTED_MEDIA_TYPE "Unsupported Media Type"
    416 RANGE_NOT_SATISFIABLE "Range Not Satisfiable"
    417 EXPECTATION_FAILED "Expectation Failed"
    421 MISDIRECTED_REQUEST "Misdirected Request"
    422 UNPROCESSABLE_CONTENT "Unprocessable Content"
    425 TOO_EARLY "Too Early"
    426 UPGRADE_REQUIRED "Upgrade Required"
    428 PRECONDITION_REQUIRED "Precondition Required"
    429 TOO_MANY_REQUESTS "Too Many Requests"
    431 REQUEST_HEADER_FIELDS_TOO_LARGE "Request Header Fields Too Large"
    451 UNAVAILABLE_FOR_LEGAL_REASONS "Unavailable For Legal Reasons"
    500 INTERNAL_SERVER_ERROR "Internal Server Error"
    501 NOT_IMPLEMENTED "Not Implemented"
    502 BAD_GATEWAY "Bad Gateway"
    503 SERVICE_UNAVAILABLE "Service Unavailable"
    504 GATEWAY_TIMEOUT "Gateway Timeout"
    505 HTTP_VERSION_NOT_SUPPORTED "HTTP Version Not Supported"
    507 INSUFFICIENT_STORAGE "Insufficient Storage"
    511 NETWORK_AUTHENTICATION_REQUIRED "Network Authentication Required"
}

impl Status {
    /// Makes a status of any three-digit code; `None` outside 100 to 999.
    #[must_use]
    pub const fn new(code: u16) -> Option<Self> {
        if matches!(code, 100..=999) { Some(Self(code)) } else { None }
    }

    /// Gives the number.
    #[must_use]
    pub const fn code(self) -> u16 {
        self.0
    }

    /// Tells whether the response is an interim one, 1xx.
    #[must_use]
    pub const fn is_informational(self) -> bool {
        self.0 < 200
    }

    /// Tells whether the request was received, understood and accepted, 2xx.
    #[must_use]
    pub const fn is_success(self) -> bool {
        matches!(self.0, 200..=299)
    }

    /// Tells whether the response reports an error of client or server, 4xx or 5xx.
    #[must_use]
    pub const fn is_error(self) -> bool {
        matches!(self.0, 400..=599)
    }

    /// Tells whether a response with this status can have content at all: not with 1xx, 204 and 304
    /// (RFC 9110 §6.4.1).
    #[must_use]
    pub const fn allows_content(self) -> bool {
        !(self.is_informational() || matches!(self, Self::NO_CONTENT | Self::NOT_MODIFIED))
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.phrase() {
            Some(phrase) => f.write_str(phrase),
            None => self.0.fmt(f),
        }
    }
}

impl fmt::Debug for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Status({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrase_is_code_and_reason() {
        for status in Status::ALL {
            let expected = format!("{} {}", status.code(), status.reason());
            assert_eq!(status.phrase(), Some(expected.as_str()));
            assert_eq!(status.to_string(), expected);
        }
    }

    #[test]
    fn codes_have_three_digits() {
        for (code, is_valid) in [(0, false), (99, false), (100, true), (999, true), (1000, false)] {
            assert_eq!(Status::new(code).is_some(), is_valid, "{code}");
        }
    }

    #[test]
    fn a_code_without_phrase_is_still_a_status() {
        let teapot = Status::new(799).unwrap();
        assert_eq!((teapot.phrase(), teapot.reason()), (None, ""));
        assert_eq!(teapot.to_string(), "799");
        assert_eq!(format!("{teapot:?}"), "Status(799)");
    }

    #[test]
    fn classes_and_content() {
        fn check(code: u16, class: &str, allows_content: bool) {
            let status = Status::new(code).unwrap();
            assert_eq!(status.is_informational(), class == "informational", "{code}");
            assert_eq!(status.is_success(), class == "success", "{code}");
            assert_eq!(status.is_error(), class == "error", "{code}");
            assert_eq!(status.allows_content(), allows_content, "{code}");
        }
        check(100, "informational", false);
        check(199, "informational", false);
        check(200, "success", true);
        check(204, "success", false);
        check(206, "success", true);
        check(299, "success", true);
        check(300, "redirect", true);
        check(304, "redirect", false);
        check(399, "redirect", true);
        check(400, "error", true);
        check(599, "error", true);
        check(600, "unassigned", true);
    }
}
