//! How click reads the words behind a sub-command of Celery, in one release: what it accepts, and the first thing it refuses.

use super::{CommandFact, OptionFact, convert, typed};
use crate::celery::release::Minor;

/// A word of a command line, as far as it is known.
#[derive(Debug, Clone)]
pub struct Given {
    /// The characters, up to the first that is not known.
    pub text: String,
    /// That is all of it.
    pub whole: bool,
}

impl Given {
    pub fn known(text: &str) -> Self {
        Self { text: text.to_owned(), whole: true }
    }
}

/// A value that an option was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Of a flag: false for its opposite.
    Flag(bool),
    Text(String),
    Unknown,
}

/// What a command line comes to.
#[derive(Debug, Clone, Default)]
pub struct Parsed {
    /// The last value of each option by its long name, in the order in which they first occur.
    pub options: Vec<(String, Value)>,
    /// The words that are no options, by their index.
    pub positional: Vec<usize>,
}

/// Why a command line is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The exception: click's own, or another that the conversion raises.
    pub error: &'static str,
    /// The index of the word.
    pub word: usize,
    /// The index of the word with the refused value.
    pub value: Option<usize>,
    /// The option, as written; a letter of joined ones with its dash.
    pub option: String,
}

/// Sub-commands that do nothing by themselves, and say so.
const NEED_SUB_COMMAND: &[&str] = &["graph", "list", "logtool", "upgrade"];

/// Reads the words behind a sub-command.
pub fn parse(command: &CommandFact, words: &[Given], release: Minor) -> Result<Parsed, Refusal> {
    let needs = NEED_SUB_COMMAND.contains(&command.name.as_str());
    if needs && words.is_empty() {
        let error = if release < Minor(5, 3) { "Exit" } else { "NoArgsIsHelpError" };
        return Err(refusal(error, 0, None, ""));
    }
    let group = needs || command.name == "amqp";
    let parsed = Parsed::default();
    let mut reader = Reader { command, words, release, next: 0, found: Vec::new(), parsed, open: false, eager: None };
    reader.words(group)?;
    reader.convert()?;
    if !group && !command.any {
        reader.arguments()?;
    }
    Ok(reader.parsed)
}

struct Reader<'a> {
    command: &'a CommandFact,
    words: &'a [Given],
    release: Minor,
    next: usize,
    found: Vec<Found<'a>>,
    parsed: Parsed,
    /// A word that is not known stands where an option may stand.
    open: bool,
    /// The word `--help`.
    eager: Option<usize>,
}

struct Found<'a> {
    fact: &'a OptionFact,
    option: String,
    word: usize,
    value: Value,
    value_word: usize,
}

fn refusal(error: &'static str, word: usize, value: Option<usize>, option: &str) -> Refusal {
    Refusal { error, word, value, option: option.to_owned() }
}

impl<'a> Reader<'a> {
    fn words(&mut self, group: bool) -> Result<(), Refusal> {
        while let Some(word) = self.words.get(self.next) {
            let at = self.next;
            self.next += 1;
            let dashed = word.text.starts_with('-') && (word.text.len() > 1 || !word.whole);
            if dashed && word.whole && word.text == "--" {
                self.parsed.positional.extend(self.next..self.words.len());
                break;
            }
            if dashed {
                self.option(word, at)?;
                continue;
            }
            self.open |= !word.whole;
            self.parsed.positional.push(at);
            if group {
                // The rest belongs to the sub-command below.
                self.parsed.positional.extend(self.next..self.words.len());
                break;
            }
        }
        Ok(())
    }

    fn option(&mut self, word: &'a Given, at: usize) -> Result<(), Refusal> {
        let joined = word.text.split_once('=');
        let name = joined.map_or(word.text.as_str(), |(name, _)| name);
        let cut = joined.is_none() && !word.whole;
        if cut && (word.text.starts_with("--") || word.text == "-") {
            self.open = true;
            return Ok(());
        }
        if !name.starts_with("--") {
            return self.short(word, at);
        }
        if name == "--help" && !self.command.any {
            self.eager.get_or_insert(at);
            return Ok(());
        }
        let Some(fact) = self.command.option_in(name, self.release) else { return self.unknown(name, at) };
        match joined {
            Some(_) if fact.flag => Err(refusal("BadOptionUsage", at, Some(at), name)),
            Some((_, text)) => {
                let value = if word.whole { Value::Text(text.to_owned()) } else { Value::Unknown };
                self.push(fact, name, at, value, at);
                Ok(())
            }
            None => self.plain(fact, name, at),
        }
    }

    fn unknown(&self, name: &str, at: usize) -> Result<(), Refusal> {
        if self.command.any { Ok(()) } else { Err(refusal("NoSuchOption", at, None, name)) }
    }

    /// `-Ofair`, `-BE`.
    fn short(&mut self, word: &'a Given, at: usize) -> Result<(), Refusal> {
        for (start, letter) in word.text.char_indices().skip(1) {
            let name = format!("-{letter}");
            let Some(fact) = self.command.option_in(&name, self.release) else { return self.unknown(&name, at) };
            let rest = word.text.get(start + letter.len_utf8()..).unwrap_or_default();
            if !fact.flag && (!rest.is_empty() || !word.whole) {
                let value = if word.whole { Value::Text(rest.to_owned()) } else { Value::Unknown };
                self.push(fact, &name, at, value, at);
                return Ok(());
            }
            self.plain(fact, &name, at)?;
        }
        self.open |= !word.whole;
        Ok(())
    }

    /// An option whose value is the next word, whatever that is.
    fn plain(&mut self, fact: &'a OptionFact, name: &str, at: usize) -> Result<(), Refusal> {
        if fact.flag {
            self.push(fact, name, at, Value::Flag(!name.starts_with("--no-")), at);
            return Ok(());
        }
        let Some(word) = self.words.get(self.next) else {
            return Err(refusal("BadOptionUsage", at, None, name));
        };
        let value = if word.whole { Value::Text(word.text.clone()) } else { Value::Unknown };
        self.push(fact, name, at, value, self.next);
        self.next += 1;
        Ok(())
    }

    fn push(&mut self, fact: &'a OptionFact, option: &str, word: usize, value: Value, value_word: usize) {
        self.found.push(Found { fact, option: option.to_owned(), word, value, value_word });
    }

    /// click converts the last value of each option, in the order in which they first occur.
    fn convert(&mut self) -> Result<(), Refusal> {
        // They print something before any value is looked at.
        let list = self.found.iter().find(|found| found.fact.name() == "list").map(|found| found.word);
        if let Some(at) = self.eager.or(list) {
            return Err(refusal("Exit", at, None, ""));
        }
        for (at, first) in self.found.iter().enumerate() {
            let same = |found: &&Found<'_>| std::ptr::eq(found.fact, first.fact);
            if self.found.iter().take(at).any(|found| same(&found)) {
                continue;
            }
            let last = self.found.iter().rfind(same).unwrap_or(first);
            let name = last.fact.name();
            if let Value::Text(text) = &last.value {
                let (kind, choices) = last.fact.kind_in(self.release);
                convert::convert(kind, choices, name, text, self.release)
                    .map_err(|error| refusal(error, last.word, Some(last.value_word), &last.option))?;
            }
            self.parsed.options.push((name.to_owned(), last.value.clone()));
        }
        Ok(())
    }

    /// The words that are no options: too few, too many, or not among the choices.
    fn arguments(&self) -> Result<(), Refusal> {
        let end = self.words.len().saturating_sub(1);
        let facts: Vec<_> =
            self.command.arguments.iter().filter(|fact| fact.releases().contains(self.release)).collect();
        let required = facts.iter().filter(|fact| fact.required).count();
        if self.parsed.positional.len() < required && !self.open {
            return Err(refusal("MissingParameter", end, None, ""));
        }
        if let ([fact], Some(at)) = (facts.as_slice(), self.parsed.positional.first()) {
            let word = self.words.get(*at).filter(|word| word.whole);
            let (kind, choices) = typed(fact.kind.as_deref(), &fact.choices, &fact.before, self.release);
            let converted = word.map(|word| convert::convert(kind, choices, &fact.name, &word.text, self.release));
            if let Some(Err(error)) = converted {
                return Err(refusal(error, *at, Some(*at), ""));
            }
        }
        let extra = self.command.extra.as_deref().and_then(|since| since.parse::<Minor>().ok());
        let many = extra.is_some_and(|since| since <= self.release) || facts.iter().any(|fact| fact.many);
        match self.parsed.positional.get(facts.len()).filter(|_| !many && !self.open) {
            Some(at) => Err(refusal("UsageError", *at, None, "")),
            None => Ok(()),
        }
    }
}
