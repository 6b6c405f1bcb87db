//! The command line.

use clap::{Parser, Subcommand};

/// Makes the keys of Loop, rotates them, and explains tokens.
#[derive(Parser)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Make a key ring with one new key: a value for LOOP_TOKEN_KEYS.
    New {
        /// The id of the key: 0 to 255.
        #[arg(long, default_value_t = 1)]
        id: u8,
    },
    /// Take one step of replacing the signing key.
    ///
    /// Reads the key ring from LOOP_TOKEN_KEYS or, where that is not set, from standard input, and
    /// prints the next one. Deploy each to every function before taking the next step:
    /// add, sign, remove.
    Rotate {
        #[command(subcommand)]
        step: Step,
    },
    /// Derive the keys that functions are deployed with.
    ///
    /// Reads the key ring as `rotate` does, and prints one JSON object with the members
    /// call_url_keys, session_keys and participant_keys. No function is given the ring itself.
    Derive,
    /// Explain a call or session token without trusting it.
    ///
    /// With LOOP_TOKEN_KEYS set, says also whether the token is authentic.
    Inspect {
        /// The token, or the link that ends with it; `-` reads it from standard input, which keeps
        /// it out of the shell's history.
        #[arg(allow_hyphen_values = true)]
        token: String,
    },
    /// Make a key for Web Push: the private one for LOOP_VAPID_KEY, then the public one.
    Vapid,
    /// Tell the public half of a key for Web Push.
    ///
    /// Reads the private one from standard input.
    VapidPublic,
}

#[derive(Subcommand)]
pub(crate) enum Step {
    /// Step 1: a new key, last in the ring. It verifies, and does not sign yet.
    Add,
    /// Step 2: the last key to the front. It signs from now on.
    Sign,
    /// Step 3: drop the last key. Its tokens end.
    Remove,
}
