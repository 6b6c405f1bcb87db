//! Gzip (RFC 1952) without a compressor: the build has compressed the constant segments, and the
//! varying ones are only stored.
//!
//! So the length of a response never tells how much of a secret equals a text that an attacker has
//! put into the page, which the attacks CRIME and BREACH exploit: no varying segment is compressed,
//! alone or together with others.

use crc32fast::Hasher;

use crate::segment::FilledSegment;

/// The header: magic number, deflate, no flags, no time, nothing about the compressor, unknown
/// system.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
/// An empty block that is marked as the last (RFC 1951, section 3.2.6).
const LAST_BLOCK: [u8; 2] = [3, 0];
/// The most that a stored block holds, in bytes.
const STORED_MAX_BYTES: usize = 65_535;
/// The header of a stored block, in bytes.
const STORED_HEADER_BYTES: usize = 5;

/// Writes the segments, one after the other, as a gzip stream.
pub(crate) fn stream(segments: &[FilledSegment]) -> Vec<u8> {
    let mut stream = Vec::with_capacity(segments.iter().map(capacity).sum::<usize>() + 20);
    stream.extend(HEADER);
    let mut checksum = Hasher::new();
    let mut length = 0_u32;
    for segment in segments {
        let text = segment.text().as_bytes();
        match segment {
            FilledSegment::Constant(constant) => stream.extend(constant.compressed),
            FilledSegment::Varying(_) => store(text, &mut stream),
        }
        checksum.update(text);
        // By definition, this is the length modulo 2^32.
        length = length.wrapping_add(text.len() as u32);
    }
    stream.extend(LAST_BLOCK);
    stream.extend(checksum.finalize().to_le_bytes());
    stream.extend(length.to_le_bytes());
    stream
}

fn capacity(segment: &FilledSegment) -> usize {
    match segment {
        FilledSegment::Constant(constant) => constant.compressed.len(),
        FilledSegment::Varying(text) => text.len() + STORED_HEADER_BYTES,
    }
}

/// Appends stored blocks (RFC 1951, section 3.2.4). They begin at a byte boundary, since all other
/// blocks end at one.
fn store(bytes: &[u8], stream: &mut Vec<u8>) {
    for block in bytes.chunks(STORED_MAX_BYTES) {
        // Chunks are no longer than `STORED_MAX_BYTES`.
        let length = block.len() as u16;
        // BFINAL = 0: another block follows; BTYPE = 00: stored.
        stream.push(0);
        stream.extend(length.to_le_bytes());
        stream.extend((!length).to_le_bytes());
        stream.extend(block);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::bufread::GzDecoder;
    use loop_pages_build::compressed;
    use proptest::prelude::*;

    use super::*;
    use crate::segment::Constant;

    /// Reads a stream as a browser does, and checks that nothing comes after its trailer.
    fn decoded(stream: &[u8]) -> String {
        let mut rest = stream;
        let mut text = String::new();
        GzDecoder::new(&mut rest).read_to_string(&mut text).unwrap();
        assert!(rest.is_empty(), "{} bytes too many", rest.len());
        text
    }

    /// Makes a constant segment as the build does.
    fn constant(text: &str) -> FilledSegment {
        let compressed = compressed(text).unwrap().leak();
        FilledSegment::Constant(Constant { text: text.to_owned().leak(), compressed })
    }

    fn varying(text: &str) -> FilledSegment {
        FilledSegment::Varying(text.to_owned())
    }

    #[test]
    fn stored_segments_are_as_long_as_may_be_and_longer() {
        for length in [0, 1, 65_534, 65_535, 65_536, 131_070, 131_071, 200_000] {
            let text = "a".repeat(length);
            let segments = [constant("before"), varying(&text), constant("after")];
            assert_eq!(decoded(&stream(&segments)), format!("before{text}after"), "{length}");
        }
    }

    #[test]
    fn no_segments_are_a_stream_as_well() {
        assert_eq!(decoded(&stream(&[])), "");
        assert_eq!(decoded(&stream(&[constant(""), varying("")])), "");
    }

    /// Two values of one length make streams of one length, no matter how much they have in common
    /// with the text around them.
    #[test]
    fn the_length_tells_nothing_of_what_differs() {
        let around = constant("a secret that is compressed");
        let length = |text| stream(&[around.clone(), varying(text), around.clone()]).len();
        assert_eq!(length("a secret that is"), length("qwertyuiopasdfgh"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn a_browser_reads_what_the_page_says(
            segments in prop::collection::vec((any::<bool>(), ".*"), 0..8),
        ) {
            let page: String = segments.iter().map(|(_, text)| text.as_str()).collect();
            let segments: Vec<_> = segments
                .iter()
                .map(|(is_constant, text)| if *is_constant { constant(text) } else { varying(text) })
                .collect();
            prop_assert_eq!(decoded(&stream(&segments)), page);
        }
    }
}
