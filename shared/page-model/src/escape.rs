//! Escaping, which keeps a value from becoming markup or code anywhere in a page.

/// Escapes text for HTML, between elements and in quoted attributes.
pub fn escape_html(text: &str) -> String {
    askama::filters::escape(text, askama::filters::Html)
        .map_or_else(|never| match never {}, |escaped| escaped.to_string())
}

/// Escapes JSON for a `<script>`, as data or as an expression, so that nothing in it can end the
/// element.
pub fn escape_json_in_script(json: &str) -> String {
    // The character can only occur inside of a string, where JSON and JavaScript have this escape.
    json.replace('<', "\\u003c")
}
