//! The table of loads, and what Avocet must reach under each.

use super::judge::Against::{EachOther, Floor as TheFloor, Nginx, TheTwin};
use super::judge::Limit::{AtMost, Below};
use super::judge::Target::{self, Balance, Cpu, HotP99, P99, Resident};
use super::scenario::{
    Ask, Coding, Drive, Field, Floor, Log, Pages, Scenario, Setting, Twin, Unit,
};
use super::site::Area;
use super::site::FileSize::{B612, KiB4, KiB100, MiB1, MiB200};

/// What is the same in most loads.
const USUAL: Scenario = Scenario {
    name: "",
    about: "",
    ask: Ask::Files(Area::File(B612)),
    connections: 64,
    pipelined: 1,
    reuse: None,
    drive: Drive::LockStep,
    unit: Unit::Request,
    pages: Pages::Warm,
    floor: None,
    setting: Setting::PLAIN,
    twin: None,
    field: Field::All,
    targets: &[],
};

const SMALL: &[Target] =
    &[Cpu(TheFloor, AtMost(1.10)), Cpu(Nginx, AtMost(0.70)), Cpu(EachOther, Below(1.0))];
const LARGE: &[Target] =
    &[Cpu(TheFloor, AtMost(1.05)), Cpu(Nginx, AtMost(0.98)), Cpu(EachOther, Below(1.0))];
const LEAN: &[Target] = &[Cpu(Nginx, AtMost(0.75)), Cpu(EachOther, Below(1.0))];

/// All loads, in the order of the page.
pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "612 B, 1,024 connections",
        about: "A page of 612 bytes, the size of nginx's own welcome page.",
        connections: 1_024,
        floor: Some(Floor::Plain),
        targets: SMALL,
        ..USUAL
    },
    Scenario {
        name: "4 KiB, 1,024 connections",
        about: "A page of 4 KiB.",
        ask: Ask::Files(Area::File(KiB4)),
        connections: 1_024,
        floor: Some(Floor::Plain),
        targets: SMALL,
        ..USUAL
    },
    Scenario {
        name: "612 B, 64 connections",
        about: "The same 612 bytes for fewer clients.",
        floor: Some(Floor::Plain),
        ..USUAL
    },
    Scenario {
        name: "612 B, 10,000 connections",
        about: "The same for very many clients; a second Avocet has 64.",
        connections: 10_000,
        floor: Some(Floor::Plain),
        twin: Some(Twin::Connections(64)),
        targets: &[Cpu(TheTwin, AtMost(1.10))],
        ..USUAL
    },
    Scenario {
        name: "612 B, 16 pipelined",
        about: "Sixteen requests in each write of a client.",
        pipelined: 16,
        floor: Some(Floor::Plain),
        targets: &[
            Cpu(TheFloor, AtMost(1.25)),
            Cpu(Nginx, AtMost(0.20)),
            Cpu(EachOther, Below(1.0)),
        ],
        ..USUAL
    },
    Scenario {
        name: "612 B, free-running",
        about: "Each client asks again as soon as it was answered; how much there is to do in a \
                turn is up to the server.",
        drive: Drive::FreeRunning,
        floor: Some(Floor::Plain),
        ..USUAL
    },
    Scenario {
        name: "100 KiB",
        about: "A picture of 100 KiB.",
        ask: Ask::Files(Area::File(KiB100)),
        floor: Some(Floor::SendFile),
        targets: LARGE,
        ..USUAL
    },
    Scenario {
        name: "1 MiB",
        about: "A clip of 1 MiB.",
        ask: Ask::Files(Area::File(MiB1)),
        floor: Some(Floor::SendFile),
        targets: LARGE,
        ..USUAL
    },
    Scenario {
        name: "200 MiB, warm",
        about: "A film of 200 MiB that is in the page cache; the cost is that of a MiB.",
        ask: Ask::Files(Area::File(MiB200)),
        connections: 2,
        unit: Unit::Mebibyte,
        floor: Some(Floor::SendFile),
        targets: &[
            Cpu(TheFloor, AtMost(1.03)),
            Cpu(Nginx, AtMost(1.03)),
            Cpu(EachOther, AtMost(1.03)),
        ],
        ..USUAL
    },
    Scenario {
        name: "200 MiB, cold",
        about: "The same film when the disk must be asked for it, the cost of which is within.",
        ask: Ask::Files(Area::File(MiB200)),
        connections: 1,
        unit: Unit::Mebibyte,
        pages: Pages::Cold,
        floor: Some(Floor::SendFile),
        ..USUAL
    },
    Scenario {
        name: "20 assets",
        about: "What a browser fetches for a page: twenty files of 3 to 300 KiB, the texts with \
                siblings in br and gzip, asked for with Accept-Encoding.",
        ask: Ask::AsBrowser(Area::Assets),
        connections: 256,
        setting: Setting { coding: Coding::Siblings, ..Setting::PLAIN },
        targets: &[Cpu(Nginx, AtMost(0.80)), Cpu(EachOther, Below(1.0))],
        ..USUAL
    },
    Scenario {
        name: "304",
        about: "A page that the client has: If-None-Match with the server's own tag, or \
                If-Modified-Since where it gives none.",
        ask: Ask::Fresh,
        targets: LEAN,
        ..USUAL
    },
    Scenario {
        name: "404",
        about: "A page that is not there.",
        ask: Ask::Missing,
        targets: LEAN,
        ..USUAL
    },
    Scenario {
        name: "HEAD",
        about: "The head of the page of 612 bytes.",
        ask: Ask::Head,
        targets: LEAN,
        ..USUAL
    },
    Scenario {
        name: "range",
        about: "The first KiB of a picture of 100 KiB.",
        ask: Ask::Range,
        targets: LEAN,
        ..USUAL
    },
    Scenario {
        name: "a connection per request",
        about: "612 bytes over a connection made for them, which the server is asked to close.",
        reuse: Some(1),
        targets: &[Cpu(Nginx, AtMost(0.95)), Cpu(EachOther, Below(1.0))],
        ..USUAL
    },
    Scenario {
        name: "10 requests a connection",
        about: "612 bytes, ten times over each connection.",
        reuse: Some(10),
        ..USUAL
    },
    Scenario {
        name: "log on",
        about: "612 bytes with an access log in a file on the disk; the cost of writing it is \
                within. A second Avocet has no log.",
        setting: Setting { log: Log::On, ..Setting::PLAIN },
        twin: Some(Twin::LogOff),
        targets: &[Cpu(TheTwin, AtMost(1.10)), Cpu(Nginx, Below(1.0)), Cpu(EachOther, Below(1.0))],
        ..USUAL
    },
    Scenario {
        name: "compressed on the fly",
        about: "The sixteen texts of the assets without siblings, asked for as a browser does, \
                when each has been asked for before. The cold cost is that of asking each once of \
                a server that was just started, until it is quiet.",
        ask: Ask::AsBrowser(Area::Texts),
        setting: Setting { coding: Coding::OnTheFly, ..Setting::PLAIN },
        targets: &[Cpu(Nginx, AtMost(0.05)), Cpu(EachOther, Below(1.0))],
        ..USUAL
    },
    Scenario {
        name: "walk over 100,000 files",
        about: "Files of 612 bytes, each as likely as the others.",
        ask: Ask::Walk(Area::Many),
        ..USUAL
    },
    Scenario {
        name: "10 files among 100,000",
        about: "Ten files of 612 bytes when a hundred thousand have been asked for; a second \
                Avocet has only those ten.",
        ask: Ask::AmongMany,
        twin: Some(Twin::Files(Area::Ten)),
        field: Field::Avocet,
        targets: &[Cpu(TheTwin, AtMost(1.10))],
        ..USUAL
    },
    Scenario {
        name: "two workers",
        about: "612 bytes from two workers that share the server's core; a second Avocet has one.",
        connections: 1_024,
        setting: Setting { workers: 2, ..Setting::PLAIN },
        twin: Some(Twin::OneWorker),
        field: Field::Avocet,
        targets: &[Cpu(TheTwin, AtMost(1.10)), Balance(1.25)],
        ..USUAL
    },
    Scenario {
        name: "cold downloads",
        about: "612 bytes, a thousand times a second, while sixteen clients download files of \
                16 MiB that are not in the page cache. The latency is that of the small file.",
        drive: Drive::BesideDownloads,
        pages: Pages::Cold,
        targets: &[HotP99(20.0)],
        ..USUAL
    },
    Scenario {
        name: "latency",
        about: "612 bytes at the same rate for all: half of what nginx can answer.",
        drive: Drive::HalfOfNginx,
        targets: &[P99(Nginx, AtMost(1.0))],
        ..USUAL
    },
    Scenario {
        name: "at rest",
        about: "Started, and asked for nothing yet.",
        drive: Drive::AtRest,
        targets: &[Resident(8 << 20)],
        ..USUAL
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_differ_and_everything_is_said() {
        for (at, scenario) in SCENARIOS.iter().enumerate() {
            assert!(!scenario.name.is_empty() && scenario.about.ends_with('.'), "{scenario:?}");
            let same = SCENARIOS.iter().position(|other| other.name == scenario.name);
            assert_eq!(same, Some(at), "{}", scenario.name);
        }
    }

    #[test]
    fn what_is_compared_with_is_measured() {
        for scenario in SCENARIOS {
            for target in scenario.targets {
                let (Cpu(against, _) | P99(against, _)) = target else { continue };
                match against {
                    TheFloor => assert!(scenario.floor.is_some(), "{}", scenario.name),
                    TheTwin => assert!(scenario.twin.is_some(), "{}", scenario.name),
                    Nginx | EachOther => assert_eq!(scenario.field, Field::All),
                }
            }
        }
    }
}
