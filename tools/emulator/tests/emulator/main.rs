//! Tests of the emulator itself, since other tests rely on it.

#![allow(clippy::unwrap_used, reason = "this is test code: a panic is its way to report")]

mod dynamodb;
mod runtime_api;
