//! The one script of a page, and how data gets to it.

use serde::Serialize;

use crate::{Failure, hash::hash_source};

/// The call itself, as both parties' pages run it: from the camera to the other's picture.
const CALL_SCRIPT: [&str; 10] = [
    include_str!("../assets/page.js"),
    include_str!("../assets/clock.js"),
    include_str!("../assets/service.js"),
    include_str!("../assets/graphemes.js"),
    include_str!("../assets/media.js"),
    include_str!("../assets/channel.js"),
    include_str!("../assets/peer.js"),
    include_str!("../assets/call.js"),
    include_str!("../assets/breakdown.js"),
    include_str!("../assets/call-view.js"),
];

/// A script as it stands in a page.
#[derive(Clone, Debug)]
pub struct Script(String);

impl Script {
    /// One script of the call and the page's own files, which share one scope that is nobody
    /// else's.
    ///
    /// # Errors
    /// [`minified`] has failed.
    pub fn new(files: &[&str]) -> Result<Self, Failure> {
        let files = [&CALL_SCRIPT, files].concat();
        let script = format!("\"use strict\";\n(() => {{\n{}}})();\n", files.join("\n"));
        Ok(Self(minified(&script)?))
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// How a policy names it.
    pub fn hash_source(&self) -> String {
        hash_source(&self.0)
    }
}

/// A script without comments and indentation, which would be a third of what is sent, compressed or
/// not. Names stay. Nothing here parses it: `tools/browser-tests/tests/scripts.test.mjs` finds out
/// whether it is JavaScript, and still the same.
///
/// # Errors
/// The minifier has failed, which it need not for what is no JavaScript.
pub fn minified(script: &str) -> Result<String, Failure> {
    Ok(minifier::js::minify(script)?.to_string())
}

/// A value as JSON that can stand inside of a `<script>`, as data or as an expression: nothing in
/// it can end the element.
///
/// # Errors
/// It is nothing that JSON can hold.
pub fn in_script(value: &impl Serialize) -> Result<String, Failure> {
    // Only inside of strings can there be one.
    Ok(serde_json::to_string(value)?.replace('<', "\\u003c"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The browser tests compare whole scripts.
    #[test]
    fn what_only_looks_like_a_comment_stays() {
        for (script, expected) in [
            ("f(\"a // b\"); // c\n", "f(\"a // b\");"),
            ("/** a */\nf(`/* ${a  +  b} */  c`);", "f(`/* ${a  +  b} */  c`);"),
            (
                "return text.replace(/\\/\\*  (\\w+)/g, b);",
                "return text.replace(/\\/\\*  (\\w+)/g,b);",
            ),
            ("a = b /* c */ / d / e;", "a=b/d/e;"),
        ] {
            assert_eq!(minified(script).unwrap(), expected);
        }
    }
}
