//! One token of each kind, so that the same tests can run on all.

use loop_core::{
    Admission, CallId, CallToken, CallUrlClaims, CalleeName, KeyRing, Participant, RemoteId,
    Session, TokenError, UnixSeconds, UrlId, UserId, VerifiedCallUrl, progress::Role,
};

/// The bytes 0 to 31.
pub(crate) const SECRET: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
/// The bytes 31 to 0.
pub(crate) const OTHER_SECRET: &str = "Hx4dHBsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQA";
pub(crate) const NOW: u64 = 1_700_000_000;

/// The kind of a token.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    CallUrl,
    Session,
    Participant,
}

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Self::CallUrl, Self::Session, Self::Participant];

    /// Returns the versions that are accepted; the last is the one that is made.
    pub(crate) fn versions(self) -> std::ops::RangeInclusive<u8> {
        match self {
            Self::CallUrl | Self::Participant => 1..=2,
            Self::Session => 1..=1,
        }
    }

    /// Returns a token that is right at [`NOW`].
    pub(crate) fn right_token(self) -> String {
        match self {
            Self::CallUrl => CallToken::sign(&ring().keys(), &claims()).as_str().to_owned(),
            Self::Session => {
                Session::begin(user(), second(NOW)).sign(&ring().keys()).as_str().to_owned()
            }
            Self::Participant => participant().sign(&ring().keys()).expose().to_owned(),
        }
    }

    /// Verifies that `text` is a token of this kind at [`NOW`].
    pub(crate) fn verify(self, text: &str) -> Result<(), TokenError> {
        match self {
            Self::CallUrl => VerifiedCallUrl::verify(&ring().keys(), text, second(NOW)).map(drop),
            Self::Session => Session::verify(&ring().keys(), text, second(NOW)).map(drop),
            Self::Participant => Admission::verify(&ring().keys(), text, second(NOW)).map(drop),
        }
    }
}

pub(crate) fn ring() -> KeyRing {
    ring_of(&format!("1:{SECRET}"))
}

pub(crate) fn ring_of(text: &str) -> KeyRing {
    text.parse().unwrap()
}

pub(crate) fn claims() -> CallUrlClaims {
    CallUrlClaims {
        expires_at: second(NOW + 3600),
        url_id: UrlId::from_bytes([7; UrlId::LENGTH]),
        callee: user(),
        remote_id: remote_id("alice@example.com"),
        callee_name: Some(callee_name("Alice")),
    }
}

fn participant() -> Participant {
    Participant {
        callee: user(),
        call: CallId::from_bytes([5; CallId::LENGTH]),
        role: Role::Callee,
        expires_at: second(NOW + 180),
    }
}

pub(crate) fn user() -> UserId {
    UserId::from_bytes([9; UserId::LENGTH])
}

pub(crate) fn remote_id(text: &str) -> RemoteId {
    RemoteId::try_from(text.to_owned()).unwrap()
}

pub(crate) fn callee_name(text: &str) -> CalleeName {
    CalleeName::try_from(text.to_owned()).unwrap()
}

pub(crate) fn second(second: u64) -> UnixSeconds {
    UnixSeconds::try_from(second).unwrap()
}
