//! Tests that what a leaked key could forge ends with the procedure of `docs/runbook.md`, whose
//! steps are read from there.

#![allow(clippy::unwrap_used, reason = "tests report by panicking")]

mod instances;

use std::time::{Duration, SystemTime};

use instances::{ACCEPTED, Instances, REFUSED, Signed, Table, keys};
use loop_core::{
    Admission, CallId, KeyRing, Keys, NewCallUrl, Participant, ParticipantToken, Session,
    TokenError, UnixMillis, UnixSeconds, UserId, VerifiedCallUrl, progress::Role,
};
use loop_testkit::runbook::Procedure;
use ring::rand::SystemRandom;
use serde_json::Value;

#[tokio::test]
async fn what_was_forged_with_a_leaked_key_ends_with_the_procedure() {
    let table = Table::start().await;
    let fresh = keys(&["new"], "");
    let in_rotation = keys(&["rotate", "sign"], &keys(&["rotate", "add"], &fresh));
    for leaked in [&fresh, &in_rotation] {
        let before = Instances::start(leaked, &table).await;
        let bob = before.sign().await;
        let mallory = Forger::new(leaked);
        let forged = mallory.forge(&bob);
        assert_eq!(before.accept(&forged).await, ACCEPTED);
        assert_eq!(mallory.participant_is_let_in(leaked), Ok(()));

        let changed = after_the_procedure(leaked);
        let after = Instances::start(&changed, &table).await;
        for ended in [&bob, &forged, &mallory.forge(&bob)] {
            assert_eq!(after.accept(ended).await, REFUSED);
        }
        assert_eq!(mallory.participant_is_let_in(&changed), Err(TokenError::Invalid));

        let anew = after.sign().await;
        assert_eq!(after.accept(&anew).await, ACCEPTED);
        assert_eq!(before.accept(&anew).await, REFUSED, "as long as old functions are in service");
    }
}

/// Takes the steps of the procedure, with one more to remove each further key of the ring.
fn after_the_procedure(ring: &str) -> String {
    let procedure = Procedure::titled("A leaked key");
    let block = procedure.blocks().into_iter().find(|block| block.contains("rotate")).unwrap();
    let mut steps: Vec<_> = block.split_whitespace().skip(1).collect();
    let further = ring.split(',').count() - 1;
    steps.extend(vec!["remove"; further]);
    let changed = steps.iter().fold(ring.to_owned(), |ring, step| keys(&["rotate", step], &ring));
    let is_of_the_leaked = |entry: &str| ring.split(',').any(|leaked| leaked == entry);
    assert!(!changed.split(',').any(is_of_the_leaked), "{steps:?} leave a leaked key");
    changed
}

/// Somebody who has a key ring.
struct Forger {
    ring: KeyRing,
    random: SystemRandom,
    now: UnixSeconds,
}

impl Forger {
    fn new(ring: &str) -> Self {
        let now = UnixMillis::from(SystemTime::now()).seconds();
        Self { ring: ring.parse().unwrap(), random: SystemRandom::new(), now }
    }

    /// Makes a session and a link of the user whose link this is.
    fn forge(&self, of: &Signed) -> Signed {
        let link = VerifiedCallUrl::verify(&self.ring.keys(), &of.call_token, self.now).unwrap();
        let callee = link.claims().callee;
        let session = Session::begin(callee, self.now).sign(&self.ring.keys());
        let (name, _) = of.cookie.split_once('=').unwrap();
        let link = NewCallUrl {
            made_at: self.now,
            expires_at: self.now.after(Duration::from_hours(1)),
            callee,
            remote_id: "mallory".parse().unwrap(),
            callee_name: None,
        };
        let link = link.sign(&self.ring.keys(), &self.random).unwrap();
        Signed {
            cookie: format!("{name}={}", session.as_str()),
            call_token: link.as_str().to_owned(),
        }
    }

    /// Returns whether functions that are deployed with `ring` let a forged participant in.
    fn participant_is_let_in(&self, ring: &str) -> Result<(), TokenError> {
        let forged = Participant {
            callee: UserId::from_bytes([9; 16]),
            call: CallId::from_bytes([7; 16]),
            role: Role::Callee,
            expires_at: self.now.after(Duration::from_hours(1)),
        };
        let token = forged.sign(&self.ring.keys());
        let derived: Value = serde_json::from_str(&keys(&["derive"], ring)).unwrap();
        let keys: Keys<ParticipantToken> =
            derived["participant_keys"].as_str().unwrap().parse().unwrap();
        Admission::verify(&keys, token.expose(), self.now).map(drop)
    }
}
