//! A simulated day of one stack: a load with injected faults on the whole service, and the metrics
//! that CloudWatch would take from its log. They have to be what the load did, no more and no less.

mod emf;
mod faults;
mod load;
mod metrics;
mod usual;

use std::collections::BTreeSet;

use local::functions::Functions;

use self::{load::Load, metrics::metric_names};

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
    /// A few made-up links, cookies and tokens.
    Junk,
    /// The provider cannot be reached.
    ProviderFails,
    /// DynamoDB responds with errors.
    TableFails,
}

const DAY: [Hour; 9] = [
    Hour::FirstInvocations,
    Hour::Quiet,
    Hour::Calls,
    Hour::DevicesGone,
    Hour::PushFails,
    Hour::Junk,
    Hour::ProviderFails,
    Hour::TableFails,
    Hour::Quiet,
];

/// Why some metrics stay zero: pings go to servers on this machine, which count as `Other`, and a
/// test must not reach the real ones. `loop_core::metrics` and `loop_push::push_url` test that
/// their hosts are counted by name.
const OTHER_SERVICES: [&str; 4] = ["PingsMozilla", "PingsGoogle", "PingsApple", "PingsWindows"];

#[tokio::test]
async fn the_metrics_of_a_day_are_what_its_load_did() {
    let mut load = Load::begin().await;
    for (number, hour) in (0..).zip(DAY) {
        load.live(number, hour).await;
    }
    let not_shown: BTreeSet<_> =
        metric_names().into_iter().filter(|name| load.count_of(name) == 0).collect();
    let expected: BTreeSet<_> = metric_names()
        .into_iter()
        .filter(|name| OTHER_SERVICES.iter().any(|service| name.starts_with(service)))
        .collect();
    assert_eq!(not_shown, expected);
    assert_eq!(expected.len(), 4 * 3);
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
            Hour::Junk => self.junk().await,
            Hour::ProviderFails => self.provider_fails().await,
            Hour::TableFails => self.table_fails().await,
        }
        self.end_hour(&format!("{hour:?}")).await;
    }
}
