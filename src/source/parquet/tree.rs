//! The schema of a file as a tree of what becomes of its columns in JSON: objects, lists, maps, values.

use parquet::basic::{ConvertedType, Repetition};
use parquet::errors::{ParquetError, Result};
use parquet::schema::types::Type;

use super::scalar::Scalar;
use crate::source::MAX_DEPTH;

/// A value, object, list or map of the schema. The leaves below it are columns `first..end`.
#[derive(Debug)]
pub struct Node {
    /// `"name":`, as it stands in an object.
    pub key: Box<[u8]>,
    /// What it is.
    pub shape: Shape,
    /// From this definition level on it is there.
    pub def: i16,
    /// The first column below it.
    pub first: usize,
    /// Behind the last column below it.
    pub end: usize,
    /// It is looked at in this batch: somewhere in it, it is there.
    pub kept: bool,
    /// The column whose levels say where it is there; only of nodes that are kept.
    pub guide: usize,
}

/// What a node is.
#[derive(Debug)]
pub enum Shape {
    /// A column, and how its values are written.
    Leaf(Scalar),
    /// Named members.
    Group(Vec<Node>),
    /// Elements: each is there from the definition level on, and follows another at the repetition level.
    List { element: Box<Node>, at: i16, rep: i16 },
    /// Keys and values, each pair likewise.
    Map { key: Box<Node>, value: Option<Box<Node>>, at: i16, rep: i16 },
}

struct Builder {
    leaves: usize,
}

/// The members of the schema's root.
///
/// # Errors
/// A list or map that is not laid out as one, or too deep a schema.
pub fn members(root: &Type) -> Result<Vec<Node>> {
    let mut builder = Builder { leaves: 0 };
    root.get_fields().iter().map(|f| builder.node(f, 0, 0, 0)).filter_map(Result::transpose).collect()
}

fn wrong(what: &str, name: &str) -> ParquetError {
    ParquetError::General(format!("the {what} `{name}` of the schema is not laid out as one"))
}

impl Builder {
    /// A field below levels; none where no column is in it.
    fn node(&mut self, field: &Type, def: i16, rep: i16, depth: usize) -> Result<Option<Node>> {
        match field.get_basic_info().repetition() {
            Repetition::REQUIRED => self.one(field, def, rep, depth),
            Repetition::OPTIONAL => self.one(field, def + 1, rep, depth),
            // A repeated field of its own is a list that is always there.
            Repetition::REPEATED => {
                let first = self.leaves;
                let element = self.one(field, def + 1, rep + 1, depth + 1)?;
                let shape = element.map(|e| Shape::List { element: Box::new(e), at: def + 1, rep: rep + 1 });
                Ok(shape.map(|shape| self.made(field.name(), shape, def, first)))
            }
        }
    }

    fn made(&self, name: &str, shape: Shape, def: i16, first: usize) -> Node {
        let mut key = Vec::new();
        super::scalar::quoted(name.as_bytes(), &mut key);
        key.push(b':');
        Node { key: key.into(), shape, def, first, end: self.leaves, kept: false, guide: first }
    }

    /// A field, whatever its own repetition; it is there from `def` on.
    fn one(&mut self, field: &Type, def: i16, rep: i16, depth: usize) -> Result<Option<Node>> {
        if depth > MAX_DEPTH {
            return Err(ParquetError::General(format!("the schema nests deeper than {MAX_DEPTH}")));
        }
        let first = self.leaves;
        if field.is_primitive() {
            self.leaves += 1;
            return Ok(Some(self.made(field.name(), Shape::Leaf(Scalar::of(field)), def, first)));
        }
        let shape = match field.get_basic_info().converted_type() {
            ConvertedType::LIST => self.list(field, def, rep, depth)?,
            ConvertedType::MAP | ConvertedType::MAP_KEY_VALUE => self.map(field, def, rep, depth)?,
            _ => {
                let members = field.get_fields().iter().map(|f| self.node(f, def, rep, depth + 1));
                let members: Vec<Node> = members.filter_map(Result::transpose).collect::<Result<_>>()?;
                (!members.is_empty()).then_some(Shape::Group(members))
            }
        };
        Ok(shape.map(|shape| self.made(field.name(), shape, def, first)))
    }

    fn list(&mut self, field: &Type, def: i16, rep: i16, depth: usize) -> Result<Option<Shape>> {
        let [repeated] = field.get_fields() else { return Err(wrong("list", field.name())) };
        if repeated.get_basic_info().repetition() != Repetition::REPEATED {
            return Err(wrong("list", field.name()));
        }
        let (at, rep) = (def + 1, rep + 1);
        let element = if is_element(repeated, field.name()) {
            self.one(repeated, at, rep, depth + 1)?
        } else {
            self.node(&repeated.get_fields()[0], at, rep, depth + 1)?
        };
        Ok(element.map(|e| Shape::List { element: Box::new(e), at, rep }))
    }

    fn map(&mut self, field: &Type, def: i16, rep: i16, depth: usize) -> Result<Option<Shape>> {
        let [pair] = field.get_fields() else { return Err(wrong("map", field.name())) };
        if pair.is_primitive() || pair.get_basic_info().repetition() != Repetition::REPEATED {
            return Err(wrong("map", field.name()));
        }
        let (at, rep) = (def + 1, rep + 1);
        let (key, value) = match pair.get_fields() {
            [key] => (key, None),
            [key, value] => (key, Some(value)),
            _ => return Err(wrong("map", field.name())),
        };
        let key = if key.is_primitive() { self.node(key, at, rep, depth + 1)? } else { None };
        let key = key.filter(|k| matches!(k.shape, Shape::Leaf(_))).ok_or_else(|| wrong("map", field.name()))?;
        let value = value.map(|v| self.node(v, at, rep, depth + 1)).transpose()?.flatten();
        Ok(Some(Shape::Map { key: Box::new(key), value: value.map(Box::new), at, rep }))
    }
}

/// Whether the repeated field of a list is its element, as old writers have it, and not a wrapper around it: the rules
/// of the format's page on logical types.
fn is_element(repeated: &Type, list: &str) -> bool {
    if repeated.is_primitive() {
        return true;
    }
    let [only] = repeated.get_fields() else { return true };
    let inner_list = repeated.get_basic_info().converted_type() == ConvertedType::LIST
        || only.get_basic_info().repetition() == Repetition::REPEATED;
    !inner_list && (repeated.name() == "array" || repeated.name() == format!("{list}_tuple"))
}

impl Node {
    /// Marks what is looked at in this batch, by the highest definition level of each column: what is nowhere there is
    /// left out with all its columns. `forced`: look at it all the same. Whether it is kept.
    pub fn keep(&mut self, highest: &[i16], kept: &mut [bool], forced: bool) -> bool {
        let columns = self.first..self.end;
        self.kept = forced || highest[columns.clone()].iter().any(|d| *d >= self.def);
        if !self.kept {
            return false;
        }
        match &mut self.shape {
            Shape::Leaf(_) => kept[columns.start] = true,
            Shape::Group(members) => {
                let mut any = false;
                for member in members.iter_mut() {
                    any |= member.keep(highest, kept, false);
                }
                if !any && let Some(first) = members.first_mut() {
                    first.keep(highest, kept, true);
                }
            }
            Shape::List { element, .. } => {
                element.keep(highest, kept, true);
            }
            Shape::Map { key, value, .. } => {
                key.keep(highest, kept, true);
                if let Some(value) = value {
                    value.keep(highest, kept, false);
                }
            }
        }
        self.guide = columns.clone().find(|n| kept[*n]).unwrap_or(columns.start);
        true
    }
}
