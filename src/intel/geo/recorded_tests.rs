//! Recorded data: MaxMind's own test databases, sound and broken, and two free ones of full size.

use std::fs;
use std::net::IpAddr;
use std::path::PathBuf;

use super::{Geo, GeoError, GeoFile};
use crate::schema::{Enrich, Fact};
use crate::value::{Arena, Val};

const DIR: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/geo");

fn file(path: &str) -> Option<Result<GeoFile, GeoError>> {
    let full = PathBuf::from(DIR).join(path);
    match fs::read(&full) {
        Ok(bytes) => Some(GeoFile::read(path, bytes)),
        Err(_) => {
            println!("skipped: {} is not there", full.display());
            None
        }
    }
}

fn ask(geo: &Geo, address: &str, fact: Fact) -> String {
    let arena = Arena::new();
    let address: IpAddr = address.parse().expect("an address");
    match geo.look_up(address, fact, &arena) {
        Val::Absent => "-".to_owned(),
        there => there.to_value().expect("there").to_string(),
    }
}

#[test]
fn the_makers_test_databases() {
    let Some(city) = file("maxmind_test/GeoIP2-City-Test.mmdb") else { return };
    let asn = file("maxmind_test/GeoLite2-ASN-Test.mmdb").expect("beside it");
    let geo = Geo::new(vec![city.expect("sound"), asn.expect("sound")]);
    let all = |address| Fact::ALL.map(|f| ask(&geo, address, f)).join(" ");
    assert_eq!(all("89.160.20.112"), "SE Linköping 58.4167 15.6167 29518 Bredband2 AB");
    assert_eq!(all("2.125.160.216"), "GB Boxford 51.75 -1.25 - -");
    assert_eq!(all("2001:218::1"), "JP - 35.68536 139.75309 - -");
    assert_eq!(geo.facts().len(), Fact::ALL.len());
    for sound in ["GeoIP2-Country-Test", "GeoLite2-Country-Test", "GeoIP2-Enterprise-Test", "GeoIP2-ISP-Test"] {
        let about = file(&format!("maxmind_test/{sound}.mmdb")).expect("beside it").expect("sound").about().clone();
        assert_eq!((about.format.is_empty(), about.v4, about.v6), (false, true, true), "{sound}");
    }
    for broken in ["GeoIP2-City-Test-Broken-Double-Format", "GeoIP2-City-Test-Invalid-Node-Count", "GeoIP2-Domain-Test"]
    {
        let error = file(&format!("maxmind_test/{broken}.mmdb")).expect("beside it").expect_err(broken);
        println!("{broken}: {error}");
        assert_eq!(error.message.contains("damaged"), !broken.contains("Domain"), "{broken}: {error}");
    }
    // Others are made to be odd; none may do harm.
    for entry in fs::read_dir(PathBuf::from(DIR).join("maxmind_test")).expect("a folder") {
        let path = entry.expect("an entry").path();
        if let Ok(file) = GeoFile::read("odd", fs::read(&path).expect("readable")) {
            let geo = Geo::new(vec![file]);
            for address in ["1.1.1.1", "89.160.20.112", "2001:218::1"] {
                ask(&geo, address, Fact::Country);
            }
        }
    }
}

#[test]
fn free_databases_of_full_size() {
    let (Some(country), Some(asn)) = (file("mmdb/iptoasn-country.mmdb"), file("csv/asn-ipv4-num.csv")) else { return };
    let geo = Geo::new(vec![country.expect("sound"), asn.expect("sound")]);
    assert_eq!(ask(&geo, "1.1.1.1", Fact::AsName), "Cloudflare, Inc.");
    assert_eq!(ask(&geo, "1.1.1.1", Fact::Asn), "13335");
    assert_eq!(ask(&geo, "10.0.0.1", Fact::Country), "-");
    let spread: Vec<String> = (1..=223u8).map(|n| format!("{n}.77.7.7")).collect();
    let located = spread.iter().filter(|a| ask(&geo, a, Fact::Country) != "-").count();
    assert!(located > 150, "{located}");
    let facts: Vec<Fact> = geo.facts().into_iter().collect();
    assert_eq!(facts, [Fact::Country, Fact::Asn, Fact::AsName]);
}
