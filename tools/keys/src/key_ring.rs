//! New key rings, and the three steps of replacing the key that signs. `docs/token.md` explains the
//! steps and their order.

use std::collections::BTreeSet;

use loop_core::{
    CallToken, KeyRing, ParticipantToken, Reason, SessionToken, UnavailableError,
    limits::{CALL_URL_LIFETIME_MAX, SESSION_LIFETIME},
};
use ring::rand::SystemRandom;

use crate::{answer::Answer, environment};

/// The longest life of a token.
const TOKEN_DAYS: u64 = {
    let [session, call_url] = [SESSION_LIFETIME.as_secs(), CALL_URL_LIFETIME_MAX.as_secs()];
    let longest = if session > call_url { session } else { call_url };
    longest.div_ceil(24 * 60 * 60)
};

/// Returns a ring with one new key.
pub(crate) fn new(id: u8) -> Result<Answer, Reason> {
    Ok(Answer {
        values: vec![new_entry(id)?],
        note: "This is a secret. It is the value of LOOP_TOKEN_KEYS.".to_owned(),
    })
}

/// Takes step 1: adds a new key, which verifies.
pub(crate) fn add() -> Result<Answer, Reason> {
    let mut ring = Ring::read()?;
    let id = ring.free_id().ok_or("the ring is full: all ids from 0 to 255 are taken")?;
    ring.entries.push(new_entry(id)?);
    Ok(ring.answer(&format!(
        "Key {id} is new: it verifies, and key {} still signs. When this ring is deployed to every \
         function: rotate sign.",
        ring.id(0)
    )))
}

/// Takes step 2: moves the last key to the front, where it signs.
pub(crate) fn sign() -> Result<Answer, Reason> {
    let mut ring = Ring::read()?;
    if ring.entries.len() < 2 {
        return Err("the ring has one key, which signs already: rotate add comes first".into());
    }
    let former = ring.id(0).to_owned();
    ring.entries.rotate_right(1);
    Ok(ring.answer(&format!(
        "Key {} signs now, and key {former} still verifies. When {TOKEN_DAYS} days have passed \
         since this ring was deployed to every function, no token of key {former} is left: rotate \
         remove.",
        ring.id(0)
    )))
}

/// Takes step 3: removes the last key.
pub(crate) fn remove() -> Result<Answer, Reason> {
    let mut ring = Ring::read()?;
    if ring.entries.len() < 2 {
        return Err("the ring has one key, and without a key nothing can be signed".into());
    }
    let gone = ring.id(ring.entries.len() - 1).to_owned();
    ring.entries.pop();
    Ok(ring.answer(&format!(
        "Key {gone} is gone: when this ring is deployed, the tokens that it signed end. Key {} \
         signs.",
        ring.id(0)
    )))
}

/// Derives the keys of each purpose, as the secret of a deployment holds them.
pub(crate) fn derive() -> Result<Answer, Reason> {
    let ring: KeyRing = environment::key_ring_text()?.parse()?;
    let members = serde_json::json!({
        "call_url_keys": ring.derived_text::<CallToken>(),
        "session_keys": ring.derived_text::<SessionToken>(),
        "participant_keys": ring.derived_text::<ParticipantToken>(),
    });
    Ok(Answer {
        values: vec![members.to_string()],
        note: "These are secrets. They are members of the secret in Secrets Manager.".to_owned(),
    })
}

/// A valid key ring as text: `id:secret` for each key.
struct Ring {
    entries: Vec<String>,
}

impl Ring {
    fn read() -> Result<Self, Reason> {
        let text = environment::key_ring_text()?;
        Ok(Self { entries: text.split(',').map(str::to_owned).collect() })
    }

    /// Returns the id of a key as it is written.
    fn id(&self, position: usize) -> &str {
        let entry = &self.entries[position];
        entry.split_once(':').map_or(entry, |(id, _)| id)
    }

    /// Returns the first free id after the highest one, so that ids are reused as late as possible.
    fn free_id(&self) -> Option<u8> {
        let taken: BTreeSet<u8> =
            (0..self.entries.len()).filter_map(|position| self.id(position).parse().ok()).collect();
        let newest = taken.last().copied().unwrap_or(0);
        (1..=u8::MAX).map(|step| newest.wrapping_add(step)).find(|id| !taken.contains(id))
    }

    fn answer(&self, note: &str) -> Answer {
        Answer { values: vec![self.entries.join(",")], note: note.to_owned() }
    }
}

fn new_entry(id: u8) -> Result<String, Reason> {
    let secret = KeyRing::new_secret(&SystemRandom::new()).map_err(UnavailableError::into_cause)?;
    Ok(format!("{id}:{secret}"))
}
