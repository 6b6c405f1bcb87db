//! What the build has made of a page, and how it becomes an answer.

use std::collections::BTreeSet;

use lambda_http::{
    Body,
    http::{HeaderValue, header},
};
use loop_lambda::{Request, Response, accept};
use serde_json::Value;

use crate::gzip;

/// A text in the form in which the build leaves it: what is always the same, and holes.
#[derive(Clone, Copy, Debug)]
pub struct Template(&'static [Part]);

/// A stretch of a template.
#[derive(Clone, Copy, Debug)]
pub enum Part {
    /// The same for everybody.
    Constant(&'static Constant),
    /// The value of this name as HTML: its text, which stays text.
    Html(&'static str),
    /// The value of this name as JSON inside of a `<script>`.
    Script(&'static str),
}

/// What is always the same.
#[derive(Clone, Copy, Debug)]
pub struct Constant {
    /// As it is.
    pub text: &'static str,
    /// As blocks of deflate that can stand anywhere among others.
    pub compressed: &'static [u8],
}

/// A stretch of a text that is complete.
#[derive(Clone, Debug)]
pub(crate) enum Stretch {
    /// From the build.
    Constant(Constant),
    /// Of this request.
    Varying(String),
}

impl Template {
    /// For the code that `loop-pages-build` writes.
    pub const fn new(parts: &'static [Part]) -> Self {
        Self(parts)
    }

    /// An answer with each value in the holes of its name; compressed for a client that takes it.
    ///
    /// # Panics
    /// With debug assertions: a hole has no value, or a value no hole. Without them, such a hole is
    /// empty, or null in a script.
    pub fn answer(&self, request: &Request, values: &[(&str, Value)]) -> Response {
        debug_assert_eq!(
            values.iter().map(|(name, _)| *name).collect::<BTreeSet<_>>(),
            self.0.iter().filter_map(|part| part.name()).collect(),
            "the values that are given, and the holes"
        );
        let stretches: Vec<_> = self.0.iter().map(|part| part.filled(values)).collect();
        let is_compressed = accept::gzip(request);
        let mut response = Response::new(if is_compressed {
            Body::Binary(gzip::stream(&stretches))
        } else {
            Body::Text(stretches.iter().map(Stretch::text).collect())
        });
        let headers = response.headers_mut();
        headers.append(header::VARY, HeaderValue::from_static("Accept-Encoding"));
        if is_compressed {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        response
    }
}

impl Part {
    fn name(&self) -> Option<&str> {
        match self {
            Self::Constant(_) => None,
            Self::Html(name) | Self::Script(name) => Some(name),
        }
    }

    fn filled(self, values: &[(&str, Value)]) -> Stretch {
        let value = |name| values.iter().find(|(known, _)| *known == name).map(|(_, value)| value);
        match self {
            Self::Constant(constant) => Stretch::Constant(*constant),
            Self::Html(name) => Stretch::Varying(value(name).map_or_else(String::new, in_html)),
            Self::Script(name) => Stretch::Varying(in_script(value(name).unwrap_or(&Value::Null))),
        }
    }
}

impl Stretch {
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Constant(constant) => constant.text,
            Self::Varying(text) => text,
        }
    }
}

fn in_html(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    askama::filters::escape(text, askama::filters::Html)
        .map_or_else(|never| match never {}, |escaped| escaped.to_string())
}

/// Nothing in it can end the element.
fn in_script(value: &Value) -> String {
    // Only inside of strings can there be one.
    value.to_string().replace('<', "\\u003c")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::check::text_of;

    static BEFORE: Constant = Constant { text: "<p>", compressed: &[] };
    static AFTER: Constant = Constant { text: "</p>", compressed: &[] };

    /// What could end an element, an attribute or a string, or be taken for an escape of one.
    const NASTY: [&str; 8] = [
        "</script><!-- \u{2028} \"quoted\" \\u003c",
        "</bdi><script>alert(1)</script>",
        "<![CDATA[ ]]>",
        "\" onclick='alert(1)' \u{0}",
        "&lt;i&gt; &#60; & &&",
        "\\\" \\\\ \r\n\t\u{2029}",
        "{callee} ${callee} `a`",
        "\u{e000}html:callee\u{e001} \u{202e}",
    ];

    fn filled(part: Part, values: &[(&str, Value)]) -> String {
        let parts = [Part::Constant(&BEFORE), part, Part::Constant(&AFTER)];
        let template = Template::new(Vec::leak(parts.into()));
        text_of(&template.answer(&Request::default(), values)).to_owned()
    }

    #[test]
    fn values_are_text_in_html_and_values_in_scripts() {
        for (part, value, expected) in [
            (Part::Html("a"), json!("<i>\"'&"), "<p>&#60;i&#62;&#34;&#39;&#38;</p>"),
            (Part::Html("a"), json!(7), "<p>7</p>"),
            (Part::Html("a"), json!("{a}"), "<p>{a}</p>"),
            (Part::Script("a"), json!("<i>\"'&"), r#"<p>"\u003ci>\"'&"</p>"#),
            (Part::Script("a"), json!(7), "<p>7</p>"),
            (Part::Script("a"), Value::Null, "<p>null</p>"),
        ] {
            assert_eq!(filled(part, &[("a", value)]), expected, "{part:?}");
        }
    }

    #[test]
    #[cfg(debug_assertions)]
    #[should_panic(expected = "the values that are given, and the holes")]
    fn a_hole_without_a_value_is_found() {
        filled(Part::Script("a"), &[]);
    }

    #[test]
    #[cfg(debug_assertions)]
    #[should_panic(expected = "the values that are given, and the holes")]
    fn a_value_without_a_hole_is_found() {
        filled(Part::Html("a"), &[("a", json!(1)), ("b", json!(2))]);
    }

    #[test]
    fn data_can_not_end_its_element() {
        for text in NASTY {
            let json = in_script(&text.into());
            assert!(!json.contains('<'), "{json}");
            assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        }
    }

    /// Where a value stands must not matter to whether it was there when the page was built.
    #[test]
    fn values_are_escaped_as_the_build_escapes_them() {
        for text in NASTY {
            assert_eq!(in_script(&text.into()), loop_pages_build::in_script(&text).unwrap());
            let html = in_html(&text.into());
            assert!(!html.contains(['<', '>', '"', '\'']), "{html}");
            assert_eq!(format!("<bdi>{html}</bdi>"), loop_pages_build::bdi(text));
        }
    }
}
