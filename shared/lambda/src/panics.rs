//! What is said of a panic.

use std::{
    io::{self, Write},
    panic,
};

use serde_json::json;

/// From now on a panic of this process leaves one line of JSON on standard error that says where
/// it happened. Not its message, which is made of what was worked on: maybe a token.
pub fn hide_panic_messages() {
    panic::set_hook(Box::new(|panic| {
        let line = json!({ "panic": panic.location().map(ToString::to_string) });
        // Not `eprintln`, which panics when standard error is closed.
        let _ = writeln!(io::stderr(), "{line}");
    }));
}
