//! One request, and what has to come back.

use http_load::{Answer, Connection};

use crate::Failure;

#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    pub(crate) request: Vec<u8>,
    pub(crate) status: u16,
    /// A part of the body.
    pub(crate) part: String,
    /// How often the part is in it.
    pub(crate) times: usize,
}

impl Exchange {
    /// Sends the request, and makes sure that the answer is right.
    pub(crate) fn make<'a>(&self, connection: &'a mut Connection) -> Result<Answer<'a>, Failure> {
        let answer = connection.exchange(&self.request)?;
        let body = std::str::from_utf8(answer.body()).unwrap_or_default();
        let is_right =
            answer.status() == self.status && body.matches(&self.part).count() == self.times;
        if is_right {
            return Ok(answer);
        }
        Err(format!("{} and not {} × {}: {body}", answer.status(), self.times, self.part).into())
    }
}
