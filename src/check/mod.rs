//! `Ast -> Model`: names, types, enums, the law of absent attributes, totality.

pub mod model;
