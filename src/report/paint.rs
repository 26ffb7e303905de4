//! Colours and hyperlinks.

use crate::finding::Severity;
use crate::rule::Rule;

use super::RenderOptions;

/// The address that all our pages begin with.
pub const HOME: &str = env!("CARGO_PKG_HOMEPAGE");

/// The address of a rule's page; none as long as the package names no homepage.
pub fn rule_url(rule: &Rule) -> Option<String> {
    let home = HOME.trim_end_matches('/');
    (!home.is_empty()).then(|| format!("{home}/rules/{}", rule.name))
}

/// Wraps words in ANSI codes, or does not.
#[derive(Debug, Clone, Copy)]
pub struct Paint {
    color: bool,
    links: bool,
}

impl Paint {
    pub fn of(options: &RenderOptions) -> Self {
        Self { color: options.color, links: options.links }
    }

    fn with(self, code: &str, text: &str) -> String {
        if self.color { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_string() }
    }

    pub fn bold(self, text: &str) -> String {
        self.with("1", text)
    }

    pub fn dim(self, text: &str) -> String {
        self.with("2", text)
    }

    pub fn help(self, text: &str) -> String {
        self.with("36", text)
    }

    pub fn severity(self, severity: Severity, text: &str) -> String {
        let code = match severity {
            Severity::Error => "1;31",
            Severity::Warning => "1;33",
            Severity::Note => "1;36",
        };
        self.with(code, text)
    }

    /// A rule's name, linked to its page.
    pub fn rule(self, rule: &Rule) -> String {
        let name = self.dim(rule.name);
        match rule_url(rule).filter(|_| self.links) {
            Some(url) => format!("\x1b]8;;{url}\x1b\\{name}\x1b]8;;\x1b\\"),
            None => name,
        }
    }
}

impl Severity {
    pub fn word(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}
