//! Tests of `cargo run -- demo`.

use local::demo;

use crate::world::World;

#[tokio::test]
async fn the_demo_tells_the_story_in_twelve_steps() {
    let world = World::new().await;
    let mut told = Vec::new();
    demo::run(Some(&world.server.url()), &mut told).await.unwrap();
    let told = String::from_utf8(told).unwrap();
    let steps: Vec<_> = told.lines().collect();
    assert_eq!(steps.len(), 12, "{told}");
    for (number, step) in steps.iter().enumerate() {
        assert!(step.starts_with(&format!("[{:>2}/12] ", number + 1)), "{step}");
    }
    assert!(steps[4].contains("Do you want to call Bob?"), "{}", steps[4]);
    assert!(steps[7].contains("PUT /bob with version="), "{}", steps[7]);
    assert!(steps[11].contains("has expired or was revoked"), "{}", steps[11]);
}

#[tokio::test]
async fn a_demo_against_nothing_says_so() {
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let fault = demo::run(Some(&format!("http://{gone}")), &mut Vec::new()).await;
    assert!(fault.is_err());
}
