//! Checks of the rules for every page, for the tests of the functions that make pages.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::hash::hash_source;

/// The most bytes that a page may have, with everything that it loads.
pub const PAGE_MAX_BYTES: usize = 60 * 1024;

/// Checks a page with this Content Security Policy: it is small, its policy lets its own script and
/// style run, it loads nothing, its script finds every element and text that it uses, and no text
/// is unused.
///
/// # Panics
/// The page breaks one of these rules; the message names it.
pub fn expect_sound(html: &str, policy: &str) {
    assert!(html.len() < PAGE_MAX_BYTES, "{} bytes", html.len());
    assert!(policy.starts_with("default-src 'none'; ") && !policy.contains("unsafe"), "{policy}");
    for part in ["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"] {
        assert!(policy.contains(part), "{policy}");
    }
    for tag in ["style", "script"] {
        let inline = between(html, &format!("<{tag}>"), &format!("</{tag}>"));
        assert!(inline.len() <= 1, "{tag}");
        for content in inline {
            let source = format!("{tag}-src {};", hash_source(content));
            assert!(policy.contains(&source), "{source} is not in {policy}");
        }
    }
    let markup = without_script_and_style(html);
    let tags = between(&markup, "<", ">").join(" ");
    for foreign in ["http:/", "https:/"] {
        assert!(!tags.contains(foreign), "{foreign}");
    }
    // Names that strangers have chosen are in attributes, and may look like attributes.
    let names: String = tags.split('"').step_by(2).collect();
    for foreign in [" src=", " style=", " onclick=", "iframe", "@import"] {
        assert!(!names.contains(foreign), "{foreign}");
    }
    expect_script_finds_everything(html);
}

fn expect_script_finds_everything(html: &str) {
    let Some(script) = between(html, "<script>", "</script>").pop() else {
        return;
    };
    let ids: BTreeSet<_> = between(html, " id=\"", "\"").into_iter().collect();
    let wanted: BTreeSet<_> = between(script, "element(\"", "\"").into_iter().collect();
    assert!(wanted.is_subset(&ids), "no such elements: {:?}", wanted.difference(&ids));

    let data = between(html, "id=\"page-data\">", "</script>").pop().unwrap_or_default();
    let data: Value = serde_json::from_str(data).unwrap_or_default();
    let given = data["texts"].as_object().into_iter().flatten();
    let given: BTreeSet<_> = given.map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names_after(script, "texts."),
        given,
        "texts that are used, and those that are given"
    );
}

/// Returns the names that come after `prefix`.
fn names_after<'a>(script: &'a str, prefix: &str) -> BTreeSet<&'a str> {
    let is_of_name = |it: char| it.is_ascii_alphanumeric() || it == '_';
    let rests = script.split(prefix).skip(1);
    let names = rests.map(|it| it.split(|it| !is_of_name(it)).next().unwrap_or_default());
    names.filter(|name| !name.is_empty()).collect()
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Vec<&'a str> {
    text.split(start).skip(1).filter_map(|rest| Some(rest.split_once(end)?.0)).collect()
}

fn without_script_and_style(html: &str) -> String {
    let mut markup = html.to_owned();
    for tag in ["style", "script"] {
        for content in between(html, &format!("<{tag}>"), &format!("</{tag}>")) {
            markup = markup.replace(content, "");
        }
    }
    markup
}
