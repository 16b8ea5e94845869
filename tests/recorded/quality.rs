//! `docs/quality.md`: the sections of all tests, written anew on demand and held fresh where the recordings are.

use super::{
    behaviour, falco, feeds, gaps, invictus, network, own, pack, panther, rates, rds, reading, stratus, streamalert,
};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/quality.md");

const INTRO: &str = "# Quality of the shipped pack

What the shipped rules find in recorded logs whose truth is known, and how far they agree with other people's rules.
`tests/recorded/` measures it; `OUTGUARD_WRITE_QUALITY=1 cargo test --test recorded` writes this page. The recordings
are public, are not part of the project, and no rule is tuned to names, addresses or tool markers in them: the marker of
the attack tool is replaced in the input before anything is measured.

Rules with state run over a recording as over one batch. What a principal usually does cannot be learned from recordings
that begin with the attack; where a technique consists of permitted calls alone, it is named as not found.
";

#[test]
fn the_page_says_what_is_measured() {
    let sections = [
        reading::section(),
        stratus::section(),
        invictus::section(),
        behaviour::section(),
        rds::section(),
        own::section(),
        rates::section(),
        network::section(),
        panther::section(),
        streamalert::section(),
        falco::section(),
        feeds::section(),
        gaps::section(),
    ];
    let Some(sections) = sections.into_iter().collect::<Option<Vec<_>>>() else {
        println!("skipped: the page needs all recordings");
        return;
    };
    let page = format!("{INTRO}\nThe pack ships {} finding types.\n\n{}", pack::types().len(), sections.join("\n"));
    if std::env::var_os("OUTGUARD_WRITE_QUALITY").is_some_and(|v| v == "1") {
        std::fs::write(PAGE, &page).expect("writes");
    }
    let committed = std::fs::read_to_string(PAGE).unwrap_or_default();
    assert!(committed == page, "the figures changed: OUTGUARD_WRITE_QUALITY=1 cargo test --test recorded");
}
