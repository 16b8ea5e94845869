//! Every recorded file is read; what is not is truly broken, and named here.

use std::fmt::Write as _;
use std::fs::File;
use std::sync::OnceLock;

use super::data::{self, is_json};
use super::pack::{Run, lists};

/// A recording: what to call it, its folder, the source that all its events are of, how many there are at least.
struct Recording {
    name: &'static str,
    folder: &'static str,
    wanted: fn(&str) -> bool,
    source: &'static str,
    least: usize,
    /// Records that are truly broken, as `file reason`.
    broken: &'static [&'static str],
}

const RECORDINGS: [Recording; 10] = [
    Recording {
        name: "CloudTrail, techniques one by one (2024)",
        folder: "stratus_detonation_2024",
        wanted: is_json,
        source: "cloudtrail",
        least: 200,
        broken: &[],
    },
    Recording {
        name: "CloudTrail, an hour of attacks (2023)",
        folder: "invictus_stratus_2023",
        wanted: is_json,
        source: "cloudtrail",
        least: 2900,
        broken: &[],
    },
    Recording {
        name: "Flow logs, an exposed host (2024)",
        folder: "rita_cloud_host_2024/vpcflow",
        wanted: |_| true,
        source: "vpc_flow",
        least: 100_000,
        broken: &[],
    },
    Recording {
        name: "Flow logs, malware and scans",
        folder: "slips_ctu/vpcflow",
        wanted: |_| true,
        source: "vpc_flow",
        least: 15_000,
        broken: &[],
    },
    Recording {
        name: "Flow logs, formats",
        folder: "vpcflow_format_samples",
        wanted: |_| true,
        source: "vpc_flow",
        least: 4,
        // Two rows have more columns than any header or default order before them.
        broken: &["elastic_samples.log wrong_columns", "elastic_samples.log wrong_columns"],
    },
    Recording {
        name: "DNS, the exposed host (2024)",
        folder: "rita_cloud_host_2024/r53",
        wanted: |_| true,
        source: "route53_resolver",
        least: 1000,
        broken: &[],
    },
    Recording {
        name: "DNS, 42 hosts",
        folder: "dns_mixed",
        wanted: |n| n.ends_with(".gz"),
        source: "route53_resolver",
        least: 128_748,
        broken: &[],
    },
    Recording {
        name: "Kubernetes audit, test traces",
        folder: "falco_k8s_audit_traces",
        wanted: is_json,
        source: "k8s_audit",
        least: 40,
        // `{"kind": 0}`, broken on purpose.
        broken: &["fal_01_003.json unknown_source"],
    },
    Recording {
        name: "Kubernetes audit, benign",
        folder: "k8s_audit_misc",
        wanted: |_| true,
        source: "k8s_audit",
        least: 30,
        broken: &[],
    },
    Recording {
        name: "PostgreSQL log, guessed passwords",
        folder: "rds_postgres_login",
        wanted: |n| n == "postgresql.log",
        source: "rds_postgresql",
        // 474 connections, each with one login.
        least: 948,
        broken: &[],
    },
];

#[test]
fn every_record_is_read() {
    section();
}

/// The page's part, measured once.
pub fn section() -> Option<String> {
    static SECTION: OnceLock<Option<String>> = OnceLock::new();
    SECTION.get_or_init(measure).clone()
}

fn measure() -> Option<String> {
    let mut out =
        "## Reading\n\n| recording | source | events | no events | unreadable |\n| --- | --- | --: | --: | --: |\n"
            .to_owned();
    let mut whole = true;
    for r in &RECORDINGS {
        let Some(folder) = data::place(r.folder) else {
            whole = false;
            continue;
        };
        let lists = lists(Vec::new());
        let mut run = Run::new(&lists);
        for path in data::files(&folder, r.wanted) {
            let name = path.file_name().and_then(|n| n.to_str()).expect("a name").to_owned();
            run.read(File::open(&path).expect("readable"), &name);
        }
        let seen = &run.seen;
        assert_eq!(seen.unreadable, r.broken, "{}", r.folder);
        assert!(seen.events.keys().all(|s| s == r.source), "{}: {:?}", r.folder, seen.events);
        assert!(run.events() >= r.least, "{}: {} events", r.folder, run.events());
        let _ = writeln!(
            out,
            "| {} | `{}` | {} | {} | {} |",
            r.name,
            r.source,
            run.events(),
            seen.skipped,
            seen.unreadable.len()
        );
    }
    out.push_str(
        "\nUnreadable are two rows of a flow log with more columns than any header or default order before them, and one \
         record that is broken on purpose. Not events are `NODATA` and `SKIPDATA` rows, and lines of \
         PostgreSQL's log that tell of no login.\n",
    );
    whole.then_some(out)
}
