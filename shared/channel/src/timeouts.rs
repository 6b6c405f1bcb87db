//! The settings for the timeouts of a call.

use std::time::Duration;

use loop_core::{Settings, progress::Timeouts, setting::whole_seconds};

/// The longest timeout. SQS delays by at most 15 minutes.
const TIMEOUT_MAX: Duration = Duration::from_mins(10);

/// Reads `LOOP_SUPERVISORY_SECONDS`, `LOOP_RINGING_SECONDS`, `LOOP_CONNECTION_SECONDS` and
/// `LOOP_ABSENCE_SECONDS`.
pub(crate) fn timeouts(settings: &mut Settings<'_>) -> Option<Timeouts> {
    let default = Timeouts::default();
    let seconds = |text: &str| whole_seconds(Duration::from_secs(1)..=TIMEOUT_MAX)(text);
    let supervisory = settings.or("LOOP_SUPERVISORY_SECONDS", default.supervisory, seconds);
    let ringing = settings.or("LOOP_RINGING_SECONDS", default.ringing, seconds);
    let connection = settings.or("LOOP_CONNECTION_SECONDS", default.connection, seconds);
    let absence = settings.or("LOOP_ABSENCE_SECONDS", default.absence, seconds);
    Some(Timeouts {
        supervisory: supervisory?,
        ringing: ringing?,
        connection: connection?,
        absence: absence?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_are_whole_seconds_with_usual_defaults() {
        let mut settings = Settings::new(|name| match name {
            "LOOP_RINGING_SECONDS" => Some("600".to_owned()),
            _ => None,
        });
        let timeouts = timeouts(&mut settings);
        assert_eq!(
            settings.finish(timeouts),
            Ok(Timeouts { ringing: Duration::from_mins(10), ..Timeouts::default() })
        );
    }

    #[test]
    fn each_timeout_has_bounds() {
        for name in [
            "LOOP_SUPERVISORY_SECONDS",
            "LOOP_RINGING_SECONDS",
            "LOOP_CONNECTION_SECONDS",
            "LOOP_ABSENCE_SECONDS",
        ] {
            for wrong in ["0", "601", "-1", "1.5", "ten"] {
                let mut settings = Settings::new(|asked| (asked == name).then(|| wrong.to_owned()));
                let timeouts = timeouts(&mut settings);
                let fault = settings.finish(timeouts).unwrap_err().to_string();
                assert!(fault.contains(&format!("{name}: must be a whole number")), "{fault}");
            }
        }
    }
}
