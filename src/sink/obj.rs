//! A JSON object that leaves out what is not known.

use serde_json::{Map, Value as Json};

/// Builds an object in the order of its calls.
#[derive(Debug, Default)]
pub struct Obj(Map<String, Json>);

impl Obj {
    /// Empty.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a member.
    pub fn set(mut self, name: &str, value: impl Into<Json>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    /// Adds a member if its value is known.
    pub fn put(self, name: &str, value: Option<impl Into<Json>>) -> Self {
        match value {
            Some(value) => self.set(name, value),
            None => self,
        }
    }

    /// Adds a list if it holds anything.
    pub fn list<T: Into<Json>>(self, name: &str, items: Vec<T>) -> Self {
        if items.is_empty() { self } else { self.set(name, items) }
    }

    /// Whether it has no member.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The object, if it has any member.
    pub fn some(self) -> Option<Json> {
        (!self.0.is_empty()).then_some(Json::Object(self.0))
    }

    /// The object, empty or not.
    pub fn json(self) -> Json {
        Json::Object(self.0)
    }
}
