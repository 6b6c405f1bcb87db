//! What answers with a page share: the visitor's language, the policy under which the page runs, and
//! filling and compressing what `loop-pages-build` has made when the function was built.
//!
//! A page is one answer: nothing else is loaded for it, so nobody else learns that it was opened.
//! Its one script is inline and known to the policy by its hash.

#![warn(missing_docs)]

mod channel_origin;
pub mod check;
mod gzip;
mod language;
mod page;
mod policy;
mod template;

pub use channel_origin::ChannelOrigin;
pub use language::Language;
pub use page::page;
pub use policy::{Inline, Policy};
pub use template::{Constant, Part, Template};
