//! Makes the pages in the build of a function: layout, style, texts in every language, and the call
//! itself in JavaScript.
//!
//! Everything that is the same in every response is composed, hashed and compressed here, once. A
//! function only fills the [placeholders](html_placeholder), and links nothing of this crate. The
//! crate is for build scripts, and has the [check] of the pages that they have built.

#![warn(missing_docs)]

pub mod check;
mod compress;
mod document;
mod error;
mod hash;
mod output;
mod placeholder;
mod script;
mod texts;

pub use compress::compressed;
pub use document::{Document, STYLE};
pub use error::BuildError;
pub use loop_page_model::Language;
pub use output::Output;
pub use placeholder::{html_placeholder, script_placeholder};
pub use script::{Script, json_in_script, minified};
pub use texts::{CalleePageTexts, CallerPageTexts, Texts, bdi, fill};
