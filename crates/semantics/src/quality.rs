//! Quality values (RFC 9110 §12.4.2): how much a client likes one thing more than another.
//!
//! One reading of `q=`, shared by all fields that have it. What a missing weight or a malformed one
//! means is the reader's business.

/// How much something is liked, in thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Quality(u16);

impl Quality {
    /// Not acceptable.
    pub(crate) const ZERO: Self = Self(0);
    /// As good as can be, and what a member without a weight has.
    pub(crate) const ONE: Self = Self(1000);

    /// Reads a weight, 0 to 1 with at most three decimals.
    pub(crate) fn parse(weight: &[u8]) -> Option<Self> {
        let (&whole, decimals) = weight.split_first()?;
        let decimals = match decimals {
            [] => &[],
            [b'.', decimals @ ..] if decimals.len() <= 3 => decimals,
            _ => return None,
        };
        let mut thousandths = 0;
        for place in 0..3 {
            let digit = decimals.get(place).copied().unwrap_or(b'0');
            let digit = digit.is_ascii_digit().then(|| digit - b'0')?;
            thousandths = thousandths * 10 + u16::from(digit);
        }
        match (whole, thousandths) {
            (b'0', _) => Some(Self(thousandths)),
            (b'1', 0) => Some(Self::ONE),
            _ => None,
        }
    }
}

/// Gives the weight of a parameter named `q`, which has no case; `None` for any other parameter.
pub(crate) fn weight(parameter: &[u8]) -> Option<&[u8]> {
    match parameter {
        [b'q' | b'Q', b'=', weight @ ..] => Some(weight),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn qualities() {
        fn check(text: &str, expected: Option<u16>) {
            assert_eq!(Quality::parse(text.as_bytes()), expected.map(Quality), "{text:?}");
        }
        check("0", Some(0));
        check("1", Some(1000));
        check("0.", Some(0));
        check("1.", Some(1000));
        check("0.5", Some(500));
        check("0.25", Some(250));
        check("0.001", Some(1));
        check("1.000", Some(1000));
        check("1.001", None);
        check("0.0001", None);
        check("2", None);
        check("-1", None);
        check("0,5", None);
        check("0.x", None);
        check(".5", None);
        check("", None);
        check("10", None);
        check("00", None);
        check("1.0000", None);
    }

    #[test]
    fn weights_are_named_q() {
        assert_eq!(weight(b"q=0.5"), Some(b"0.5".as_slice()));
        assert_eq!(weight(b"Q="), Some(b"".as_slice()));
        for other in ["", "q", "qs=1", "q =1", "level=1"] {
            assert_eq!(weight(other.as_bytes()), None, "{other:?}");
        }
    }
}
