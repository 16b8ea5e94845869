//! Findings to standard output or to a file.

use std::io::{BufWriter, Write};

use super::Args;
use crate::cli::exit::Failure;
use crate::cli::output::AtomicFile;
use crate::cli::terminal::{Terminal, stdout};
use crate::finding::Finding;
use crate::sink::{FORMATS, SinkOptions};

/// The formats, for `--format`.
pub fn format_names() -> clap::builder::PossibleValuesParser {
    FORMATS.iter().map(|f| clap::builder::PossibleValue::new(f.name).help(f.about)).collect::<Vec<_>>().into()
}

/// Whether the format of the deployment file is one; told before anything is read.
pub fn known(format: Option<&str>) -> Result<(), Failure> {
    match format {
        Some(name) if !FORMATS.iter().any(|f| f.name == name) => {
            let names: Vec<&str> = FORMATS.iter().map(|f| f.name).collect();
            let failure = Failure::new(format!("`output: format: {name}` of the deployment file is no format"));
            Err(failure.help(format!("the formats are {}", names.join(", "))))
        }
        _ => Ok(()),
    }
}

/// Writes the findings where the options say, in their format, else in the deployment's.
pub fn deliver(findings: &[Finding], args: &Args, deployed: Option<&str>, terminal: &Terminal) -> Result<(), Failure> {
    let on_terminal = args.output.is_none() && terminal.out.interactive;
    let unsaid = if on_terminal { "table" } else { "json" };
    let format = args.format.as_deref().or(deployed.filter(|_| args.output.is_none())).unwrap_or(unsaid);
    let options = SinkOptions {
        width: terminal.out.width,
        color: args.output.is_none() && terminal.out.color,
        ..SinkOptions::default()
    };
    match &args.output {
        Some(path) => {
            let mut file = BufWriter::new(AtomicFile::create(path)?);
            crate::sink::write(format, findings, &options, &mut file).map_err(|e| Failure::io("write", path, &e))?;
            let file = file.into_inner().map_err(|e| Failure::io("write", path, e.error()))?;
            file.commit()
        }
        None => {
            let mut out = stdout();
            crate::sink::write(format, findings, &options, &mut out)?;
            out.flush()?;
            Ok(())
        }
    }
}
