//! Binaries that are built as for a deployment.

use std::{
    env, fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use flate2::{Compression, write::DeflateEncoder};
use load::BoxError;
use serde_json::Value;

/// The prefixes of the variables in which cargo describes a package to its program.
const DESCRIBES_US: [&str; 2] = ["CARGO_MANIFEST_", "CARGO_PKG_"];

/// A built binary.
#[derive(Clone, Debug)]
pub(crate) struct Binary {
    pub(crate) path: PathBuf,
    /// The size of the binary, which the release profile strips.
    pub(crate) bytes: u64,
    /// The size of the binary in the archive that is uploaded.
    pub(crate) zip_bytes: u64,
}

/// Builds one package for release by itself. In a build of several packages, cargo would give each
/// of them the features that any of them asks for.
///
/// # Errors
/// The package does not compile, or has no binary of its name.
pub(crate) fn build(package: &str) -> Result<Binary, BoxError> {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // `cargo run` describes this package in variables. Build scripts that read these would run
    // again, and cargo would build everything that depends on them once more.
    let names = env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    for name in names.filter(|name| DESCRIBES_US.iter().any(|prefix| name.starts_with(prefix))) {
        command.env_remove(name);
    }
    let output = command
        .args(["build", "--release", "--package", package])
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

/// Finds the binary `name` in the messages of cargo, since target directories can be configured in
/// many ways.
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
