//! Every format over the same findings: golden files, and the shapes that other people's readers demand.

mod guardduty;
mod samples;
mod shapes;

use outguard::finding::Finding;
use outguard::sink::{FORMATS, SinkOptions, write};

fn written(format: &str, findings: &[Finding], options: &SinkOptions) -> String {
    let mut out = Vec::new();
    write(format, findings, options, &mut out).expect("writes to memory");
    String::from_utf8(out).expect("UTF-8")
}

/// Options that do not change with the version of the crate.
fn options() -> SinkOptions {
    SinkOptions { engine_version: "0.0.0-test".to_owned(), ..SinkOptions::default() }
}

fn goldens() -> Vec<Finding> {
    vec![
        samples::api(),
        samples::network(),
        samples::dns(),
        samples::kubernetes(),
        samples::s3(),
        samples::sequence(),
        samples::unusual(),
        samples::attack_sequence(),
    ]
}

/// NDJSON as pretty JSON, for eyes.
fn pretty(ndjson: &str) -> String {
    let docs = ndjson.lines().map(|l| serde_json::from_str::<serde_json::Value>(l).expect("a JSON object a line"));
    docs.map(|d| serde_json::to_string_pretty(&d).expect("prints")).collect::<Vec<_>>().join("\n")
}

#[test]
fn golden() {
    for format in FORMATS.iter().filter(|f| f.name != "table") {
        let text = written(format.name, &goldens(), &options());
        let text = if format.name == "csv" { text } else { pretty(&text) };
        insta::assert_snapshot!(format.name, text);
    }
    for width in [80, 120] {
        let options = SinkOptions { width, ..options() };
        insta::assert_snapshot!(format!("table-{width}"), written("table", &samples::all(), &options));
    }
}

#[test]
fn tables_keep_to_their_width_and_show_whole_titles() {
    for width in [40, 60, 80, 100, 120, 200] {
        let options = SinkOptions { width, ..options() };
        let text = written("table", &samples::all(), &options);
        for line in text.lines() {
            assert!(line.chars().count() <= width, "{width}: {line}");
        }
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(width < 80 || words.contains("which nobody in the account has used in 30 days"), "{words}");
    }
}

#[test]
fn nothing_steers_the_terminal() {
    let plain = written("table", &samples::all(), &options());
    assert!(plain.chars().all(|c| c == '\n' || !c.is_control()), "{plain:?}");
    assert!(!plain.contains('\u{202e}'));
    assert!(plain.contains("\\u{1b}[2J"), "{plain}");
    let painted = written("table", &samples::all(), &SinkOptions { color: true, ..options() });
    assert!(painted.contains("\u{1b}[1;35mCritical"));
    let mut stripped = String::new();
    let mut rest = painted.as_str();
    while let Some(at) = rest.find('\u{1b}') {
        stripped.push_str(&rest[..at]);
        rest = rest[at..].split_once('m').expect("a whole sequence").1;
    }
    stripped.push_str(rest);
    assert_eq!(stripped, plain, "colour changes no letter");
}

#[test]
fn without_findings() {
    for format in FORMATS {
        let text = written(format.name, &[], &options());
        match format.name {
            "table" => assert_eq!(text, "no findings\n"),
            "csv" => assert_eq!(text.lines().count(), 1, "only the header: {text}"),
            _ => assert_eq!(text, ""),
        }
    }
}

#[test]
fn csv_rows_read_back_and_hold_no_formula() {
    let text = written("csv", &samples::all(), &options());
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().expect("rows");
    assert_eq!(rows.len(), samples::all().len());
    for cell in rows.iter().flatten() {
        assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell}");
    }
    assert!(rows.iter().any(|r| r[4].starts_with("'=HYPERLINK")));
}
