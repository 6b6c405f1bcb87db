//! Responds with pages: chooses the visitor's language, sets the policy under which the page runs,
//! and fills and compresses the templates that `loop-pages-build` has made in the build of the
//! function.
//!
//! A page is one response: nothing else is loaded for it, so no other server learns that it was
//! opened. Its one script is inline, and the policy allows it by its hash.

#![warn(missing_docs)]

mod channel_origin;
mod gzip;
mod policy;
mod response;
mod segment;
mod template;

pub use channel_origin::ChannelOrigin;
pub use loop_lambda::Language;
pub use policy::{Inline, Policy};
pub use response::page;
pub use segment::{Constant, Segment};
pub use template::Template;
