//! Tests of the testkit itself, since other tests rely on it.

#![allow(clippy::unwrap_used, reason = "this is test code: a panic is its way to report")]

mod push_receiver;
mod wire;
