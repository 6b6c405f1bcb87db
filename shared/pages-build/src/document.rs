//! What all pages look like.

use askama::Template;

use crate::{Failure, Language, Script};

/// The style of all pages.
pub const STYLE: &str = include_str!("../assets/style.css");

/// What is particular to one page. All of it may have holes.
#[derive(Clone, Debug)]
pub struct Document<'a> {
    /// Of the tab and of previews of a link, as HTML that may stand in an attribute: without
    /// elements.
    pub title: String,
    /// What a preview of a link says below its title, in the same form; `None` for a page that
    /// nobody is to be led to.
    pub description: Option<String>,
    /// HTML inside of `<main>`.
    pub main: String,
    /// JSON for the script, and the script that reads it.
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
    /// The whole page.
    ///
    /// # Errors
    /// The template has failed.
    pub fn html(&self, language: Language) -> Result<String, Failure> {
        let script = self.script.as_ref().map(|(data, script)| (data.as_str(), script.as_str()));
        let template = LayoutTemplate {
            language: language.code,
            title: &self.title,
            description: self.description.as_deref(),
            style: STYLE,
            main: &self.main,
            script,
        };
        Ok(template.render()?)
    }
}
