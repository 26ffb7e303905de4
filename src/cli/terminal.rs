//! What the terminal can show: colours, links, width, and progress while a run takes long.

use std::env;
use std::io::IsTerminal;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use indicatif::ProgressBar;

use super::args::ColorWhen;

/// Columns of output that goes to no terminal.
const PIPED_WIDTH: usize = 100;
/// Wider lines are hard to read.
const MAX_WIDTH: usize = 120;

/// Whether to colour what goes to standard output, or to standard error.
#[derive(Debug, Clone, Copy)]
pub struct Colors {
    pub out: bool,
    pub err: bool,
}

impl Colors {
    pub fn of(when: ColorWhen) -> Self {
        let read = |name: &str| env::var(name).ok();
        Self {
            out: wants_color(when, std::io::stdout().is_terminal(), read),
            err: wants_color(when, std::io::stderr().is_terminal(), read),
        }
    }
}

/// <https://no-color.org>, <https://force-color.org> and <https://bixense.com/clicolors>, in this order.
fn wants_color(when: ColorWhen, terminal: bool, read: impl Fn(&str) -> Option<String>) -> bool {
    let set = |name: &str| read(name).is_some_and(|value| !value.is_empty());
    let forced = |name: &str| read(name).is_some_and(|value| !value.is_empty() && value != "0");
    match when {
        ColorWhen::Always => true,
        ColorWhen::Never => false,
        ColorWhen::Auto if set("NO_COLOR") => false,
        ColorWhen::Auto if forced("FORCE_COLOR") || forced("CLICOLOR_FORCE") => true,
        ColorWhen::Auto if read("CLICOLOR").as_deref() == Some("0") || read("TERM").as_deref() == Some("dumb") => false,
        ColorWhen::Auto => terminal,
    }
}

/// Whether standard output is a terminal that is known to show hyperlinks.
pub fn shows_links() -> bool {
    let set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    let program = env::var("TERM_PROGRAM").unwrap_or_default();
    let vte = env::var("VTE_VERSION").ok().and_then(|version| version.parse::<u32>().ok()).is_some_and(|v| v >= 5000);
    let known = ["iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper"].contains(&&*program);
    let marks = ["WT_SESSION", "KITTY_WINDOW_ID", "KONSOLE_VERSION", "DOMTERM", "ALACRITTY_WINDOW_ID"];
    std::io::stdout().is_terminal() && !set("CI") && (known || vte || marks.iter().any(|mark| set(mark)))
}

/// In columns.
pub fn width() -> usize {
    let columns = env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let terminal = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    columns.or_else(terminal).unwrap_or(PIPED_WIDTH).clamp(40, MAX_WIDTH)
}

/// Whether drawings may be more than ASCII.
pub fn shows_unicode() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| env::var(name).ok().filter(|v| !v.is_empty()));
    !std::io::stdout().is_terminal() || locale.is_none_or(|locale| locale.to_ascii_lowercase().contains("utf"))
}

/// A spinner on standard error from half a second after its start until it is dropped.
pub struct Progress {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Progress {
    /// Shows nothing unless `wanted` and standard error is a terminal.
    pub fn start(wanted: bool, message: &'static str) -> Self {
        if !wanted || !std::io::stderr().is_terminal() {
            return Self { stop: None, thread: None };
        }
        let (stop, stopped) = mpsc::channel::<()>();
        let thread = thread::spawn(move || {
            if stopped.recv_timeout(Duration::from_millis(500)) == Err(RecvTimeoutError::Timeout) {
                let bar = ProgressBar::new_spinner().with_message(message);
                bar.enable_steady_tick(Duration::from_millis(100));
                let _ = stopped.recv();
                bar.finish_and_clear();
            }
        });
        Self { stop: Some(stop), thread: Some(thread) }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn auto(terminal: bool, variables: &[(&str, &str)]) -> bool {
        wants_color(ColorWhen::Auto, terminal, |name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn colours_follow_the_conventions() {
        assert!(auto(true, &[]) && !auto(false, &[]));
        assert!(!auto(true, &[("NO_COLOR", "1"), ("FORCE_COLOR", "1")]));
        assert!(auto(true, &[("NO_COLOR", "")]));
        assert!(auto(false, &[("FORCE_COLOR", "1")]) && !auto(false, &[("FORCE_COLOR", "0")]));
        assert!(auto(false, &[("CLICOLOR_FORCE", "1")]));
        assert!(!auto(true, &[("CLICOLOR", "0")]) && !auto(true, &[("TERM", "dumb")]));
    }
}
