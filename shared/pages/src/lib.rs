//! What answers with a page share: the visitor's language, the policy under which the page runs, and
//! filling and compressing what `loop-pages-build` has made when the function was built.
//!
//! A page is one answer: nothing else is loaded for it, so nobody else learns that it was opened.
//! Its one script is inline and known to the policy by its hash.

#![warn(missing_docs)]

mod channel_origin;
pub mod check;
mod gzip;
mod page;
mod policy;
mod template;

pub use channel_origin::ChannelOrigin;
pub use loop_lambda::Language;
pub use page::page;
pub use policy::{Inline, Policy};
pub use template::{Constant, Part, Template};

#[cfg(test)]
mod tests {
    use super::*;

    /// The build does not compare the codes, only the names.
    #[test]
    fn the_pages_are_built_in_the_languages_that_a_visitor_can_choose() {
        let built = loop_pages_build::Language::ALL.map(|it| it.code);
        assert_eq!(Language::ALL.map(Language::code), built);
    }
}
