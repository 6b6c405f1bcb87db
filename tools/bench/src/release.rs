//! The binaries as they are deployed.

use std::{
    env, fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use flate2::{Compression, write::DeflateEncoder};
use serde_json::Value;

use crate::Failure;

/// How the variables begin with which cargo tells a program what package it is of.
const DESCRIBES_US: [&str; 2] = ["CARGO_MANIFEST_", "CARGO_PKG_"];

/// A built function.
#[derive(Clone, Debug)]
pub(crate) struct Binary {
    pub(crate) path: PathBuf,
    /// Its size; the release profile strips it.
    pub(crate) bytes: u64,
    /// What it becomes in the archive that is uploaded.
    pub(crate) zip_bytes: u64,
}

/// Builds one package for release, by itself: in a build of several, cargo would give each of them
/// the features that any of them asks for.
pub(crate) fn build(package: &str) -> Result<Binary, Failure> {
    build_with(&["--package", package], package)
}

/// The same for a package that is no member of the workspace: `manifest` is its `Cargo.toml`, as
/// seen from here.
pub(crate) fn build_apart(manifest: &str, package: &str) -> Result<Binary, Failure> {
    build_with(&["--locked", "--manifest-path", manifest], package)
}

fn build_with(arguments: &[&str], package: &str) -> Result<Binary, Failure> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    // `cargo run` describes this package to us. Build scripts that look would see another
    // description than with a plain `cargo build`, and everything after them be built once more.
    let names = env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    for name in names.filter(|name| DESCRIBES_US.iter().any(|prefix| name.starts_with(prefix))) {
        command.env_remove(name);
    }
    let output = command
        .args(["build", "--release"])
        .args(arguments)
        .args(["--message-format", "json-render-diagnostics"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err(format!("{package} could not be built").into());
    }
    let executable = executable(&output.stdout, package);
    let path = executable.ok_or_else(|| format!("{package} has no binary of that name"))?;
    let contents = fs::read(&path)?;
    let mut compressed = DeflateEncoder::new(Vec::new(), Compression::default());
    compressed.write_all(&contents)?;
    let zip_bytes = compressed.finish()?.len() as u64;
    Ok(Binary { path, bytes: contents.len() as u64, zip_bytes })
}

/// Where cargo has put the binary `name`: target directories can be configured in many ways.
fn executable(messages: &[u8], name: &str) -> Option<PathBuf> {
    let messages = messages.split(|byte| *byte == b'\n');
    let messages = messages.filter_map(|line| serde_json::from_slice::<Value>(line).ok());
    messages.filter(|message| message["target"]["name"] == name).find_map(|message| {
        message["executable"].as_str().map(|executable| Path::new(executable).to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_binary_is_found_among_the_messages() {
        let messages = br#"{"reason":"compiler-artifact","target":{"name":"a"},"executable":null}
{"reason":"compiler-artifact","target":{"name":"b"},"executable":"/target/release/b"}
{"reason":"compiler-artifact","target":{"name":"a"},"executable":"/target/release/a"}
{"reason":"build-finished","success":true}
"#;
        assert_eq!(executable(messages, "a"), Some("/target/release/a".into()));
        assert_eq!(executable(messages, "c"), None);
    }
}
