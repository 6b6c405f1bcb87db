//! What an option may say: what would be refused later, or by browsers, is refused before a start.

use std::path::PathBuf;

use loop_core::setting::{is_blocked_by_browsers, server_url};

/// A port to listen on; 0 is any free one, of which browsers block none.
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

/// Where a server runs.
pub(super) fn url(text: &str) -> Result<String, String> {
    let url = server_url(text, &["http", "https"]).map_err(|reason| reason.into_owned())?;
    Ok(url.as_str().to_owned())
}

/// A directory. Without a name, its files would lie wherever the server is started.
pub(super) fn directory(text: &str) -> Result<PathBuf, String> {
    match text.trim() {
        "" => Err("a directory has a name".to_owned()),
        _ => Ok(PathBuf::from(text)),
    }
}
