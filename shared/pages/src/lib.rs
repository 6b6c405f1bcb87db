//! What the pages share: layout, style, texts in every language, the call itself in JavaScript, and
//! the policy under which a page runs.
//!
//! A page is one answer: nothing else is loaded for it, so nobody else learns that it was opened.
//! Its one script is inline and known to the policy by its hash.

#![warn(missing_docs)]

mod channel_origin;
pub mod check;
mod language;
mod layout;
mod policy;
mod script;
mod texts;

pub use channel_origin::ChannelOrigin;
pub use language::Language;
pub use layout::{Document, Layout};
pub use policy::Policy;
pub use script::{CALL_SCRIPT, Script, in_script};
pub use texts::{CalleePageTexts, CallerPageTexts, Texts, bdi, fill};
