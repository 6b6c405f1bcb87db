//! The segments of a template.

/// A segment of a template: constant text in the form `C`, or a placeholder for the value of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Segment<'a, C> {
    /// Text that is the same in every response.
    Constant(C),
    /// A placeholder for a value that is escaped as HTML text.
    Html(&'a str),
    /// A placeholder for a value as JSON inside of a `<script>`.
    Script(&'a str),
}

impl<'a, C> Segment<'a, C> {
    /// Returns the name of the value that the placeholder is for.
    pub fn placeholder(&self) -> Option<&'a str> {
        match self {
            Self::Constant(_) => None,
            Self::Html(name) | Self::Script(name) => Some(name),
        }
    }
}
