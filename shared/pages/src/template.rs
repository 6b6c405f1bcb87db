//! What the build has made of a page, and how it becomes an answer.

use lambda_http::{
    Body,
    http::{HeaderValue, header},
};
use loop_http::{Request, Response, accept};
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
    pub fn answer(&self, request: &Request, values: &[(&str, Value)]) -> Response {
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

    fn filled(part: Part, values: &[(&str, Value)]) -> String {
        let parts = [Part::Constant(&BEFORE), part, Part::Constant(&AFTER)];
        let template = Template::new(Vec::leak(parts.into()));
        text_of(&template.answer(&Request::default(), values)).to_owned()
    }

    #[test]
    fn values_are_text_in_html_and_values_in_scripts() {
        let values = [("a", json!("<i>\"'&")), ("b", json!(7)), ("c", json!("{a}"))];
        for (part, expected) in [
            (Part::Html("a"), "<p>&#60;i&#62;&#34;&#39;&#38;</p>"),
            (Part::Html("b"), "<p>7</p>"),
            (Part::Html("c"), "<p>{a}</p>"),
            (Part::Html("d"), "<p></p>"),
            (Part::Script("a"), r#"<p>"\u003ci>\"'&"</p>"#),
            (Part::Script("b"), "<p>7</p>"),
            (Part::Script("d"), "<p>null</p>"),
        ] {
            assert_eq!(filled(part, &values), expected, "{part:?}");
        }
    }

    #[test]
    fn data_can_not_end_its_element() {
        let text = "</script><!-- \u{2028} \"quoted\" \\u003c";
        let json = in_script(&text.into());
        assert!(!json.contains('<'), "{json}");
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }
}
