//! Keys for Web Push.

use loop_core::{Reason, Settings};
use loop_push::VapidKey;
use ring::rand::SystemRandom;

use crate::{answer::Answer, environment};

/// Returns a new VAPID key: the private half, then the public one.
pub(crate) fn vapid() -> Result<Answer, Reason> {
    let private =
        VapidKey::generate(&SystemRandom::new()).map_err(|_| "the random source has failed")?;
    let public = public_key(&private).ok_or("the new key cannot be read back")?;
    Ok(Answer {
        values: vec![private, public],
        note:
            "The first line is a secret, the value of LOOP_VAPID_KEY. The second is public: what \
               clients subscribe with (applicationServerKey). LOOP_VAPID_SUBJECT belongs to them: \
               mailto: or https:, with a host that everybody can look up."
                .to_owned(),
    })
}

/// Returns the public half of the private key on standard input.
pub(crate) fn public() -> Result<Answer, Reason> {
    let private = environment::standard_input()?;
    let public = public_key(&private).ok_or("standard input: not a private VAPID key")?;
    Ok(Answer {
        values: vec![public],
        note: "This is what clients have to subscribe with: VapidPublicKey of a deployment."
            .to_owned(),
    })
}

/// Returns the public half, as a function would show it when it is given the private one.
fn public_key(private: &str) -> Option<String> {
    let mut settings = Settings::new(|name| match name {
        "LOOP_VAPID_KEY" => Some(private.to_owned()),
        "LOOP_VAPID_SUBJECT" => Some("https://example.org/".to_owned()),
        _ => None,
    });
    VapidKey::from_settings(&mut settings).flatten().map(|key| key.public_key())
}
