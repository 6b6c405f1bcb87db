//! Reasons for which a request did not succeed.

use std::io;

use thiserror::Error;

use crate::Response;

/// The reason for which a request was not acknowledged.
#[derive(Debug, Error)]
pub enum ClientError {
    /// No whole response came: whether the request was carried out is unknown. Says why, without
    /// the URL.
    #[error("{0}")]
    Lost(#[from] io::Error),
    /// Another response than the expected one. The text has its status and errno, but nothing else
    /// of it.
    #[error("{}{}", .response.summary(), missing(.part))]
    Unexpected {
        /// All of it.
        response: Box<Response>,
        /// The part that a response of the right status lacks.
        part: Option<&'static str>,
    },
}

fn missing(part: &Option<&str>) -> String {
    part.map_or_else(String::new, |part| format!(" without {part}"))
}
