//! What the shipped sources make of what sensors, scanners and Suricata tell. The records are our own.

use super::source_tests::check;

#[test]
fn what_sensors_see() {
    let falco = |kind: &str, fields: &str| {
        format!(
            r#"{{"hostname":"i-0123456789abcdef0.ec2.internal","priority":"Notice","rule":"r","source":"syscall","time":"2026-01-31T10:00:00.5Z","output_fields":{{"evt.type":"{kind}","proc.name":"sh","proc.tty":0,"container.id":"host",{fields}}}}}"#
        )
    };
    check(
        "falco",
        &falco("execve", r#""proc.cmdline":"sh -c id","proc.pname":"nginx","proc.is_exe_from_memfd":true"#),
        "process",
        &[
            ("time", "2026-01-31T10:00:00.500Z"),
            ("activity", "launch"),
            ("process.cmd_line", "sh -c id"),
            ("process.parent_process.name", "nginx"),
            ("process.file.in_memory", "true"),
            ("process.tty", "-"),
            ("asset.type", "instance"),
            ("container.uid", "-"),
            ("device.instance_uid", "i-0123456789abcdef0"),
        ],
    );
    let written = r#""fd.type":"file","fd.name":"/proc/812/mem","evt.arg.flags":"O_RDWR""#;
    let file = [("activity", "update"), ("file.path", "/proc/812/mem"), ("target_process.pid", "812")];
    check("falco", &falco("openat", written), "file", &file);
    let socket = r#""fd.type":"unix","fd.name":"0->0 /run/docker.sock""#;
    check("falco", &falco("connect", socket), "file", &[("activity", "connect"), ("file.path", "/run/docker.sock")]);
    check(
        "falco",
        &falco("connect", r#""fd.type":"ipv4","fd.rip":"198.51.100.7","fd.rport":443,"fd.l4proto":"tcp""#),
        "network",
        &[("initiator", "local"), ("remote.ip", "198.51.100.7"), ("connection_info.protocol_num", "6")],
    );
    let ptrace = r#"{"process_kprobe":{"process":{"binary":"/tmp/x","arguments":"812","pid":7,"uid":0,"start_time":"2026-01-31T09:00:00Z","pod":{"namespace":"shop","name":"web","container":{"id":"containerd://0123456789ab","image":{"name":"nginx"}}}},"parent":{"binary":"/usr/bin/bash","uid":1000},"function_name":"__x64_sys_ptrace","args":[{"int_arg":4},{"int_arg":812}]},"node_name":"n","time":"2026-01-31T10:00:00Z"}"#;
    check(
        "tetragon",
        ptrace,
        "process",
        &[
            ("activity", "trace"),
            ("syscall", "ptrace"),
            ("ptrace_request", "poketext"),
            ("target_process.pid", "812"),
            ("process.name", "x"),
            ("process.cmd_line", "/tmp/x 812"),
            ("process.parent_process.user.uid", "1000"),
            ("asset.type", "kubernetes"),
            ("container.uid", "0123456789ab"),
            ("pod.namespace", "shop"),
        ],
    );
    let laurel = r#"{"ID":"1769853600.375:7","NODE":"web-1","SYSCALL":{"success":"yes","ppid":1,"pid":7,"uid":0,"euid":0,"tty":"pts1","comm":"x","exe":"/tmp/x","SYSCALL":"openat","ARGV":["0xffffff9c","0x55d0","0x441","0x1b6"]},"CWD":{"cwd":"/root"},"PATH":[{"name":".ssh/","nametype":"PARENT"},{"name":".ssh/authorized_keys","nametype":"NORMAL"}]}"#;
    check(
        "auditd",
        laurel,
        "file",
        &[
            ("time", "2026-01-31T10:00:00Z"),
            ("activity", "update"),
            ("file.path", "/root/.ssh/authorized_keys"),
            ("process.tty", "pts1"),
            ("asset.type", "instance"),
            ("device.hostname", "web-1"),
        ],
    );
}

#[test]
fn what_scanners_find() {
    let clam = r#"{"Magic":"CLAMJSONv0","FileName":"x","FileSize":3,"Viruses":["PUA.Linux.Example-1"],"time":"2026-01-31T10:00:00Z","path":"/opt/x","account":"111122223333","asset":{"type":"ebs_snapshot","uid":"snap-0a"}}"#;
    check(
        "clamav",
        clam,
        "file",
        &[
            ("activity", "scan"),
            ("file.path", "/opt/x"),
            ("malware.name", "PUA.Linux.Example-1"),
            ("malware.classification", "unwanted"),
            ("asset.type", "ebs_snapshot"),
            ("asset.uid", "snap-0a"),
            ("cloud.account.uid", "111122223333"),
        ],
    );
    let yara = r#"{"path":"/opt/x","time":"2026-01-31T10:00:00Z","rules":[{"identifier":"Loader","tags":["hacktool"],"meta":{"severity":"critical"}}]}"#;
    let found = [("malware.name", "Loader"), ("malware.classification", "hacktool"), ("malware.severity", "critical")];
    check("yara", yara, "file", &found);
    check("yara", &yara.replace(r#""tags":["hacktool"],"#, ""), "file", &[("malware.classification", "malware")]);
}

#[test]
fn what_suricata_sees() {
    let eve = |kind: &str, src: &str, dest: &str, more: &str| {
        let end = |at: &str| at.split_once(' ').map(|(a, p)| (a.to_owned(), p.to_owned())).expect("address and port");
        let ((src, sp), (dest, dp)) = (end(src), end(dest));
        format!(
            r#"{{"timestamp":"2026-01-31T10:02:00.250000+0000","flow_id":7,"event_type":"{kind}","src_ip":"{src}","src_port":{sp},"dest_ip":"{dest}","dest_port":{dp},{more}}}"#
        )
    };
    let flow = r#""proto":"TCP","flow":{"pkts_toserver":12,"pkts_toclient":15,"bytes_toserver":1882,"bytes_toclient":2482,"start":"2026-01-31T10:00:00.000000+0000","end":"2026-01-31T10:01:00.500000+0000","state":"closed"},"tcp":{"tcp_flags_ts":"1b","syn":true}"#;
    check(
        "suricata",
        &eve("flow", "203.0.113.5 50123", "10.0.0.5 22", flow),
        "network",
        &[
            ("time", "2026-01-31T10:01:00.500Z"),
            ("initiator", "remote"),
            ("local.ip", "10.0.0.5"),
            ("local.port", "22"),
            ("remote.ip", "203.0.113.5"),
            ("connection_info.direction", "inbound"),
            ("connection_info.protocol_num", "6"),
            ("connection_info.tcp_flags", "19"),
            ("traffic.packets", "12"),
            ("traffic.bytes_in", "2482"),
            ("duration", "1m500ms"),
            ("disposition", "allowed"),
        ],
    );
    let late = flow.replace(r#","syn":true"#, "").replace("\"closed\"", "\"new\"").replace(":15", ":0");
    let late = eve("flow", "10.0.0.5 50123", "10.0.0.6 22", &late);
    let told = [("initiator", "-"), ("local.ip", "10.0.0.5"), ("disposition", "blocked")];
    check("suricata", &late, "network", &told);
    // The three forms of look-ups; answers of the first two may come from the server's side.
    let asked = |dns: &str| eve("dns", "10.0.0.5 50123", "10.0.0.2 53", &format!(r#""proto":"UDP","dns":{dns}"#));
    let query = r#"{"type":"query","id":1,"rrname":"Example.COM","rrtype":"TXT"}"#;
    let name =
        [("query.hostname", "example.com"), ("query.type", "TXT"), ("rcode", "-"), ("src_endpoint.ip", "10.0.0.5")];
    check("suricata", &asked(query), "dns", &name);
    let third =
        r#"{"version":3,"type":"response","rcode":"NXDOMAIN","queries":[{"rrname":"example.com","rrtype":"A"}]}"#;
    let name = [("query.hostname", "example.com"), ("rcode", "nxdomain"), ("src_endpoint.ip", "10.0.0.5")];
    check("suricata", &asked(third), "dns", &name);
    let answer = r#""proto":"UDP","dns":{"version":2,"type":"answer","rcode":"NOERROR","rrname":"example.com","rrtype":"A","answers":[{"rrname":"example.com","rrtype":"A","ttl":5,"rdata":"198.51.100.7"}]}"#;
    check(
        "suricata",
        &eve("dns", "10.0.0.2 53", "10.0.0.5 50123", answer),
        "dns",
        &[
            ("src_endpoint.ip", "10.0.0.5"),
            ("src_endpoint.port", "50123"),
            ("answers", r#"[{"rdata":"198.51.100.7","type":"A"}]"#),
            ("answers.ip", r#"["198.51.100.7"]"#),
        ],
    );
    let ssh =
        eve("ssh", "203.0.113.5 50123", "10.0.0.5 22", r#""proto":"TCP","ssh":{"client":{"software_version":"Go"}}"#);
    check("suricata", &ssh, "authentication", &[("service.name", "ssh"), ("application", "Go"), ("status", "-")]);
}
