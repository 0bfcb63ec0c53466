//! A drawing of bars, as SVG text: a title, groups of bars with a label and a value each.
//!
//! It takes its colours from the reader's scheme, light or dark, says in words what it shows, and
//! needs no font of its own. It knows nothing of servers.

use std::fmt::Write as _;

/// A drawing.
#[derive(Debug)]
pub(super) struct Chart {
    pub(super) title: String,
    /// What the drawing shows, in words.
    pub(super) description: String,
    /// What the marks stand for.
    pub(super) legend: Vec<(Mark, String)>,
    pub(super) groups: Vec<Group>,
    /// What stands below, small.
    pub(super) note: String,
}

/// Bars that are compared with each other.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) title: String,
    pub(super) bars: Vec<Bar>,
    /// The value in the middle of the room for bars, marked by a line; bars of more than twice as
    /// much are cut. Without one the longest bar fills the room.
    pub(super) middle: Option<f64>,
}

/// A bar.
#[derive(Debug)]
pub(super) struct Bar {
    pub(super) label: String,
    pub(super) value: f64,
    /// What stands behind it.
    pub(super) text: String,
    pub(super) tone: Tone,
}

/// How a bar is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    /// The one that it is about.
    Ours,
    /// The measure of the others.
    Measure,
    Other,
}

/// What the legend explains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// Bars of a colour.
    Bars(Tone),
    /// The line in the middle of a group.
    Middle,
    /// A bar that was cut.
    Cut,
}

const WIDTH: f64 = 860.0;
const MARGIN: f64 = 24.0;
const GAP: f64 = 28.0;
const LABEL_WIDTH: f64 = 116.0;
const TEXT_WIDTH: f64 = 68.0;
const BAR_HEIGHT: f64 = 14.0;
const BAR_STEP: f64 = 20.0;
const HEADER_HEIGHT: f64 = 84.0;
const FOOTER_HEIGHT: f64 = 22.0;
const GROUP_HEADER: f64 = 26.0;
const GROUP_GAP: f64 = 26.0;
const CUT_WIDTH: f64 = 26.0;
const MARK_WIDTH: f64 = 26.0;
/// Room for a character of the legend, in a font that is rather wide.
const LETTER_WIDTH: f64 = 7.2;
const COLUMNS: usize = 2;

const STYLE: &str = "\
  text { font-family: system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif; \
font-size: 12px; fill: #1f2933 }
  .title { font-size: 19px; font-weight: 600 }
  .soft { fill: #5b6875 }
  .group { font-size: 13px; font-weight: 600 }
  .value { font-variant-numeric: tabular-nums; text-anchor: end }
  .strong { font-weight: 600 }
  .paper, .cut { fill: #ffffff }
  .middle { stroke: #1f2933; stroke-width: 1; stroke-dasharray: 2 3 }
  .track { fill: #eef1f4 }
  .ours { fill: #c2410c }
  .measure { fill: #7b8794 }
  .other { fill: #a9bccf }
  @media (prefers-color-scheme: dark) {
    text { fill: #e4e9ee }
    .soft { fill: #9aa7b4 }
    .paper, .cut { fill: #12171d }
    .middle { stroke: #e4e9ee }
    .track { fill: #1e262f }
    .ours { fill: #fb8a4c }
    .measure { fill: #8793a0 }
    .other { fill: #47617c }
  }
";

impl Chart {
    /// Draws it.
    pub(super) fn draw(&self) -> String {
        let column_width = (WIDTH - 2.0 * MARGIN - GAP) / COLUMNS as f64;
        let mut body = String::new();
        let mut top = HEADER_HEIGHT;
        for row in self.groups.chunks(COLUMNS) {
            for (column, group) in row.iter().enumerate() {
                let left = MARGIN + column as f64 * (column_width + GAP);
                group.draw(&mut body, left, top, column_width);
            }
            let tallest = row.iter().map(Group::height).fold(0.0, f64::max);
            top += tallest + GROUP_GAP;
        }
        let height = top + FOOTER_HEIGHT;
        let (title, description) = (escape(&self.title), escape(&self.description));
        let mut text = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
             width=\"{WIDTH}\" height=\"{height}\" role=\"img\" aria-labelledby=\"title \
             desc\">\n<title id=\"title\">{title}</title>\n<desc \
             id=\"desc\">{description}</desc>\n<style>\n{STYLE}</style>\n<rect class=\"paper\" \
             width=\"{WIDTH}\" height=\"{height}\" rx=\"8\"/>\n"
        );
        line(&mut text, [MARGIN, 36.0], "title", &self.title);
        self.draw_legend(&mut text, 61.0);
        text.push_str(&body);
        line(&mut text, [MARGIN, height - 18.0], "soft", &self.note);
        text.push_str("</svg>\n");
        text
    }

    /// Draws a row of marks, with what they stand for behind them.
    fn draw_legend(&self, out: &mut String, base: f64) {
        let mut left = MARGIN;
        for (mark, text) in &self.legend {
            let top = base + 3.0 - BAR_HEIGHT;
            match mark {
                Mark::Bars(tone) => rect(out, [left, top, MARK_WIDTH], tone.class()),
                Mark::Middle => middle(out, left + MARK_WIDTH / 2.0, [top - 2.0, base + 5.0]),
                Mark::Cut => {
                    rect(out, [left, top, MARK_WIDTH], Tone::Other.class());
                    cut(out, left + 8.0, top);
                }
            }
            let text_left = left + MARK_WIDTH + 6.0;
            line(out, [text_left, base], "soft", text);
            left = text_left + LETTER_WIDTH * text.chars().count() as f64 + 14.0;
        }
    }
}

impl Group {
    fn height(&self) -> f64 {
        GROUP_HEADER + BAR_STEP * self.bars.len() as f64
    }

    fn draw(&self, out: &mut String, left: f64, top: f64, width: f64) {
        line(out, [left, top + 13.0], "group", &self.title);
        let room = width - LABEL_WIDTH - TEXT_WIDTH;
        let longest = self.bars.iter().map(|bar| bar.value).fold(f64::MIN_POSITIVE, f64::max);
        let full = self.middle.map_or(longest, |middle| middle * 2.0);
        let bar_left = left + LABEL_WIDTH;
        for (at, bar) in self.bars.iter().enumerate() {
            let bar_top = top + GROUP_HEADER + BAR_STEP * at as f64;
            let base = bar_top + BAR_HEIGHT - 3.0;
            let length = (room * bar.value / full).clamp(1.5, room);
            let (label, value) = match bar.tone {
                Tone::Ours => ("strong", "value strong"),
                Tone::Measure | Tone::Other => ("soft", "value"),
            };
            line(out, [left, base], label, &bar.label);
            rect(out, [bar_left, bar_top, room], "track");
            rect(out, [bar_left, bar_top, length], bar.tone.class());
            if bar.value > full {
                cut(out, bar_left + room - CUT_WIDTH, bar_top);
            }
            line(out, [left + width, base], value, &bar.text);
        }
        if self.middle.is_some() {
            let top = top + GROUP_HEADER - 3.0;
            let bottom = top + BAR_STEP * self.bars.len() as f64;
            middle(out, bar_left + room / 2.0, [top, bottom]);
        }
    }
}

impl Tone {
    const fn class(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Measure => "measure",
            Self::Other => "other",
        }
    }
}

/// Writes a line of text. Writing to a string cannot fail, here and below.
fn line(out: &mut String, [x, y]: [f64; 2], class: &str, text: &str) {
    let text = escape(text);
    let _ = writeln!(out, "<text x=\"{x:.1}\" y=\"{y:.1}\" class=\"{class}\">{text}</text>");
}

fn rect(out: &mut String, [x, y, width]: [f64; 3], class: &str) {
    let _ = writeln!(
        out,
        "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{BAR_HEIGHT}\" rx=\"2\" \
         class=\"{class}\"/>"
    );
}

/// Draws the line in the middle of a group.
fn middle(out: &mut String, x: f64, [top, bottom]: [f64; 2]) {
    let _ = writeln!(
        out,
        "<line x1=\"{x:.1}\" y1=\"{top:.1}\" x2=\"{x:.1}\" y2=\"{bottom:.1}\" class=\"middle\"/>"
    );
}

/// Cuts a bar that is longer than its room, near its end.
fn cut(out: &mut String, x: f64, y: f64) {
    let (bottom, lean) = (y + BAR_HEIGHT, 4.0);
    for x in [x, x + 2.0 * lean] {
        let (right, foot) = (x + lean, x - lean);
        let _ = writeln!(
            out,
            "<polygon class=\"cut\" points=\"{x:.1},{y:.1} {right:.1},{y:.1} {x:.1},{bottom:.1} \
             {foot:.1},{bottom:.1}\"/>"
        );
    }
}

/// Text that may stand between tags.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart() -> Chart {
        let bar = |label: &str, value: f64, tone: Tone| Bar {
            label: label.to_owned(),
            value,
            text: format!("{value}"),
            tone,
        };
        let group = |title: &str| Group {
            title: title.to_owned(),
            bars: vec![bar("Avocet", 1.0, Tone::Ours), bar("a < b & c", 2.0, Tone::Other)],
            middle: None,
        };
        Chart {
            title: "Cost".to_owned(),
            description: "Avocet 1, the other 2.".to_owned(),
            legend: Vec::new(),
            groups: vec![group("first"), group("second"), group("third")],
            note: "A note.".to_owned(),
        }
    }

    /// Whether every tag that is opened is closed, in order, and nothing else is in the text.
    fn is_well_formed(text: &str) -> bool {
        let mut open = Vec::new();
        for part in text.split('<').skip(1) {
            let Some((tag, between)) = part.split_once('>') else { return false };
            if between.contains('&') && !between.contains("&amp;") && !between.contains("&lt;") {
                return false;
            }
            let name = tag.split(' ').next().unwrap_or_default().to_owned();
            if tag.matches('"').count() % 2 == 1 {
                return false;
            }
            match name.strip_prefix('/') {
                Some(name) if open.pop().as_deref() != Some(name) => return false,
                Some(_) => {}
                None if tag.ends_with('/') => {}
                None => open.push(name),
            }
        }
        open.is_empty()
    }

    #[test]
    fn a_drawing_is_well_formed_and_says_what_it_shows() {
        let text = chart().draw();
        assert!(is_well_formed(&text), "{text}");
        assert!(!is_well_formed("<a><b></a>") && !is_well_formed("<a>"));
        for part in ["<title id", "<desc id", "a &lt; b &amp; c", "A note.", "third"] {
            assert!(text.contains(part), "{part}");
        }
    }

    #[test]
    fn a_bar_beyond_twice_the_middle_is_cut() {
        let mut chart = chart();
        assert!(!chart.draw().contains("<polygon"));
        chart.groups[0].middle = Some(0.9);
        let text = chart.draw();
        assert!(is_well_formed(&text), "{text}");
        assert_eq!(text.matches("<polygon").count(), 2);
        assert_eq!(text.matches("class=\"middle\"").count(), 1);
    }

    /// Where the texts of the legend begin.
    fn legend_of(text: &str) -> Vec<f64> {
        let lines = text.lines().filter(|line| line.contains("y=\"61.0\""));
        let left = lines.map(|line| line.split('"').nth(1).unwrap().parse().unwrap());
        left.collect()
    }

    #[test]
    fn a_legend_has_each_mark_beside_its_meaning() {
        let mut chart = chart();
        chart.groups.clear();
        let meaning = "a".repeat(20);
        chart.legend = vec![
            (Mark::Bars(Tone::Ours), meaning.clone()),
            (Mark::Bars(Tone::Measure), meaning.clone()),
            (Mark::Middle, meaning.clone()),
            (Mark::Cut, meaning),
        ];
        let text = chart.draw();
        assert!(is_well_formed(&text), "{text}");
        let count = |part: &str| text.matches(&format!("class=\"{part}\"")).count();
        assert_eq!([count("ours"), count("measure"), count("other")], [1, 1, 1]);
        assert_eq!([count("middle"), count("cut")], [1, 2]);
        let left = legend_of(&text);
        assert_eq!(left.len(), 4);
        let room = 20.0 * LETTER_WIDTH;
        assert!(left.windows(2).all(|pair| pair[1] - pair[0] > room + MARK_WIDTH), "{left:?}");
    }

    #[test]
    fn the_longest_bar_fills_its_room_and_the_others_are_in_proportion() {
        let text = chart().draw();
        let width = |class: &str| {
            let line =
                text.lines().find(|line| line.contains(&format!("class=\"{class}\""))).unwrap();
            let (_, rest) = line.split_once("width=\"").unwrap();
            rest.split('"').next().unwrap().parse::<f64>().unwrap()
        };
        assert!((width("other") - width("track")).abs() < 0.1);
        assert!((width("ours") * 2.0 - width("other")).abs() < 0.2);
    }
}
