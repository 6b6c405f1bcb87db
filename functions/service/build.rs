//! The build of the callee's page and its service worker, in every language.

use askama::Template;
use loop_pages_build::{
    BuildError, CalleePageTexts, Document, Language, Output, Script, Texts, fill, json_in_script,
    minified, script_placeholder,
};

/// The scripts of the callee's page, without the parts that it shares with other pages.
const CALLEE_SCRIPT: [&str; 9] = [
    include_str!("assets/memory.js"),
    include_str!("assets/ring-tone.js"),
    include_str!("assets/push.js"),
    include_str!("assets/registration.js"),
    include_str!("assets/reach.js"),
    include_str!("assets/name-fields.js"),
    include_str!("assets/links.js"),
    include_str!("assets/incoming.js"),
    include_str!("assets/callee.js"),
];
const SERVICE_WORKER: &str = include_str!("assets/service-worker.js");

#[derive(Template)]
#[template(path = "callee.html")]
struct CalleeTemplate<'a> {
    t: &'a CalleePageTexts,
    ring_heading: String,
    call_view: String,
}

fn main() -> Result<(), BuildError> {
    let script = Script::new(&CALLEE_SCRIPT)?;
    let mut output = Output::new()?;
    output.inline(&script);
    output.template("callee", |language, texts| callee(language, texts, &script))?;
    output.template("service_worker", service_worker)?;
    output.write()
}

/// Builds the page on which a browser begins to get calls, and gets them.
fn callee(language: Language, texts: &Texts, script: &Script) -> Result<String, BuildError> {
    let t = &texts.callee_page;
    let caller = [("caller", r#"<bdi id="ring-caller"></bdi>"#)];
    let template = CalleeTemplate {
        t,
        ring_heading: fill(&t.ring_heading, &caller),
        call_view: texts.call_view()?,
    };
    let vapid_public_key = script_placeholder("vapid_public_key");
    let texts = json_in_script(&texts.callee_script())?;
    let origin = script_placeholder("origin");
    let data = format!(
        "{{\"texts\":{texts},\"vapid_public_key\":{vapid_public_key},\"origin\":{origin}}}"
    );
    let document = Document {
        title: fill(&t.title, &[]),
        description: Some(fill(&t.introduction, &[])),
        main: template.render()?,
        script: Some((data, script)),
    };
    document.html(language)
}

/// Builds the service worker, which runs while the page is closed.
fn service_worker(language: Language, texts: &Texts) -> Result<String, BuildError> {
    let mut texts = texts.notification();
    texts.insert("lang", language.code());
    let (texts, worker) = (json_in_script(&texts)?, minified(SERVICE_WORKER)?);
    Ok(format!("\"use strict\";\nconst texts = {texts};\n{worker}"))
}
