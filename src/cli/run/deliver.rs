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

/// Writes the findings where the options say.
pub fn deliver(findings: &[Finding], args: &Args, terminal: &Terminal) -> Result<(), Failure> {
    let on_terminal = args.output.is_none() && terminal.out.interactive;
    let format = args.format.as_deref().unwrap_or(if on_terminal { "table" } else { "json" });
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
