//! Where a diagnostic points, in the terms of machines that read it.

use serde::Serialize;

use crate::text::{SourceMap, Span};

/// A range in a file: lines and columns from 1, columns in characters, the end one past the last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The file.
    pub file: String,
    /// First line.
    pub line: usize,
    /// First column.
    pub column: usize,
    /// Last line.
    pub end_line: usize,
    /// One past the last column.
    pub end_column: usize,
}

impl Place {
    /// The place of a span.
    pub fn of(sources: &SourceMap, span: Span) -> Self {
        let start = sources.position(span);
        let end = sources.position(span.after());
        Self {
            file: sources.file(span.file).name.to_string(),
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
        }
    }
}
