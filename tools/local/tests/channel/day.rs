//! A simulated day of one stack: a load with injected faults on the whole service, and the metrics
//! that CloudWatch would take from its log. They have to be what the load did, no more and no less,
//! and each alarm of `template.yaml` has to go off for its fault and for nothing else.

mod alarms;
mod boundaries;
mod emf;
mod expression;
mod faults;
mod load;
mod metrics;
mod usual;

use std::collections::BTreeSet;

use local::functions::Functions;

use self::{
    alarms::{Alarm, Metrics},
    faults::AwsFault,
    load::Load,
    metrics::metric_names,
};

/// What happens in one hour of the day.
#[derive(Clone, Copy, Debug)]
enum Hour {
    /// The stack is new, and every function is invoked for the first time.
    FirstInvocations,
    /// Nobody calls. A monitor asks for the heartbeat.
    Quiet,
    /// Calls that end in every way in which calls end.
    Calls,
    /// The push service no longer knows ten devices.
    DevicesGone,
    /// The push service refuses pings.
    PushFails,
    /// Calls are placed, and nobody's device comes to the channel.
    NobodyComes,
    /// A few made-up links, cookies and tokens.
    Junk,
    /// Thousands of them.
    Flood,
    /// The provider cannot be reached.
    ProviderFails,
    /// DynamoDB responds with errors.
    TableFails,
    /// DynamoDB refuses a request of this operation, and counts that in this metric.
    TableThrottles(&'static str, &'static str),
    /// AWS has a fault that only it can have.
    AwsFails(AwsFault),
}

/// The hours, each with the alarms that have to go off in it.
const DAY: [(Hour, &[&str]); 17] = [
    (Hour::FirstInvocations, &[]),
    (Hour::Quiet, &[]),
    (Hour::Calls, &[]),
    (Hour::DevicesGone, &[]),
    (Hour::PushFails, &["PushOtherFails"]),
    (Hour::NobodyComes, &["NobodyRings"]),
    (Hour::Junk, &[]),
    (Hour::Flood, &["Flood"]),
    (Hour::ProviderFails, &["ProviderFails"]),
    (Hour::TableFails, &["ApiFails", "ChannelFails"]),
    (Hour::TableThrottles("Query", "ReadThrottleEvents"), &["TableReadsThrottled"]),
    (Hour::TableThrottles("PutItem", "WriteThrottleEvents"), &["TableWritesThrottled"]),
    (Hour::AwsFails(AwsFault::Crash), &["FunctionsCrash"]),
    (Hour::AwsFails(AwsFault::NoConcurrency), &["FunctionsThrottled"]),
    (Hour::AwsFails(AwsFault::QueueStands), &["DeadlinesLate"]),
    (Hour::AwsFails(AwsFault::DeadLetter), &["DeadLettersCome"]),
    (Hour::Quiet, &[]),
];

/// Why some metrics stay zero: pings go to servers on this machine, which count as `Other`, and a
/// test must not reach the real ones. `loop_core::metrics` and `loop_push::push_url` test that
/// their hosts are counted by name.
const OTHER_SERVICES: [&str; 4] = ["PingsMozilla", "PingsGoogle", "PingsApple", "PingsWindows"];

#[tokio::test]
async fn the_metrics_of_a_day_are_what_its_load_did_and_each_fault_raises_its_alarm_alone() {
    let mut load = Load::begin().await;
    for (number, (hour, _)) in (0..).zip(DAY) {
        load.live(number, hour).await;
    }
    expect_every_metric_but_those_of_other_services(&load);
    expect_each_alarm_in_its_hour(&load.metrics());
}

fn expect_every_metric_but_those_of_other_services(load: &Load) {
    let zero: Vec<_> = metric_names().into_iter().filter(|name| load.count_of(name) == 0).collect();
    let is_of_another =
        |name: &String| OTHER_SERVICES.iter().any(|service| name.starts_with(service));
    let of_others: Vec<_> = metric_names().into_iter().filter(is_of_another).collect();
    assert_eq!(of_others.len(), 4 * 3);
    assert_eq!(zero, of_others);
}

fn expect_each_alarm_in_its_hour(metrics: &Metrics) {
    let alarms = Alarm::all();
    let mut gone_off = vec![BTreeSet::new(); DAY.len()];
    for alarm in &alarms {
        for minute in alarm.goes_off(metrics, 0..DAY.len() as u64 * 60) {
            gone_off[minute as usize / 60].insert(alarm.id.as_str());
        }
    }
    for ((hour, expected), gone_off) in DAY.iter().zip(&gone_off) {
        assert_eq!(*gone_off, BTreeSet::from_iter(expected.iter().copied()), "{hour:?}");
    }
    let silent = |alarm: &&Alarm| !gone_off.iter().any(|hour| hour.contains(alarm.id.as_str()));
    let silent: BTreeSet<_> = alarms.iter().filter(silent).map(|it| it.id.as_str()).collect();
    // Their metrics stay zero; `boundaries` lets them go off.
    let of_others = ["PushAppleFails", "PushGoogleFails", "PushMozillaFails", "PushWindowsFails"];
    assert_eq!(silent, BTreeSet::from(of_others));
}

impl Load {
    /// Lives through one hour, and checks that the log tells of it what was done.
    async fn live(&mut self, number: u64, hour: Hour) {
        self.begin_hour(number);
        match hour {
            Hour::FirstInvocations => {
                self.first_invocations().await;
                self.count("ColdStarts", Functions::names().count());
            }
            Hour::Quiet => self.quiet().await,
            Hour::Calls => self.calls().await,
            Hour::DevicesGone => self.devices_gone().await,
            Hour::PushFails => self.push_fails().await,
            Hour::NobodyComes => self.nobody_comes().await,
            Hour::Junk => self.junk().await,
            Hour::Flood => self.flood().await,
            Hour::ProviderFails => self.provider_fails().await,
            Hour::TableFails => self.table_fails().await,
            Hour::TableThrottles(operation, metric) => {
                self.table_throttles(operation, metric).await;
            }
            Hour::AwsFails(fault) => self.aws_fails(fault),
        }
        self.end_hour(&format!("{hour:?}")).await;
    }
}
