//! Fields of a log line.

use serde_json::{Map, Value};

/// The fields that a function adds to the log line of its request or event. They hold only what
/// every operator may see: counts, outcomes, error codes.
#[derive(Clone, Debug, Default)]
pub struct LogFields(Map<String, Value>);

impl LogFields {
    /// Adds `name: value`.
    pub fn add(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// Returns the fields with their names.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.0.iter()
    }
}
