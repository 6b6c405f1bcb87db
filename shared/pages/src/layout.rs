//! What all pages look like.

use askama::Template;
use lambda_http::http::{HeaderValue, StatusCode, header};
use loop_http::{Error, Response, answer};

use crate::{ChannelOrigin, Language, Policy, Script};

const STYLE: &str = include_str!("../assets/style.css");

/// Makes the pages that have one script in common, and so one policy.
#[derive(Debug)]
pub struct Layout {
    script: Script,
    content_security_policy: HeaderValue,
}

/// What is particular to one page.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// Of the tab.
    pub title: String,
    /// HTML inside of `<main>`.
    pub main: String,
    /// What the script gets, made by [`in_script`](crate::in_script). A page without data has no
    /// script.
    pub data: Option<String>,
}

#[derive(Template)]
#[template(path = "layout.html")]
struct LayoutTemplate<'a> {
    language: &'static str,
    title: &'a str,
    style: &'static str,
    main: &'a str,
    /// The data, and the script that reads it.
    script: Option<(&'a str, &'a str)>,
}

impl Layout {
    /// For pages that run `script` and open the call channel, if there is one.
    pub fn new(script: Script, channel: Option<&ChannelOrigin>) -> Self {
        let policy = Policy::new(&script, STYLE).channel(channel);
        Self { script, content_security_policy: policy.header() }
    }

    /// The same for pages that also register the service worker.
    pub fn with_service_worker(script: Script, channel: Option<&ChannelOrigin>) -> Self {
        let policy = Policy::new(&script, STYLE).channel(channel).service_worker();
        Self { script, content_security_policy: policy.header() }
    }

    /// A whole page.
    ///
    /// # Errors
    /// [`Error::Internal`]: a template has failed.
    pub fn page(
        &self,
        status: StatusCode,
        language: Language,
        document: &Document,
    ) -> Result<Response, Error> {
        let template = LayoutTemplate {
            language: language.code(),
            title: &document.title,
            style: STYLE,
            main: &document.main,
            script: document.data.as_deref().map(|data| (data, self.script.as_str())),
        };
        let html = rendered(&template)?;
        let mut response = answer::html(status, html, &self.content_security_policy);
        let language = HeaderValue::from_static(language.code());
        response.headers_mut().insert(header::CONTENT_LANGUAGE, language);
        Ok(response)
    }
}

/// The text of a template.
pub(crate) fn rendered(template: &impl Template) -> Result<String, Error> {
    template.render().map_err(|_| Error::Internal { cause: "template".into() })
}
