//! Connection tokens: JSON Web Tokens with OpenTok's own claims. OpenTok's published SDKs make them
//! by default since they have given up the older `T1` format.

use loop_core::{ParticipantToken, Secret, UnixSeconds, jwt};
use serde::Serialize;

/// The contents of a token. The other claims that OpenTok's SDKs write are constant here.
pub(super) struct Connection<'a> {
    pub(super) session_id: &'a str,
    pub(super) create_time: UnixSeconds,
    /// A number that distinguishes two tokens of the same second.
    pub(super) nonce: u64,
    pub(super) expire_time: UnixSeconds,
    /// The text that all participants of the session can see.
    pub(super) data: &'a str,
}

/// Signs `connection` for a participant who may publish and subscribe. The token has the same bytes
/// as the one that OpenTok's own SDK makes of the same values.
pub(super) fn sign(
    api_key: &str,
    api_secret: &Secret,
    connection: &Connection<'_>,
) -> ParticipantToken {
    let claims = Claims {
        iss: api_key,
        ist: "project",
        iat: connection.create_time.get(),
        exp: connection.expire_time.get(),
        session_id: connection.session_id,
        create_time: connection.create_time.get(),
        nonce: connection.nonce,
        role: "publisher",
        expire_time: connection.expire_time.get(),
        connection_data: connection.data,
        initial_layout_class_list: "",
        scope: "session.connect",
    };
    ParticipantToken::new(jwt::sign_hs256(api_secret.expose().as_bytes(), &claims))
}

/// The claims in the order of the SDK: those of any JWT, then those that the `T1` format had.
#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    ist: &'static str,
    iat: u64,
    exp: u64,
    session_id: &'a str,
    create_time: u64,
    nonce: u64,
    role: &'static str,
    expire_time: u64,
    connection_data: &'a str,
    initial_layout_class_list: &'static str,
    scope: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tokens that were made with `opentok` 2.23.2 from npm, with the clock stopped at
    /// `create_time` and `Math.random` replaced by the nonce: `generateToken(session_id,
    /// {expireTime, data})`.
    const MADE_BY_THE_SDK: [(&str, &str, &str); 3] = [
        (
            "2_MX40NTgyODA2Mn5-MTcwMDAwMDAwMDAwMH5hYmNERUYrL3h-",
            "caller",
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiI0NTgyODA2MiIsImlzdCI6InByb2plY3QiLCJ\
             pYXQiOjE3MDAwMDAwMDAsImV4cCI6MTcwMDAwMDI0MCwic2Vzc2lvbl9pZCI6IjJfTVg0ME5UZ3lPREEyTW4\
             1LU1UY3dNREF3TURBd01EQXdNSDVoWW1ORVJVWXJMM2gtIiwiY3JlYXRlX3RpbWUiOjE3MDAwMDAwMDAsIm5\
             vbmNlIjoxMjM0NTY3ODksInJvbGUiOiJwdWJsaXNoZXIiLCJleHBpcmVfdGltZSI6MTcwMDAwMDI0MCwiY29\
             ubmVjdGlvbl9kYXRhIjoiY2FsbGVyIiwiaW5pdGlhbF9sYXlvdXRfY2xhc3NfbGlzdCI6IiIsInNjb3BlIjo\
             ic2Vzc2lvbi5jb25uZWN0In0.LfghkEAf-_Zm26dC18k4Vl9gccHMuC5eMhJxVDXuHjs",
        ),
        (
            "2_MX40NTgyODA2Mn5-MTcwMDAwMDAwMDAwMH5hYmNERUYrL3h-",
            "callee",
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiI0NTgyODA2MiIsImlzdCI6InByb2plY3QiLCJ\
             pYXQiOjE3MDAwMDAwMDAsImV4cCI6MTcwMDAwMDI0MCwic2Vzc2lvbl9pZCI6IjJfTVg0ME5UZ3lPREEyTW4\
             1LU1UY3dNREF3TURBd01EQXdNSDVoWW1ORVJVWXJMM2gtIiwiY3JlYXRlX3RpbWUiOjE3MDAwMDAwMDAsIm5\
             vbmNlIjoxMjM0NTY3ODksInJvbGUiOiJwdWJsaXNoZXIiLCJleHBpcmVfdGltZSI6MTcwMDAwMDI0MCwiY29\
             ubmVjdGlvbl9kYXRhIjoiY2FsbGVlIiwiaW5pdGlhbF9sYXlvdXRfY2xhc3NfbGlzdCI6IiIsInNjb3BlIjo\
             ic2Vzc2lvbi5jb25uZWN0In0.wJklx4qVJE9ATlyKwhqyAdn2ZVBXqLrDcT89mEf5IXo",
        ),
        (
            "2_MX40NTgyODA2Mn5-ISonKCkrLyAlw6l-~!*'()+/ %é",
            "caller",
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiI0NTgyODA2MiIsImlzdCI6InByb2plY3QiLCJ\
             pYXQiOjE3MDAwMDAwMDAsImV4cCI6MTcwMDAwMDI0MCwic2Vzc2lvbl9pZCI6IjJfTVg0ME5UZ3lPREEyTW4\
             1LUlTb25LQ2tyTHlBbHc2bC1-ISonKCkrLyAlw6kiLCJjcmVhdGVfdGltZSI6MTcwMDAwMDAwMCwibm9uY2U\
             iOjEyMzQ1Njc4OSwicm9sZSI6InB1Ymxpc2hlciIsImV4cGlyZV90aW1lIjoxNzAwMDAwMjQwLCJjb25uZWN\
             0aW9uX2RhdGEiOiJjYWxsZXIiLCJpbml0aWFsX2xheW91dF9jbGFzc19saXN0IjoiIiwic2NvcGUiOiJzZXN\
             zaW9uLmNvbm5lY3QifQ.eU0-KsMYb6S1Xs_GcEfUpKNi0qriOFBlneIcZZ6LlYU",
        ),
    ];

    #[test]
    fn tokens_are_those_of_the_sdk() {
        let second = |second| UnixSeconds::try_from(second).unwrap();
        for (session_id, data, expected) in MADE_BY_THE_SDK {
            let connection = Connection {
                session_id,
                create_time: second(1_700_000_000),
                nonce: 123_456_789,
                expire_time: second(1_700_000_240),
                data,
            };
            let secret = Secret::new("b60d0b2568f3ea9731bd9d3f71be263ce19f802f");
            assert_eq!(sign("45828062", &secret, &connection).expose(), expected);
        }
    }
}
