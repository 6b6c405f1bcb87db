//! Placeholders for values that differ from one request to the next.

use loop_page_model::Segment;

use crate::error::BuildError;

/// The marks around a placeholder: characters for private use, which none of the texts contains.
const START: char = '\u{e000}';
const END: char = '\u{e001}';
const HTML: &str = "html:";
const SCRIPT: &str = "script:";

/// A segment of a page, whose constant text is a part of the page.
type PageSegment<'a> = Segment<'a, &'a str>;

/// Returns a placeholder in HTML for the value `name`, which is escaped when it is filled in.
pub fn html_placeholder(name: &str) -> String {
    format!("{START}{HTML}{name}{END}")
}

/// Returns a placeholder in a script, or in its data, for the value `name` as JSON that can't end
/// the element.
pub fn script_placeholder(name: &str) -> String {
    format!("{START}{SCRIPT}{name}{END}")
}

/// Cuts a page at its placeholders.
///
/// # Errors
/// A mark has no counterpart, or the text between two marks is not a placeholder.
pub(crate) fn segments(text: &str) -> Result<Vec<PageSegment<'_>>, BuildError> {
    let mut rests = text.split(START);
    let mut segments = vec![constant(rests.next().unwrap_or_default())?];
    for rest in rests {
        let (inside, behind) = rest.split_once(END).ok_or("a placeholder has no end")?;
        segments.extend([placeholder(inside)?, constant(behind)?]);
    }
    segments.retain(|segment| *segment != Segment::Constant(""));
    Ok(segments)
}

fn constant(text: &str) -> Result<PageSegment<'_>, BuildError> {
    if text.contains(END) {
        return Err("there is an end of a placeholder that has no start".into());
    }
    Ok(Segment::Constant(text))
}

fn placeholder(inside: &str) -> Result<PageSegment<'_>, BuildError> {
    let html = inside.strip_prefix(HTML).map(Segment::Html);
    let segment = html.or_else(|| inside.strip_prefix(SCRIPT).map(Segment::Script));
    segment.ok_or_else(|| format!("{inside:?} is no placeholder").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_cut_at_its_placeholders() {
        let page = format!("a{}{}b", html_placeholder("c"), script_placeholder("d"));
        let expected = [
            Segment::Constant("a"),
            Segment::Html("c"),
            Segment::Script("d"),
            Segment::Constant("b"),
        ];
        assert_eq!(segments(&page).unwrap(), expected);
        assert_eq!(segments(&html_placeholder("a")).unwrap(), [Segment::Html("a")]);
        assert_eq!(
            segments(&script_placeholder("script:a")).unwrap(),
            [Segment::Script("script:a")]
        );
        assert_eq!(segments("a").unwrap(), [Segment::Constant("a")]);
        assert!(segments("").unwrap().is_empty());
    }

    #[test]
    fn a_mark_outside_of_a_placeholder_is_an_error() {
        let whole = html_placeholder("a");
        for text in [
            "\u{e000}a\u{e001}",
            "\u{e000}\u{e001}",
            "\u{e000}",
            "\u{e001}",
            "\u{e000}html:a",
            &format!("{whole}\u{e000}script:b"),
            &format!("\u{e000}{whole}"),
            &format!("{whole}\u{e001}"),
            &format!("\u{e001}{whole}"),
        ] {
            assert!(segments(text).is_err(), "{text:?}");
        }
    }
}
