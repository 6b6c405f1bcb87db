//! The build of the caller's pages, in every language and with placeholders for the claims of a
//! link.

use std::collections::BTreeMap;

use askama::Template;
use loop_pages_build::{
    BuildError, CallerPageTexts, Document, Language, Output, Script, Texts, bdi, fill,
    html_placeholder, json_in_script, script_placeholder,
};

/// The script of the caller's page, without the parts that it shares with other pages.
const CALLER_SCRIPT: &str = include_str!("assets/caller.js");

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

fn main() -> Result<(), BuildError> {
    let script = Script::new(&[CALLER_SCRIPT])?;
    let mut output = Output::new()?;
    output.inline(&script);
    output.text("moment", |texts| &texts.moment);
    output.text("nameless", |texts| &texts.nameless);
    output.template("call", |language, texts| call(language, texts, &script, true))?;
    // Without a channel, the page can only ring.
    output.template("ring", |language, texts| call(language, texts, &script, false))?;
    output.template("problem", problem)?;
    output.write()
}

/// Builds the page that asks whether to call.
fn call(
    language: Language,
    texts: &Texts,
    script: &Script,
    has_channel: bool,
) -> Result<String, BuildError> {
    let t = &texts.caller_page;
    let text = html_placeholder("callee");
    let with_text = |of: &str| fill(of, &[("callee", &text)]);
    let callee = bdi(&text);
    let with_callee = |text| fill(text, &[("callee", &callee)]);
    let remote_id = format!("<strong>{}</strong>", bdi(&html_placeholder("remote_id")));
    let about = [("remote_id", remote_id.as_str()), ("expires_at", &time())];
    let template = CallTemplate {
        t,
        question: with_callee(&t.question),
        about: fill(&t.about, &about),
        call: with_callee(&t.call),
        note: with_callee(if has_channel { &t.privacy } else { &t.no_media }),
        call_view: texts.call_view()?,
        has_channel,
    };
    let document = Document {
        title: with_text(&t.title),
        description: Some(with_text(&t.description)),
        main: template.render()?,
        script: Some((data(&texts.caller_script(), has_channel)?, script)),
    };
    document.html(language)
}

/// Returns the element of a moment, for machines and for people without JavaScript.
fn time() -> String {
    let (datetime, moment) = (html_placeholder("datetime"), html_placeholder("moment"));
    format!("<time id=\"expires\" datetime=\"{datetime}\">{moment}</time>")
}

/// Returns the data for the script. The constant part comes first, so that it is compressed
/// together with the text before it.
fn data(texts: &BTreeMap<&str, &str>, has_channel: bool) -> Result<String, BuildError> {
    let texts = json_in_script(texts)?;
    let (callee, expires_at) = (script_placeholder("callee"), script_placeholder("expires_at"));
    Ok(format!(
        "{{\"has_channel\":{has_channel},\"texts\":{texts},\
         \"callee\":{callee},\"expires_at\":{expires_at}}}"
    ))
}

/// Builds the page that says kindly why the link can't be called.
fn problem(language: Language, texts: &Texts) -> Result<String, BuildError> {
    let t = &texts.caller_page;
    let main = ProblemTemplate { t }.render()?;
    let title = fill(&t.problem_title, &[]);
    Document { title, description: None, main, script: None }.html(language)
}
