//! Registrations and removals in any order, some at the same time, by instances whose clocks differ
//! by nearly an hour, with faults and lost responses, and a table that deletes all that it may: a
//! registration that was acknowledged rings until it ends.

use std::{collections::BTreeMap, time::Duration};

use emulator::item_size;
use loop_core::{
    Device, DeviceId, PushKind, PushTarget, UnixMillis, UnixSeconds,
    limits::{DEVICES_MAX_BYTES, DEVICES_PER_USER, PUSH_URL_PLACE_BYTES},
};
use loop_store::{LimitError, Registrant};
use loop_testkit::{Fault, ManualClock};
use proptest::{collection::vec, prelude::*, sample::select};
use tokio::{runtime::Runtime, task::JoinSet};

use crate::table::{NOW, Table, number, user};

/// The differences of the instances' clocks from the true time, in seconds.
const CLOCKS: [i64; 3] = [-1_800, 0, 1_790];
const DEVICES: usize = 30;
/// The lengths of push URLs in bytes: ordinary ones, and those around a bound.
const LENGTHS: [usize; 6] = [190, 300, 312, 313, 700, 2_048];

#[derive(Clone, Debug)]
enum Step {
    /// Registrations at the same time, each by an instance of its own.
    Register(Vec<(usize, PushKind, usize)>),
    Unregister(usize),
    /// The query of a call before it asks the push services.
    Read,
    /// The removal of a device that its push service does not know any more.
    Forget(usize),
    /// The passing of so many seconds.
    Pass(u64),
}

fn any_step() -> impl Strategy<Value = Step> {
    let kind = select(vec![PushKind::SimplePush, PushKind::WebPush]);
    let registration = (0..DEVICES, kind, 0..CLOCKS.len());
    let seconds = select(vec![1, 60, 129, 130, 1_700, 3_600, 7_300, 20 * 86_400, 89 * 86_400]);
    prop_oneof![
        8 => vec(registration, 1..5).prop_map(Step::Register),
        2 => (0..DEVICES).prop_map(Step::Unregister),
        1 => Just(Step::Read),
        2 => (0..DEVICES).prop_map(Step::Forget),
        4 => seconds.prop_map(Step::Pass),
    ]
}

/// Chooses no fault for most steps; else a fault, and the number of requests that it hits. Three
/// are all attempts.
fn any_fault() -> impl Strategy<Value = Option<(Fault, usize)>> {
    let fault = select(vec![Fault::DropBefore, Fault::DropAfter, Fault::ServerError]);
    prop_oneof![6 => Just(None), 1 => (fault, 1..4_usize).prop_map(Some)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn an_acknowledged_registration_rings_until_it_ends(
        steps in vec((any_step(), any_fault()), 1..50),
    ) {
        Runtime::new().unwrap().block_on(async {
            let mut world = World::new().await;
            for (step, fault) in steps {
                world.happens(step, fault).await;
            }
        });
    }
}

struct World {
    table: Table,
    clock: ManualClock,
    known: BTreeMap<DeviceId, Known>,
    /// The devices that were read, and the number of registrations of each device until then.
    read: BTreeMap<DeviceId, (Device, Known)>,
}

/// The expected state of a device.
#[derive(Clone, Debug, Default)]
struct Known {
    /// The second until which it rings at least.
    least: Option<UnixSeconds>,
    /// The second until which it rings at most.
    most: Option<UnixSeconds>,
    /// The kinds by which it may be rung.
    kinds: Vec<PushKind>,
    places: usize,
    attempts: usize,
    acknowledged: usize,
}

impl World {
    async fn new() -> Self {
        let clock = ManualClock::new(NOW);
        let table = Table::with_clock(&clock).await;
        Self { table, clock, known: BTreeMap::new(), read: BTreeMap::new() }
    }

    async fn happens(&mut self, step: Step, fault: Option<(Fault, usize)>) {
        // This keeps any two registrations from falling into the same millisecond.
        self.clock.advance(Duration::from_millis(7));
        if let Some((fault, times)) = fault {
            (0..times).for_each(|_| self.table.wire.fail_next(fault));
        }
        match step {
            Step::Register(devices) => self.register(devices).await,
            Step::Unregister(device) => self.unregister(self.device(device).id).await,
            Step::Read => {
                self.table.wire.heal();
                let devices = self.table.callee(user(1), self.clock.now()).await.devices;
                let known = |id| self.known[&id].clone();
                self.read =
                    devices.into_iter().map(|it| (it.id, (it.clone(), known(it.id)))).collect();
            }
            Step::Forget(device) => self.forget(self.device(device).id).await,
            Step::Pass(seconds) => {
                self.clock.advance(Duration::from_secs(seconds));
                self.table.dynamodb.delete_expired();
            }
        }
        self.table.wire.heal();
        self.check().await;
    }

    async fn register(&mut self, mut devices: Vec<(usize, PushKind, usize)>) {
        devices.sort_by_key(|(device, ..)| *device);
        devices.dedup_by_key(|(device, ..)| *device);
        let mut tasks = JoinSet::new();
        for (device, kind, clock) in devices {
            let now = self.clock.now().get().checked_add_signed(CLOCKS[clock] * 1000);
            let (now, store) = (UnixMillis::new(now.unwrap()), self.table.store.clone());
            let device = registration(device, kind, now);
            tasks.spawn(async move {
                let result = store.register(user(1), Registrant::Returning, &device, now).await;
                (device, now, result)
            });
        }
        let mut refused = Vec::new();
        for (device, now, result) in tasks.join_all().await {
            let known = self.known.entry(device.id).or_default();
            let places = device.target.address().len().div_ceil(PUSH_URL_PLACE_BYTES);
            match result {
                Ok(()) => {
                    known.least = known.least.max(Some(device.expires_at));
                    known.kinds = vec![device.target.kind()];
                    known.acknowledged += 1;
                }
                Err(LimitError::Unavailable(_)) => known.kinds.push(device.target.kind()),
                Err(LimitError::TooMany { .. }) => {
                    refused.push((places, now));
                    continue;
                }
            }
            known.most = known.most.max(Some(device.expires_at));
            known.places = places;
            known.attempts += 1;
        }
        for (places, now) in refused {
            let counts = |known: &&Known| {
                known.most.is_some_and(|end| now.seconds() < end.after(Duration::from_hours(1)))
            };
            let taken: usize = self.known.values().filter(counts).map(|known| known.places).sum();
            assert!(taken + places > DEVICES_PER_USER, "{taken} and {places}: {:?}", self.known);
        }
    }

    async fn unregister(&mut self, device: DeviceId) {
        let result = self.table.store.unregister(user(1), device).await;
        let known = self.known.entry(device).or_default();
        known.least = None;
        if result.is_ok() {
            known.most = None;
        }
    }

    async fn forget(&mut self, device: DeviceId) {
        let Some((seen, then)) = self.read.get(&device) else { return };
        let result = self.table.store.forget_device(user(1), seen).await;
        let known = self.known.get_mut(&device).unwrap();
        if known.acknowledged > then.acknowledged {
            return;
        }
        known.least = None;
        if result.is_ok() && known.attempts == then.attempts {
            known.most = None;
        }
    }

    async fn check(&self) {
        let now = self.clock.now();
        let devices = self.table.callee(user(1), now).await.devices;
        for (id, known) in &self.known {
            let found = devices.iter().find(|device| device.id == *id);
            let counts = |end: Option<UnixSeconds>| end.is_some_and(|end| now.seconds() < end);
            match found {
                Some(found) => {
                    assert!(counts(known.most), "{found:?} is over: {known:?}");
                    assert!(known.kinds.contains(&found.target.kind()), "{found:?}: {known:?}");
                }
                None => assert!(!counts(known.least), "{id} is missing: {known:?}"),
            }
        }
        for item in self.table.items() {
            let bytes = item_size(&item);
            assert!(bytes <= DEVICES_MAX_BYTES, "{bytes}");
            let entries = item["devices"]["M"].as_object().unwrap();
            assert!(entries.len() <= DEVICES_PER_USER, "{}", entries.len());
            let ends = entries.values().map(|entry| number(&entry["M"], "expires_at"));
            assert!(ends.max().unwrap_or(0) <= number(&item, "ttl"), "{item}");
        }
    }

    fn device(&self, number: usize) -> Device {
        registration(number, PushKind::WebPush, self.clock.now())
    }
}

/// Returns the kind of a device: one in five is a page that polls, which has no push URL.
fn registration(number: usize, kind: PushKind, now: UnixMillis) -> Device {
    let name = format!("https://push.example.org/{number}/");
    let (kind, push_url) = if number % 5 == 4 {
        let name = format!("polling {}", DeviceId::of_push_url(&name));
        (PushKind::Polling, name)
    } else {
        let length = LENGTHS[number % LENGTHS.len()];
        (kind, format!("{name:a<length$}"))
    };
    Device::registered(PushTarget::new(kind, push_url), now)
}
