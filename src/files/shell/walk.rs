//! Walks the tokens of a script: compound commands, assignments, simple commands.

use std::ops::Range;

use super::lex::{self, Part, RawWord, Token};
use super::scope::{Held, Scope};
use crate::files::{Command, FileFacts, Word};
use crate::source::{FileId, Loc, Piece, Span, Text};

/// How deep command substitutions and `sh -c` are followed.
const MAX_DEPTH: usize = 12;

/// A text that is shell, and where it stands.
pub(super) struct Source<'t> {
    pub text: &'t str,
    /// Where the text starts in its file.
    pub base: u32,
    pub file: FileId,
    /// Places that do not correspond byte for byte; anything inside is placed at the whole.
    pub coarse: Vec<Span>,
}

impl Source<'_> {
    pub fn loc(&self, range: &Range<usize>) -> Loc {
        let span = Span::of(range.start, range.end).shifted(self.base);
        let touched = self.coarse.iter().filter(|coarse| coarse.overlaps(span));
        Loc::new(self.file, touched.fold(span, |span, coarse| span.cover(*coarse)))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Group,
    Function,
    /// `case`; whether a pattern comes next.
    Case {
        pattern: bool,
    },
}

/// An open compound command.
struct Block {
    kind: Kind,
    /// The length of the scope's guards at its start, and where its current list starts.
    entry: usize,
    floor: usize,
}

pub(super) struct Walker<'s> {
    pub source: &'s Source<'s>,
    pub scope: &'s mut Scope,
    pub out: &'s mut FileFacts,
    pub service: Option<&'s str>,
    /// Inside `[ … ]`: reads only ask whether and how a variable is set.
    pub testing: bool,
    pub depth: usize,
    blocks: Vec<Block>,
    /// What the tests of the current list showed to be set.
    pub(super) tested: Vec<String>,
    /// The next command starts a new list.
    fresh: bool,
    /// `name()` was read: the next group is its body.
    function: bool,
    /// Inside `export $(…)`: files that are read set the environment.
    pub(super) exporting: bool,
    /// The command stands behind `&&` or `||`.
    pub(super) conditional: bool,
}

/// A word of a simple command, or `NAME=( … )`.
pub(super) enum Item<'t> {
    Word(&'t RawWord),
    Array(&'t RawWord, Vec<&'t RawWord>),
}

impl<'s> Walker<'s> {
    pub fn new(source: &'s Source<'s>, scope: &'s mut Scope, out: &'s mut FileFacts, service: Option<&'s str>) -> Self {
        Self {
            source,
            scope,
            out,
            service,
            testing: false,
            depth: 0,
            blocks: Vec::new(),
            tested: Vec::new(),
            fresh: true,
            function: false,
            exporting: false,
            conditional: false,
        }
    }

    pub fn run(&mut self, range: Range<usize>) {
        let tokens = lex::tokens(self.source.text, range, true);
        let mut at = 0;
        while at < tokens.len() {
            at = self.step(&tokens, at);
        }
        while !self.blocks.is_empty() {
            self.leave();
        }
    }

    /// The commands of a substitution, in the same text.
    pub fn inner(&mut self, range: Range<usize>) {
        if self.depth < MAX_DEPTH {
            let mut walker = Walker::new(self.source, self.scope, self.out, self.service);
            walker.depth = self.depth + 1;
            walker.conditional = self.conditional;
            walker.exporting = self.exporting;
            walker.run(range);
        }
    }

    /// Commands in another text (`sh -c '…'`).
    pub fn embedded(&mut self, text: &Text) {
        let Some(masked) = super::mask::Masked::of(text).filter(|_| self.depth < MAX_DEPTH) else { return };
        let source = masked.source();
        let mut walker = Walker::new(&source, self.scope, self.out, self.service);
        walker.depth = self.depth + 1;
        walker.run(0..source.text.len());
    }

    fn step(&mut self, tokens: &[Token], at: usize) -> usize {
        if let Some(Block { kind: Kind::Case { pattern: true }, .. }) = self.blocks.last() {
            return self.pattern(tokens, at);
        }
        match &tokens[at] {
            Token::Newline | Token::Semicolon | Token::Background => self.end_list(),
            Token::Pipe => {}
            Token::Or => self.conditional = true,
            Token::And => {
                self.conditional = true;
                self.scope.guarded.extend(self.tested.iter().cloned());
            }
            Token::Open => self.open(),
            Token::Close => self.leave(),
            Token::CaseEnd => self.case_end(),
            Token::Redirect => return self.redirect(tokens, at),
            // A file that the script writes: lines that set something count as words.
            Token::HereDoc(parts) => {
                let text = self.text_of(parts);
                let words: Vec<Word> = text.lines().into_iter().filter_map(line_word).collect();
                if let (Some(first), Some(last)) = (words.first(), words.last()) {
                    let at = Loc::new(first.at.file, first.at.span.cover(last.at.span));
                    self.push_command(words, at);
                }
            }
            Token::Comment(range) => self.comment(range),
            Token::Word(word) => return self.keyword(word, tokens, at),
        }
        at + 1
    }

    fn comment(&mut self, range: &Range<usize>) {
        let span = self.loc(range).span;
        self.out.comments.push(span);
    }

    fn end_list(&mut self) {
        let floor = self.blocks.last().map_or(0, |block| block.floor);
        self.scope.guarded.truncate(floor);
        self.fresh = true;
        self.conditional = false;
    }

    fn open(&mut self) {
        let kind = if std::mem::take(&mut self.function) { Kind::Function } else { Kind::Group };
        self.enter(kind);
    }

    fn enter(&mut self, kind: Kind) {
        let entry = self.scope.guarded.len();
        self.scope.functions += usize::from(kind == Kind::Function);
        self.scope.enter();
        self.blocks.push(Block { kind, entry, floor: entry });
    }

    fn leave(&mut self) {
        if let Some(block) = self.blocks.pop() {
            self.scope.functions -= usize::from(block.kind == Kind::Function);
            self.scope.leave();
            self.scope.guarded.truncate(block.entry);
        }
    }

    /// `then`, `do`: what the condition showed holds inside.
    fn begin(&mut self) {
        if let Some(block) = self.blocks.last_mut() {
            self.scope.guarded.append(&mut self.tested);
            block.floor = self.scope.guarded.len();
        }
    }

    /// `else`, `elif`.
    fn branch(&mut self) {
        self.scope.branch();
        if let Some(block) = self.blocks.last_mut() {
            block.floor = block.entry;
            self.scope.guarded.truncate(block.entry);
        }
        self.tested.clear();
    }

    fn case_end(&mut self) {
        if let Some(Block { kind: Kind::Case { pattern }, .. }) = self.blocks.last_mut() {
            *pattern = true;
            self.scope.branch();
        }
    }

    /// One token of a `case` pattern.
    fn pattern(&mut self, tokens: &[Token], at: usize) -> usize {
        let ends = matches!(&tokens[at], Token::Word(word) if self.bare(word) == Some("esac"));
        match &tokens[at] {
            Token::Word(_) if ends => self.leave(),
            Token::Comment(range) => self.comment(range),
            Token::Close => {
                if let Some(block) = self.blocks.last_mut() {
                    block.kind = Kind::Case { pattern: false };
                }
            }
            _ => {}
        }
        at + 1
    }

    /// The text of a word that is one run of unquoted characters.
    pub(super) fn bare(&self, word: &RawWord) -> Option<&'s str> {
        match word.parts.as_slice() {
            [Part::Literal { range, quoted: false }] => Some(&self.source.text[range.clone()]),
            _ => None,
        }
    }

    fn keyword(&mut self, word: &RawWord, tokens: &[Token], at: usize) -> usize {
        match self.bare(word).unwrap_or_default() {
            "if" | "while" | "until" => {
                self.tested.clear();
                self.enter(Kind::Group);
            }
            "then" | "do" => self.begin(),
            "elif" | "else" => self.branch(),
            "fi" | "done" | "esac" | "}" => self.leave(),
            "{" => self.open(),
            "!" | "time" => {}
            "function" => return self.definition(at + 2, tokens),
            "for" | "select" => return self.for_loop(tokens, at + 1),
            "case" => return self.case(tokens, at + 1),
            "[[" => return self.double_test(tokens, at + 1),
            _ if matches!(tokens.get(at + 1..at + 3), Some([Token::Open, Token::Close])) => {
                return self.definition(at + 1, tokens);
            }
            _ => return self.simple(tokens, at),
        }
        at + 1
    }

    /// A function's name was read; passes over its brackets.
    fn definition(&mut self, at: usize, tokens: &[Token]) -> usize {
        self.function = true;
        let brackets = matches!(tokens.get(at..at + 2), Some([Token::Open, Token::Close]));
        if brackets { at + 2 } else { at }
    }

    fn for_loop(&mut self, tokens: &[Token], at: usize) -> usize {
        self.enter(Kind::Group);
        let Some(Token::Word(name)) = tokens.get(at) else { return at };
        if let Some(name) = self.bare(name) {
            self.scope.set(name, Held::Unknown);
        }
        self.words_from(tokens, at + 1)
    }

    fn case(&mut self, tokens: &[Token], at: usize) -> usize {
        let Some(Token::Word(subject)) = tokens.get(at) else { return at };
        self.text_of(&subject.parts);
        let is_in = |token: &Token| matches!(token, Token::Word(word) if self.bare(word) == Some("in"));
        let Some(found) = tokens[at + 1..].iter().take(8).position(is_in) else { return at + 1 };
        self.enter(Kind::Case { pattern: true });
        at + found + 2
    }

    /// Reads the variables of the words up to the next operator.
    fn words_from(&mut self, tokens: &[Token], mut at: usize) -> usize {
        while let Some(Token::Word(word)) = tokens.get(at) {
            self.text_of(&word.parts);
            at += 1;
        }
        at
    }

    /// `[[ … ]]`, where operators are part of the test.
    fn double_test(&mut self, tokens: &[Token], at: usize) -> usize {
        let end = |token: &Token| matches!(token, Token::Word(word) if self.bare(word) == Some("]]"));
        let is_newline = |token: &Token| matches!(token, Token::Newline);
        let rest = &tokens[at..];
        let length = rest.iter().position(|token| end(token) || is_newline(token)).unwrap_or(rest.len());
        let closed = rest.get(length).is_some_and(end);
        let words: Vec<&RawWord> = rest[..length]
            .iter()
            .filter_map(|token| if let Token::Word(word) = token { Some(word) } else { None })
            .collect();
        self.test(&words);
        at + length + usize::from(closed)
    }

    fn redirect(&mut self, tokens: &[Token], at: usize) -> usize {
        let Some(Token::Word(target)) = tokens.get(at + 1) else { return at + 1 };
        self.text_of(&target.parts);
        at + 2
    }

    fn simple(&mut self, tokens: &[Token], mut at: usize) -> usize {
        if std::mem::take(&mut self.fresh) {
            self.tested.clear();
        }
        let mut items = Vec::new();
        while at < tokens.len() {
            match &tokens[at] {
                Token::Word(word) => {
                    let array = matches!(tokens.get(at + 1), Some(Token::Open)) && self.opens_array(word);
                    if !array {
                        items.push(Item::Word(word));
                        at += 1;
                        continue;
                    }
                    let (list, next) = array_items(tokens, at + 2);
                    items.push(Item::Array(word, list));
                    at = next;
                }
                Token::Redirect => at = self.redirect(tokens, at),
                _ => break,
            }
        }
        self.command(&items);
        at
    }

    pub(super) fn push_command(&mut self, words: Vec<Word>, at: Loc) {
        if !words.is_empty() {
            self.out.commands.push(Command { words, at, service: self.service.map(str::to_owned) });
        }
    }
}

/// A line of a here-document that sets something, as a word.
fn line_word(text: Text) -> Option<Word> {
    const SETS: &[&str] = &["=", "://", "requirepass ", "masterauth "];
    let sets =
        |piece: &Piece| matches!(piece, Piece::Literal { text, .. } if SETS.iter().any(|sign| text.contains(sign)));
    text.pieces.iter().any(sets).then_some(())?;
    let at = text.pieces.iter().find_map(|piece| match piece {
        Piece::Literal { at, .. } | Piece::Env { at, .. } | Piece::Unknown { at: Some(at) } => Some(*at),
        Piece::Unknown { at: None } => None,
    })?;
    Some(Word { text, at })
}

/// The words of `( … )` after `NAME=`, and the index after them.
fn array_items(tokens: &[Token], mut at: usize) -> (Vec<&RawWord>, usize) {
    let mut list = Vec::new();
    while at < tokens.len() {
        match &tokens[at] {
            Token::Word(word) => list.push(word),
            Token::Close => return (list, at + 1),
            _ => {}
        }
        at += 1;
    }
    (list, at)
}
