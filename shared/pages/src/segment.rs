//! The segments of a template, before and after values are filled in.

/// A segment of a template.
pub type Segment = loop_page_model::Segment<'static, &'static Constant>;

/// Text that is the same in every response.
#[derive(Clone, Copy, Debug)]
pub struct Constant {
    /// The text itself.
    pub text: &'static str,
    /// The text as blocks of deflate that can be placed between any others.
    pub compressed: &'static [u8],
}

/// A segment after values are filled in.
#[derive(Clone, Debug)]
pub(crate) enum FilledSegment {
    /// Text from the build.
    Constant(Constant),
    /// Text of this response.
    Varying(String),
}

impl FilledSegment {
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Constant(constant) => constant.text,
            Self::Varying(text) => text,
        }
    }
}
