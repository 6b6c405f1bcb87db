//! The script of a page, and the data that it gets.

use loop_page_model::escape_json_in_script;
use serde::Serialize;

use crate::{error::BuildError, hash::hash_source};

/// The scripts of the call itself, which the pages of both parties run, from the camera to the
/// picture of the other side.
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

/// A script as it is in a page.
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

    /// Returns the text of the script.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the source expression by which a policy allows the script.
    pub fn hash_source(&self) -> String {
        hash_source(&self.0)
    }
}

/// Removes comments and indentation from a script, which would be a third of the bytes that are
/// sent, compressed or not. Names stay. The script is not parsed here:
/// `tools/browser-tests/tests/scripts.test.mjs` checks that the result is JavaScript, and that it
/// means the same.
///
/// # Errors
/// The minifier has failed. It need not fail for a text that is not JavaScript.
pub fn minified(script: &str) -> Result<String, BuildError> {
    Ok(minifier::js::minify(script)?.to_string())
}

/// Writes a value as JSON that is safe inside of a `<script>`, as data or as an expression.
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
