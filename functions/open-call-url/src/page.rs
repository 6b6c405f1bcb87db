//! The pages: the question whether to call, and the reason why the link cannot be called.

use jiff::Timestamp;
use lambda_http::http::HeaderValue;
use loop_core::{CallUrlClaims, CalleeName, UnixSeconds};
use loop_lambda::{Error, Request, Response, preferred_language, response};
use loop_pages::{ChannelOrigin, Policy, page};

/// The pages as the build script compiled them.
mod made {
    include!(concat!(env!("OUT_DIR"), "/pages.rs"));
}

/// The maker of the pages.
#[derive(Debug)]
pub(crate) struct Pages {
    policy: HeaderValue,
    has_channel: bool,
}

impl Pages {
    /// Returns the maker of the pages. Without a channel, the page can only ring.
    pub(crate) fn new(channel: Option<&ChannelOrigin>) -> Self {
        let policy = Policy::new(made::INLINE, channel).header();
        Self { policy, has_channel: channel.is_some() }
    }

    /// Returns the page that asks whether to call.
    pub(crate) fn call(&self, request: &Request, claims: &CallUrlClaims) -> Response {
        let language = preferred_language(request);
        let template = if self.has_channel { made::call } else { made::ring }(language);
        let name = claims.callee_name.as_ref().map(CalleeName::as_str);
        let (datetime, moment) = time(claims.expires_at, made::moment(language));
        let values = [
            ("callee", name.unwrap_or(made::nameless(language)).into()),
            ("remote_id", claims.remote_id.as_str().into()),
            ("expires_at", claims.expires_at.get().into()),
            ("datetime", datetime.into()),
            ("moment", moment.into()),
        ];
        page(request, language, template, &values, &self.policy)
    }

    /// Returns the page that says kindly why the link cannot be called.
    pub(crate) fn problem(&self, request: &Request, error: Error) -> Result<Response, Error> {
        // There is one screen for both errors: the holder of a bad link can do the same about
        // either.
        if !matches!(error, Error::Gone | Error::InvalidToken) {
            return Err(error);
        }
        let language = preferred_language(request);
        let mut response = page(request, language, made::problem(language), &[], &self.policy);
        *response.status_mut() = error.status();
        response::describe(&mut response, &error);
        Ok(response)
    }
}

/// Returns a moment for machines, and in `format` for people without JavaScript.
fn time(moment: UnixSeconds, format: &str) -> (String, String) {
    let timestamp = i64::try_from(moment.get()).ok().and_then(|s| Timestamp::from_second(s).ok());
    timestamp.map_or_else(Default::default, |timestamp| {
        (timestamp.to_string(), timestamp.strftime(format).to_string())
    })
}
