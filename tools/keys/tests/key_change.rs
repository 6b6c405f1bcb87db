//! Tests that a new key comes into service while old and new instances run side by side.
//!
//! The rings are made by the tool that an operator uses, in the order of `docs/token.md`.
//! Instances are whole services that share one table.

#![allow(clippy::unwrap_used, reason = "tests report by panicking")]

mod instances;

use instances::{ACCEPTED, Instances, REFUSED, Table, keys};

#[tokio::test]
async fn at_every_step_old_and_new_instances_accept_what_either_has_signed() {
    let table = Table::start().await;
    let former = keys(&["new"], "");
    let added = keys(&["rotate", "add"], &former);
    let signing = keys(&["rotate", "sign"], &added);
    let removed = keys(&["rotate", "remove"], &signing);

    let mut of_the_former_key = Vec::new();
    let mut of_the_new_key = Vec::new();
    let mut old = Instances::start(&former, &table).await;
    for (ring, is_new_key) in [(&former, false), (&added, false), (&signing, true)] {
        let new = Instances::start(ring, &table).await;
        let signed = [old.sign().await, new.sign().await];
        for signed in signed.iter().chain(&of_the_former_key).chain(&of_the_new_key) {
            assert_eq!([old.accept(signed).await, new.accept(signed).await], [ACCEPTED; 2]);
        }
        let [by_old, by_new] = signed;
        of_the_former_key.push(by_old);
        if is_new_key { &mut of_the_new_key } else { &mut of_the_former_key }.push(by_new);
        old = new;
    }

    let new = Instances::start(&removed, &table).await;
    of_the_new_key.extend([old.sign().await, new.sign().await]);
    for signed in &of_the_new_key {
        assert_eq!([old.accept(signed).await, new.accept(signed).await], [ACCEPTED; 2]);
    }
    for signed in &of_the_former_key {
        assert_eq!([old.accept(signed).await, new.accept(signed).await], [ACCEPTED, REFUSED]);
    }
}

#[tokio::test]
async fn a_key_that_signs_before_it_is_everywhere_makes_links_that_fail() {
    let table = Table::start().await;
    let former = keys(&["new"], "");
    let signing = keys(&["rotate", "sign"], &keys(&["rotate", "add"], &former));

    let (old, new) =
        (Instances::start(&former, &table).await, Instances::start(&signing, &table).await);
    let (by_old, by_new) = (old.sign().await, new.sign().await);
    assert_eq!([old.accept(&by_old).await, new.accept(&by_old).await], [ACCEPTED; 2]);
    assert_eq!([old.accept(&by_new).await, new.accept(&by_new).await], [REFUSED, ACCEPTED]);
}
