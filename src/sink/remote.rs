//! The other side of what happened: address, place and network; and the names of well-known ports.

use std::net::IpAddr;

use super::facts::Facts;

/// An endpoint as its attributes tell it.
#[derive(Debug, Default, Clone)]
pub struct Remote {
    pub ip: Option<IpAddr>,
    pub port: Option<i64>,
    pub domain: Option<String>,
    pub city: Option<String>,
    /// ISO 3166 code, or a name if the source has no code.
    pub country: Option<String>,
    pub lat: Option<f64>,
    pub lon: Option<f64>,
    pub asn: Option<i64>,
    pub as_name: Option<String>,
    pub isp: Option<String>,
    pub org: Option<String>,
}

impl Remote {
    /// Reads the endpoint whose attributes begin with `prefix`.
    pub fn read(facts: &Facts<'_>, prefix: &str) -> Self {
        let name = |rest: &str| format!("{prefix}.{rest}");
        let text = |rest: &str| facts.text(&name(rest));
        Self {
            ip: text("ip").and_then(|ip| ip.parse().ok()),
            port: facts.int(&name("port")).filter(|p| (0..=65_535).contains(p)),
            domain: text("domain").or_else(|| text("hostname")).or_else(|| text("svc_name")),
            city: text("location.city"),
            country: text("location.country"),
            lat: facts.float(&name("location.lat")),
            lon: facts.float(&name("location.long")),
            asn: facts.int(&name("autonomous_system.number")),
            as_name: text("autonomous_system.name"),
            isp: text("isp").or_else(|| text("location.isp")),
            org: text("isp_org"),
        }
    }

    /// The country as a two-letter code, if it is one.
    pub fn country_code(&self) -> Option<&str> {
        self.country.as_deref().filter(|c| c.len() == 2 && c.bytes().all(|b| b.is_ascii_alphabetic()))
    }

    /// The country as a name, if it is no code.
    pub fn country_name(&self) -> Option<&str> {
        self.country.as_deref().filter(|_| self.country_code().is_none())
    }
}

/// The name of a port, as GuardDuty has it; `Unknown` for the rest.
pub fn port_name(port: i64) -> &'static str {
    match port {
        20 | 21 => "FTP",
        22 => "SSH",
        23 => "Telnet",
        25 => "SMTP",
        53 => "DNS",
        80 => "HTTP",
        88 => "Kerberos",
        110 => "POP3",
        123 => "NTP",
        135 => "RPC",
        137..=139 => "NetBIOS",
        143 => "IMAP",
        161 => "SNMP",
        389 => "LDAP",
        443 => "HTTPS",
        445 => "SMB",
        1433 => "MSSQL",
        1521 => "Oracle",
        3306 => "MySQL",
        3389 => "RDP",
        5432 => "PostgreSQL",
        5900 => "VNC",
        5985 | 5986 => "WinRM",
        6379 => "Redis",
        9200 | 9300 => "Elasticsearch",
        27017 => "MongoDB",
        _ => "Unknown",
    }
}
