//! The report of a panic.

use std::{
    io::{self, Write},
    panic,
};

use serde_json::json;

/// Replaces the panic hook of this process: a panic then leaves one line of JSON on standard error
/// that says where it happened. The line leaves out the message of the panic, which may contain a
/// token.
pub fn hide_panic_messages() {
    panic::set_hook(Box::new(|panic| {
        let line = json!({ "panic": panic.location().map(ToString::to_string) });
        // `eprintln` would panic when standard error is closed.
        let _ = writeln!(io::stderr(), "{line}");
    }));
}
