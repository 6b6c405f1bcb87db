//! The memory of the service during a soak.

use std::{process, time::Duration};

use tokio::{process::Command, time::sleep};

use crate::{
    fake::{Fake, Opening},
    run::loadtest,
};

const LOAD: &str = "soak --rate 20 --duration 3s --weights open=1 --min-rate-share 0%";

#[tokio::test(flavor = "multi_thread")]
async fn a_process_whose_memory_stays_holds() {
    let fake = Fake::start(Opening::Page).await;
    let mut still = Command::new("sleep").arg("60").kill_on_drop(true).spawn().unwrap();
    let pid = still.id().unwrap();
    let run = loadtest(&format!("{LOAD} --url {} --watch-pid {pid}", fake.url)).await.expect(0);
    assert!(run.told.contains("ok      watch-pid"), "{}", run.told);
    let looks = run.result()["memory"].as_array().unwrap().len();
    assert!((30..=61).contains(&looks), "{looks}");
    assert!(run.report().contains("aria-labelledby=\"memory-title\""));
    still.kill().await.unwrap();
    loadtest(&format!("{LOAD} --url {} --watch-pid {}", fake.url, u32::MAX)).await.expect(2);
}

/// The process that grows is this one.
#[tokio::test(flavor = "multi_thread")]
async fn a_process_whose_memory_grows_fails() {
    let fake = Fake::start(Opening::Page).await;
    let arguments = format!("{LOAD} --url {} --watch-pid {}", fake.url, process::id());
    let growing = async {
        let mut memory = Vec::new();
        loop {
            memory.push(vec![1_u8; 4 << 20]);
            sleep(Duration::from_millis(100)).await;
        }
    };
    let run = tokio::select! {
        run = loadtest(&arguments) => run.expect(1),
        () = growing => unreachable!("it grows for ever"),
    };
    assert!(run.told.contains("FAILS   watch-pid"), "{}", run.told);
}
