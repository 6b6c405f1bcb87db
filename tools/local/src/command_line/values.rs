//! The values of options. A value that the server would refuse later, or that browsers would
//! refuse, is refused before the start.

use std::path::PathBuf;

use loop_core::setting::{is_blocked_by_browsers, server_url};

/// Parses a port to listen on. 0 takes any free one, and browsers block none of those.
pub(super) fn port(text: &str) -> Result<u16, String> {
    match text.parse() {
        Ok(0) => Ok(0),
        Ok(port) if is_blocked_by_browsers(port) => {
            Err("browsers do not connect to this port".to_owned())
        }
        Ok(port) => Ok(port),
        Err(_) => Err("a port is a number from 0 to 65535".to_owned()),
    }
}

/// Parses the URL of a running server.
pub(super) fn url(text: &str) -> Result<String, String> {
    let url = server_url(text, &["http", "https"]).map_err(|reason| reason.into_owned())?;
    Ok(url.as_str().to_owned())
}

/// Parses the name of a directory, which is not empty: the files would lie in the current one.
pub(super) fn directory(text: &str) -> Result<PathBuf, String> {
    match text.trim() {
        "" => Err("a directory has a name".to_owned()),
        _ => Ok(PathBuf::from(text)),
    }
}
