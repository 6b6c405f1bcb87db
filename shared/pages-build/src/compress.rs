//! Compresses the constant segments of a page.

use flate2::{Compress, Compression, FlushCompress};

use crate::error::BuildError;

/// The end of a full flush: an empty stored block (RFC 1951, section 3.2.4).
const FLUSHED: [u8; 4] = [0, 0, 255, 255];

/// Compresses a text to blocks of deflate (RFC 1951) that can be placed between any others: they
/// begin and end at a byte boundary, refer to nothing before them, and none of them is marked as
/// the last.
///
/// # Errors
/// The compressor has not taken the text as a whole.
pub fn compressed(text: &str) -> Result<Vec<u8>, BuildError> {
    // There is enough room for a text that gets longer, so that one call suffices.
    let mut blocks = Vec::with_capacity(2 * text.len() + 64);
    let mut compressor = Compress::new(Compression::best(), false);
    compressor.compress_vec(text.as_bytes(), &mut blocks, FlushCompress::Full)?;
    if compressor.total_in() != u64::try_from(text.len())? || !blocks.ends_with(&FLUSHED) {
        return Err("the text was not compressed as a whole".into());
    }
    Ok(blocks)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::DeflateDecoder;

    use super::*;

    /// An empty block that is the last.
    const LAST: [u8; 2] = [3, 0];

    #[test]
    fn blocks_can_be_put_together_in_any_order() {
        let texts = ["", "a", "äöü äöü äöü", &"Bob ".repeat(50_000)];
        for order in [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 1, 2]] {
            let blocks = order.map(|index| compressed(texts[index]).unwrap()).concat();
            let mut read = String::new();
            let stream = [blocks.as_slice(), &LAST].concat();
            DeflateDecoder::new(stream.as_slice()).read_to_string(&mut read).unwrap();
            assert_eq!(read, order.map(|index| texts[index]).concat());
        }
    }
}
