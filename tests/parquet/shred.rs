//! Records of JSON as a Parquet file, written with the crate's column writers: objects become groups, lists `LIST`s,
//! `unmapped` a `MAP` of text, and what a record lacks is null.

use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{Type, TypePtr};
use serde_json::{Map, Value};

/// What a column or what is above it holds; every one may be null.
enum Shape {
    Text,
    Integer,
    Float,
    Bool,
    Group(Vec<(String, Shape)>),
    List(Box<Shape>),
    Map,
}

/// The shape that holds all of them.
fn shape(name: &str, values: &[&Value]) -> Option<Shape> {
    let mut there = values.iter().filter(|v| !v.is_null());
    Some(match there.clone().next()? {
        Value::Object(_) if name == "unmapped" => Shape::Map,
        Value::Object(_) => {
            let objects: Vec<&Map<String, Value>> = there.filter_map(|v| v.as_object()).collect();
            let mut names: Vec<&String> = Vec::new();
            for name in objects.iter().flat_map(|o| o.keys()) {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            let member = |n: &String| {
                let values: Vec<&Value> = objects.iter().filter_map(|o| o.get(n)).collect();
                Some((n.clone(), shape(n, &values)?))
            };
            Shape::Group(names.into_iter().filter_map(member).collect())
        }
        Value::Array(_) => {
            let elements: Vec<&Value> = there.filter_map(|v| v.as_array()).flatten().collect();
            Shape::List(Box::new(shape(name, &elements)?))
        }
        Value::Bool(_) => Shape::Bool,
        Value::Number(_) if there.all(|v| v.is_i64()) => Shape::Integer,
        Value::Number(_) => Shape::Float,
        _ => Shape::Text,
    })
}

fn field(name: &str, shape: &Shape) -> TypePtr {
    let optional = |of: Physical| Type::primitive_type_builder(name, of).with_repetition(Repetition::OPTIONAL);
    let text = |name: &str, repetition| {
        let text = Type::primitive_type_builder(name, Physical::BYTE_ARRAY).with_repetition(repetition);
        Arc::new(text.with_logical_type(Some(LogicalType::String)).build().expect("text"))
    };
    let repeated = |name: &str, fields| {
        let group = Type::group_type_builder(name).with_repetition(Repetition::REPEATED).with_fields(fields);
        Arc::new(group.build().expect("a group"))
    };
    let group = |fields, logical| {
        let group = Type::group_type_builder(name).with_repetition(Repetition::OPTIONAL).with_fields(fields);
        group.with_logical_type(logical).build().expect("a group")
    };
    Arc::new(match shape {
        Shape::Text => return text(name, Repetition::OPTIONAL),
        Shape::Integer => optional(Physical::INT64).build().expect("a number"),
        Shape::Float => optional(Physical::DOUBLE).build().expect("a number"),
        Shape::Bool => optional(Physical::BOOLEAN).build().expect("a boolean"),
        Shape::Group(members) => group(members.iter().map(|(n, s)| field(n, s)).collect(), None),
        Shape::List(element) => group(vec![repeated("list", vec![field("element", element)])], Some(LogicalType::List)),
        Shape::Map => {
            let pair = vec![text("key", Repetition::REQUIRED), text("value", Repetition::OPTIONAL)];
            group(vec![repeated("key_value", pair)], Some(LogicalType::Map))
        }
    })
}

/// A column: levels, and values that are there.
#[derive(Default)]
struct Column {
    defs: Vec<i16>,
    reps: Vec<i16>,
    values: Vec<Value>,
}

/// Takes a value apart into its columns; they are counted on from `at`.
fn shred(shape: &Shape, value: &Value, (def, rep): (i16, i16), depth: i16, columns: &mut [Column], at: &mut usize) {
    let mut leaf = |value: Option<Value>, def: i16, at: &mut usize| {
        columns[*at].defs.push(def);
        columns[*at].reps.push(rep);
        columns[*at].values.extend(value);
        *at += 1;
    };
    let there = !value.is_null();
    match shape {
        Shape::Text | Shape::Integer | Shape::Float | Shape::Bool => {
            leaf(there.then(|| value.clone()), def + i16::from(there), at);
        }
        Shape::Group(members) => {
            for (name, member) in members {
                let inner = value.get(name).unwrap_or(&Value::Null);
                shred(member, inner, (def + i16::from(there), rep), depth, columns, at);
            }
        }
        Shape::List(element) => {
            let elements = value.as_array().map_or(&[][..], Vec::as_slice);
            let begin = *at;
            if elements.is_empty() {
                // Neither an element nor anything in it.
                return shred(&hollow(element), &Value::Null, (def + i16::from(there), rep), depth, columns, at);
            }
            for (n, one) in elements.iter().enumerate() {
                *at = begin;
                let rep = if n == 0 { rep } else { depth + 1 };
                shred(element, one, (def + 2, rep), depth + 1, columns, at);
            }
        }
        Shape::Map => match value.as_object().filter(|o| !o.is_empty()) {
            None => (0..2).for_each(|_| leaf(None, def + i16::from(there), at)),
            Some(pairs) => {
                for (n, (key, value)) in pairs.iter().enumerate() {
                    let rep = if n == 0 { rep } else { depth + 1 };
                    let inner = value.as_str().map(Value::from);
                    for (place, (value, def)) in [
                        (Some(Value::from(key.as_str())), def + 2),
                        (inner.clone(), def + 2 + i16::from(inner.is_some())),
                    ]
                    .into_iter()
                    .enumerate()
                    {
                        columns[*at + place].defs.push(def);
                        columns[*at + place].reps.push(rep);
                        columns[*at + place].values.extend(value);
                    }
                }
                *at += 2;
            }
        },
    }
}

/// The columns of a shape, of which none is reached.
fn hollow(shape: &Shape) -> Shape {
    fn leaves(shape: &Shape) -> usize {
        match shape {
            Shape::Group(members) => members.iter().map(|(_, s)| leaves(s)).sum(),
            Shape::List(element) => leaves(element),
            Shape::Map => 2,
            _ => 1,
        }
    }
    Shape::Group((0..leaves(shape)).map(|n| (n.to_string(), Shape::Text)).collect())
}

/// A file of these records, with so many rows in a row group.
pub fn parquet(records: &[Value], compression: Compression, rows: usize) -> Vec<u8> {
    let Some(Shape::Group(members)) = shape("", &records.iter().collect::<Vec<_>>()) else { panic!("objects") };
    let fields = members.iter().map(|(n, s)| field(n, s)).collect();
    let schema = Arc::new(Type::group_type_builder("schema").with_fields(fields).build().expect("a schema"));
    let properties = WriterProperties::builder().set_compression(compression).build();
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties)).expect("a writer");
    for group in records.chunks(rows) {
        let mut columns: Vec<Column> = Vec::new();
        let width = writer.schema_descr().num_columns();
        columns.resize_with(width, Column::default);
        for record in group {
            let mut at = 0;
            for (name, member) in &members {
                shred(member, record.get(name).unwrap_or(&Value::Null), (0, 0), 0, &mut columns, &mut at);
            }
            assert_eq!(at, width);
        }
        let mut row_group = writer.next_row_group().expect("a row group");
        for Column { defs, reps, values } in &columns {
            let mut column = row_group.next_column().expect("a column").expect("as many as in the schema");
            let (defs, reps) = (Some(defs.as_slice()), Some(reps.as_slice()));
            let n = match values.first() {
                Some(Value::Number(n)) if n.is_f64() => {
                    let floats: Vec<f64> = values.iter().filter_map(Value::as_f64).collect();
                    column.typed::<DoubleType>().write_batch(&floats, defs, reps)
                }
                Some(Value::Number(_)) => {
                    let integers: Vec<i64> = values.iter().filter_map(Value::as_i64).collect();
                    column.typed::<Int64Type>().write_batch(&integers, defs, reps)
                }
                Some(Value::Bool(_)) => {
                    let bools: Vec<bool> = values.iter().filter_map(Value::as_bool).collect();
                    column.typed::<BoolType>().write_batch(&bools, defs, reps)
                }
                Some(_) => {
                    let texts = values.iter().filter_map(Value::as_str).map(ByteArray::from).collect::<Vec<_>>();
                    column.typed::<ByteArrayType>().write_batch(&texts, defs, reps)
                }
                None => empty(&mut column, defs, reps),
            };
            assert_eq!(n.expect("written"), values.len());
            column.close().expect("closed");
        }
        row_group.close().expect("closed");
    }
    writer.into_inner().expect("a file")
}

/// A column without a value in this row group.
fn empty(
    column: &mut parquet::file::writer::SerializedColumnWriter<'_>,
    defs: Option<&[i16]>,
    reps: Option<&[i16]>,
) -> parquet::errors::Result<usize> {
    use parquet::column::writer::ColumnWriter;
    match column.untyped() {
        ColumnWriter::BoolColumnWriter(w) => w.write_batch(&[], defs, reps),
        ColumnWriter::Int64ColumnWriter(w) => w.write_batch(&[], defs, reps),
        ColumnWriter::DoubleColumnWriter(w) => w.write_batch(&[], defs, reps),
        ColumnWriter::ByteArrayColumnWriter(w) => w.write_batch(&[], defs, reps),
        _ => panic!("no such column is made here"),
    }
}
