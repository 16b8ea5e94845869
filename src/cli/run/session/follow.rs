//! `--follow`: files and folders are looked at again and again, standard input is read as it comes; whatever is decided
//! is told within a second.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::super::inputs::Inputs;
use super::super::work::{listen, stopped};
use super::{Pipe, Session};
use crate::cli::exit::{Failure, io_words};

/// Inputs are looked at this often.
const POLL: Duration = Duration::from_millis(250);

/// Looking at inputs may take this part of the time.
const SHARE: u32 = 4;

/// How often Ctrl-C is looked for.
const NAP: Duration = Duration::from_millis(50);

/// Follows the inputs until Ctrl-C, SIGTERM, or the end of standard input where there is nothing else.
///
/// # Errors
/// State cannot be read or written; findings cannot be written.
pub fn follow(session: &mut Session<'_>) -> Result<(), Failure> {
    listen();
    let arguments = &session.env.args.events;
    let piped = arguments.iter().any(|a| a == Path::new("-"));
    let only_piped = piped && arguments.len() == 1;
    if piped {
        session.pipe = Some(Pipe::new());
    }
    loop {
        let began = Instant::now();
        let inputs = Inputs::find(arguments);
        for failure in &inputs.failures {
            // It may come yet.
            session.tell("note", &format!("{failure}; waiting for it"));
        }
        let read = session.read(&inputs.list, true)?;
        if read || session.unconfirmed {
            session.tick(false)?;
        }
        let ended = session.pipe.as_ref().is_some_and(|p| p.ended && p.buffer.is_empty());
        if stopped() || (ended && only_piped) {
            break;
        }
        let looked = if read { Duration::ZERO } else { began.elapsed() };
        session.nap(POLL.saturating_sub(began.elapsed()).max(looked * SHARE))?;
    }
    session.tick(true)
}

impl Session<'_> {
    /// Waits; less if something comes on standard input.
    fn nap(&mut self, time: Duration) -> Result<(), Failure> {
        let until = Instant::now() + time;
        while !stopped() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            match self.pipe.as_mut().filter(|p| !p.ended) {
                Some(pipe) => {
                    let told = |e| Failure::new(format!("cannot read standard input: {}", io_words(&e)));
                    if pipe.wait(left.min(NAP)).map_err(told)? {
                        pipe.is_plain()?;
                        break;
                    }
                }
                None => thread::sleep(left.min(NAP)),
            }
        }
        Ok(())
    }
}
