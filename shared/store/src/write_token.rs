//! Write tokens: a write leaves a random number in the item, by which a repeat whose first
//! response was lost recognises that it has taken effect already.

use aws_sdk_dynamodb::types::AttributeValue;
use loop_core::{UnavailableError, random};
use ring::rand::SystemRandom;

use crate::{
    item::{Item, attribute, number},
    schema::WRITE_TOKENS,
};

/// The most write tokens that a call keeps. A repeat comes within about a second of the write whose
/// response was lost, and no more writes than these are expected to go through in between.
const WRITE_TOKENS_MAX: usize = 8;

/// Makes a write token that no other write has.
pub(crate) fn new_write_token() -> Result<u64, UnavailableError> {
    random::bytes(&SystemRandom::new()).map(u64::from_be_bytes)
}

/// Returns the write tokens of a call after one more write.
pub(crate) fn with_write_token(token: u64, earlier: &[u64]) -> Vec<u64> {
    std::iter::once(token).chain(earlier.iter().copied()).take(WRITE_TOKENS_MAX).collect()
}

/// Returns whether the write with this token is one of the last that changed `item`.
pub(crate) fn is_written_with(item: &Item, token: u64) -> bool {
    attribute::<Vec<u64>>(item, WRITE_TOKENS).is_some_and(|tokens| tokens.contains(&token))
}

/// Returns write tokens as they are stored.
pub(crate) fn write_tokens_value(tokens: &[u64]) -> AttributeValue {
    AttributeValue::L(tokens.iter().copied().map(number).collect())
}
