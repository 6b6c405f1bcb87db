//! The texts of the pages, from `texts/`: one file for each language.

use std::collections::BTreeMap;

use askama::Template;
use loop_page_model::{Language, escape_html};
use serde::Deserialize;

use crate::error::BuildError;

/// The texts of a script, by name.
type Named = BTreeMap<String, String>;

/// The texts in one language. Words in braces are replaced by [`fill`].
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Texts {
    /// The format of a moment (`strftime`), for visitors without JavaScript to write it in local
    /// time.
    pub moment: String,
    /// The name of a callee whose link has none.
    pub nameless: String,
    /// The texts of the caller's page.
    pub caller_page: CallerPageTexts,
    /// The texts of the callee's page.
    pub callee_page: CalleePageTexts,
    call_view: CallViewTexts,
    call_script: Named,
    caller_script: Named,
    callee_script: Named,
    notification: Named,
}

/// The texts of the caller's page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the texts say it")]
pub struct CallerPageTexts {
    pub title: String,
    pub description: String,
    pub question: String,
    pub about: String,
    pub call: String,
    pub audio_only: String,
    pub privacy: String,
    pub no_media: String,
    pub noscript: String,
    pub problem_title: String,
    pub problem_text: String,
}

/// The texts of the callee's page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the texts say it")]
pub struct CalleePageTexts {
    pub title: String,
    pub heading: String,
    pub introduction: String,
    pub enable: String,
    pub enable_note: String,
    pub disable: String,
    pub notifications: String,
    pub noscript: String,
    pub make_heading: String,
    pub remote_id: String,
    pub remote_id_note: String,
    pub callee_name: String,
    pub callee_name_note: String,
    pub duration: String,
    pub hour: String,
    pub day: String,
    pub week: String,
    pub month: String,
    pub make: String,
    pub links_heading: String,
    pub no_links: String,
    pub ring_heading: String,
    pub ring_note: String,
    pub answer: String,
    pub answer_audio: String,
    pub decline: String,
}

/// The texts of the part of a page that shows the call, with its HTML.
#[derive(Debug, Deserialize, Template)]
#[serde(deny_unknown_fields)]
#[template(path = "call-view.html")]
struct CallViewTexts {
    label: String,
    remote_video: String,
    local_video: String,
    controls: String,
    mute: String,
    camera_off: String,
    hang_up: String,
}

impl Texts {
    /// Reads the texts in `language`.
    ///
    /// # Errors
    /// A text is missing or unknown.
    pub(crate) fn read(language: Language) -> Result<Self, BuildError> {
        Ok(serde_json::from_str(json(language))?)
    }

    /// Renders the part of a page that shows the call, as `call-view.js` expects it.
    ///
    /// # Errors
    /// The template has failed.
    pub fn call_view(&self) -> Result<String, BuildError> {
        Ok(self.call_view.render()?)
    }

    /// Returns the texts of the caller's script.
    pub fn caller_script(&self) -> BTreeMap<&str, &str> {
        texts_of(&[&self.call_script, &self.caller_script])
    }

    /// Returns the texts of the callee's script.
    pub fn callee_script(&self) -> BTreeMap<&str, &str> {
        texts_of(&[&self.call_script, &self.callee_script])
    }

    /// Returns the texts of the service worker.
    pub fn notification(&self) -> BTreeMap<&str, &str> {
        texts_of(&[&self.notification])
    }
}

fn json(language: Language) -> &'static str {
    match language {
        Language::English => include_str!("../texts/en.json"),
        Language::German => include_str!("../texts/de.json"),
    }
}

fn texts_of<'a>(parts: &[&'a Named]) -> BTreeMap<&'a str, &'a str> {
    let texts = parts.iter().flat_map(|part| part.iter());
    texts.map(|(name, text)| (name.as_str(), text.as_str())).collect()
}

/// Puts values into a text and makes HTML of it. The text is escaped; the values are HTML already.
pub fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, name, after)) = next_placeholder(rest) {
        filled.push_str(&escape_html(before));
        let value = values.iter().find(|(known, _)| *known == name);
        filled.push_str(value.map_or("", |(_, html)| html));
        rest = after;
    }
    filled.push_str(&escape_html(rest));
    filled
}

/// Writes a text of another author, such as a name, as HTML that can't change the direction of the
/// text around it.
pub fn bdi(text: &str) -> String {
    format!("<bdi>{}</bdi>", escape_html(text))
}

fn next_placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (name, after) = rest.split_once('}')?;
    Some((before, name, after))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;

    #[test]
    fn every_language_says_the_same_things_with_the_same_values() {
        let [english, others @ ..] = Language::ALL;
        let expected = placeholders(json(english));
        assert!(expected.len() > 100);
        for language in others {
            assert_eq!(placeholders(json(language)), expected, "{}", language.code());
        }
    }

    #[test]
    fn the_service_worker_and_the_call_have_their_texts() {
        let texts = Texts::read(Language::ALL[1]).unwrap();
        assert_eq!(texts.notification()["missed"], "Verpasster Anruf von {name}");
        let both: BTreeSet<_> = texts.caller_script().into_keys().collect();
        assert!(both.contains("connected") && both.contains("ringing") && !both.contains("made"));
        assert!(texts.call_view().unwrap().contains("Auflegen"));
    }

    #[test]
    fn texts_become_html_and_values_are_html() {
        let filled = fill("<{a}> & {b} {c", &[("a", "<b>1</b>"), ("b", &bdi("<i>\"'&"))]);
        assert_eq!(filled, "&#60;<b>1</b>&#62; &#38; <bdi>&#60;i&#62;&#34;&#39;&#38;</bdi> {c");
    }

    /// Collects the path of every text in the file, with the values that it needs.
    fn placeholders(json: &str) -> BTreeSet<(String, BTreeSet<String>)> {
        fn collect(value: &Value, path: &str, found: &mut BTreeSet<(String, BTreeSet<String>)>) {
            match value {
                Value::Object(members) => {
                    for (name, value) in members {
                        collect(value, &format!("{path}.{name}"), found);
                    }
                }
                value => {
                    let text = value.as_str().unwrap();
                    assert!(!text.trim().is_empty(), "{path}");
                    let names = text.split('{').skip(1).map(|it| it.split_once('}').unwrap().0);
                    found.insert((path.to_owned(), names.map(str::to_owned).collect()));
                }
            }
        }
        let mut found = BTreeSet::new();
        collect(&serde_json::from_str(json).unwrap(), "", &mut found);
        found
    }
}
