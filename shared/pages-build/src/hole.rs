//! Where a function puts what differs from one request to the next.

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
pub(crate) fn parts(text: &str) -> Vec<Part<'_>> {
    // What stands before the first hole, and then each hole with what stands behind it.
    let parts = text.split(START).flat_map(|stretch| match stretch.split_once(END) {
        Some((hole, constant)) => [part_of_hole(hole), Part::Constant(constant)],
        None => [Part::Constant(""), Part::Constant(stretch)],
    });
    parts.filter(|part| *part != Part::Constant("")).collect()
}

fn part_of_hole(hole: &str) -> Part<'_> {
    match hole.strip_prefix(HTML) {
        Some(name) => Part::Html(name),
        None => Part::Script(hole.trim_start_matches(SCRIPT)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_cut_at_its_holes() {
        let page = format!("a{}{}b", html_hole("c"), script_hole("d"));
        let expected =
            [Part::Constant("a"), Part::Html("c"), Part::Script("d"), Part::Constant("b")];
        assert_eq!(parts(&page), expected);
        assert_eq!(parts(&html_hole("a")), [Part::Html("a")]);
        assert_eq!(parts("a"), [Part::Constant("a")]);
        assert!(parts("").is_empty());
    }
}
