//! The error of the build.

/// The reason why a page can't be made. It ends the build script.
pub type BuildError = Box<dyn std::error::Error + Send + Sync>;
