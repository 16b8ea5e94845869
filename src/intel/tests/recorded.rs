//! Public feeds and warning lists, where they lie beside the checkout: each loads or is refused for a clear reason.

use std::path::{Path, PathBuf};

use crate::intel::{ListRole, ListSpec, ListType, Refusal, read_list};

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/threatintel");

fn files() -> Vec<PathBuf> {
    let entries = walkdir::WalkDir::new(DATA).sort_by_file_name().into_iter().filter_map(Result::ok);
    let lists = entries.filter(|e| e.file_type().is_file()).map(walkdir::DirEntry::into_path);
    lists.filter(|p| p.file_stem().is_some_and(|s| !s.eq_ignore_ascii_case("license"))).collect()
}

fn ends(path: &Path, name: &str) -> bool {
    path.to_string_lossy().replace('\\', "/").ends_with(name)
}

#[test]
fn public_feeds_load_or_are_refused_clearly() {
    let files = files();
    if files.is_empty() {
        println!("skipped: no recorded threat lists beside the checkout");
        return;
    }
    let mut loaded = 0;
    for path in &files {
        let bytes = std::fs::read(path).unwrap();
        let mut best = 0;
        for kind in [ListType::Ip, ListType::Domain] {
            let name = path.strip_prefix(DATA).unwrap().display().to_string();
            match read_list(&ListSpec::new(&name, kind).role(ListRole::Threat), &bytes) {
                Ok(list) => {
                    let r = &list.report;
                    println!("{r}");
                    assert_eq!(r.rows, r.accepted + r.duplicates + r.other_type + r.quarantined_total(), "{name}");
                    assert!(r.accepted > 0 && !r.format.is_empty());
                    best = best.max(r.accepted);
                }
                Err(error) => {
                    println!("{error}");
                    assert!(!error.message.is_empty() && !error.help.is_empty());
                }
            }
        }
        loaded += usize::from(best > 0);
        let refused = |kind| read_list(&ListSpec::new("x", kind).role(ListRole::Threat), &bytes).unwrap_err().refusal;
        if ends(path, ".tar.zst") {
            assert_eq!(refused(ListType::Ip), Refusal::Binary);
        } else if ends(path, "web_shells.txt") {
            assert!(best < 20, "paths are neither addresses nor names");
        } else {
            assert!(best > 0, "{}", path.display());
        }
    }
    assert!(loaded >= 20, "{loaded} of {} lists load", files.len());
}

#[test]
fn poison_in_public_lists_is_quarantined() {
    let check = |file: &str, kind, reason: &str| {
        let Ok(bytes) = std::fs::read(Path::new(DATA).join(file)) else {
            println!("skipped: {file} is not beside the checkout");
            return;
        };
        let list = read_list(&ListSpec::new(file, kind).role(ListRole::Threat), &bytes).unwrap();
        let json = serde_json::to_value(&list.report).unwrap();
        assert!(json["quarantined"][reason]["count"].as_u64() > Some(0), "{}", list.report);
    };
    check("misc/misp_dynamic-dns.json", ListType::Domain, "hoster-suffix");
    check("maltrail/onion.txt", ListType::Domain, "public-suffix");
}
