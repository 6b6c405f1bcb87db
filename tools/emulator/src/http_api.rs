//! API Gateway's HTTP API in front of the functions: requests become events, routes choose the
//! function, and its result becomes the response.

pub mod event;
#[cfg(feature = "servers")]
mod server;

#[cfg(feature = "servers")]
pub use server::{HttpHandlers, router};
