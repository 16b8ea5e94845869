//! Makes cargo notice a changed vocabulary or pack: both are embedded as whole folders.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    for folder in ["grammar/vocabulary", "rules"] {
        if std::path::Path::new(folder).exists() {
            println!("cargo::rerun-if-changed={folder}");
        }
    }
}
