//! The attacks: a table of what is done, and what the server promises all the same.

use std::time::Duration;

use crate::conduct::{Conduct, Leaving, Reading, Repeat, Then, Window};
use crate::crowd::Plan;
use crate::effort::Effort;
use crate::scale::Scale;
use crate::server::{HELLO, IGNORE, KEEP, READ};
use crate::states;

/// What is done to a server, and what is expected of it.
#[derive(Debug)]
pub(crate) struct Attack {
    pub(crate) name: &'static str,
    /// What it is, in a few words.
    pub(crate) about: &'static str,
    /// The limits that bound it.
    pub(crate) limits: &'static [&'static str],
    pub(crate) means: Means,
    pub(crate) end: End,
    /// By what the times of its limits, and the number of its clients, are divided in a quick run.
    pub(crate) quick: (u32, usize),
}

/// How an attack is done.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Means {
    /// By nothing: how the good client fares on this machine as it is.
    Nothing,
    /// By so many clients with a conduct.
    Crowd(usize, fn(Effort) -> Vec<Conduct>),
    /// By so many clients, one after another, with at most so many at once.
    Stream(usize, usize, fn(Effort) -> Vec<Conduct>),
    /// By damaged requests.
    Mutations,
    /// By paths that lead out of the root.
    Spellings,
    /// By a link in the root that points inside and outside in turns.
    SwappedLink,
}

/// How an attack ends.
#[derive(Clone, Copy, Debug)]
pub(crate) enum End {
    /// The server lets go of all attackers: in so much time, and what connecting takes.
    LetGo(fn(Scale) -> Duration),
    /// The attackers go by themselves.
    Left,
    /// Nobody is let go: the attack ends when its time is up.
    Served,
    /// Nobody is let go, and the server does nothing meanwhile.
    Quiet,
}

/// What an attacker asks for who will not read it.
const LARGE: &str = "GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n";

/// What a crowd of floods may take beyond its deadlines, for all that it sends.
const WORK: Duration = Duration::from_secs(8);

const SECOND: Duration = Duration::from_secs(1);

/// Every attack, in the order of the list.
pub(crate) const ATTACKS: &[Attack] = &[
    Attack {
        name: "nothing",
        about: "no attack: the machine as it is",
        limits: &[],
        means: Means::Nothing,
        end: End::Left,
        quick: (10, 1),
    },
    Attack {
        name: "slow-heads",
        about: "heads at a byte a second",
        limits: &["head_timeout"],
        means: Means::Crowd(1000, slow_heads),
        end: End::LetGo(|scale| scale.time("head_timeout") + scale.time("linger_timeout")),
        quick: (20, 1),
    },
    Attack {
        name: "stalled-readers",
        about: "readers of a 50 MiB file that stop",
        limits: &["send_timeout", "send_rate_min", "send_timeout_max"],
        means: Means::Crowd(200, |_| vec![Conduct::new(LARGE).reading(Reading::Never)]),
        end: End::LetGo(|scale| scale.time("send_timeout")),
        quick: (300, 1),
    },
    Attack {
        name: "slow-readers",
        about: "readers at 1 kB/s, of 64 KiB or with the defaults 50 MiB",
        limits: &["send_timeout", "send_rate_min", "send_timeout_max"],
        means: Means::Crowd(200, slow_readers),
        end: End::Left,
        quick: (10, 1),
    },
    Attack {
        name: "honest-readers",
        about: "readers of a 50 MiB file at 20 kB/s, who are to be served",
        limits: &["send_timeout", "send_rate_min", "send_timeout_max"],
        means: Means::Crowd(50, |_| {
            vec![Conduct::new(LARGE).reading(Reading::AtRate(20_000, Window::Usual))]
        }),
        end: End::Served,
        quick: (10, 1),
    },
    Attack {
        name: "endless-headers",
        about: "heads that never end",
        limits: &["head_size_max", "fields_max", "linger_timeout"],
        means: Means::Stream(2000, 200, |_| {
            let field = format!("X-{}: {}\r\n", "a".repeat(20), "b".repeat(600));
            vec![Conduct::new("GET / HTTP/1.1\r\nHost: a\r\n").flooding(field.repeat(20))]
        }),
        end: End::LetGo(|scale| scale.time("linger_timeout") + WORK),
        quick: (20, 5),
    },
    Attack {
        name: "endless-chunks",
        about: "chunked bodies that never end",
        limits: &["body_size_max", "body_memory_max", "linger_timeout"],
        means: Means::Stream(1000, 200, |_| {
            taken(|head| head.flooding(format!("4000\r\n{}\r\n", "x".repeat(0x4000))))
        }),
        end: End::LetGo(|scale| scale.time("linger_timeout") + WORK),
        quick: (20, 3),
    },
    Attack {
        name: "chunk-extensions",
        about: "chunks with an extension that never ends",
        limits: &["linger_timeout"],
        means: Means::Stream(2000, 200, |_| {
            taken(|mut head| {
                head.opening.extend_from_slice(b"1;a=");
                head.flooding("x".repeat(0x4000))
            })
        }),
        end: End::LetGo(|scale| scale.time("linger_timeout") + WORK),
        quick: (20, 5),
    },
    Attack {
        name: "endless-trailers",
        about: "trailers that never end",
        limits: &["linger_timeout"],
        means: Means::Stream(2000, 200, |_| {
            taken(|mut head| {
                head.opening.extend_from_slice(b"0\r\n");
                head.flooding("X-A: b\r\n".repeat(2000))
            })
        }),
        end: End::LetGo(|scale| scale.time("linger_timeout") + WORK),
        quick: (20, 5),
    },
    Attack {
        name: "one-byte-chunks",
        about: "chunks of one byte, as fast as they are taken",
        limits: &["body_size_max", "linger_timeout"],
        means: Means::Crowd(200, |_| taken(|head| head.flooding("1\r\nx\r\n".repeat(5000)))),
        end: End::LetGo(|scale| scale.time("linger_timeout") + WORK * 2),
        quick: (20, 4),
    },
    Attack {
        name: "slow-bodies",
        about: "bodies in one-byte chunks, two a second",
        limits: &["body_timeout", "body_rate_min"],
        means: Means::Crowd(200, |_| taken(|head| head.trickling("1\r\nx\r\n", 6, SECOND / 2))),
        end: End::LetGo(|scale| scale.time("body_timeout") * 2 + scale.time("linger_timeout")),
        quick: (20, 1),
    },
    Attack {
        name: "unread-bodies",
        about: "bodies that nobody reads and that never end",
        limits: &["body_drain_max", "linger_timeout"],
        means: Means::Stream(1000, 200, unread_bodies),
        end: End::LetGo(|scale| scale.time("linger_timeout") + WORK),
        quick: (20, 3),
    },
    Attack {
        name: "pipelining",
        about: "100,000 requests each, and no answer is read",
        limits: &["output_size_max", "pending_size_max", "send_timeout", "send_timeout_max"],
        means: Means::Crowd(50, pipelining),
        end: End::LetGo(|scale| scale.time("send_timeout") + WORK),
        quick: (300, 1),
    },
    Attack {
        name: "resets",
        about: "connections that are reset at random moments",
        limits: &[],
        means: Means::Stream(10_000, 400, resets),
        end: End::Left,
        quick: (20, 5),
    },
    Attack {
        name: "idle",
        about: "connections that stay idle behind a request",
        limits: &["idle_timeout", "descriptor_reserve"],
        means: Means::Crowd(8000, |_| vec![Conduct::new(hello())]),
        end: End::LetGo(|scale| scale.time("idle_timeout")),
        quick: (30, 1),
    },
    Attack {
        name: "half-way",
        about: "awkward states, held open (with the defaults)",
        limits: &["head_timeout", "body_timeout", "send_timeout", "idle_timeout"],
        means: Means::Crowd(140, |_| states::conducts()),
        end: End::Quiet,
        quick: (1, 1),
    },
    Attack {
        name: "mutations",
        about: "2,000 damaged requests",
        limits: &["request_line_size_max", "head_size_max"],
        means: Means::Mutations,
        end: End::Left,
        quick: (20, 1),
    },
    Attack {
        name: "spellings",
        about: "512 spellings of a path out of the root",
        limits: &[],
        means: Means::Spellings,
        end: End::Left,
        quick: (20, 1),
    },
    Attack {
        name: "swapped-link",
        about: "a link out of the root and back, 1,000 times a second",
        limits: &[],
        means: Means::SwappedLink,
        end: End::Left,
        quick: (20, 1),
    },
];

/// Returns the attack of that name.
pub(crate) fn named(name: &str) -> Option<&'static Attack> {
    ATTACKS.iter().find(|attack| attack.name == name)
}

impl Attack {
    /// Returns what the times of a run are divided by.
    pub(crate) const fn scale(&self, effort: Effort) -> Scale {
        match (effort, self.end) {
            (Effort::Defaults, _) | (_, End::Quiet) => Scale::DEFAULTS,
            (Effort::Full, _) => Scale::all(10),
            (Effort::Quick, _) => Scale { tried: self.quick.0, limits: self.limits, others: 10 },
        }
    }

    /// Returns the crowd that does it, if one does.
    pub(crate) fn plan(&self, effort: Effort) -> Option<Plan> {
        let (count, at_once, conducts) = match self.means {
            Means::Crowd(count, conducts) => (count, count, conducts),
            Means::Stream(count, at_once, conducts) => (count, at_once, conducts),
            Means::Nothing | Means::Mutations | Means::Spellings | Means::SwappedLink => {
                return None;
            }
        };
        let count = if effort == Effort::Quick { count / self.quick.1 } else { count };
        Some(Plan { count, at_once: at_once.min(count), conducts: conducts(effort) })
    }
}

fn hello() -> String {
    format!("GET {HELLO} HTTP/1.1\r\nHost: a\r\n\r\n")
}

fn slow_heads(_effort: Effort) -> Vec<Conduct> {
    let head = format!("GET {HELLO} HTTP/1.1\r\nHost: a\r\nX-Slow: {}", "a".repeat(4000));
    vec![Conduct::new("").trickling(head, 1, SECOND)]
}

fn slow_readers(effort: Effort) -> Vec<Conduct> {
    let (file, rate) = match effort {
        Effort::Defaults => ("large.bin", 1000),
        Effort::Full => ("medium.bin", 1000),
        Effort::Quick => ("medium.bin", 40_000),
    };
    let request = format!("GET /{file} HTTP/1.1\r\nHost: a\r\n\r\n");
    let reading = Reading::AtRate(rate, Window::Small);
    vec![Conduct::new(request).reading(reading).leaving(Leaving::WhenAnswered)]
}

/// Has a chunked body sent to both routes that take one.
fn taken(body: impl Fn(Conduct) -> Conduct) -> Vec<Conduct> {
    let head =
        |route| format!("POST {route} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    [READ, KEEP].map(|route| body(Conduct::new(head(route)))).into()
}

fn unread_bodies(_effort: Effort) -> Vec<Conduct> {
    let head = |framing| format!("POST {IGNORE} HTTP/1.1\r\nHost: a\r\n{framing}\r\n\r\n");
    let chunk = format!("4000\r\n{}\r\n", "x".repeat(0x4000));
    vec![
        Conduct::new(head("Content-Length: 52428800")).flooding("x".repeat(0x4000)),
        Conduct::new(head("Transfer-Encoding: chunked")).flooding(chunk),
    ]
}

fn pipelining(_effort: Effort) -> Vec<Conduct> {
    const REQUESTS: u64 = 100_000;
    const TOGETHER: u64 = 1000;
    let text = hello().repeat(1000).into_bytes();
    let repeat = Repeat { text, pace: None, times: REQUESTS / TOGETHER };
    vec![Conduct::new("").then(Then::Repeat(repeat)).reading(Reading::Never)]
}

fn resets(_effort: Effort) -> Vec<Conduct> {
    let post = |route| {
        let head = format!("POST {route} HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
        let pace = Some((1000, SECOND / 1000));
        let repeat = Repeat { text: "x".repeat(1000).into(), pace, times: 100 };
        Conduct::new(head).then(Then::Repeat(repeat))
    };
    let conducts = [
        Conduct::new(""),
        Conduct::new("GET / HTT"),
        Conduct::new(hello()),
        Conduct::new(hello().repeat(100)).reading(Reading::Never),
        Conduct::new(LARGE).reading(Reading::AtRate(1_000_000, Window::Usual)),
        Conduct::new(LARGE).reading(Reading::Never),
        Conduct::new("GET /?sort=name HTTP/1.1\r\nHost: a\r\n\r\n"),
        post(READ),
        post(KEEP),
        post(IGNORE),
    ];
    conducts.map(|conduct| conduct.leaving(Leaving::ResetWithin(SECOND / 10))).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_limits_are_in_the_table() {
        for (at, attack) in ATTACKS.iter().enumerate() {
            assert!(ATTACKS[..at].iter().all(|other| other.name != attack.name), "{attack:?}");
            assert!(attack.limits.iter().all(|key| settings::entry(key).is_some()), "{attack:?}");
        }
    }

    #[test]
    fn every_crowd_has_its_plan() {
        for attack in ATTACKS {
            for effort in [Effort::Full, Effort::Quick, Effort::Defaults] {
                let is_crowd = matches!(attack.means, Means::Crowd(..) | Means::Stream(..));
                let plan = attack.plan(effort);
                assert_eq!(plan.is_some(), is_crowd, "{attack:?}");
                assert!(plan.is_none_or(|plan| plan.conducts.len() <= plan.count), "{attack:?}");
            }
        }
    }
}
