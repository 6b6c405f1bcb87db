//! `POST /call-url`: makes a link through which its holder can call the user who asks for it.
//!
//! No I/O: the link describes itself, and its signature proves it.

use loop_core::{
    CallToken, CalleeName, Clock, Keys, NewCallUrl, RemoteId, Settings, ValidDuration,
};
use loop_lambda::{
    Error, Fields, HttpFunction, Request, Response, Sessions, Site, accept, field, response,
};
use ring::rand::SystemRandom;
use serde::Serialize;

/// The function that makes call URLs.
#[derive(Debug)]
pub struct CreateCallUrl {
    sessions: Sessions,
    keys: Keys<CallToken>,
    clock: Clock,
    random: SystemRandom,
}

#[derive(Serialize)]
struct CallUrl {
    call_url: String,
    call_token: String,
    expires_at: u64,
}

struct Parameters {
    remote_id: RemoteId,
    valid_duration: ValidDuration,
    callee_name: Option<CalleeName>,
}

impl HttpFunction for CreateCallUrl {
    fn from_settings(
        settings: &mut Settings<'_>,
        site: Option<&Site>,
        clock: &Clock,
    ) -> Option<Self> {
        let sessions = Sessions::from_settings(settings, site);
        let keys = Keys::from_settings(settings);
        Some(Self {
            sessions: sessions?,
            keys: keys?,
            clock: clock.clone(),
            random: SystemRandom::new(),
        })
    }

    async fn respond(&self, request: &Request) -> Result<Response, Error> {
        accept::json(request)?;
        let now = self.clock.now().seconds();
        let session = self.sessions.required(request, now)?;
        let parameters = Parameters::of(request)?;
        let expires_at = now.after(parameters.valid_duration.get());
        let new = NewCallUrl {
            made_at: now,
            expires_at,
            callee: session.user(),
            remote_id: parameters.remote_id,
            callee_name: parameters.callee_name,
        };
        let token = new.sign(&self.keys, &self.random)?;
        let mut response = response::json(&CallUrl {
            call_url: format!("{}/calls/{}", self.sessions.site().origin(request)?, token.as_str()),
            call_token: token.as_str().to_owned(),
            expires_at: expires_at.get(),
        });
        let renewed = session.outliving(expires_at, now).or_else(|| session.renewed(now));
        self.sessions.renew(renewed, &mut response);
        Ok(response)
    }
}

impl Parameters {
    fn of(request: &Request) -> Result<Self, Error> {
        let mut fields = Fields::of_body(request)?;
        let remote_id = fields.required("remote_id", field::text(RemoteId::try_from));
        let valid_duration =
            fields.required("valid_duration", field::whole_number(ValidDuration::try_from));
        let callee_name = fields.optional("callee_name", field::text(CalleeName::try_from));
        let parameters = remote_id.zip(valid_duration).zip(callee_name);
        fields.finish(parameters.map(|((remote_id, valid_duration), callee_name)| Self {
            remote_id,
            valid_duration,
            callee_name,
        }))
    }
}
