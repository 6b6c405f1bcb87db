//! Tests of the call channel over real WebSockets: first its gateway and its queue alone, with
//! functions that only record their events, then the whole channel.

#![allow(clippy::unwrap_used, reason = "tests report by panicking")]

mod asyncapi;
mod counts;
mod day;
mod delay_queue;
mod deletion;
mod described;
mod devices;
mod fake;
mod gateway;
mod limits;
mod party;
mod progress;
#[path = "../service/secrets.rs"]
#[allow(dead_code, reason = "shared with the tests of the service, which use other parts")]
mod secrets;
mod socket;
mod strangers;
#[path = "../service/template/document.rs"]
#[allow(dead_code, reason = "shared with the tests of the service, which use other parts")]
mod template;
mod timers;
#[allow(dead_code, reason = "shared with the tests of the service, which use other parts")]
#[path = "../service/world.rs"]
mod world;
