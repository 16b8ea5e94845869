//! What a threat purpose is called elsewhere: Security Hub's types taxonomy, and ATT&CK's tactic where the names agree.

/// One threat purpose.
pub struct Purpose {
    name: &'static str,
    /// Namespace and category of Security Hub's taxonomy.
    asff: &'static str,
    /// ATT&CK tactic: id and name. Only where the purpose *is* the tactic: `Trojan` or `Recon` may be several.
    tactic: Option<(&'static str, &'static str)>,
}

const fn of(name: &'static str, asff: &'static str, tactic: Option<(&'static str, &'static str)>) -> Purpose {
    Purpose { name, asff, tactic }
}

const PURPOSES: &[Purpose] = &[
    of("Backdoor", "TTPs/Command and Control", None),
    of("Behavior", "Unusual Behaviors/VM", None),
    of("CredentialAccess", "TTPs/Credential Access", Some(("TA0006", "Credential Access"))),
    of("CryptoCurrency", "Effects/Resource Consumption", None),
    of("DefenseEvasion", "TTPs/Defense Evasion", Some(("TA0005", "Defense Evasion"))),
    of("DefenseImpairment", "TTPs/Defense Evasion", None),
    of("Discovery", "TTPs/Discovery", Some(("TA0007", "Discovery"))),
    of("Execution", "TTPs/Execution", Some(("TA0002", "Execution"))),
    of("Exfiltration", "Effects/Data Exfiltration", Some(("TA0010", "Exfiltration"))),
    of("Impact", "TTPs/Impact", Some(("TA0040", "Impact"))),
    of("InitialAccess", "TTPs/Initial Access", Some(("TA0001", "Initial Access"))),
    of("LateralMovement", "TTPs/Lateral Movement", Some(("TA0008", "Lateral Movement"))),
    of("Persistence", "TTPs/Persistence", Some(("TA0003", "Persistence"))),
    of("Policy", "Software and Configuration Checks/AWS Security Best Practices", None),
    of("PrivilegeEscalation", "TTPs/Privilege Escalation", Some(("TA0004", "Privilege Escalation"))),
    of("Recon", "TTPs/Discovery", None),
    of("ResourceConsumption", "Effects/Resource Consumption", None),
    of("ResourceDevelopment", "TTPs/Initial Access", Some(("TA0042", "Resource Development"))),
    of("Stealth", "TTPs/Defense Evasion", None),
    of("Trojan", "TTPs/Command and Control", None),
    of("UnauthorizedAccess", "TTPs/Initial Access", None),
];

fn find(name: &str) -> Option<&'static Purpose> {
    PURPOSES.iter().find(|p| p.name == name)
}

/// The finding type in Security Hub's taxonomy, `namespace/category/classifier`; the classifier has no `/`.
pub fn asff_type(purpose: &str, finding_type: &str) -> String {
    let prefix = find(purpose).map_or("TTPs", |p| p.asff);
    format!("{prefix}/{}", finding_type.replace('/', "-"))
}

/// ATT&CK's tactic of that name: id and name.
pub fn tactic(purpose: &str) -> Option<(&'static str, &'static str)> {
    find(purpose)?.tactic
}
