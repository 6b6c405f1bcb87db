//! Makes the pages while a function is being built: layout, style, texts in every language, and the
//! call itself in JavaScript.
//!
//! What is the same for everybody is composed, hashed and compressed here, once. A function only
//! fills the [holes](html_hole) that are left, and links nothing of this crate: it is for build
//! scripts.

#![warn(missing_docs)]

mod compress;
mod document;
mod hash;
mod hole;
mod language;
mod output;
mod script;
mod texts;

use std::error::Error;

pub use compress::compressed;
pub use document::{Document, STYLE};
pub use hole::{html_hole, script_hole};
pub use language::Language;
pub use output::Output;
pub use script::{Script, in_script, minified};
pub use texts::{CalleePageTexts, CallerPageTexts, Texts, bdi, fill};

/// Why a page can't be made.
pub type Failure = Box<dyn Error + Send + Sync>;
