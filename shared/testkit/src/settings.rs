//! The names of the settings that a function asks for while it is built.

use std::{cell::RefCell, collections::BTreeSet};

use loop_core::Settings;

/// Returns the names of all settings that `build` asks for when `lookup` gives their values.
pub fn asked_settings<T>(
    build: impl FnOnce(&mut Settings<'_>) -> T,
    lookup: impl Fn(&str) -> Option<String>,
) -> BTreeSet<String> {
    let asked = RefCell::new(BTreeSet::new());
    let mut settings = Settings::new(|name| {
        asked.borrow_mut().insert(name.to_owned());
        lookup(name)
    });
    build(&mut settings);
    drop(settings);
    asked.into_inner()
}
