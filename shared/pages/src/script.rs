//! The one script of a page, and how data gets to it.

use serde::Serialize;

/// The call itself, as both parties' pages run it: from the camera to the other's picture.
pub const CALL_SCRIPT: [&str; 6] = [
    include_str!("../assets/page.js"),
    include_str!("../assets/media.js"),
    include_str!("../assets/channel.js"),
    include_str!("../assets/peer.js"),
    include_str!("../assets/call.js"),
    include_str!("../assets/call-view.js"),
];

/// A script as it stands in a page.
#[derive(Clone, Debug)]
pub struct Script(String);

impl Script {
    /// One script of several files, which share one scope that is nobody else's.
    pub fn new(files: &[&str]) -> Self {
        Self(format!("\"use strict\";\n(() => {{\n{}}})();\n", files.join("\n")))
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A value as JSON that can stand inside of a `<script>`, as data or as an expression: nothing in
/// it can end the element.
pub fn in_script(value: &impl Serialize) -> String {
    let json = serde_json::to_string(value).expect("data of pages are structs with text keys");
    // Only inside of strings can there be one.
    json.replace('<', "\\u003c")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_can_not_end_its_element() {
        let text = "</script><!-- \u{2028} \"quoted\" \\u003c";
        let json = in_script(&text);
        assert!(!json.contains('<'), "{json}");
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }
}
