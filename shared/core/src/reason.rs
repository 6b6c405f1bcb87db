//! The words of a refusal.

use std::borrow::Cow;

/// The reason why a value was refused, in words for the person who supplied it. It never repeats
/// the value, which may be a secret.
pub type Reason = Cow<'static, str>;
