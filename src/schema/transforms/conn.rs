//! Connections as network sensors tell them, both directions in one record: which end is ours, who opened it, which flags
//! were seen. Our own ranges are the sensor's to know; where it does not say, private addresses are ours.

use super::Definition;
use super::text::private;
use crate::schema::coerce::ip;
use crate::value::Val;

const SOURCE: Val<'static> = Val::Str("source");
const DESTINATION: Val<'static> = Val::Str("destination");

/// Ports below are servers' on every system.
const SYSTEM_PORTS: u16 = 1024;

fn truth(v: Val<'_>) -> Option<bool> {
    match v.as_str() {
        Some("true" | "T") => Some(true),
        Some("false" | "F") => Some(false),
        _ => None,
    }
}

/// See its `doc`.
pub static OWN_END: Definition = Definition {
    name: "conn_own_end",
    doc: "which end of a connection is ours: `source` (also where both are) or `destination`",
    params: &["source is local", "destination is local", "source", "destination"],
    examples: &[
        (&["true", "false", "198.51.100.7", "203.0.113.5"], "source"),
        (&["false", "true", "203.0.113.5", "198.51.100.7"], "destination"),
        (&["T", "T", "198.51.100.7", "198.51.100.8"], "source"),
        (&["", "", "10.0.0.1", "10.0.0.2"], "source"),
        (&["", "", "203.0.113.5", "10.0.0.2"], "destination"),
        (&["", "", "10.0.0.2", "203.0.113.5"], "source"),
        (&["false", "false", "10.0.0.2", "203.0.113.5"], "source"),
        (&["", "", "203.0.113.5", "198.51.100.7"], ""),
    ],
    eval: |args, _| {
        let own = |said: usize, address: usize| args[address].as_str().and_then(ip).map(private).or(truth(args[said]));
        match (truth(args[0]), truth(args[1])) {
            (Some(true), _) => SOURCE,
            (_, Some(true)) => DESTINATION,
            _ => match (own(0, 2), own(1, 3)) {
                (Some(true), _) => SOURCE,
                (_, Some(true)) => DESTINATION,
                _ => Val::Absent,
            },
        }
    },
};

/// See its `doc`.
pub static OPENED_BY: Definition = Definition {
    name: "conn_opened_by",
    doc: "which end of a connection in Zeek's terms opened it: its originator (`source`), unless the history shows that \
          nobody saw it open; for ICMP the end that asked",
    params: &["protocol", "history", "source port", "destination port"],
    examples: &[
        (&["tcp", "ShADadFf", "50123", "22"], "source"),
        (&["tcp", "S", "50123", "22"], "source"),
        (&["tcp", "^hR", "3192", "443"], ""),
        (&["tcp", "^hADad", "50123", "443"], "source"),
        (&["tcp", "HR", "443", "3192"], ""),
        (&["tcp", "DadA", "50123", "443"], "source"),
        (&["tcp", "DadA", "443", "50123"], "destination"),
        (&["tcp", "DadA", "50123", "50124"], ""),
        (&["tcp", "", "50123", "22"], "source"),
        (&["udp", "Dd", "50123", "53"], "source"),
        (&["udp", "^d", "50123", "53"], ""),
        (&["icmp", "", "8", "0"], "source"),
        (&["icmp", "", "3", "1"], ""),
        (&["unknown_transport", "", "0", "0"], "source"),
    ],
    eval: |args, _| {
        let history = args[1].as_str().unwrap_or_default();
        let has = |any: &str| history.contains(|c| any.contains(c));
        match args[0].as_str() {
            Some("icmp") => match args[2].as_str() {
                Some("8" | "13" | "15" | "17" | "128") => SOURCE,
                _ => Val::Absent,
            },
            Some("tcp") if history.is_empty() || has("S") || (has("h") && has("AD")) => SOURCE,
            // Nobody saw it open: an answer to packets that somebody forged, or the sensor came late.
            Some("tcp") if has("hH") || !has("Dd") => Val::Absent,
            Some("tcp") => {
                let port = |i: usize| args[i].as_str().and_then(|t| t.parse::<u16>().ok());
                match (port(2).map(|p| p < SYSTEM_PORTS), port(3).map(|p| p < SYSTEM_PORTS)) {
                    (Some(false), Some(true)) => SOURCE,
                    (Some(true), Some(false)) => DESTINATION,
                    _ => Val::Absent,
                }
            }
            Some(_) if !history.is_empty() && !has("D") => Val::Absent,
            Some(_) => SOURCE,
            None => Val::Absent,
        }
    },
};

/// See its `doc`.
pub static HISTORY_FLAGS: Definition = Definition {
    name: "history_flags",
    doc: "TCP flags that the originator sent, by Zeek's history, as flow logs or them: SYN 2, SYN-ACK 18, FIN 1, RST 4",
    params: &["protocol", "history"],
    examples: &[
        (&["tcp", "ShADadFf"], "3"),
        (&["tcp", "S"], "2"),
        (&["tcp", "^hR"], "4"),
        (&["tcp", "DadA"], "0"),
        (&["tcp", "HR"], "22"),
        (&["udp", "Dd"], ""),
        (&["tcp", ""], ""),
    ],
    eval: |args, _| match (args[0].as_str(), args[1].as_str()) {
        (Some("tcp"), Some(history)) => Val::Int(history.chars().fold(0, |flags, c| {
            flags
                | match c {
                    'S' => 2,
                    'H' => 18,
                    'F' => 1,
                    'R' => 4,
                    _ => 0,
                }
        })),
        _ => Val::Absent,
    },
};

/// See its `doc`.
pub static HEX_FLAGS: Definition = Definition {
    name: "hex_flags",
    doc: "TCP flags written in hexadecimal, without ACK and PSH unless SYN is there, as flow logs have them",
    params: &["flags"],
    examples: &[(&["1b"], "19"), (&["02"], "2"), (&["12"], "18"), (&["18"], "0"), (&["14"], "4"), (&["x"], "")],
    eval: |args, _| match args[0].as_str().and_then(|t| i64::from_str_radix(t, 16).ok()) {
        Some(flags) if flags & 2 != 0 => Val::Int(flags & 0x17),
        Some(flags) => Val::Int(flags & 0x07),
        None => Val::Absent,
    },
};
