//! Where a function puts what differs from one request to the next.

use crate::Failure;

/// Characters for private use, which none of our texts has.
const START: char = '\u{e000}';
const END: char = '\u{e001}';
const HTML: &str = "html:";
const SCRIPT: &str = "script:";

/// A stretch of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    /// The same for everybody.
    Constant(&'a str),
    /// Text that becomes HTML, by its name.
    Html(&'a str),
    /// A value that becomes JSON inside of a `<script>`, by its name.
    Script(&'a str),
}

/// A place in HTML for the value `name`, which is escaped when it gets there.
pub fn html_hole(name: &str) -> String {
    format!("{START}{HTML}{name}{END}")
}

/// A place in a script, or in its data, for the value `name` as JSON that can't end the element.
pub fn script_hole(name: &str) -> String {
    format!("{START}{SCRIPT}{name}{END}")
}

/// A page, cut at its holes.
///
/// # Errors
/// A mark stands alone, or what two marks enclose is no hole.
pub(crate) fn parts(text: &str) -> Result<Vec<Part<'_>>, Failure> {
    let mut stretches = text.split(START);
    let mut parts = vec![constant(stretches.next().unwrap_or_default())?];
    for stretch in stretches {
        let (hole, behind) = stretch.split_once(END).ok_or("a hole has no end")?;
        parts.extend([part_of_hole(hole)?, constant(behind)?]);
    }
    parts.retain(|part| *part != Part::Constant(""));
    Ok(parts)
}

fn constant(text: &str) -> Result<Part<'_>, Failure> {
    if text.contains(END) {
        return Err("there is an end of a hole that has no start".into());
    }
    Ok(Part::Constant(text))
}

fn part_of_hole(hole: &str) -> Result<Part<'_>, Failure> {
    let html = hole.strip_prefix(HTML).map(Part::Html);
    let part = html.or_else(|| hole.strip_prefix(SCRIPT).map(Part::Script));
    part.ok_or_else(|| format!("{hole:?} is no hole").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_cut_at_its_holes() {
        let page = format!("a{}{}b", html_hole("c"), script_hole("d"));
        let expected =
            [Part::Constant("a"), Part::Html("c"), Part::Script("d"), Part::Constant("b")];
        assert_eq!(parts(&page).unwrap(), expected);
        assert_eq!(parts(&html_hole("a")).unwrap(), [Part::Html("a")]);
        assert_eq!(parts(&script_hole("script:a")).unwrap(), [Part::Script("script:a")]);
        assert_eq!(parts("a").unwrap(), [Part::Constant("a")]);
        assert!(parts("").unwrap().is_empty());
    }

    #[test]
    fn a_mark_that_is_of_no_hole_is_an_error() {
        let hole = html_hole("a");
        for text in [
            "\u{e000}a\u{e001}",
            "\u{e000}\u{e001}",
            "\u{e000}",
            "\u{e001}",
            "\u{e000}html:a",
            &format!("{hole}\u{e000}script:b"),
            &format!("\u{e000}{hole}"),
            &format!("{hole}\u{e001}"),
            &format!("\u{e001}{hole}"),
        ] {
            assert!(parts(text).is_err(), "{text:?}");
        }
    }
}
