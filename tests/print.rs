//! The printer: golden cases (`tests/cases/print/*.og`), and that printing keeps the tree, keeps every comment and
//! changes nothing the second time, over those cases and over generated files.

use outguard::syntax::ast::File;
use outguard::syntax::{parse, print};
use outguard::text::FileId;
use proptest::prelude::*;

fn tree(text: &str) -> File {
    let parsed = parse(FileId(0), text);
    assert!(parsed.diagnostics.is_empty(), "{:?}\n{text}", parsed.diagnostics);
    parsed.file
}

/// The items without their places, and the comments in any order.
fn meaning(file: &File) -> (String, Vec<String>) {
    let spans = regex::Regex::new(r"Span \{ file: FileId\(\d+\), start: \d+, end: \d+ \}").expect("a regex");
    let mut comments: Vec<String> = file.comments.iter().map(|c| c.text.to_string()).collect();
    comments.sort();
    (spans.replace_all(&format!("{:?}{:?}", file.docs, file.items), "_").into_owned(), comments)
}

/// Prints, and holds the printer to its promises.
fn printed(text: &str) -> String {
    let file = tree(text);
    let once = print(&file, text);
    let again = tree(&once);
    let (before, after) = (meaning(&file), meaning(&again));
    assert_eq!(before.0, after.0, "the tree changed:\n{text}\n----\n{once}");
    assert_eq!(before.1, after.1, "a comment changed:\n{text}\n----\n{once}");
    let twice = print(&again, &once);
    assert_eq!(once, twice, "printing again changed it:\n{text}");
    once
}

#[test]
fn golden_cases() {
    insta::with_settings!({ snapshot_path => "cases/print/snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::glob!("cases/print/*.og", |path| {
            let text = std::fs::read_to_string(path).expect("a readable case");
            insta::assert_snapshot!(format!("{text}\n==== printed\n{}", printed(&text)));
        });
    });
}

#[test]
fn the_tour_is_in_canonical_layout_but_for_wide_events() {
    let text = include_str!("cases/print/tour.og");
    let plain = |text: &str| text.split_whitespace().collect::<String>().replace(",}", "}").replace(",]", "]");
    assert_eq!(plain(&printed(text)), plain(text));
}

#[test]
fn nothing_is_printed_as_nothing() {
    assert_eq!(printed(""), "");
    assert_eq!(printed("\n\n  \n"), "");
    assert_eq!(printed("\u{feff}// c\r\n\r\n\r\n\r\nlet a = b\r\n"), "// c\n\nlet a = b\n");
}

/// Makes rule files out of a run of numbers: each choice takes one.
struct Maker<'a> {
    choices: std::slice::Iter<'a, u8>,
    out: String,
    depth: usize,
}

impl Maker<'_> {
    fn choose(&mut self, n: u8) -> u8 {
        self.choices.next().map_or(0, |c| c % n)
    }

    fn pick(&mut self, words: &[&str]) {
        let word = words[usize::from(self.choose(words.len() as u8))];
        self.put(word);
    }

    /// A token, with a blank, a line end or a comment behind it.
    fn put(&mut self, token: &str) {
        self.out.push_str(token);
        let gap = match self.choose(24) {
            20 => "\n   ",
            21 => "\n\n\n    ",
            22 => " // behind\n      ",
            23 => "\n  // above\n\n  // twice\n  ",
            _ => " ",
        };
        self.out.push_str(gap);
    }

    fn glue(&mut self, token: &str) {
        self.out.push_str(token);
    }

    fn list(&mut self, open: &str, close: &str, least: u8, mut part: impl FnMut(&mut Self)) {
        self.put(open);
        let n = least + self.choose(4);
        for i in 0..n {
            part(self);
            if i + 1 < n || self.choose(3) == 0 {
                self.put(",");
            }
        }
        self.put(close);
    }

    fn path(&mut self) {
        self.pick(&["a", "api.operation", "x[].y", "r.\"x y\".z[0]", "a_rather_long_name.with_another_long_name"]);
    }

    fn literal(&mut self) {
        self.pick(&[
            "22",
            "1_000",
            "\"a string\"",
            "i\"x\\n\"",
            "r\"\\d//\"",
            "/a\\/b/i",
            "10.0.0.0/8",
            "::1",
            "1h30m",
            "2%",
            "1.5KB",
            "2027-03-01",
            "10:00",
            "true",
            "500km",
            "\"a string that is so long that few of it fit on one line of the file\"",
        ]);
    }

    fn value(&mut self) {
        self.depth += 1;
        match if self.depth > 6 { self.choose(2) } else { self.choose(9) } {
            0 => self.path(),
            1 => self.literal(),
            2 => self.pick(&["@own", "@names"]),
            3 => self.list("[", "]", 0, Self::value),
            4 => {
                let callee = ["count", "p.new"][usize::from(self.choose(2))];
                self.glue(callee);
                self.list("(", ")", 0, |m| {
                    if m.choose(3) == 0 {
                        m.glue("sigma");
                        m.put(":");
                    }
                    m.value();
                });
            }
            5 => {
                self.put("(");
                self.condition();
                self.put(")");
            }
            6 => {
                self.put("-");
                self.value();
            }
            7 => {
                self.list("(", ")", 2, Self::value);
            }
            _ => {
                self.put("(");
                self.value();
                self.pick(&["+", "*", "??", "mod", "-"]);
                self.value();
                self.put(")");
            }
        }
        self.depth -= 1;
    }

    fn comparison(&mut self) {
        if self.choose(5) == 0 {
            self.put("not");
        }
        if self.choose(5) == 0 {
            self.put("has");
            return self.path();
        }
        self.value();
        if self.choose(3) > 0 {
            self.pick(&["==", "in", "not in", "contains", "differs from", "|foreign", "<="]);
            self.value();
        }
    }

    fn condition(&mut self) {
        self.depth += 1;
        match if self.depth > 6 { 0 } else { self.choose(7) } {
            5 => {
                self.put("2");
                self.put("of");
                self.list("(", ")", 1, Self::condition);
            }
            6 => {
                self.pick(&["any", "all", "none"]);
                self.put("r");
                self.put("in");
                if self.choose(2) == 0 {
                    self.path()
                } else {
                    self.list("(", ")", 1, Self::value)
                }
                self.put(":");
                self.condition();
            }
            n => {
                self.comparison();
                let word = if self.choose(2) == 0 { "and" } else { "or" };
                for _ in 0..n {
                    self.put(word);
                    self.comparison();
                }
            }
        }
        self.depth -= 1;
    }

    fn object(&mut self) {
        self.depth += 1;
        let deep = self.depth > 4;
        self.list("{", "}", 0, |m| {
            m.pick(&["a", "local.ip", "\"x y\"", "r[0].x"]);
            m.put(":");
            match if deep { 0 } else { m.choose(4) } {
                1 => m.object(),
                2 => m.list("[", "]", 0, Self::literal),
                3 => m.put("null"),
                _ => m.literal(),
            }
        });
        self.depth -= 1;
    }

    fn stmt(&mut self) {
        self.depth += 1;
        match if self.depth > 3 { 0 } else { self.choose(9) } {
            0 => {
                self.put("network");
                self.object();
            }
            1 => self.pick(&["at 10:00", "at 2027-03-01", "after 5m", "advance 1h"]),
            2 => self.pick(&[
                "expect none",
                "expect 2 findings",
                "expect archived",
                "expect finding",
                "replay \"f\" as api",
            ]),
            3 => {
                self.put("expect");
                self.put("finding");
                self.put("A:B/C.D!E");
                self.object();
            }
            4 => {
                self.put("given");
                self.put("@own");
                self.put("=");
                self.list("[", "]", 0, Self::literal);
            }
            n => {
                self.pick(&["repeat 3 every 5s", "repeat i in 1..=3", "shuffle", "late by 5m"]);
                self.put("{");
                for _ in 5..=n {
                    self.stmt();
                }
                self.put("}");
            }
        }
        self.depth -= 1;
    }

    fn test(&mut self) {
        self.put("test");
        self.put("\"t {\"");
        self.put("{");
        for _ in 0..self.choose(5) {
            self.stmt();
        }
        self.put("}");
    }

    fn clause(&mut self, n: u8) {
        match n {
            0 => self.pick(&["revision 3", "revision 1_0"]),
            1 => self.pick(&["stage stable", "publish never"]),
            2 => self.pick(&["param n: int = 3", "/// Docs.\n  param m: list<ip> = [1, 2]"]),
            3 => {
                self.put("severity");
                let branches = self.choose(3);
                for _ in 0..branches {
                    self.pick(&["high", "7.5", "a.b"]);
                    self.put("if");
                    self.condition();
                    self.put(",");
                }
                if branches > 0 {
                    self.put("else");
                }
                self.pick(&["high", "(a ?? 5)", "malware.severity"]);
            }
            4 => self.pick(&[
                "attack T1000, T1000.001",
                "title \"{{ {a.b}\"",
                "remediation r\"x\"",
                "references \"a\", \"b\"",
            ]),
            5 => {
                self.put("on");
                if self.choose(2) == 0 {
                    self.pick(&["network", "api"]);
                    self.put("where");
                    return self.condition();
                }
                for (i, name) in ["fail", "ok", "mfa"].iter().enumerate() {
                    if i > 0 {
                        self.put(",");
                    }
                    self.put(name);
                    self.put("=");
                    self.put("api");
                    if self.choose(2) == 0 {
                        self.put("where");
                        self.condition();
                    }
                }
            }
            6 => {
                self.put("per");
                if self.choose(3) == 0 {
                    self.pick(&["each r in resources:", "each r in (a, b):", "each r in @own:"]);
                }
                self.value();
                self.pick(&["", ", b", "= b.c, d", "across accounts"]);
            }
            7 => {
                self.put("when");
                if self.choose(2) == 0 {
                    return self.condition();
                }
                self.pick(&["fail x10", "fail", "fail x1"]);
                for _ in 0..=self.choose(4) {
                    self.put("then");
                    self.pick(&["ok", "within 5m ok", "within d ok x3"]);
                }
                self.pick(&["", "then no mfa then ok", "then within 5m no mfa"]);
            }
            8 => self.pick(&["within 10m", "within d tumbling"]),
            9 => self.pick(&["dedup by a, b.c for 24h", "dedup for 1d", "dedup by a"]),
            10 => {
                self.put("except");
                self.put("\"e\"");
                self.put("where");
                self.condition();
                self.pick(&["", "owner \"o\"", "until 2027-03-01 owner \"o\""]);
            }
            _ => self.test(),
        }
    }

    fn item(&mut self) {
        self.out.truncate(self.out.trim_end().len());
        let gap = ["\n", "\n\n\n", " // behind it\n", "\n// above\n/// Docs.\n"][usize::from(self.choose(4))];
        self.out.push_str(gap);
        match self.choose(8) {
            0 => {
                self.put("let");
                self.put("x");
                self.pick(&["", "on network"]);
                self.put("=");
                self.condition();
            }
            1 => {
                self.put("list");
                self.put("@own");
                self.put(":");
                self.put("ip");
                self.put("=");
                self.list("[", "]", 0, Self::value);
            }
            2 => self.test(),
            3 => {
                self.put("profile");
                self.put("p");
                self.put("{");
                self.pick(&["", "learn 14d", "settle 24h on api"]);
                for _ in 0..self.choose(4) {
                    self.pick(&["volume longer = count() every", "volume v = sum(x) where a == 1 every"]);
                    self.put("10m");
                    self.put("value");
                    self.put("v");
                    self.put("=");
                    self.value();
                }
                self.put("}");
            }
            4 => self.pick(&[
                "tune A:B/C { disable set n = 5 except \"x\" where a }",
                "suppress \"s\" { until 2027-03-01 on finding where a == 1 }",
                "param n: float = -1.5",
            ]),
            _ => {
                self.put("finding");
                self.put("A:B/C.D");
                self.put("{");
                let start = self.choose(12);
                let step = [1, 5, 7, 11][usize::from(self.choose(4))];
                for i in 0..self.choose(12) {
                    self.clause((start + i * step) % 12);
                    if self.choose(4) == 0 {
                        self.out.push_str("\n\n  ");
                    }
                }
                self.put("}");
            }
        }
    }
}

fn make(choices: &[u8]) -> String {
    let mut maker = Maker { choices: choices.iter(), out: "//! About.\n".to_owned(), depth: 0 };
    for _ in 0..4 {
        maker.item();
    }
    maker.out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn printing_keeps_the_tree(choices in prop::collection::vec(any::<u8>(), 0..600)) {
        let text = make(&choices);
        // A few of the generated files are wrong (a quantifier beside an operator, an empty group): not for the printer.
        prop_assume!(parse(FileId(0), &text).diagnostics.is_empty());
        printed(&text);
    }

    #[test]
    fn broken_files_never_panic(choices in prop::collection::vec(any::<u8>(), 0..400), cut in any::<u16>(), sign in "[\\PC\n{}()\"/]{0,3}") {
        let mut text = make(&choices);
        let mut at = usize::from(cut) % (text.len() + 1);
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        text.insert_str(at, &sign);
        let parsed = parse(FileId(0), &text);
        for diagnostic in &parsed.diagnostics {
            let span = diagnostic.span().expect("a place");
            prop_assert!(text.get(span.start as usize..span.end as usize).is_some());
        }
        let half = parse(FileId(0), &text[..at]);
        prop_assert!(half.file.items.len() <= 5);
    }
}
