//! The layout of all pages.

use askama::Template;
use loop_page_model::Language;

use crate::{error::BuildError, script::Script};

/// The style of all pages.
pub const STYLE: &str = include_str!("../assets/style.css");

/// The content of one page. All of it may have placeholders.
#[derive(Clone, Debug)]
pub struct Document<'a> {
    /// The title of the tab and of previews of a link, as HTML without elements, so that it may
    /// also be an attribute.
    pub title: String,
    /// The description in previews of a link, in the same form. It is `None` for a page that no
    /// link should lead to.
    pub description: Option<String>,
    /// The HTML inside of `<main>`.
    pub main: String,
    /// The JSON for the script, and the script that reads it.
    pub script: Option<(String, &'a Script)>,
}

#[derive(Template)]
#[template(path = "layout.html")]
struct LayoutTemplate<'a> {
    language: &'a str,
    title: &'a str,
    description: Option<&'a str>,
    style: &'a str,
    main: &'a str,
    script: Option<(&'a str, &'a str)>,
}

impl Document<'_> {
    /// Renders the whole page.
    ///
    /// # Errors
    /// The template has failed.
    pub fn html(&self, language: Language) -> Result<String, BuildError> {
        let script = self.script.as_ref().map(|(data, script)| (data.as_str(), script.as_str()));
        let template = LayoutTemplate {
            language: language.code(),
            title: &self.title,
            description: self.description.as_deref(),
            style: STYLE,
            main: &self.main,
            script,
        };
        Ok(template.render()?)
    }
}
