//! Call progress, seen from outside: who is told what, who is closed, what is refused.

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
