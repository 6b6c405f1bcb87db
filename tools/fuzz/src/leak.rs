//! The search for a secret value in a text.

/// The length of a piece. A shorter piece in common can be chance.
const PIECE_BYTES: usize = 8;

/// The sources of the messages about faulty settings. A word that stands in them is the program's
/// own, even where the value contains it too.
const PROGRAM: [&str; 19] = [
    include_str!("../../../shared/channel/src/ice.rs"),
    include_str!("../../../shared/channel/src/ice/url.rs"),
    include_str!("../../../shared/core/src/key_ring.rs"),
    include_str!("../../../shared/core/src/setting.rs"),
    include_str!("../../../shared/core/src/setting/duration.rs"),
    include_str!("../../../shared/core/src/setting/host.rs"),
    include_str!("../../../shared/core/src/setting/port.rs"),
    include_str!("../../../shared/core/src/setting/secret.rs"),
    include_str!("../../../shared/core/src/setting/url.rs"),
    include_str!("../../../shared/core/src/settings.rs"),
    include_str!("../../../shared/lambda/src/log.rs"),
    include_str!("../../../shared/lambda/src/http/site.rs"),
    include_str!("../../../shared/pages/src/channel_origin.rs"),
    include_str!("../../../shared/provider/src/lib.rs"),
    include_str!("../../../shared/provider/src/livekit.rs"),
    include_str!("../../../shared/provider/src/opentok.rs"),
    include_str!("../../../shared/push/src/policy.rs"),
    include_str!("../../../shared/push/src/vapid.rs"),
    include_str!("../../../shared/push/src/vapid/subject.rs"),
];

/// Returns the first piece of `value` that `text` repeats and that is not the program's own.
///
/// Only pieces within words count: the program itself puts together the text across the gaps
/// between words, such as a name and a reason, and a fuzzer learns to write that text too.
pub fn repeated<'a>(text: &'a str, value: &str) -> Option<&'a [u8]> {
    let is_of_a_word = |piece: &&[u8]| piece.iter().all(|byte| !b" :;,=(){}[]\"".contains(byte));
    let mut pieces = text.as_bytes().windows(PIECE_BYTES).filter(is_of_a_word);
    pieces.find(|piece| has(value, piece) && !PROGRAM.iter().any(|source| has(source, piece)))
}

fn has(whole: &str, piece: &[u8]) -> bool {
    whole.as_bytes().windows(PIECE_BYTES).any(|other| other == piece)
}
