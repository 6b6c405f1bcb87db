//! The memory of the service during a soak.

use std::{process, time::Duration};

use tokio::{process::Command, time::sleep};

use crate::fake::{Fake, Opening};

// Latencies are not judged, since other tests run on this machine.
const LOAD: &str = "soak --rate 20 --duration 3s --weights open=1 \
    --min-rate-share 0% --max-growth 1000";

#[tokio::test(flavor = "multi_thread")]
async fn a_process_whose_memory_stays_holds() {
    let fake = Fake::start(Opening::Page).await;
    let still = Command::new("sleep").arg("60").kill_on_drop(true).spawn().unwrap();
    let pid = still.id().unwrap();
    let run = fake.load(&format!("{LOAD} --watch-pid {pid}")).await.expect(0);
    run.expect_told("ok      watch-pid");
    run.expect_told("CPU of the watched process: 0.0");
    let looks = run.result()["memory"].as_array().unwrap().len();
    assert!((30..=61).contains(&looks), "{looks}");
    run.expect_reported("aria-labelledby=\"memory-title\"");
    fake.load(&format!("{LOAD} --watch-pid {}", u32::MAX)).await.expect(2);
}

/// The growing process is the one of this test.
#[tokio::test(flavor = "multi_thread")]
async fn a_process_whose_memory_grows_fails() {
    let fake = Fake::start(Opening::Page).await;
    let arguments = format!("{LOAD} --watch-pid {}", process::id());
    let growing = async {
        let mut memory = Vec::new();
        loop {
            memory.push(vec![1_u8; 4 << 20]);
            sleep(Duration::from_millis(100)).await;
        }
    };
    let run = tokio::select! {
        run = fake.load(&arguments) => run.expect(1),
        () = growing => unreachable!("it grows for ever"),
    };
    run.expect_told("FAILS   watch-pid");
}
