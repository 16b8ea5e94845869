//! SipHash-1-3 with a seed: who does not know the seed cannot make values meet.

/// A keyed hash of bytes.
#[derive(Debug, Clone, Copy)]
pub struct Keyed {
    k0: u64,
    k1: u64,
}

impl Keyed {
    /// Under this seed.
    #[must_use]
    pub fn new(seed: u128) -> Self {
        Self { k0: seed as u64, k1: (seed >> 64) as u64 }
    }

    /// The hash of a number followed by bytes.
    #[must_use]
    pub fn hash(self, head: u64, bytes: &[u8]) -> u64 {
        let mut s = Sip([
            self.k0 ^ 0x736f_6d65_7073_6575,
            self.k1 ^ 0x646f_7261_6e64_6f6d,
            self.k0 ^ 0x6c79_6765_6e65_7261,
            self.k1 ^ 0x7465_6462_7974_6573,
        ]);
        s.word(head);
        let mut words = bytes.chunks_exact(8);
        for word in &mut words {
            s.word(u64::from_le_bytes(word.try_into().expect("eight bytes")));
        }
        let mut last = [0u8; 8];
        let rest = words.remainder();
        last[..rest.len()].copy_from_slice(rest);
        last[7] = (bytes.len() as u8).wrapping_add(8);
        s.word(u64::from_le_bytes(last));
        s.0[2] ^= 0xff;
        s.round();
        s.round();
        s.round();
        s.0[0] ^ s.0[1] ^ s.0[2] ^ s.0[3]
    }
}

struct Sip([u64; 4]);

impl Sip {
    #[inline]
    fn word(&mut self, word: u64) {
        self.0[3] ^= word;
        self.round();
        self.0[0] ^= word;
    }

    #[inline]
    fn round(&mut self) {
        let [a, b, c, d] = &mut self.0;
        *a = a.wrapping_add(*b);
        *b = b.rotate_left(13) ^ *a;
        *a = a.rotate_left(32);
        *c = c.wrapping_add(*d);
        *d = d.rotate_left(16) ^ *c;
        *a = a.wrapping_add(*d);
        *d = d.rotate_left(21) ^ *a;
        *c = c.wrapping_add(*b);
        *b = b.rotate_left(17) ^ *c;
        *c = c.rotate_left(32);
    }
}

/// For maps whose keys are such hashes already.
#[derive(Debug, Clone, Copy, Default)]
pub struct AsItIs(u64);

impl std::hash::Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(byte);
        }
    }

    fn write_u64(&mut self, n: u64) {
        self.0 = n;
    }
}

/// A map by such hashes.
pub type ByHash<T> = std::collections::HashMap<u64, T, std::hash::BuildHasherDefault<AsItIs>>;

#[cfg(test)]
mod tests {
    use super::Keyed;
    use std::hash::Hasher;

    /// Rust's own default hasher is SipHash-1-3 under the key 0.
    #[test]
    fn it_is_sip_hash_1_3() {
        for n in 0..40usize {
            let bytes: Vec<u8> = (0..n as u8).collect();
            let mut std = std::collections::hash_map::DefaultHasher::new();
            std.write_u64(7);
            std.write(&bytes);
            assert_eq!(Keyed::new(0).hash(7, &bytes), std.finish(), "{n}");
            assert_ne!(Keyed::new(1).hash(7, &bytes), std.finish(), "{n}");
        }
    }
}
