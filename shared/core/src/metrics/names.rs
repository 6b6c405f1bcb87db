//! The names of the metrics, in the order of their counts.

use std::ops::Range;

/// The names, as CloudWatch and `template.yaml` know them.
pub(super) const NAMES: [&str; 30] = [
    "CallsPlaced",
    "CallsRung",
    "CallsAnswered",
    "CallsEndedReject",
    "CallsEndedBusy",
    "CallsEndedTimeout",
    "CallsEndedCancel",
    "CallsEndedMediaFail",
    "CallsEndedClosed",
    "PingsMozillaAccepted",
    "PingsMozillaGone",
    "PingsMozillaFailed",
    "PingsGoogleAccepted",
    "PingsGoogleGone",
    "PingsGoogleFailed",
    "PingsAppleAccepted",
    "PingsAppleGone",
    "PingsAppleFailed",
    "PingsWindowsAccepted",
    "PingsWindowsGone",
    "PingsWindowsFailed",
    "PingsOtherAccepted",
    "PingsOtherGone",
    "PingsOtherFailed",
    "ProviderFailures",
    "EventFailures",
    "Junk",
    "ColdStarts",
    "ReadUnits",
    "WriteUnits",
];

/// Metrics that an alarm compares with each other: calls placed and rung, and the results of the
/// pings to each push service.
pub(super) const GROUPS: [Range<usize>; 6] = [0..2, 9..12, 12..15, 15..18, 18..21, 21..24];
