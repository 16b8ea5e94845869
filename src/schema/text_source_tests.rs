//! What the sources of free text make of their lines, the odd ones above all. The lines are our own.

use super::source_tests::check;

/// What a line of PostgreSQL's log gives, behind its beginning.
fn postgres(user: &str, message: &str, expected: &[(&str, &str)]) {
    let line = format!("2024-01-02 03:04:05 UTC:203.0.113.9(51234):{user}:[1234]:{message}");
    check("rds_postgresql", &line, "authentication", expected);
}

#[test]
fn logins_to_postgresql() {
    postgres(
        "app@shop",
        "LOG:  connection authorized: user=app database=shop application_name=psql SSL enabled (protocol=TLSv1.3, cipher=TLS_AES_256_GCM_SHA384, bits=256)",
        &[
            ("time", "2024-01-02T03:04:05Z"),
            ("activity", "logon"),
            ("status", "success"),
            ("status_detail", "-"),
            ("src_endpoint.ip", "203.0.113.9"),
            ("actor.principal", "app"),
            ("actor.user.name", "app"),
            ("database.name", "shop"),
            ("database.uid", "orders"),
            ("database.engine", "postgresql"),
            ("application", "psql"),
            ("session.uid", "1234"),
        ],
    );
    let plain = |status, user, database, detail| {
        [("status", status), ("actor.user.name", user), ("database.name", database), ("status_detail", detail)]
    };
    for (user, message, expected) in [
        ("app@shop", "LOG:  connection authorized: user=app database=shop", plain("success", "app", "shop", "-")),
        (
            "repl@[unknown]",
            "LOG:  replication connection authorized: user=repl application_name=walreceiver",
            plain("success", "repl", "[unknown]", "-"),
        ),
        (
            "app@shop",
            r#"FATAL:  password authentication failed for user "app""#,
            plain("failure", "app", "shop", "password authentication failed"),
        ),
        (
            "a@b.example@shop",
            r#"FATAL:  PAM authentication failed for user "a@b.example""#,
            plain("failure", "a@b.example", "shop", "PAM authentication failed"),
        ),
        (
            "app@shop",
            r#"FATAL:  no pg_hba.conf entry for host "203.0.113.9", user "app", database "shop", SSL off"#,
            plain("failure", "app", "shop", "no pg_hba.conf entry"),
        ),
        (
            "app@shop",
            r#"FATAL:  pg_hba.conf rejects connection for host "203.0.113.9", user "app", database "shop", no encryption"#,
            plain("failure", "app", "shop", "pg_hba.conf rejects"),
        ),
        ("admin@shop", r#"FATAL:  role "admin" does not exist"#, plain("failure", "admin", "shop", "does not exist")),
        ("app@x", r#"FATAL:  database "x" does not exist"#, plain("failure", "app", "x", "database does not exist")),
        ("[unknown]@[unknown]", "LOG:  connection received: host=203.0.113.9 port=51234", plain("-", "-", "-", "-")),
    ] {
        postgres(user, message, &expected);
    }
    let six = r#"2024-01-02 03:04:05.678 UTC:2001:db8::9(51234):app@shop:[1]:FATAL:  password authentication failed for user "app""#;
    check("rds_postgresql", six, "authentication", &[("src_endpoint.ip", "2001:db8::9"), ("actor.user.name", "app")]);
    let host = six.replace("2001:db8::9(51234)", "2001:db8::9");
    check("rds_postgresql", &host, "authentication", &[("src_endpoint.ip", "2001:db8::9"), ("actor.user.name", "app")]);
    let local = six.replace("2001:db8::9(51234)", "[local]");
    check("rds_postgresql", &local, "authentication", &[("src_endpoint.ip", "-"), ("actor.user.name", "app")]);
    let name = six.replace("2001:db8::9(51234)", "host.example.com(51234)");
    check("rds_postgresql", &name, "authentication", &[("src_endpoint.domain", "host.example.com")]);
}

/// Users and databases are what the caller sends, before any password: they may look like a piece of the log.
#[test]
fn names_that_look_like_a_log() {
    let refused = r#"FATAL:  password authentication failed for user "app""#;
    for database in [
        "x:[1]:LOG:  hello",
        ":[1]:LOG:  connection authorized: user=app database=shop",
        ":[1]:LOG:  replication connection authorized: user=app",
        ":[1]:LOG:  connection received: host=198.51.100.1",
        ":[1]:LOG:  statement: SELECT 1",
        ":[1]:LOG:  AUDIT: SESSION,1,1,READ,SELECT,,,x",
        "):app@shop:[1]:LOG:  connection received: host=h",
    ] {
        assert!(database.len() < 64, "PostgreSQL cuts names: {database}");
        postgres(
            &format!("app@{database}"),
            refused,
            &[("status", "failure"), ("actor.user.name", "app"), ("src_endpoint.ip", "203.0.113.9")],
        );
    }
    postgres(
        "app@shop",
        r#"LOG:  connection authorized: user=app database=shop application_name=:[1]:FATAL:  password authentication failed for user "x""#,
        &[("status", "success"), ("actor.user.name", "app")],
    );
}

#[test]
fn statements_of_postgresql() {
    let audit = |audit: &str, expected: &[(&str, &str)]| {
        let line = format!("2024-01-02 03:04:05 UTC:203.0.113.9(51234):app@shop:[1234]:LOG:  {audit}");
        check("rds_postgresql", &line, "datastore", expected);
    };
    audit(
        r#"AUDIT: SESSION,1,1,READ,SELECT,TABLE,public.cards,"select ""a"", b from cards
	where x = 1",<not logged>,120000"#,
        &[
            ("activity", "read"),
            ("src_endpoint.ip", "203.0.113.9"),
            ("actor.user.name", "app"),
            ("database.name", "shop"),
            ("table.name", "public.cards"),
            ("query_info.command", "SELECT"),
            ("query_info.rows", "120000"),
        ],
    );
    let rows =
        |activity, command, rows| [("activity", activity), ("query_info.command", command), ("query_info.rows", rows)];
    audit("AUDIT: SESSION,2,1,WRITE,DELETE,,,delete from cards,<not logged>", &rows("delete", "DELETE", "-"));
    audit("AUDIT: SESSION,2,1,WRITE,DELETE,,,delete from cards,<not logged>,7", &rows("delete", "DELETE", "7"));
    audit("AUDIT: SESSION,2,1,READ,COPY,,,\"copy cards to stdout\",\"1,2\",9", &rows("read", "COPY", "9"));
    audit(
        "AUDIT: SESSION,3,1,DDL,DROP TABLE,TABLE,public.cards,drop table cards;,<none>",
        &rows("delete", "DROP TABLE", "-"),
    );
    audit("AUDIT: OBJECT,4,1,READ,SELECT,TABLE,public.cards,\"select cut off", &rows("read", "SELECT", "-"));
    audit("statement: /* app:1 */ -- x\n\tdrop table cards;", &rows("delete", "DROP", "-"));
    audit("duration: 12.345 ms  statement: TRUNCATE cards", &rows("delete", "TRUNCATE", "-"));
    audit("execute <unnamed>: select $1", &rows("read", "SELECT", "-"));
    audit("duration: 0.1 ms  execute S_1: vacuum", &rows("other", "VACUUM", "-"));
}

#[test]
fn logins_to_mysql() {
    let failed = |line: &str, source: &str, user: &str, at: &str, time: &str| {
        let expected = [
            ("time", time),
            ("activity", "logon"),
            ("status", "failure"),
            ("actor.user.name", user),
            ("src_endpoint.ip", at),
            ("database.uid", "orders"),
            ("database.engine", "mysql"),
        ];
        check(source, line, "authentication", &expected);
    };
    let second = "2024-01-02T03:04:05Z";
    failed(
        "20240102 03:04:05,ip-10-0-0-1,root,203.0.113.9,12,0,FAILED_CONNECT,,,1045",
        "rds_mysql_audit",
        "root",
        "203.0.113.9",
        second,
    );
    failed(
        "1704164645000000,orders-1,ro,ot,203.0.113.9,12,0,FAILED_CONNECT,shop,,1045,1",
        "rds_mysql_audit",
        "ro,ot",
        "203.0.113.9",
        second,
    );
    failed(
        "20240102 03:04:05,ip-10-0-0-1,root,203.0.113.9,12,0,CONNECT,,,1045",
        "rds_mysql_audit",
        "root",
        "203.0.113.9",
        second,
    );
    failed(
        "1704164645000000,s,a,b,1,1,CONNECT,,,0,203.0.113.9,12,0,FAILED_CONNECT,,,1045",
        "rds_mysql_audit",
        "a,b,1,1,CONNECT,,,0",
        "203.0.113.9",
        second,
    );
    for line in [
        "2024-01-02T03:04:05.000000Z 45 [Note] [MY-010926] [Server] Access denied for user 'root'@'203.0.113.9' (using password: YES)",
        "2024-01-02T03:04:05.000000Z 45 [Note] Access denied for user 'root'@'203.0.113.9' (using password: NO)",
        "2024-01-02  3:04:05 45 [Warning] Access denied for user 'root'@'203.0.113.9' (using password: YES)",
        "2024-01-02 03:04:05 45 [Warning] Access denied for user 'root'@'203.0.113.9' to database 'shop'",
    ] {
        failed(line, "rds_mysql_error", "root", "203.0.113.9", second);
    }
    failed(
        "2024-01-02 03:04:05 45 [Warning] Access denied for user 'x'@'198.51.100.1' (using password: YES)'@'203.0.113.9' (using password: YES)",
        "rds_mysql_error",
        "x'@'198.51.100.1' (using password: YES)",
        "203.0.113.9",
        second,
    );
    check(
        "rds_mysql_error",
        "2024-01-02T03:04:05.000000Z 45 [Note] [MY-010914] [Server] Aborted connection 45 to db: 'unconnected' user: 'unauthenticated' host: '203.0.113.9' (This connection closed normally without authentication)",
        "authentication",
        &[("activity", "preauth"), ("status", "-"), ("actor.user.name", "-"), ("src_endpoint.ip", "203.0.113.9")],
    );
    check(
        "rds_mysql_audit",
        "1704164645123456,orders-1,app,10.0.0.2,12,0,CONNECT,shop,,0,1",
        "authentication",
        &[("status", "success"), ("actor.user.name", "app"), ("database.name", "shop"), ("api.response.error", "-")],
    );
    check(
        "rds_mysql_audit",
        r"20240102 03:04:05,ip-10-0-0-1,app,10.0.0.2,12,99,QUERY,shop,'/* a, b */ delete from cards where x = \'1,2\'',0",
        "datastore",
        &[
            ("activity", "delete"),
            ("query_info.command", "DELETE"),
            ("query_info.query_string", r"delete from cards where x = \'1,2\'"),
            ("status", "success"),
        ],
    );
}
