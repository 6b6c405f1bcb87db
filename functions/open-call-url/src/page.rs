//! The pages: the question whether to call, and why there is nobody to call.

use askama::Template;
use jiff::Timestamp;
use lambda_http::http::StatusCode;
use loop_core::{CallUrlClaims, CalleeName, UnixSeconds};
use loop_http::{Error, Response, answer};
use loop_pages::{
    CALL_SCRIPT, CallerPageTexts, ChannelOrigin, Document, Language, Layout, Script, Texts, bdi,
    fill, in_script,
};
use serde::Serialize;
use std::collections::BTreeMap;

/// What is particular to the script of the caller's page.
const CALLER_SCRIPT: &str = include_str!("../assets/caller.js");

/// Makes the pages.
#[derive(Debug)]
pub(crate) struct Pages {
    layout: Layout,
    has_channel: bool,
}

#[derive(Template)]
#[template(path = "call.html")]
struct CallTemplate<'a> {
    t: &'a CallerPageTexts,
    question: String,
    about: String,
    call: String,
    note: String,
    call_view: String,
    has_channel: bool,
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemTemplate<'a> {
    t: &'a CallerPageTexts,
}

/// What the script gets.
#[derive(Serialize)]
struct Data<'a> {
    texts: BTreeMap<&'a str, &'a str>,
    callee: &'a str,
    expires_at: u64,
    has_channel: bool,
}

impl Pages {
    /// Without a channel the page rings, and no more.
    pub(crate) fn new(channel: Option<&ChannelOrigin>) -> Self {
        let files: Vec<_> = CALL_SCRIPT.into_iter().chain([CALLER_SCRIPT]).collect();
        Self { layout: Layout::new(Script::new(&files), channel), has_channel: channel.is_some() }
    }

    /// Asks whether to call.
    pub(crate) fn call(
        &self,
        claims: &CallUrlClaims,
        language: Language,
    ) -> Result<Response, Error> {
        let texts = Texts::of(language);
        let t = &texts.caller_page;
        let callee =
            claims.callee_name.as_ref().map_or(texts.nameless.as_str(), CalleeName::as_str);
        let with_callee = |text| fill(text, &[("callee", bdi(callee).as_str())]);
        let remote_id = format!("<strong>{}</strong>", bdi(claims.remote_id.as_str()));
        let expires_at = time(claims.expires_at, &texts.moment);
        let template = CallTemplate {
            t,
            question: with_callee(&t.question),
            about: fill(&t.about, &[("remote_id", &remote_id), ("expires_at", &expires_at)]),
            call: with_callee(&t.call),
            note: with_callee(if self.has_channel { &t.privacy } else { &t.no_media }),
            call_view: texts.call_view()?,
            has_channel: self.has_channel,
        };
        let data = Data {
            texts: texts.caller_script(),
            callee,
            expires_at: claims.expires_at.get(),
            has_channel: self.has_channel,
        };
        let document = Document {
            title: t.title.replace("{callee}", callee),
            main: rendered(&template)?,
            data: Some(in_script(&data)),
        };
        self.layout.page(StatusCode::OK, language, &document)
    }

    /// Says kindly why there is nobody to call.
    pub(crate) fn problem(&self, error: &Error, language: Language) -> Result<Response, Error> {
        // One screen for both: whoever was sent a bad link can do the same about either.
        if !matches!(error, Error::Gone | Error::InvalidToken) {
            return Err(error.clone());
        }
        let t = &Texts::of(language).caller_page;
        let document = Document {
            title: t.problem_title.clone(),
            main: rendered(&ProblemTemplate { t })?,
            data: None,
        };
        let mut response = self.layout.page(error.status(), language, &document)?;
        answer::describe(&mut response, error);
        Ok(response)
    }
}

fn rendered(template: &impl Template) -> Result<String, Error> {
    template.render().map_err(|_| Error::Internal { cause: "template".into() })
}

/// A moment for machines, and for people without JavaScript.
fn time(moment: UnixSeconds, format: &str) -> String {
    let timestamp = i64::try_from(moment.get()).ok().and_then(|s| Timestamp::from_second(s).ok());
    timestamp.map_or_else(Default::default, |timestamp| {
        let text = timestamp.strftime(format);
        format!("<time id=\"expires\" datetime=\"{timestamp}\">{text}</time>")
    })
}
