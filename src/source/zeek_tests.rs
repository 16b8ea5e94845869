//! Zeek's logs, as rows and as JSON: both tell the same.

use super::testing::{shipped, told};
use super::{Handler, Skip, Unreadable, read};
use crate::schema::{Context, Event};

const HEAD: &str = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n";

fn rows(path: &str, fields: &str, types: &str, rows: &[&str]) -> String {
    let tabs = |t: &str| t.replace(' ', "\t");
    let rows: Vec<String> = rows.iter().map(|r| tabs(r)).collect();
    format!(
        "{HEAD}#path\t{path}\n#open\t2026-03-14-00-00-00\n#fields\t{}\n#types\t{}\n{}\n#close\t2026-03-14-01-00-00\n",
        tabs(fields),
        tabs(types),
        rows.join("\n")
    )
}

const CONN: &str = "ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto duration conn_state local_orig local_resp history orig_pkts orig_ip_bytes resp_pkts resp_ip_bytes tunnel_parents";
const CONN_TYPES: &str =
    "time string addr port addr port enum interval string bool bool string count count count count set[string]";
const DNS: &str =
    "ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto trans_id query qtype_name rcode_name answers rejected";
const DNS_TYPES: &str = "time string addr port addr port enum count string string string vector[string] bool";

/// Every attribute of every event, in words; what differs by form (`raw`) left out.
struct All(Vec<String>);

impl Handler for All {
    fn event(&mut self, event: &Event<'_>) {
        let (vocabulary, _) = shipped();
        let slots = event.projection.slots.iter().enumerate();
        let mut words: Vec<String> = slots
            .filter(|(_, s)| event.is(s.need.class))
            .filter_map(|(at, s)| {
                let name = &vocabulary.attr(s.need.class, s.need.attr).name;
                let value = event.get(at).to_value()?;
                (name.as_ref() != "raw").then(|| format!("{name}={}", serde_json::to_string(&value).expect("JSON")))
            })
            .collect();
        words.sort();
        self.0.push(words.join(" ").replace('"', ""));
    }

    fn unreadable(&mut self, bad: Unreadable<'_>) {
        self.0.push(format!("bad {}", bad.detail));
    }

    fn skipped(&mut self, why: Skip) {
        self.0.push(format!("{why:?}"));
    }
}

fn all(bytes: &str) -> Vec<String> {
    let mut all = All(Vec::new());
    read(bytes.as_bytes(), "-", &Context::default(), super::testing::setup(None), &mut all).expect("memory");
    all.0
}

#[test]
fn rows_and_json_tell_the_same() {
    let tsv = rows(
        "conn",
        CONN,
        CONN_TYPES,
        &["1773457620.375123 C1 203.0.113.5 50123 198.51.100.7 22 tcp 4.25 SF F T ShADadFf 12 1882 15 2482 (empty)"],
    );
    let json = r#"{"ts":1773457620.375123,"uid":"C1","id.orig_h":"203.0.113.5","id.orig_p":50123,"id.resp_h":"198.51.100.7","id.resp_p":22,"proto":"tcp","duration":4.25,"conn_state":"SF","local_orig":false,"local_resp":true,"history":"ShADadFf","orig_pkts":12,"orig_ip_bytes":1882,"resp_pkts":15,"resp_ip_bytes":2482,"tunnel_parents":[]}"#;
    let corelight = json
        .replacen('{', r#"{"_path":"conn","_system_name":"s","#, 1)
        .replace("1773457620.375123", "\"2026-03-14T03:07:00.375123Z\"");
    let expected = "connection_info.direction=inbound connection_info.protocol_num=6 connection_info.tcp_flags=3 \
        disposition=allowed dst_endpoint.ip=198.51.100.7 dst_endpoint.port=22 duration=4s250ms \
        end_time=2026-03-14T03:07:04.625Z initiator=remote local.ip=198.51.100.7 local.port=22 metadata.uid=C1 \
        remote.ip=203.0.113.5 remote.port=50123 src_endpoint.ip=203.0.113.5 src_endpoint.port=50123 \
        start_time=2026-03-14T03:07:00.375Z time=2026-03-14T03:07:04.625Z traffic.bytes=1882 traffic.bytes_in=2482 \
        traffic.packets=12 traffic.packets_in=15";
    assert_eq!(all(&tsv), [expected]);
    assert_eq!(all(json), [expected]);
    assert_eq!(all(&corelight), [expected]);
}

#[test]
fn look_ups() {
    let tsv = rows(
        "dns",
        DNS,
        DNS_TYPES,
        &[
            "1773457620.5 C2 10.0.0.5 50123 10.0.0.2 53 udp 7 a\\x2cb.example.com TXT NOERROR v\\x2c1\\x22,198.51.100.7 F",
            "1773457621 C3 10.0.0.5 5353 224.0.0.251 5353 udp 0 printer.local - - - F",
        ],
    );
    let json = r#"{"ts":1773457620.5,"uid":"C2","id.orig_h":"10.0.0.5","id.orig_p":50123,"id.resp_h":"10.0.0.2","id.resp_p":53,"proto":"udp","trans_id":7,"query":"a,b.example.com","qtype_name":"TXT","rcode_name":"NOERROR","answers":["v,1\"","198.51.100.7"],"rejected":false}"#;
    let told = all(&tsv);
    assert_eq!(told[0], all(json)[0]);
    let answers = "answers.ip=[198.51.100.7] answers=[{rdata:v,1\\},{rdata:198.51.100.7}]";
    assert!(told[0].contains(answers), "{}", told[0]);
    assert!(told[0].contains("query.type=TXT") && told[0].contains("src_endpoint.ip=10.0.0.5"), "{}", told[0]);
    assert!(told[1].starts_with("NotAnEvent"), "names of the neighbourhood: {told:?}");
}

#[test]
fn sign_ins_and_other_logs() {
    let fields = "ts uid id.orig_h id.orig_p id.resp_h id.resp_p auth_success auth_attempts client";
    let types = "time string addr port addr port bool count string";
    let ssh = rows(
        "ssh",
        fields,
        types,
        &[
            "1773457620 C4 203.0.113.5 50123 10.0.0.5 22 F 3 SSH-2.0-Go",
            "1773457621 C5 203.0.113.5 50124 10.0.0.5 22 - 0 -",
        ],
    );
    let told = all(&ssh);
    assert!(told[0].contains("auth_attempts=3") && told[0].contains("status=failure"), "{}", told[0]);
    assert!(!told[1].contains("status"), "{}", told[1]);
    let http = rows("http", "ts uid id.orig_h method", "time string addr string", &["1773457620 C6 10.0.0.5 GET"]);
    let weird = r#"{"_path":"weird","ts":1773457620.0,"name":"x"}"#;
    assert!(all(&http)[0].starts_with("NoClass") && all(weird)[0].starts_with("NoClass"));
    // A log without times has nothing that happened; another file may follow in the same stream.
    let scripts = rows("loaded_scripts", "name", "string", &["/usr/share/zeek/base/init-bare.zeek"]);
    let both = all(&format!("{scripts}{ssh}"));
    assert!(both[0].starts_with("NotAnEvent") && both[1].contains("auth_attempts=3"), "{both:?}");
}

#[test]
fn rows_that_are_none() {
    let short = rows("dns", DNS, DNS_TYPES, &["1773457620.5 C2 10.0.0.5"]);
    assert_eq!(told(short.as_bytes()).0.reasons(), ["wrong_columns"]);
    let nameless = format!("{HEAD}1773457620.5\tC2\n");
    assert_eq!(told(nameless.as_bytes()).0.reasons(), ["unknown_source"]);
}
