//! How long each wait may be.

use loop_core::{Settings, progress::Timeouts, setting::whole_number};

/// The longest that a wait may be: SQS delays by at most 15 minutes.
const WAIT_MAX_SECONDS: u64 = 600;

pub(super) fn timeouts(settings: &mut Settings<'_>) -> Option<Timeouts> {
    let default = Timeouts::default();
    let millis =
        |text: &str| whole_number(1..=WAIT_MAX_SECONDS, "seconds")(text).map(|it| it * 1000);
    let supervisory = settings.or("LOOP_SUPERVISORY_SECONDS", default.supervisory, millis);
    let ringing = settings.or("LOOP_RINGING_SECONDS", default.ringing, millis);
    let connection = settings.or("LOOP_CONNECTION_SECONDS", default.connection, millis);
    Some(Timeouts { supervisory: supervisory?, ringing: ringing?, connection: connection? })
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
        let timeouts = timeouts(&mut settings);
        assert_eq!(
            settings.finish(timeouts),
            Ok(Timeouts { supervisory: 10_000, ringing: 600_000, connection: 10_000 })
        );
    }

    #[test]
    fn each_wait_has_bounds() {
        for name in ["LOOP_SUPERVISORY_SECONDS", "LOOP_RINGING_SECONDS", "LOOP_CONNECTION_SECONDS"]
        {
            for wrong in ["0", "601", "-1", "1.5", "ten"] {
                let mut settings = Settings::new(|asked| (asked == name).then(|| wrong.to_owned()));
                let timeouts = timeouts(&mut settings);
                let fault = settings.finish(timeouts).unwrap_err().to_string();
                assert!(fault.contains(&format!("{name}: must be a whole number")), "{fault}");
            }
        }
    }
}
