//! Reading settings from the environment: once, at boot, with every fault reported by name.

mod known;

use std::{env, ffi::OsString, fmt};

use zeroize::Zeroizing;

use crate::{Reason, setting};

use self::known::KNOWN;
pub use self::known::UnknownSettings;

/// A reader of settings that collects their faults, so that an operator sees all of them at once.
/// An empty value counts as an absent one. A fault that no setting may have, such as a line end
/// after a secret that was read from a file, is found here for every setting
/// ([`setting::visible`]); the parsers of [`setting`] find the others.
///
/// ```
/// use loop_core::Settings;
///
/// let mut settings = Settings::new(|name| (name == "LOOP_TABLE").then(|| "loop".to_owned()));
/// let table = settings.required("LOOP_TABLE", |text| Ok(text.to_owned()));
/// let port = settings.required("PORT", |text| text.parse::<u16>().map_err(|_| "a port".into()));
/// let faults = settings.finish(table.zip(port)).unwrap_err();
/// assert_eq!(faults.to_string(), "settings: PORT is missing");
/// ```
pub struct Settings<'a> {
    lookup: Box<Lookup<'a>>,
    faults: Vec<String>,
}

type Lookup<'a> = dyn Fn(&str) -> Option<OsString> + 'a;

/// All faults of the settings, in one line. It names settings, never their values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsError(Vec<String>);

impl<'a> Settings<'a> {
    /// The names of all settings of this release, of all functions, except those that AWS names.
    pub const KNOWN: [&'static str; KNOWN.len()] = KNOWN;

    /// Returns a reader of the settings that `lookup` finds by name.
    pub fn new(lookup: impl Fn(&str) -> Option<String> + 'a) -> Self {
        Self { lookup: Box::new(move |name| lookup(name).map(OsString::from)), faults: Vec::new() }
    }

    /// Returns a reader of the environment of this process. A value that is no Unicode is faulty,
    /// while [`env::var`] would treat it like an absent one.
    pub fn of_process() -> Self {
        Self { lookup: Box::new(|name| env::var_os(name)), faults: Vec::new() }
    }

    /// Reads the setting `name`; its absence is a fault.
    pub fn required<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, Reason>,
    ) -> Option<T> {
        match self.value(name) {
            Some(value) => self.parsed(name, value, parse),
            None => {
                self.fault(format!("{name} is missing"));
                None
            }
        }
    }

    /// Reads the setting `name`, or returns `default` if it is absent. `None` means a faulty one.
    pub fn or<T>(
        &mut self,
        name: &str,
        default: T,
        parse: impl FnOnce(&str) -> Result<T, Reason>,
    ) -> Option<T> {
        match self.value(name) {
            Some(value) => self.parsed(name, value, parse),
            None => Some(default),
        }
    }

    /// Reads the setting `name` if it is there. The outer `None` means a faulty one.
    pub fn optional<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, Reason>,
    ) -> Option<Option<T>> {
        self.or(name, None, |value| parse(value).map(Some))
    }

    /// Adds a fault that concerns more than one setting. The same fault counts once, so that two
    /// parts of a function may read the same setting.
    pub fn fault(&mut self, fault: impl Into<String>) {
        let fault = fault.into();
        if !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }

    /// Returns `value`, if all settings were right.
    ///
    /// # Errors
    /// All faults, in the order in which the settings were read.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, SettingsError> {
        match value {
            Some(value) if self.faults.is_empty() => Ok(value),
            _ => Err(SettingsError(self.faults)),
        }
    }

    fn value(&self, name: &str) -> Option<OsString> {
        (self.lookup)(name).filter(|value| !value.is_empty())
    }

    fn parsed<T>(
        &mut self,
        name: &str,
        value: OsString,
        parse: impl FnOnce(&str) -> Result<T, Reason>,
    ) -> Option<T> {
        let parsed = match value.into_string() {
            // Every value may be a secret, so the copy is zeroed when it has been read.
            Ok(value) => setting::visible(&Zeroizing::new(value)).and_then(parse),
            Err(_) => Err("not Unicode".into()),
        };
        parsed.map_err(|reason| self.fault(format!("{name}: {reason}"))).ok()
    }
}

impl fmt::Debug for Settings<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Settings").field("faults", &self.faults).finish_non_exhaustive()
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "settings: {}", self.0.join("; "))
    }
}

impl std::error::Error for SettingsError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Result<u8, Reason> {
        text.parse().map_err(|_| "a whole number from 0 to 255".into())
    }

    #[test]
    fn what_is_right_is_what_is_read() {
        let mut settings = Settings::new(|name| (name == "A").then(|| "7".to_owned()));
        assert_eq!(settings.optional("A", number), Some(Some(7)));
        assert_eq!(settings.or("A", 4, number), Some(7));
        assert_eq!(settings.finish(Some("built")), Ok("built"));
    }

    #[test]
    fn what_no_setting_may_have_is_found_whatever_its_parser() {
        for (value, reason) in [
            ("hunter2\n", "ends in a line end"),
            ("hunter2\r\n", "ends in a line end"),
            (" hunter2", "begins or ends with a blank"),
            ("hunter2 ", "begins or ends with a blank"),
            ("hunter\t2", "characters other than visible ASCII"),
            ("hunter\n2", "characters other than visible ASCII"),
            ("hunter\u{200b}2", "characters other than visible ASCII"),
            ("hünter2", "characters other than visible ASCII"),
            ("{{resolve:secretsmanager:hunter2}}", "not resolved: with `sam local`"),
            ("{{resolve:hunter2\n", "not resolved: with `sam local`"),
        ] {
            let mut settings = Settings::new(|_| Some(value.to_owned()));
            assert_eq!(settings.or("A", (), |_| Ok(())), None, "{value:?}");
            let fault = settings.finish(Some(())).unwrap_err().to_string();
            assert!(fault.starts_with("settings: A: ") && fault.contains(reason), "{fault}");
            assert!(!fault.contains("nter"), "{fault}");
        }
        let mut settings = Settings::new(|_| Some("several words, and a list".to_owned()));
        assert_eq!(settings.or("A", (), |_| Ok(())), Some(()));
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_unicode_is_faulty_and_not_absent() {
        use std::os::unix::ffi::OsStringExt;
        let mut settings = Settings::of_process();
        settings.lookup = Box::new(|_| Some(OsString::from_vec(vec![b'a', 0xff])));
        assert_eq!(settings.or("A", 4, number), None);
        let fault = settings.finish(Some(())).unwrap_err().to_string();
        assert_eq!(fault, "settings: A: not Unicode");
    }

    #[test]
    fn a_fault_counts_even_when_everything_was_built() {
        let mut settings = Settings::new(|_| None);
        settings.fault("A and B exclude each other");
        settings.fault("A and B exclude each other");
        let faults = settings.finish(Some("built")).unwrap_err();
        assert_eq!(faults.to_string(), "settings: A and B exclude each other");
    }

    #[test]
    fn all_faults_are_reported_at_once_without_values() {
        let mut settings = Settings::new(|name| match name {
            "A" => Some("hunter2".to_owned()),
            "EMPTY" => Some(String::new()),
            "GOOD" => Some("7".to_owned()),
            _ => None,
        });
        assert_eq!(settings.required("A", number), None);
        assert_eq!(settings.required("B", number), None);
        assert_eq!(settings.required("EMPTY", number), None);
        assert_eq!(settings.required("GOOD", number), Some(7));
        assert_eq!(settings.optional("C", number), Some(None));
        assert_eq!(settings.or("D", 4, number), Some(4));
        assert_eq!(settings.or("A", 4, number), None);
        assert_eq!(
            settings.finish(Some(())).unwrap_err().to_string(),
            "settings: A: a whole number from 0 to 255; B is missing; EMPTY is missing"
        );
    }
}
