//! SipHash-1-3 with a key: who does not know the key cannot make keys that collide.

/// The hash of some bytes.
#[must_use]
pub fn hash(key: [u64; 2], bytes: &[u8]) -> u64 {
    let mut s = State {
        a: key[0] ^ 0x736f_6d65_7073_6575,
        b: key[1] ^ 0x646f_7261_6e64_6f6d,
        c: key[0] ^ 0x6c79_6765_6e65_7261,
        d: key[1] ^ 0x7465_6462_7974_6573,
    };
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        s.take(u64::from_le_bytes(*word));
    }
    let mut last = (bytes.len() as u64) << 56;
    for (i, byte) in rest.iter().enumerate() {
        last |= u64::from(*byte) << (8 * i);
    }
    s.take(last);
    s.c ^= 0xff;
    (0..3).for_each(|_| s.round());
    s.a ^ s.b ^ s.c ^ s.d
}

struct State {
    a: u64,
    b: u64,
    c: u64,
    d: u64,
}

impl State {
    fn take(&mut self, word: u64) {
        self.d ^= word;
        self.round();
        self.a ^= word;
    }

    fn round(&mut self) {
        self.a = self.a.wrapping_add(self.b);
        self.b = self.b.rotate_left(13) ^ self.a;
        self.a = self.a.rotate_left(32);
        self.c = self.c.wrapping_add(self.d);
        self.d = self.d.rotate_left(16) ^ self.c;
        self.a = self.a.wrapping_add(self.d);
        self.d = self.d.rotate_left(21) ^ self.a;
        self.c = self.c.wrapping_add(self.b);
        self.b = self.b.rotate_left(17) ^ self.c;
        self.c = self.c.rotate_left(32);
    }
}

/// Two words of key out of a seed.
#[must_use]
pub fn key(seed: u64) -> [u64; 2] {
    [hash([seed, 0], b"key 0"), hash([seed, 1], b"key 1")]
}

#[cfg(test)]
mod tests {
    use std::hash::{DefaultHasher, Hasher};

    #[test]
    fn it_is_what_the_standard_library_computes_with_key_zero() {
        for n in 0..70u8 {
            let bytes: Vec<u8> = (0..n).collect();
            let mut std = DefaultHasher::new();
            std.write(&bytes);
            assert_eq!(super::hash([0, 0], &bytes), std.finish(), "{n} bytes");
        }
        assert_ne!(super::hash([1, 0], b"a"), super::hash([0, 0], b"a"));
        assert_ne!(super::key(1), super::key(2));
    }
}
