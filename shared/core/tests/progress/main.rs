//! Call progress from outside: the notices, the closed connections and the refused events.

#![expect(
    clippy::unwrap_used,
    reason = "clippy.toml allows it inside test functions, not in what those share"
)]

mod deadlines;
mod devices;
mod leaving;
mod properties;
mod reasons;
mod story;
mod table;
