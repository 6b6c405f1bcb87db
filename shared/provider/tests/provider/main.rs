//! Tests of sessions as a function makes them, from settings to tokens that the provider would
//! accept.

#![expect(
    clippy::unwrap_used,
    reason = "clippy.toml allows them inside test functions, not in what those share"
)]

mod direct;
mod livekit;
mod opentok;
mod peer;
mod settings;
mod support;
