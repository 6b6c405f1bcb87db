//! `GET /calls/{token}`: opens a call URL. The response is a page, also for services that show a
//! preview of the link and name no type, and JSON for programs, which name it.
//!
//! No I/O: it says that the link is authentic and unexpired. Only placing the call shows whether
//! the link was revoked.

mod page;

use lambda_http::http::{HeaderValue, header};
use loop_core::{CallToken, CalleeName, Clock, Keys, Settings, TokenError, VerifiedCallUrl};
use loop_lambda::{
    Error, HttpFunction, Request, Response, Site,
    accept::{self, HTML},
    pasted, path_parameter, response,
};
use loop_pages::ChannelOrigin;
use serde::Serialize;

use crate::page::Pages;

/// The function that opens call URLs.
#[derive(Debug)]
pub struct OpenCallUrl {
    keys: Keys<CallToken>,
    pages: Pages,
    clock: Clock,
}

#[derive(Serialize)]
struct Opened<'a> {
    callee_name: Option<&'a str>,
    remote_id: &'a str,
    expires_at: u64,
}

impl HttpFunction for OpenCallUrl {
    fn from_settings(
        settings: &mut Settings<'_>,
        _site: Option<&Site>,
        clock: &Clock,
    ) -> Option<Self> {
        let keys = Keys::from_settings(settings);
        let channel = ChannelOrigin::from_settings(settings);
        Some(Self { keys: keys?, pages: Pages::new(channel?.as_ref()), clock: clock.clone() })
    }

    async fn respond(&self, request: &Request) -> Result<Response, Error> {
        let wanted = accept::json_or_html(request, HTML)?;
        let now = self.clock.now().seconds();
        let token = path_parameter(request, "token");
        let opened = VerifiedCallUrl::verify(&self.keys, token, now);
        if opened == Err(TokenError::Invalid)
            && let Some(redirect) = pasted::redirect(&self.keys, token, now)
        {
            return Ok(redirect);
        }
        let opened = opened.map_err(Error::from);
        let mut response = match (wanted, opened) {
            (HTML, Ok(call_url)) => self.pages.call(request, call_url.claims()),
            (HTML, Err(error)) => self.pages.problem(request, error)?,
            (_, opened) => json(&opened?),
        };
        let vary = HeaderValue::from_static("Accept, Accept-Language");
        response.headers_mut().append(header::VARY, vary);
        Ok(response)
    }
}

fn json(call_url: &VerifiedCallUrl) -> Response {
    let claims = call_url.claims();
    response::json(&Opened {
        callee_name: claims.callee_name.as_ref().map(CalleeName::as_str),
        remote_id: claims.remote_id.as_str(),
        expires_at: claims.expires_at.get(),
    })
}
