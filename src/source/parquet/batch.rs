//! Some rows of a row group: the levels and values of every column, and rows put together out of them.
//!
//! A column says of each of its values how much of its path is there (definition level) and which of the lists above it
//! goes on (repetition level). All columns below a node agree about the node, so one of them is its guide.

use parquet::column::reader::ColumnReader;
use parquet::errors::{ParquetError, Result};
use parquet::schema::types::ColumnDescriptor;

use super::scalar::{Style, Values};
use super::tree::{Node, Shape};
use crate::source::limits::{BLOCK, MAX_RECORD};

/// Longer rows are cut there: the reader calls them too large.
const MAX_ROW: usize = MAX_RECORD + 2 * BLOCK;

/// A column in a batch.
pub struct Column {
    reader: ColumnReader,
    values: Values,
    defs: Vec<i16>,
    reps: Vec<i16>,
    most_def: i16,
    most_rep: i16,
    /// How many levels there are.
    levels: usize,
    at: usize,
    value: usize,
}

/// Why a row could not be put together.
enum Stop {
    /// The columns do not agree.
    Damaged,
    /// It is longer than [`MAX_ROW`].
    Long,
}

fn damaged() -> ParquetError {
    ParquetError::General("the columns of a row group do not agree".to_owned())
}

impl Column {
    /// Over a column of a row group.
    pub fn new(reader: ColumnReader, of: &ColumnDescriptor) -> Column {
        let values = match &reader {
            ColumnReader::BoolColumnReader(_) => Values::Bool(Vec::new()),
            ColumnReader::Int32ColumnReader(_) => Values::I32(Vec::new()),
            ColumnReader::Int64ColumnReader(_) => Values::I64(Vec::new()),
            ColumnReader::Int96ColumnReader(_) => Values::I96(Vec::new()),
            ColumnReader::FloatColumnReader(_) => Values::F32(Vec::new()),
            ColumnReader::DoubleColumnReader(_) => Values::F64(Vec::new()),
            ColumnReader::ByteArrayColumnReader(_) => Values::Bytes(Vec::new()),
            ColumnReader::FixedLenByteArrayColumnReader(_) => Values::Fixed(Vec::new()),
        };
        let (most_def, most_rep) = (of.max_def_level(), of.max_rep_level());
        Column { reader, values, defs: Vec::new(), reps: Vec::new(), most_def, most_rep, levels: 0, at: 0, value: 0 }
    }

    /// Reads so many rows; the highest definition level among them.
    fn read(&mut self, rows: usize) -> Result<i16> {
        self.defs.clear();
        self.reps.clear();
        (self.at, self.value) = (0, 0);
        let (defs, reps) = (Some(&mut self.defs), Some(&mut self.reps));
        macro_rules! read {
            ($($reader:ident $values:ident),*) => {
                match (&mut self.reader, &mut self.values) {
                    $((ColumnReader::$reader(reader), Values::$values(values)) => {
                        values.clear();
                        let read = reader.read_records(rows, defs, reps, values)?;
                        (read, values.len())
                    })*
                    _ => return Err(damaged()),
                }
            };
        }
        let ((records, _, _), values) = read!(
            BoolColumnReader Bool, Int32ColumnReader I32, Int64ColumnReader I64, Int96ColumnReader I96,
            FloatColumnReader F32, DoubleColumnReader F64, ByteArrayColumnReader Bytes,
            FixedLenByteArrayColumnReader Fixed
        );
        self.levels = match (self.most_def, self.most_rep) {
            (0, 0) => values,
            (0, _) => self.reps.len(),
            _ => self.defs.len(),
        };
        if records != rows || (self.most_rep > 0 && self.reps.len() != self.levels) {
            return Err(damaged());
        }
        Ok(if self.most_def == 0 { 0 } else { self.defs.iter().copied().max().unwrap_or(0) })
    }

    #[inline]
    fn def(&self) -> Option<i16> {
        match self.most_def {
            0 => (self.at < self.levels).then_some(0),
            _ => self.defs.get(self.at).copied(),
        }
    }

    /// The repetition level of what comes; 0 at the end.
    #[inline]
    fn rep(&self) -> i16 {
        if self.most_rep == 0 { 0 } else { self.reps.get(self.at).copied().unwrap_or(0) }
    }

    /// Passes an entry.
    #[inline]
    fn pass(&mut self) {
        self.value += usize::from(self.def() == Some(self.most_def));
        self.at += 1;
    }

    /// Goes to the beginning of a row, counted from the first of the batch.
    fn seek(&mut self, row: usize) {
        (self.at, self.value) = (0, 0);
        let mut begun = 0;
        while self.at < self.levels {
            if self.rep() == 0 {
                if begun == row {
                    return;
                }
                begun += 1;
            }
            self.pass();
        }
    }
}

/// Some rows, and the columns that they are read from.
pub struct Batch {
    columns: Vec<Column>,
    /// By column: it is looked at in this batch.
    kept: Vec<bool>,
    rows: usize,
    row: usize,
}

impl Batch {
    /// Of a row group.
    pub fn new(columns: Vec<Column>) -> Batch {
        Batch { kept: vec![false; columns.len()], columns, rows: 0, row: 0 }
    }

    /// Reads the next rows.
    ///
    /// # Errors
    /// A column is damaged, or has fewer rows.
    pub fn read(&mut self, rows: usize, members: &mut [Node]) -> Result<()> {
        let highest = self.columns.iter_mut().map(|c| c.read(rows)).collect::<Result<Vec<i16>>>()?;
        self.kept.fill(false);
        for member in members {
            member.keep(&highest, &mut self.kept, false);
        }
        (self.rows, self.row) = (rows, 0);
        Ok(())
    }

    /// Rows that are not written yet.
    pub fn left(&self) -> usize {
        self.rows - self.row
    }

    /// Writes the next row, with its line end.
    ///
    /// # Errors
    /// The columns do not agree.
    pub fn write(&mut self, members: &[Node], style: Style, out: &mut Vec<u8>) -> Result<()> {
        let begin = out.len();
        let mut row = Row { columns: &mut self.columns, kept: &self.kept, style, begin, out };
        let written = match style {
            Style::Json => row.object(members),
            Style::Cell => row.cells(members),
        };
        self.row += 1;
        match written {
            Ok(()) => {}
            Err(Stop::Long) => self.columns.iter_mut().for_each(|c| c.seek(self.row)),
            Err(Stop::Damaged) => {
                out.truncate(begin);
                return Err(damaged());
            }
        }
        out.push(b'\n');
        let whole = |(c, kept): (&Column, &bool)| !kept || c.at == c.levels;
        if self.row == self.rows && !self.columns.iter().zip(&self.kept).all(whole) {
            return Err(damaged());
        }
        Ok(())
    }
}

/// A row being written.
struct Row<'b> {
    columns: &'b mut [Column],
    kept: &'b [bool],
    style: Style,
    begin: usize,
    out: &'b mut Vec<u8>,
}

impl Row<'_> {
    /// Whether a node is there.
    #[inline]
    fn is_there(&self, node: &Node) -> std::result::Result<bool, Stop> {
        Ok(self.columns[node.guide].def().ok_or(Stop::Damaged)? >= node.def)
    }

    /// Passes what says that a node is not there.
    #[inline]
    fn pass(&mut self, node: &Node) {
        for n in node.first..node.end {
            if self.kept[n] {
                self.columns[n].pass();
            }
        }
    }

    fn object(&mut self, members: &[Node]) -> std::result::Result<(), Stop> {
        self.out.push(b'{');
        let mut any = false;
        for member in members.iter().filter(|m| m.kept) {
            if !self.is_there(member)? {
                self.pass(member);
                continue;
            }
            if any {
                self.out.push(b',');
            }
            any = true;
            self.out.extend_from_slice(&member.key);
            self.value(member)?;
        }
        self.out.push(b'}');
        Ok(())
    }

    /// All members are columns without lists.
    fn cells(&mut self, members: &[Node]) -> std::result::Result<(), Stop> {
        for (n, member) in members.iter().enumerate() {
            if n > 0 {
                self.out.push(b'\t');
            }
            let before = self.out.len();
            if member.kept && self.is_there(member)? {
                self.value(member)?;
            } else if member.kept {
                self.pass(member);
            }
            if self.out.len() == before {
                self.out.push(b'-');
            }
        }
        Ok(())
    }

    /// Or `null`.
    fn value_or_null(&mut self, node: &Node) -> std::result::Result<(), Stop> {
        if node.kept && self.is_there(node)? {
            return self.value(node);
        }
        if node.kept {
            self.pass(node);
        }
        self.out.extend_from_slice(b"null");
        Ok(())
    }

    /// Of a node that is there.
    fn value(&mut self, node: &Node) -> std::result::Result<(), Stop> {
        if self.out.len() - self.begin > MAX_ROW {
            return Err(Stop::Long);
        }
        match &node.shape {
            Shape::Leaf(scalar) => {
                let column = &mut self.columns[node.first];
                scalar.write(&column.values, column.value, self.style, self.out).ok_or(Stop::Damaged)?;
                column.pass();
                Ok(())
            }
            Shape::Group(members) => self.object(members),
            Shape::List { element, at, rep } => self.entries(node, *at, *rep, b"[]", |row| row.value_or_null(element)),
            Shape::Map { key, value, at, rep } => self.entries(node, *at, *rep, b"{}", |row| {
                row.key(key)?;
                row.out.push(b':');
                match value {
                    Some(value) => row.value_or_null(value),
                    None => {
                        row.out.extend_from_slice(b"null");
                        Ok(())
                    }
                }
            }),
        }
    }

    /// The key of a map, always in quotes.
    fn key(&mut self, key: &Node) -> std::result::Result<(), Stop> {
        let before = self.out.len();
        self.value_or_null(key)?;
        if self.out.get(before) != Some(&b'"') {
            self.out.insert(before, b'"');
            self.out.push(b'"');
        }
        Ok(())
    }

    /// The entries of a list or map that is there.
    fn entries(
        &mut self,
        node: &Node,
        at: i16,
        rep: i16,
        brackets: &[u8; 2],
        mut entry: impl FnMut(&mut Self) -> std::result::Result<(), Stop>,
    ) -> std::result::Result<(), Stop> {
        self.out.push(brackets[0]);
        if self.columns[node.guide].def().ok_or(Stop::Damaged)? < at {
            self.pass(node);
        } else {
            loop {
                entry(self)?;
                if self.out.len() - self.begin > MAX_ROW {
                    return Err(Stop::Long);
                }
                if self.columns[node.guide].rep() != rep {
                    break;
                }
                self.out.push(b',');
            }
        }
        self.out.push(brackets[1]);
        Ok(())
    }
}
