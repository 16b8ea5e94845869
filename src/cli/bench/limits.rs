//! The limits of the machine over the same bytes: what any engine must pay, and what a naive one pays.

use std::io::Read;

use serde::de::IgnoredAny;

/// Decompresses a member (gzip of any number of members, zstd) or gives it as it is.
pub fn plain(raw: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut out = Vec::new();
    if raw.starts_with(&[0x1f, 0x8b]) {
        flate2::read::MultiGzDecoder::new(raw).read_to_end(&mut out)?;
    } else if raw.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        let mut frames = raw;
        while !frames.is_empty() {
            let mut decoder = ruzstd::decoding::StreamingDecoder::new(&mut frames).map_err(std::io::Error::other)?;
            decoder.read_to_end(&mut out)?;
        }
    } else {
        out.extend_from_slice(raw);
    }
    Ok(out)
}

/// Counts line ends: the fastest possible look at every byte.
pub fn newlines(text: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', text).count()
}

/// Validates every JSON document and keeps nothing. `None` where the text is no JSON.
pub fn validate(text: &[u8]) -> Option<usize> {
    documents::<IgnoredAny>(text)
}

/// Builds a tree of every JSON document, as most engines do.
pub fn tree(text: &[u8]) -> Option<usize> {
    documents::<serde_json::Value>(text)
}

fn documents<T: serde::de::DeserializeOwned>(text: &[u8]) -> Option<usize> {
    let mut n = 0;
    for document in serde_json::Deserializer::from_slice(text).into_iter::<T>() {
        std::hint::black_box(document.ok()?);
        n += 1;
    }
    Some(n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_look_at_every_byte() {
        assert_eq!(newlines(b"a\nb\n"), 2);
        assert_eq!(validate(b"{\"a\":1}\n{\"a\":2}\n"), Some(2));
        assert_eq!(tree(b"2 eni-1 10.0.0.1"), None);
        assert_eq!(plain(b"as it is").expect("plain"), b"as it is");
    }
}
