//! The emulator itself: what tests rely on has to be true.

#![allow(clippy::unwrap_used, reason = "this is test code: a panic is its way to report")]

mod dynamodb;
mod runtime_api;
