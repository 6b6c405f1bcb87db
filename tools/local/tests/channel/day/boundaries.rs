//! Each alarm at its threshold, and just below it, on made-up metrics.

use super::alarms::{Alarm, Metrics};

/// The values of one metric, one for each minute.
type Told<'a> = (&'a str, &'a [f64]);

/// Metrics that are told together.
type Case<'a> = &'a [Told<'a>];

/// A minute of the made-up day in which the metrics begin.
const BEGINNING: u64 = 30;

/// The alarms with what lets each of them go off, and with what is just not enough.
const BOUNDARIES: [(&str, Case<'_>, &[Case<'_>]); 11] = [
    ("ApiFails", &[("5xx", &[5.0])], &[&[("5xx", &[4.0])], &[("5xx", &[4.0, 4.0])]]),
    (
        "ChannelFails",
        &[("EventFailures", &[5.0])],
        &[&[("EventFailures", &[4.0])], &[("EventFailures", &[4.0, 4.0])]],
    ),
    ("FunctionsCrash", &[("Errors", &[1.0])], &[&[("Errors", &[0.0])]]),
    ("FunctionsThrottled", &[("Throttles", &[1.0])], &[&[("Throttles", &[0.0])]]),
    (
        "DeadlinesLate",
        &[("ApproximateAgeOfOldestMessage", &[60.0, 60.0])],
        &[
            &[("ApproximateAgeOfOldestMessage", &[60.0])],
            &[("ApproximateAgeOfOldestMessage", &[60.0, 59.0, 60.0])],
        ],
    ),
    (
        "DeadLettersCome",
        &[("ApproximateNumberOfMessagesVisible", &[1.0])],
        &[&[("ApproximateNumberOfMessagesVisible", &[0.0])]],
    ),
    (
        "TableReadsThrottled",
        &[("ReadThrottleEvents", &[1.0])],
        &[&[("ReadThrottleEvents", &[0.0])]],
    ),
    (
        "TableWritesThrottled",
        &[("WriteThrottleEvents", &[1.0])],
        &[&[("WriteThrottleEvents", &[0.0])]],
    ),
    (
        "ProviderFails",
        // The period is five minutes, wherever it begins.
        &[("ProviderFailures", &[1.0, 0.0, 1.0, 0.0, 1.0])],
        &[
            &[("ProviderFailures", &[2.0])],
            &[("ProviderFailures", &[1.0, 0.0, 1.0, 0.0, 0.0, 1.0])],
        ],
    ),
    (
        "NobodyRings",
        &[("CallsPlaced", &[4.0, 0.0, 0.0, 6.0]), ("CallsRung", &[0.0, 0.0, 0.0, 0.0])],
        &[
            &[("CallsPlaced", &[9.0]), ("CallsRung", &[0.0])],
            &[("CallsPlaced", &[10.0]), ("CallsRung", &[1.0])],
            &[("CallsPlaced", &[5.0, 5.0]), ("CallsRung", &[1.0, 0.0])],
        ],
    ),
    (
        "Flood",
        &[("Junk", &[1500.0, 0.0, 0.0, 0.0, 1500.0])],
        &[&[("Junk", &[2999.0])], &[("Junk", &[1500.0, 0.0, 0.0, 0.0, 0.0, 1500.0])]],
    ),
];

/// The push services that have an alarm of the same form each.
const PUSH_SERVICES: [&str; 5] = ["Mozilla", "Google", "Apple", "Windows", "Other"];

/// Pings that were taken, to devices that are gone, and that failed. The first ones let the alarm go
/// off, and the others are just not enough.
const PINGS: [[f64; 3]; 5] =
    [[4.0, 1.0, 5.0], [0.0, 0.0, 9.0], [5.0, 1.0, 5.0], [6.0, 0.0, 4.0], [0.0, 10.0, 0.0]];

#[test]
fn each_alarm_goes_off_at_its_threshold_alone_and_not_below_it() {
    let alarms = Alarm::all();
    let mut tried = Vec::new();
    for (id, enough, not_enough) in BOUNDARIES {
        assert_eq!(gone_off(&alarms, id, enough), [id], "{enough:?}");
        for case in not_enough {
            assert_eq!(gone_off(&alarms, id, case), [""; 0], "{id}: {case:?}");
        }
        tried.push(id.to_owned());
    }
    for service in PUSH_SERVICES {
        let id = format!("Push{service}Fails");
        for (number, pings) in PINGS.iter().enumerate() {
            let results = ["Accepted", "Gone", "Failed"];
            let names = results.map(|result| format!("Pings{service}{result}"));
            let told = [0, 1, 2].map(|at| (names[at].as_str(), &pings[at..=at]));
            let expected = if number == 0 { vec![id.as_str()] } else { Vec::new() };
            assert_eq!(gone_off(&alarms, &id, &told), expected, "{pings:?}");
        }
        tried.push(id);
    }
    tried.sort();
    let mut all: Vec<_> = alarms.into_iter().map(|alarm| alarm.id).collect();
    all.sort();
    assert_eq!(tried, all);
}

#[test]
fn no_alarm_goes_off_when_nothing_is_told() {
    for alarm in Alarm::all() {
        assert_eq!(alarm.goes_off(&Metrics::default(), 0..120), [0; 0], "{}", alarm.id);
    }
}

/// Returns the alarms that go off when this is told to the metrics of the alarm `id`.
fn gone_off<'a>(alarms: &'a [Alarm], id: &str, told: Case<'_>) -> Vec<&'a str> {
    let of = alarms.iter().find(|alarm| alarm.id == id).unwrap();
    let mut metrics = Metrics::default();
    for (name, values) in told {
        for (minute, value) in (BEGINNING..).zip(*values) {
            metrics.add(of.metric(name), minute, *value);
        }
    }
    let all = alarms.iter().filter(|alarm| !alarm.goes_off(&metrics, 0..60).is_empty());
    all.map(|alarm| alarm.id.as_str()).collect()
}
