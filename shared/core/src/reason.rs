//! The words of a refusal.

use std::borrow::Cow;

/// Why a value was refused, in words for the person who supplied it. Never repeats the value,
/// which may be a secret.
pub type Reason = Cow<'static, str>;
