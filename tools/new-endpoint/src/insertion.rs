//! Functions that insert lines into the text of a file that lists functions.

/// Inserts a line among those that `is_alike` recognises, which are sorted and stay sorted.
///
/// # Errors
/// There is no such line.
pub(crate) fn among(
    text: &str,
    line: &str,
    is_alike: impl Fn(&str) -> bool,
) -> Result<String, &'static str> {
    let lines: Vec<&str> = text.lines().collect();
    let first = lines.iter().position(|it| is_alike(it)).ok_or("has no line like the new one")?;
    let alike = lines[first..].iter().take_while(|it| is_alike(it)).count();
    let sorted = &lines[first..first + alike];
    let index = first + sorted.iter().position(|it| *it > line).unwrap_or(alike);
    let lines = [&lines[..index], &[line], &lines[index..]].concat();
    Ok(lines.join("\n") + "\n")
}

/// Inserts a block before the first line that is `anchor` after the line `after`.
///
/// # Errors
/// There are no such lines.
pub(crate) fn before(
    text: &str,
    block: &str,
    after: &str,
    anchor: &str,
) -> Result<String, &'static str> {
    let start = text.find(after).ok_or("has lost the line that the list begins with")?;
    let end = text[start..].find(anchor).ok_or("has lost the line that the list ends with")?;
    let (head, tail) = text.split_at(start + end);
    Ok(format!("{head}{block}{tail}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_inserted_where_it_belongs() {
        let is_alike = |line: &str| line.starts_with("x-");
        for (line, expected) in [
            ("x-a", "one\nx-a\nx-b\nx-d\ntwo\n"),
            ("x-c", "one\nx-b\nx-c\nx-d\ntwo\n"),
            ("x-e", "one\nx-b\nx-d\nx-e\ntwo\n"),
        ] {
            assert_eq!(among("one\nx-b\nx-d\ntwo\n", line, is_alike).unwrap(), expected);
        }
        assert!(among("one\n", "x-a", is_alike).is_err());
    }

    #[test]
    fn a_block_is_inserted_at_the_end_of_its_list() {
        let text = "];\nlist = [\n  a\n];\n";
        assert_eq!(before(text, "  b\n", "list", "];\n").unwrap(), "];\nlist = [\n  a\n  b\n];\n");
        assert!(before(text, "", "table", "];").is_err() && before(text, "", "list", "}").is_err());
    }
}
