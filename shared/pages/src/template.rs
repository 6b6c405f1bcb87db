//! The templates that the build has made, and the responses that are made of them.

use std::collections::BTreeSet;

use lambda_http::{
    Body,
    http::{HeaderValue, header},
};
use loop_lambda::{Request, Response, accept};
use loop_page_model::{escape_html, escape_json_in_script};
use serde_json::Value;

use crate::{
    gzip,
    segment::{FilledSegment, Segment},
};

/// A page, or another text, as the build has made it: constant segments and placeholders.
#[derive(Clone, Copy, Debug)]
pub struct Template(&'static [Segment]);

impl Template {
    /// Makes a template, in the code that `loop-pages-build` writes.
    pub const fn new(segments: &'static [Segment]) -> Self {
        Self(segments)
    }

    /// Makes a response with each value in the placeholders of its name, compressed for a client
    /// that accepts it.
    ///
    /// # Panics
    /// With debug assertions: a placeholder has no value, or a value no placeholder. Without them,
    /// such a placeholder becomes empty, or null in a script.
    pub fn respond(&self, request: &Request, values: &[(&str, Value)]) -> Response {
        debug_assert_eq!(
            values.iter().map(|(name, _)| *name).collect::<BTreeSet<_>>(),
            self.0.iter().filter_map(Segment::placeholder).collect(),
            "the values that are given, and the placeholders"
        );
        let segments: Vec<_> = self.0.iter().map(|segment| filled(*segment, values)).collect();
        let is_compressed = accept::gzip(request);
        let mut response = Response::new(if is_compressed {
            Body::Binary(gzip::stream(&segments))
        } else {
            Body::Text(segments.iter().map(FilledSegment::text).collect())
        });
        let headers = response.headers_mut();
        headers.append(header::VARY, HeaderValue::from_static("Accept-Encoding"));
        if is_compressed {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        response
    }
}

fn filled(segment: Segment, values: &[(&str, Value)]) -> FilledSegment {
    let value = |name| values.iter().find(|(known, _)| *known == name).map(|(_, value)| value);
    match segment {
        Segment::Constant(constant) => FilledSegment::Constant(*constant),
        Segment::Html(name) => {
            FilledSegment::Varying(value(name).map_or_else(String::new, in_html))
        }
        Segment::Script(name) => {
            FilledSegment::Varying(in_script(value(name).unwrap_or(&Value::Null)))
        }
    }
}

fn in_html(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    escape_html(&text)
}

fn in_script(value: &Value) -> String {
    escape_json_in_script(&value.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::segment::Constant;

    static BEFORE: Constant = Constant { text: "<p>", compressed: &[] };
    static AFTER: Constant = Constant { text: "</p>", compressed: &[] };

    /// Texts that could end an element, an attribute or a string, or that look like an escape of
    /// one.
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

    fn page_with(segment: Segment, values: &[(&str, Value)]) -> String {
        let segments = [Segment::Constant(&BEFORE), segment, Segment::Constant(&AFTER)];
        let template = Template::new(Vec::leak(segments.into()));
        match template.respond(&Request::default(), values).into_body() {
            Body::Text(text) => text,
            other => panic!("{other:?} is no text"),
        }
    }

    #[test]
    fn values_are_text_in_html_and_values_in_scripts() {
        for (segment, value, expected) in [
            (Segment::Html("a"), json!("<i>\"'&"), "<p>&#60;i&#62;&#34;&#39;&#38;</p>"),
            (Segment::Html("a"), json!(7), "<p>7</p>"),
            (Segment::Html("a"), json!("{a}"), "<p>{a}</p>"),
            (Segment::Script("a"), json!("<i>\"'&"), r#"<p>"\u003ci>\"'&"</p>"#),
            (Segment::Script("a"), json!(7), "<p>7</p>"),
            (Segment::Script("a"), Value::Null, "<p>null</p>"),
        ] {
            assert_eq!(page_with(segment, &[("a", value)]), expected, "{segment:?}");
        }
    }

    #[test]
    #[cfg(debug_assertions)]
    #[should_panic(expected = "the values that are given, and the placeholders")]
    fn a_placeholder_without_a_value_is_found() {
        page_with(Segment::Script("a"), &[]);
    }

    #[test]
    #[cfg(debug_assertions)]
    #[should_panic(expected = "the values that are given, and the placeholders")]
    fn a_value_without_a_placeholder_is_found() {
        page_with(Segment::Html("a"), &[("a", json!(1)), ("b", json!(2))]);
    }

    #[test]
    fn data_can_not_end_its_element() {
        for text in NASTY {
            let json = in_script(&text.into());
            assert!(!json.contains('<'), "{json}");
            assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        }
    }

    /// It must not matter whether the build writes a value into the page or a function does so
    /// later.
    #[test]
    fn values_are_escaped_as_the_build_escapes_them() {
        for text in NASTY {
            assert_eq!(in_script(&text.into()), loop_pages_build::json_in_script(&text).unwrap());
            let html = in_html(&text.into());
            assert!(!html.contains(['<', '>', '"', '\'']), "{html}");
            assert_eq!(format!("<bdi>{html}</bdi>"), loop_pages_build::bdi(text));
        }
    }
}
