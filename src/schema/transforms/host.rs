//! What sensors and scanners on hosts write: command lines, paths, flags of system calls, names of malware.

use super::Definition;
use crate::value::{Arena, Val};

/// See its `doc`.
pub static JOIN_WORDS: Definition = Definition {
    name: "join_words",
    doc: "the texts of a list with blanks between them (`ARGV` as a command line)",
    params: &["words"],
    examples: &[(&["ls"], "ls"), (&[""], "")],
    eval: |args, arena| {
        let words: Vec<&str> = args[0].elements().filter_map(|v| v.as_str()).collect();
        if words.is_empty() { Val::Absent } else { Val::Str(arena.alloc_str(&words.join(" "))) }
    },
};

/// See its `doc`.
pub static PATH_JOIN: Definition = Definition {
    name: "path_join",
    doc: "a path, made absolute by the working directory if it is relative",
    params: &["directory", "path"],
    examples: &[
        (&["/tmp", "x"], "/tmp/x"),
        (&["/tmp/", "./x"], "/tmp/x"),
        (&["/a/b", "../x"], "/a/x"),
        (&["/tmp", "/etc/../etc/passwd"], "/etc/passwd"),
        (&["", "x"], "x"),
        (&["/tmp", ""], ""),
    ],
    eval: |args, arena| {
        let Some(path) = args[1].as_str().filter(|p| !p.is_empty()) else { return Val::Absent };
        let base = args[0].as_str().filter(|_| !path.starts_with('/')).unwrap_or("");
        if base.is_empty() && !path.starts_with('/') {
            return Val::Str(path);
        }
        let mut parts: Vec<&str> = Vec::new();
        for part in base.split('/').chain(path.split('/')) {
            match part {
                "" | "." => {}
                ".." => drop(parts.pop()),
                other => parts.push(other),
            }
        }
        let mut out = String::with_capacity(base.len() + path.len() + 2);
        for part in parts {
            out.push('/');
            out.push_str(part);
        }
        Val::Str(arena.alloc_str(if out.is_empty() { "/" } else { &out }))
    },
};

/// A number as kernels print them: `0x241`, `577`.
fn number(text: &str) -> Option<u64> {
    match text.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}

/// See its `doc`.
pub static OPEN_MODE: Definition = Definition {
    name: "open_mode",
    doc: "what a file was opened for, by the flags of `open`, as words or number: create (it was not there), update or read",
    params: &["flags"],
    examples: &[
        (&["O_RDONLY"], "read"),
        (&["O_LARGEFILE|O_WRONLY"], "update"),
        (&["O_TRUNC|O_CREAT|O_WRONLY|O_F_CREATED"], "create"),
        (&["0x241"], "update"),
        (&["0"], "read"),
        (&["x"], ""),
        (&[""], ""),
    ],
    eval: |args, _| {
        let Some(text) = args[0].as_str() else { return Val::Absent };
        Val::Str(match number(text) {
            // The two lowest bits: read, write, both. O_TRUNC writes too.
            Some(n) if n & 0x203 != 0 => "update",
            Some(_) => "read",
            None if text.contains("O_F_CREATED") => "create",
            None if ["O_WRONLY", "O_RDWR", "O_TRUNC"].iter().any(|w| text.contains(w)) => "update",
            None if text.contains("O_") => "read",
            None => return Val::Absent,
        })
    },
};

/// See its `doc`.
pub static PTRACE_REQUEST: Definition = Definition {
    name: "ptrace_request",
    doc: "what `ptrace` was asked for, by word or number: traceme, peek, poketext, pokedata, setregs, attach, other",
    params: &["request"],
    examples: &[
        (&["PTRACE_POKETEXT"], "poketext"),
        (&["0x4206"], "attach"),
        (&["5"], "pokedata"),
        (&["0x0"], "traceme"),
        (&["13"], "setregs"),
        (&["7"], "other"),
        (&[""], ""),
    ],
    eval: |args, _| {
        let Some(text) = args[0].as_str() else { return Val::Absent };
        let word = match number(text) {
            Some(0) => "traceme",
            Some(1..=3 | 12 | 14 | 0x4204) => "peek",
            Some(4) => "poketext",
            Some(5 | 6) => "pokedata",
            Some(13 | 15 | 0x4205) => "setregs",
            Some(16 | 0x4206) => "attach",
            Some(_) => "other",
            None => match text.trim_start_matches("PTRACE_") {
                "TRACEME" => "traceme",
                "PEEKTEXT" | "PEEKDATA" | "PEEKUSR" | "PEEKUSER" | "GETREGS" | "GETFPREGS" | "GETREGSET" => "peek",
                "POKETEXT" => "poketext",
                "POKEDATA" | "POKEUSR" | "POKEUSER" => "pokedata",
                "SETREGS" | "SETFPREGS" | "SETREGSET" => "setregs",
                "ATTACH" | "SEIZE" => "attach",
                _ => "other",
            },
        };
        Val::Str(word)
    },
};

/// See its `doc`.
pub static CONTAINER_UID: Definition = Definition {
    name: "container_uid",
    doc: "the id of a container, without the runtime before it; absent for the host itself",
    params: &["text"],
    examples: &[
        (&["containerd://0123456789ab"], "0123456789ab"),
        (&["0123456789ab"], "0123456789ab"),
        (&["host"], ""),
        (&[""], ""),
    ],
    eval: |args, _| {
        let id = args[0].as_str().map(|t| t.rsplit_once("://").map_or(t, |(_, id)| id));
        id.filter(|id| !matches!(*id, "" | "host" | "<NA>")).map_or(Val::Absent, Val::Str)
    },
};

/// See its `doc`.
pub static INSTANCE_UID: Definition = Definition {
    name: "instance_uid",
    doc: "the EC2 instance that a text names: its id, or a host name that begins with it",
    params: &["text"],
    examples: &[
        (&["i-0123456789abcdef0"], "i-0123456789abcdef0"),
        (&["i-0123456789abcdef0.us-west-2.compute.internal"], "i-0123456789abcdef0"),
        (&["ip-10-0-1-15.ec2.internal"], ""),
        (&["i-x"], ""),
    ],
    eval: |args, _| {
        let name = args[0].as_str().map(|t| t.split('.').next().unwrap_or(t));
        let is_id = |t: &&str| {
            t.strip_prefix("i-").is_some_and(|h| matches!(h.len(), 8 | 17) && h.bytes().all(|b| b.is_ascii_hexdigit()))
        };
        name.filter(is_id).map_or(Val::Absent, Val::Str)
    },
};

/// See its `doc`.
pub static SOCKET_PATH: Definition = Definition {
    name: "socket_path",
    doc: "the path of a Unix socket, without the addresses that a sensor writes before it",
    params: &["text"],
    examples: &[
        (&["0->ffff9b1c /run/docker.sock"], "/run/docker.sock"),
        (&["/run/x y.sock"], "/run/x y.sock"),
        (&["0->0"], ""),
    ],
    eval: |args, _| args[0].as_str().and_then(|t| t.find('/').map(|at| &t[at..])).map_or(Val::Absent, Val::Str),
};

/// See its `doc`.
pub static KERNEL_FUNCTION: Definition = Definition {
    name: "kernel_function",
    doc: "the name of a system call or kernel function, without the architecture's prefix",
    params: &["name"],
    examples: &[(&["__x64_sys_ptrace"], "ptrace"), (&["tcp_connect"], "tcp_connect"), (&["sys_mount"], "mount")],
    eval: |args, _| {
        let prefixes = ["__x64_sys_", "__arm64_sys_", "__sys_", "sys_"];
        let bare = |t: &'_ str| prefixes.iter().find_map(|p| t.strip_prefix(p)).map(str::len);
        args[0].as_str().map_or(Val::Absent, |t| Val::Str(&t[t.len() - bare(t).unwrap_or(t.len())..]))
    },
};

/// See its `doc`.
pub static PROC_OF_OTHER: Definition = Definition {
    name: "proc_pid",
    doc: "the process that a path below `/proc` is about, by number",
    params: &["path"],
    examples: &[(&["/proc/42/mem"], "42"), (&["/proc/self/mem"], ""), (&["/etc/passwd"], "")],
    eval: |args, _| {
        let part = args[0].as_str().and_then(|t| t.strip_prefix("/proc/")).and_then(|t| t.split('/').next());
        part.filter(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit())).map_or(Val::Absent, Val::Str)
    },
};

/// See its `doc`.
pub static AFTER_COLON: Definition = Definition {
    name: "after_colon",
    doc: "what stands behind the first `:`; the text itself if there is none (`sha256:9f86d081…` is the hash)",
    params: &["text"],
    examples: &[(&["sha256:9f86"], "9f86"), (&["9f86"], "9f86"), (&["sha256:"], "")],
    eval: |args, _| {
        let text = args[0].as_str().map(|t| t.split_once(':').map_or(t, |(_, rest)| rest));
        text.filter(|t| !t.is_empty()).map_or(Val::Absent, Val::Str)
    },
};

/// See its `doc`.
pub static TERMINAL: Definition = Definition {
    name: "terminal",
    doc: "the terminal of a process, by name or number; absent if it has none",
    params: &["text"],
    examples: &[(&["pts1"], "pts1"), (&["34816"], "34816"), (&["0"], ""), (&["(none)"], ""), (&["?"], "")],
    eval: |args, _| {
        let text = args[0].as_str().filter(|t| !matches!(*t, "" | "0" | "(none)" | "?" | "<NA>"));
        text.map_or(Val::Absent, Val::Str)
    },
};

/// See its `doc`.
pub static MALWARE_CLASS: Definition = Definition {
    name: "malware_class",
    doc: "what a scanner means by a name, and by tags behind it: adware, riskware, hacktool, unwanted, heuristic, test or malware",
    params: &["name"],
    examples: &[
        (&["Unix.Trojan.Mirai-1"], "malware"),
        (&["PUA.Win.Adware.Example-1"], "adware"),
        (&["PUA.Linux.Coinminer.Example-2"], "unwanted"),
        (&["Multios.HackTool.Example-1"], "hacktool"),
        (&["Heuristics.Limits.Exceeded"], "heuristic"),
        (&["Eicar-Test-Signature"], "test"),
        (&[""], ""),
    ],
    eval: |args, _: &Arena| {
        let Some(name) = args[0].as_str().filter(|n| !n.is_empty()) else { return Val::Absent };
        let words: Vec<String> =
            name.split(|c: char| !c.is_ascii_alphanumeric()).map(str::to_ascii_lowercase).collect();
        let has = |any: &[&str]| words.iter().any(|w| any.contains(&w.as_str()));
        Val::Str(if has(&["eicar"]) {
            "test"
        } else if has(&["adware"]) {
            "adware"
        } else if has(&["hacktool", "hktl", "exploitkit", "pentest"]) {
            "hacktool"
        } else if has(&["riskware", "greyware", "grayware"]) {
            "riskware"
        } else if has(&["pua", "pup", "unwanted"]) {
            "unwanted"
        } else if has(&["heuristics", "heuristic", "suspicious", "generic"]) {
            "heuristic"
        } else {
            "malware"
        })
    },
};
