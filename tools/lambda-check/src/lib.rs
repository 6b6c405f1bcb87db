//! Checks that run a function's binary under the Lambda Runtime API, give it its event from
//! `events/`, and compare its response with that of the same function in this process.
//!
//! The tests of every function depend on this library, so it depends on no function.

#![warn(missing_docs)]
#![allow(clippy::unwrap_used, reason = "this is test code: a panic is its way to report")]

mod channel;
mod contract;
mod foreign;
mod foreign_events;
mod http;
mod log_lines;
mod normal;
mod response;
mod settings;
mod success;
mod world;

pub use channel::{ChannelFunction, notifies_nobody_of_no_call};
pub use emulator::{event_handler::EventHandler, http_handler::HttpHandler};
pub use foreign_events::survives_foreign_events;
pub use http::responds_as_in_process;
pub use loop_testkit::fixtures::event;
pub use response::{header_of, text_of};
pub use settings::{
    names_unknown_settings, says_which_setting_is_faulty, says_which_settings_are_missing,
};
