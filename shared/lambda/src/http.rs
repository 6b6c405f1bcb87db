//! Reads HTTP requests and makes responses, as every function behind the HTTP API does.

pub mod accept;
pub mod cors;
pub(crate) mod error;
mod error_page;
pub mod event;
pub(crate) mod fields;
pub(crate) mod front;
pub(crate) mod function;
mod json;
pub(crate) mod language;
pub mod pasted;
mod quality;
pub(crate) mod request;
pub mod response;
pub mod routes;
mod scan_sampler;
pub(crate) mod session;
pub(crate) mod site;
