//! Signed tokens from outside: which texts are accepted, and which never are.

#![expect(
    clippy::unwrap_used,
    reason = "clippy.toml allows it inside test functions, not in what those share"
)]

mod bodies;
mod by_hand;
mod endings;
mod kind;
mod lifetimes;
mod properties;
mod rotation;
mod spelling;
mod unlinkable;
mod vectors;
mod work;
