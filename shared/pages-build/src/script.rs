//! The one script of a page, and how data gets to it.

use loop_page_model::escape_json_in_script;
use serde::Serialize;

use crate::{error::BuildError, hash::hash_source};

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
    /// Joins the scripts of the call and the page's own files into one, with a scope of its own.
    ///
    /// # Errors
    /// [`minified`] has failed.
    pub fn new(files: &[&str]) -> Result<Self, BuildError> {
        let files = [&CALL_SCRIPT, files].concat();
        let script = format!("\"use strict\";\n(() => {{\n{}}})();\n", files.join("\n"));
        Ok(Self(minified(&script)?))
    }

    /// Returns its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the source expression by which a policy allows it.
    pub fn hash_source(&self) -> String {
        hash_source(&self.0)
    }
}

/// Removes comments and indentation from a script, which would be a third of what is sent, compressed or
/// not. Names stay. Nothing here parses it: `tools/browser-tests/tests/scripts.test.mjs` finds out
/// whether it is JavaScript, and still the same.
///
/// # Errors
/// The minifier has failed, which it need not for what is no JavaScript.
pub fn minified(script: &str) -> Result<String, BuildError> {
    Ok(minifier::js::minify(script)?.to_string())
}

/// Writes a value as JSON that can stand inside of a `<script>`, as data or as an expression.
///
/// # Errors
/// JSON can't hold the value.
pub fn json_in_script(value: &impl Serialize) -> Result<String, BuildError> {
    Ok(escape_json_in_script(&serde_json::to_string(value)?))
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
