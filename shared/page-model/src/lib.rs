//! The types and functions that the build of the pages (`loop-pages-build`) and the functions that
//! fill them (`loop-pages`) share: the languages, the segments of a template, and the escaping of
//! values.

#![warn(missing_docs)]

#[cfg(feature = "escape")]
mod escape;
mod language;
mod segment;

#[cfg(feature = "escape")]
pub use escape::{escape_html, escape_json_in_script};
pub use language::Language;
pub use segment::Segment;
