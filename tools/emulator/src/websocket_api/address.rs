//! The addresses of the API.

/// The path that browsers connect to.
pub const PATH: &str = "/channel";
/// The part of the path that names the deployment, as on AWS.
pub const STAGE: &str = "local";
