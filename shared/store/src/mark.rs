//! What a writer recognises its own write by: a repeat whose first answer was lost finds its own
//! mark in the item, and is no second write.

use aws_sdk_dynamodb::types::AttributeValue;
use loop_core::UnavailableError;
use ring::rand::{self, SystemRandom};

use crate::{
    items::{Item, attribute, number},
    schema::WRITERS,
};

/// How many marks a call keeps. A repeat comes within about a second of the write whose answer
/// was lost, and no more writes than these are expected to go through in between.
const MARKS: usize = 8;

/// A mark that nobody else has.
pub(crate) fn new_mark() -> Result<u64, UnavailableError> {
    let bytes = rand::generate(&SystemRandom::new())
        .map_err(|_| UnavailableError::new("mark: the random source has failed"))?;
    Ok(u64::from_be_bytes(bytes.expose()))
}

/// The marks of a call after one more write.
pub(crate) fn with_mark(mark: u64, earlier: &[u64]) -> Vec<u64> {
    std::iter::once(mark).chain(earlier.iter().copied()).take(MARKS).collect()
}

/// Whether the write with this mark is one of the last that changed `item`.
pub(crate) fn is_marked(item: &Item, mark: u64) -> bool {
    attribute::<Vec<u64>>(item, WRITERS).is_some_and(|marks| marks.contains(&mark))
}

/// The marks as they are stored.
pub(crate) fn marks_value(marks: &[u64]) -> AttributeValue {
    AttributeValue::L(marks.iter().copied().map(number).collect())
}
