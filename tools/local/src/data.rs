//! The data that the local server keeps between starts: the database file and the keys.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use loop_core::KeyRing;
use loop_push::VapidKey;
use ring::rand::SystemRandom;

/// The keys of one server, as they stand in its settings.
#[derive(Clone)]
pub struct Keys {
    /// `LOOP_TOKEN_KEYS`
    pub token_keys: String,
    /// `LOOP_VAPID_KEY`
    pub vapid_key: String,
}

/// The data directory, with the paths of its files.
#[derive(Clone, Debug)]
pub struct DataDirectory(PathBuf);

impl Keys {
    /// Generates new keys, for a server that keeps nothing.
    ///
    /// # Errors
    /// The random source has failed.
    pub fn generate() -> io::Result<Self> {
        let random = SystemRandom::new();
        let failed = |_| io::Error::other("the random source has failed");
        Ok(Self {
            token_keys: format!("1:{}", KeyRing::new_secret(&random).map_err(io::Error::other)?),
            vapid_key: VapidKey::generate(&random).map_err(failed)?,
        })
    }

    /// Reads `NAME=value` lines.
    fn parse(text: &str) -> Option<Self> {
        let value = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
            line.map(str::to_owned)
        };
        Some(Self { token_keys: value("LOOP_TOKEN_KEYS")?, vapid_key: value("LOOP_VAPID_KEY")? })
    }
}

impl DataDirectory {
    /// Creates the directory if it does not exist.
    ///
    /// # Errors
    /// The directory cannot be created.
    pub fn open(path: &Path) -> io::Result<Self> {
        fs::create_dir_all(path)
            .map_err(|error| io::Error::other(format!("{}: {error}", path.display())))?;
        Ok(Self(path.to_owned()))
    }

    /// Returns the path of the database file.
    pub fn database(&self) -> PathBuf {
        self.0.join("loop.db")
    }

    /// Returns the keys of earlier starts, or generates new ones and stores them.
    ///
    /// # Errors
    /// The file cannot be read or written, or does not hold keys.
    pub fn keys(&self) -> io::Result<Keys> {
        let path = self.0.join("keys.env");
        let named = |error: io::Error| io::Error::other(format!("{}: {error}", path.display()));
        match fs::read_to_string(&path) {
            Ok(text) => Keys::parse(&text)
                .ok_or_else(|| named(io::Error::other("no LOOP_TOKEN_KEYS or LOOP_VAPID_KEY"))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let keys = Keys::generate()?;
                write_privately(&path, &keys).map_err(named)?;
                Ok(keys)
            }
            Err(error) => Err(named(error)),
        }
    }
}

/// Writes the file completely or not at all: half a file would make every later start fail.
fn write_privately(path: &Path, keys: &Keys) -> io::Result<()> {
    let unfinished = path.with_extension("env.new");
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&unfinished)?;
    writeln!(file, "LOOP_TOKEN_KEYS={}\nLOOP_VAPID_KEY={}", keys.token_keys, keys.vapid_key)?;
    file.sync_all()?;
    fs::rename(&unfinished, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_that_was_killed_while_it_wrote_its_keys_is_made_up_for() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("keys.env.new"), "LOOP_TOKEN_KEYS=1:half of a se").unwrap();
        let data = DataDirectory::open(directory.path()).unwrap();
        let keys = data.keys().unwrap();
        assert_eq!(data.keys().unwrap().token_keys, keys.token_keys);
        assert_eq!(data.keys().unwrap().vapid_key, keys.vapid_key);
        assert!(!directory.path().join("keys.env.new").exists());
    }
}
