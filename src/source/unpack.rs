//! Plain, gzip (any number of members) or zstd (any number of frames), told by the first bytes. What was clean is handed
//! on; what broke is kept as a [`Broken`] for the caller to name.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::GzDecoder;
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::Reason;
use super::limits::{MAX_RATIO, RATIO_FROM};

/// Why the rest of an archive cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// In one word.
    pub reason: Reason,
    /// For people.
    pub detail: String,
}

/// A stream that counts what it gives and keeps its own error apart from those of a decoder above it.
struct Counted<R> {
    inner: R,
    bytes: u64,
    ended: bool,
    error: Option<io::Error>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.inner.read(buf) {
                Ok(n) => {
                    self.bytes += n as u64;
                    self.ended |= n == 0 && !buf.is_empty();
                    return Ok(n);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    let again = io::Error::new(error.kind(), error.to_string());
                    self.error = Some(error);
                    return Err(again);
                }
            }
        }
    }
}

type Packed<R> = BufReader<Counted<R>>;

enum State<R> {
    Plain(Packed<R>),
    /// Inside a gzip member.
    Gzip(Box<GzDecoder<Packed<R>>>),
    /// Inside a zstd frame.
    Zstd(Packed<R>, Box<FrameDecoder>),
    /// Between members or frames.
    Between(Packed<R>, Form),
    Ended(Packed<R>),
    /// Only while one state becomes another.
    Changing,
}

#[derive(Clone, Copy, PartialEq)]
enum Form {
    Gzip,
    Zstd,
}

/// How bytes are packed, by the first of them.
fn form(head: &[u8]) -> Option<Form> {
    match head {
        [0x1f, 0x8b, ..] => Some(Form::Gzip),
        [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Form::Zstd),
        _ => None,
    }
}

/// Whether an input that begins with these bytes is compressed, and so read whole or not at all; four are enough.
#[must_use]
pub fn is_packed(head: &[u8]) -> bool {
    form(head).is_some() || is_parquet(head)
}

/// Whether an input that begins with these bytes is Parquet; four are enough.
#[must_use]
pub fn is_parquet(head: &[u8]) -> bool {
    head.starts_with(b"PAR1") || head.starts_with(b"PARE")
}

/// A stream without its compression.
pub struct Unpack<R> {
    state: State<R>,
    plain: u64,
    broken: Option<Broken>,
}

/// How much is read of a compressed file at a time.
const PACKED: usize = 64 << 10;
/// How much plain text at least is asked of zstd at a time.
const ZSTD_STEP: usize = 128 << 10;

impl<R: Read> Unpack<R> {
    /// Looks at the first bytes.
    ///
    /// # Errors
    /// Those of the stream.
    pub fn new(input: R) -> io::Result<Unpack<R>> {
        let counted = Counted { inner: input, bytes: 0, ended: false, error: None };
        let mut packed = BufReader::with_capacity(PACKED, counted);
        let state = match form(packed.fill_buf()?) {
            Some(form) => State::Between(packed, form),
            None => State::Plain(packed),
        };
        Ok(Unpack { state, plain: 0, broken: None })
    }

    /// Bytes read of the stream so far, and bytes handed on.
    pub fn counts(&self) -> (u64, u64) {
        (self.packed().map_or(0, |p| p.get_ref().bytes), self.plain)
    }

    /// What broke, if something did.
    pub fn broken(&self) -> Option<&Broken> {
        self.broken.as_ref()
    }

    fn packed(&self) -> Option<&Packed<R>> {
        match &self.state {
            State::Plain(p) | State::Zstd(p, _) | State::Between(p, _) | State::Ended(p) => Some(p),
            State::Gzip(decoder) => Some(decoder.get_ref()),
            State::Changing => None,
        }
    }

    /// Gives up on the rest; the stream's own error is not the archive's.
    fn give_up(&mut self, mut packed: Packed<R>, reason: Reason, detail: String) -> io::Result<usize> {
        if let Some(error) = packed.get_mut().error.take() {
            return Err(error);
        }
        let cut = reason == Reason::BadArchive && packed.get_ref().ended && packed.buffer().is_empty();
        let reason = if cut { Reason::TruncatedArchive } else { reason };
        self.broken = Some(Broken { reason, detail });
        self.state = State::Ended(packed);
        Ok(0)
    }

    /// One read of the decoder; 0 where a state ends.
    fn step(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match std::mem::replace(&mut self.state, State::Changing) {
            State::Plain(mut packed) => {
                let got = packed.read(buf);
                self.state = State::Plain(packed);
                got
            }
            State::Gzip(mut decoder) => match decoder.read(buf) {
                Ok(0) => {
                    self.state = State::Between(decoder.into_inner(), Form::Gzip);
                    Ok(0)
                }
                Ok(n) => {
                    self.state = State::Gzip(decoder);
                    Ok(n)
                }
                Err(error) => {
                    let cut = error.kind() == io::ErrorKind::UnexpectedEof;
                    let reason = if cut { Reason::TruncatedArchive } else { Reason::BadArchive };
                    let detail = if cut { "the gzip member ends early".to_owned() } else { format!("gzip: {error}") };
                    self.give_up(decoder.into_inner(), reason, detail)
                }
            },
            State::Zstd(mut packed, mut decoder) => {
                if decoder.can_collect() == 0 && !decoder.is_finished() {
                    let how = BlockDecodingStrategy::UptoBytes(buf.len().max(ZSTD_STEP));
                    if let Err(error) = decoder.decode_blocks(&mut packed, how) {
                        return self.give_up(packed, Reason::BadArchive, format!("zstd: {error}"));
                    }
                }
                let n = decoder.read(buf)?;
                self.state = if decoder.is_finished() && decoder.can_collect() == 0 {
                    State::Between(packed, Form::Zstd)
                } else {
                    State::Zstd(packed, decoder)
                };
                Ok(n)
            }
            State::Between(packed, form) => self.next_part(packed, form),
            ended => {
                self.state = ended;
                Ok(0)
            }
        }
    }

    /// The next member or frame; or the end; or what does not belong there.
    fn next_part(&mut self, mut packed: Packed<R>, form: Form) -> io::Result<usize> {
        let head = packed.fill_buf()?;
        match (form, head) {
            (_, []) => self.state = State::Ended(packed),
            (Form::Gzip, [0x1f, ..]) => self.state = State::Gzip(Box::new(GzDecoder::new(packed))),
            (Form::Gzip, [0, ..]) => {
                // Blocks of zeros fill up archives that were on tape.
                let zeros = head.iter().take_while(|b| **b == 0).count();
                packed.consume(zeros);
                self.state = State::Between(packed, form);
            }
            (Form::Zstd, [0x28 | 0x50..=0x5f, ..]) => {
                let mut decoder = Box::new(FrameDecoder::new());
                match decoder.init(&mut packed) {
                    Ok(()) => self.state = State::Zstd(packed, decoder),
                    Err(error) => return self.skippable(packed, &error),
                }
            }
            (form, _) => {
                let name = if form == Form::Gzip { "gzip member" } else { "zstd frame" };
                let at = packed.get_ref().bytes - packed.buffer().len() as u64;
                let detail = format!("what follows the last {name}, at byte {at} of the archive, is none");
                return self.give_up(packed, Reason::BadArchive, detail);
            }
        }
        Ok(0)
    }

    /// A zstd frame that holds no data is passed over; any other trouble with a frame's head ends the archive.
    fn skippable(
        &mut self,
        mut packed: Packed<R>,
        error: &ruzstd::decoding::errors::FrameDecoderError,
    ) -> io::Result<usize> {
        use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
        if let FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. }) = error {
            let length = u64::from(*length);
            if io::copy(&mut packed.by_ref().take(length), &mut io::sink())? == length {
                self.state = State::Between(packed, Form::Zstd);
                return Ok(0);
            }
        }
        self.give_up(packed, Reason::BadArchive, format!("zstd: {error}"))
    }
}

impl<R: Read> Read for Unpack<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        loop {
            let n = self.step(buf)?;
            if n == 0 {
                match self.state {
                    State::Plain(_) | State::Ended(_) => return Ok(0),
                    _ => continue,
                }
            }
            let packed = self.packed().map_or(0, |p| p.get_ref().bytes);
            if !matches!(self.state, State::Plain(_))
                && self.plain + n as u64 > RATIO_FROM
                && (self.plain + n as u64) / MAX_RATIO > packed
            {
                let plain = self.plain;
                return match std::mem::replace(&mut self.state, State::Changing) {
                    State::Zstd(p, _) | State::Between(p, _) | State::Plain(p) | State::Ended(p) => {
                        self.give_up(p, Reason::Ratio, ratio_words(plain, packed))
                    }
                    State::Gzip(decoder) => {
                        self.give_up(decoder.into_inner(), Reason::Ratio, ratio_words(plain, packed))
                    }
                    State::Changing => Ok(0),
                };
            }
            self.plain += n as u64;
            return Ok(n);
        }
    }
}

fn ratio_words(plain: u64, packed: u64) -> String {
    format!("more than {MAX_RATIO} bytes from each compressed byte ({plain} from {packed}): a decompression bomb")
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).expect("memory");
        encoder.finish().expect("memory")
    }

    fn zstd(bytes: &[u8]) -> Vec<u8> {
        ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
    }

    fn unpacked(bytes: &[u8]) -> (Vec<u8>, Option<Reason>, (u64, u64)) {
        let mut unpack = Unpack::new(bytes).expect("memory");
        let mut out = Vec::new();
        unpack.read_to_end(&mut out).expect("memory");
        (out, unpack.broken().map(|b| b.reason), unpack.counts())
    }

    fn noise(n: usize) -> Vec<u8> {
        let mut x = 1u32;
        let step = |x: &mut u32| {
            *x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (*x >> 24) as u8
        };
        (0..n).map(|_| step(&mut x)).collect()
    }

    #[test]
    fn members_and_frames_are_joined() {
        let (a, b) = (noise(200_000), b"second".to_vec());
        let joined = [a.clone(), b.clone()].concat();
        assert_eq!(unpacked(&joined).0, joined, "plain");
        for pack in [gzip as fn(&[u8]) -> Vec<u8>, zstd] {
            let packed = [pack(&a), pack(b""), pack(&b)].concat();
            let (out, broken, (read, plain)) = unpacked(&packed);
            assert!(out == joined && broken.is_none(), "{broken:?}");
            assert_eq!((read, plain), (packed.len() as u64, joined.len() as u64));
        }
        assert_eq!(unpacked(&[gzip(&b), vec![0; 5000]].concat()).1, None, "zeros fill up");
        let skippable = [&[0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3][..], &zstd(&b)].concat();
        assert_eq!(unpacked(&skippable).0, b);
        assert_eq!(unpacked(b""), (vec![], None, (0, 0)));
    }

    #[test]
    fn what_was_clean_is_used() {
        let a = noise(200_000);
        let packed = gzip(&a);
        let (out, broken, _) = unpacked(&packed[..150_000]);
        assert!(out.len() > 100_000 && a.starts_with(&out));
        assert_eq!(broken, Some(Reason::TruncatedArchive));
        let (out, broken, _) = unpacked(&[gzip(b"clean"), b"garbage".to_vec()].concat());
        assert_eq!((out.as_slice(), broken), (&b"clean"[..], Some(Reason::BadArchive)));
        let mut wrong = gzip(b"the checksum is wrong");
        let n = wrong.len();
        wrong[n - 6] ^= 1;
        assert_eq!(unpacked(&wrong).1, Some(Reason::BadArchive));
        assert_eq!(unpacked(&[0x1f, 0x8b]).1, Some(Reason::TruncatedArchive));
        assert_eq!(unpacked(b"\x1f\x8bnot gzip at all").1, Some(Reason::BadArchive));
        let packed = zstd(&a);
        assert_eq!(unpacked(&packed[..packed.len() / 2]).1, Some(Reason::TruncatedArchive));
        assert_eq!(unpacked(&[zstd(b"clean"), b"garbage".to_vec()].concat()).1, Some(Reason::BadArchive));
    }

    #[test]
    fn a_bomb_stops() {
        let (out, broken, _) = unpacked(&gzip(&vec![b' '; 64 << 20]));
        assert_eq!(broken, Some(Reason::Ratio));
        assert!(out.len() < 32 << 20, "{}", out.len());
        let (out, broken, _) = unpacked(&gzip(&vec![b' '; 1 << 20]));
        assert_eq!((out.len(), broken), (1 << 20, None), "small ones are no bombs");
    }

    #[test]
    fn an_error_of_the_disk_is_no_broken_archive() {
        struct Failing(Vec<u8>, usize);
        impl Read for Failing {
            fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
                let n = buf.len().min(100).min(self.0.len() - self.1);
                if n == 0 {
                    return Err(io::Error::other("disk"));
                }
                buf[..n].copy_from_slice(&self.0[self.1..self.1 + n]);
                self.1 += n;
                Ok(n)
            }
        }
        let packed = gzip(&noise(10_000));
        let mut unpack = Unpack::new(Failing(packed[..5000].to_vec(), 0)).expect("a first block");
        let error = unpack.read_to_end(&mut Vec::new()).expect_err("the disk");
        assert_eq!(error.to_string(), "disk");
    }
}
