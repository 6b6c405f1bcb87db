//! How long each wait may be.

use loop_core::{Reason, Settings, progress::Waits};

/// The longest that a wait may be: SQS delays by at most 15 minutes.
const WAIT_MAX_SECONDS: u64 = 600;

pub(super) fn waits(settings: &mut Settings<'_>) -> Option<Waits> {
    let default = Waits::default();
    let supervisory = settings.or("LOOP_SUPERVISORY_SECONDS", default.supervisory, millis);
    let ringing = settings.or("LOOP_RINGING_SECONDS", default.ringing, millis);
    let connection = settings.or("LOOP_CONNECTION_SECONDS", default.connection, millis);
    Some(Waits { supervisory: supervisory?, ringing: ringing?, connection: connection? })
}

fn millis(text: &str) -> Result<u64, Reason> {
    match text.parse() {
        Ok(seconds @ 1..=WAIT_MAX_SECONDS) => Ok(seconds * 1000),
        _ => Err(format!("must be a whole number of seconds from 1 to {WAIT_MAX_SECONDS}").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_whole_seconds_with_usual_defaults() {
        let mut settings = Settings::new(|name| match name {
            "LOOP_RINGING_SECONDS" => Some("600".to_owned()),
            _ => None,
        });
        let waits = waits(&mut settings);
        assert_eq!(
            settings.finish(waits),
            Ok(Waits { supervisory: 10_000, ringing: 600_000, connection: 10_000 })
        );
        for wrong in ["0", "601", "-1", "1.5", "ten"] {
            assert!(millis(wrong).is_err(), "{wrong}");
        }
    }
}
