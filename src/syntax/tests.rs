//! Tests of the room as a whole: the pages of its codes, its limits, its words.

use super::{MAX_DEPTH, MAX_FILE_BYTES, Parsed, dump_expr, parse, parse_expr, words};
use crate::diag::{Level, codes};
use crate::text::FileId;

fn read(text: &str) -> Parsed {
    parse(FileId(0), text)
}

fn codes_of(text: &str) -> Vec<&'static str> {
    read(text).diagnostics.iter().map(|d| d.code.0).collect()
}

fn expr(text: &str) -> String {
    let (expr, problems) = parse_expr(FileId(0), text);
    match expr {
        Some(expr) if problems.is_empty() => dump_expr(&expr),
        _ => problems.iter().map(|d| format!("{} {}", d.code.0, d.message)).collect::<Vec<_>>().join("; "),
    }
}

/// The blocks of a page that are marked by the word.
fn blocks<'a>(page: &'a str, mark: &str) -> Vec<&'a str> {
    let fence = format!("```outguard {mark}\n");
    let all: Vec<&str> = page.split(&*fence).skip(1).filter_map(|rest| rest.split("\n```").next()).collect();
    assert!(!all.is_empty(), "no block is marked `{mark}`");
    all
}

#[test]
fn every_page_shows_its_code_and_its_cure() {
    let ours: Vec<_> = codes::REGISTRY.iter().filter(|i| i.code.0.starts_with("E01")).collect();
    assert!(ours.len() > 20);
    for info in ours {
        let code = info.code.0;
        for block in blocks(info.page, "bad") {
            let bad = codes_of(block);
            assert!(!bad.is_empty() && bad.iter().all(|c| *c == code), "a bad block of {code}: {bad:?}");
        }
        for block in blocks(info.page, "good") {
            let good = read(block);
            assert!(good.diagnostics.is_empty(), "a good block of {code}: {:?}", good.diagnostics);
        }
        assert!(info.page.starts_with(&format!("# {}: {}\n", info.code.0, info.title)), "{}", info.code.0);
    }
}

#[test]
fn precedence() {
    for (text, tree) in [
        ("a and b and c", "(and a b c)"),
        ("not a == b", "(not (== a b))"),
        ("not a and not not b", "(and (not a) (not (not b)))"),
        ("a + b * c - d", "(- (+ a (* b c)) d)"),
        ("a ?? b * c", "(* (?? a b) c)"),
        ("-a ?? b", "(?? (- a) b)"),
        ("a ?? \"\" != \"x\"", "(!= (?? a \"\") \"x\")"),
        ("a in 1 + 2..=b * 3", "(in a (..= (+ 1 2) (* b 3)))"),
        ("has a and b", "(and (has a) b)"),
        ("a not in [1, 2,]", "(not in a [1 2])"),
        ("a differs from b", "(differs from a b)"),
        ("(a or b) and c", "(and ‹(or a b)› c)"),
        ("f(x, k: 1).y[0].z[]", "(member (call f x k: 1) .y[0].z[])"),
        ("any c in (a, b): c.x == 1 and c.y", "(any c (a b) (and (== c.x 1) c.y))"),
        ("not any c in a[]: c", "(not (any c (a[]) c))"),
        ("x |contains y", "(|contains x y)"),
        ("a.\"x y\".\"z\"", "a.\"x y\".z"),
        ("a mod 2 == 0", "(== (mod a 2) 0)"),
        ("1 of (a, b)", "(1-of a b)"),
    ] {
        assert_eq!(expr(text), tree, "{text}");
    }
}

#[test]
fn literals() {
    for (text, tree) in [
        ("1_000", "1000"),
        ("1h30m", "1h30m"),
        ("2w", "14d"),
        ("1.5KB", "1500B"),
        ("1MiB", "1048576B"),
        ("1%", "(percent 0.01)"),
        ("500km", "500000metres"),
        ("10:00", "(clock 10h)"),
        ("23:59:59.5", "(clock 23h59m59s500ms)"),
        ("2027-03-01", "(date 2027-03-01T00:00:00Z)"),
        ("2026-01-31T10:00:00+01:00", "2026-01-31T09:00:00Z"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("2001:db8::/32", "2001:db8::/32"),
        ("10:20::5", "10:20::5"),
        ("/a\\/b{2}/i", "(regex-i \"a/b{2}\")"),
        ("r\"\\d\"", "\"\\\\d\""),
        ("i\"a\\u{e9}\"", "i\"aé\""),
        ("99999999999999999999", "E0106 `99999999999999999999` is too large"),
        ("30m1h", "E0106 the units of `30m1h` are out of order"),
        ("10M", "E0106 unknown unit in `10M`"),
        ("25:00", "E0107 `25:00` is no time of day"),
        ("10.0.0.0/33", "E0108 `10.0.0.0/33` is not a network"),
        ("/a/x", "E0111 unknown regex flag `x`"),
        ("a / b / c", "(/ (/ a b) c)"),
    ] {
        assert_eq!(expr(text), tree, "{text}");
    }
}

#[test]
fn reserved_words_begin_no_operand_and_others_do() {
    for word in words::RESERVED {
        assert!(read(&format!("let x = {word}")).has_errors(), "{word}");
    }
    for word in
        ["status", "severity", "count", "owner", "finding", "list", "value", "title", "none", "any", "x1", "null_"]
    {
        assert_eq!(codes_of(&format!("let x = {word} == {word}")), [""; 0], "{word}");
    }
    for body in words::BODIES {
        for word in body.clauses {
            assert!(words::RESERVED.contains(word) || codes_of(&format!("let x = {word}")).is_empty(), "{word}");
        }
    }
}

#[test]
fn depth_is_refused_where_the_limit_says() {
    let nested = |n: usize, open: &str, close: &str| format!("{}a{}", open.repeat(n), close.repeat(n));
    for (open, close) in [("(", ")"), ("[", "]"), ("f(", ")"), ("any x in y: (", ")"), ("1 of (", ")")] {
        assert!(!expr(&nested(MAX_DEPTH / 2 - 1, open, close)).starts_with("E0112"), "{open}");
        assert_eq!(expr(&nested(MAX_DEPTH + 1, open, close)), "E0112 nested more than 64 deep", "{open}");
        assert_eq!(expr(&nested(20_000, open, close)), "E0112 nested more than 64 deep", "{open}");
    }
    for prefix in ["not ", "- ", "1 + ", "a ?? "] {
        assert!(!expr(&nested(MAX_DEPTH - 1, prefix, "")).contains("E0112"), "{prefix}");
        assert_eq!(expr(&nested(MAX_DEPTH + 1, prefix, "")), "E0112 nested more than 64 deep", "{prefix}");
    }
    let object = format!("test \"t\" {{\n  api {}\n}}", nested(100, "{ a: ", " }"));
    assert_eq!(codes_of(&object), ["E0112"]);
}

#[test]
fn works_on_a_small_stack() {
    let deep = format!("let x = {}a{}", "(".repeat(60), ")".repeat(60));
    let work = move || (codes_of(&deep), codes_of(&deep.replace('(', "((((((")));
    let thread = std::thread::Builder::new().stack_size(128 * 1024).spawn(work).expect("a thread");
    assert_eq!(thread.join().expect("no overflow"), (vec![], vec!["E0112"]));
}

#[test]
fn long_and_broken_files_finish() {
    let chain = format!("let x = {}a", "a == 1 and ".repeat(4000));
    assert_eq!(codes_of(&chain), [""; 0]);
    let braces = format!("finding A:B/C {{\n{}", "  on api {\n".repeat(5000));
    assert!(codes_of(&braces).iter().all(|c| c.starts_with("E01")));
    let one_line = format!("finding A:B/C {{ {}", "{ ".repeat(5000));
    assert_eq!(codes_of(&one_line), ["E0101", "E0112"]);
    let closing = format!("let a = b\n{}let c = d", "}\n".repeat(5000));
    assert_eq!(read(&closing).file.items.len(), 2);
    let items = "let x = = 1\n".repeat(2000);
    assert_eq!(codes_of(&items).len(), 2000);
    let clauses = format!("finding A:B/C {{\n{}}}", "  when ==\n".repeat(2000));
    assert_eq!(codes_of(&clauses).len(), 2000);
    let comments = format!("{}let a = b", "// c\n/// d\n".repeat(8000));
    assert_eq!(read(&comments).file.items[0].docs().lines.len(), 8000);
}

#[test]
fn too_large_a_file_is_refused_at_once() {
    let text = " ".repeat(MAX_FILE_BYTES + 1);
    assert_eq!(codes_of(&text), ["E0112"]);
    assert_eq!(codes_of(&text[1..]), [""; 0]);
}

#[test]
fn marks_tabs_and_line_ends_of_other_systems() {
    let plain = "/// d\nlist @a: ip // c\nlet b =\n  x == 1\n";
    let tree = |text: &str| super::dump(&read(text).file);
    assert_eq!(tree(&format!("\u{feff}{}", plain.replace('\n', "\r\n"))), tree(plain));
    assert_eq!(tree(&plain.replace("  ", "\t")), tree(plain));
    assert_eq!(codes_of("let a = \"x\r\nlet b = c"), ["E0101"]);
}

#[test]
fn a_stray_doc_is_a_warning() {
    let parsed = read("let a = b\n/// nothing\n");
    assert_eq!(parsed.diagnostics[0].level, Level::Warning);
    assert!(!parsed.has_errors());
}
