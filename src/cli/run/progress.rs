//! The progress bar, on a terminal only: bytes, rate, time to go, matches so far.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::render::grouped;

/// A bar, or nothing.
pub struct Progress(Option<ProgressBar>);

impl Progress {
    /// A bar over so many bytes (0: unknown).
    pub fn new(visible: bool, total: u64) -> Self {
        if !visible {
            return Self(None);
        }
        let bar = ProgressBar::with_draw_target(Some(total).filter(|n| *n > 0), ProgressDrawTarget::stderr_with_hz(8));
        let shape = if total > 0 {
            "{bar:30} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} to go, {msg}"
        } else {
            "{spinner} {bytes}, {bytes_per_sec}, {msg}"
        };
        if let Ok(style) = ProgressStyle::with_template(shape) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(250));
        Self(Some(bar))
    }

    /// Where the run is.
    pub fn set(&self, bytes: u64, matches: u64) {
        if let Some(bar) = &self.0 {
            bar.set_position(bytes);
            bar.set_message(format!("{} matches", grouped(matches)));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
