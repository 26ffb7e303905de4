//! Whether the arguments of a call fit a task: as Celery checks them when the task is sent (celery/app/task.py,
//! `check_arguments`; a stub with the function's header is called), and as Python does when the worker calls the function.

/// The parameters of a task's function, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Signature {
    pub positional: Vec<Parameter>,
    pub keyword_only: Vec<Parameter>,
    /// `*args`
    pub rest: bool,
    /// `**kwargs`
    pub keywords: bool,
    /// Celery passes the task itself first (`bind=True`).
    pub bound: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    pub name: String,
    pub has_default: bool,
    pub positional_only: bool,
}

/// The arguments of a call.
#[derive(Debug, Clone, Copy, Default)]
pub struct Given<'g> {
    /// How many positional arguments there are.
    pub positional: usize,
    /// The keyword arguments, in order.
    pub named: &'g [&'g str],
    /// More arguments may follow: nothing is missing for sure.
    pub open: bool,
}

/// Who checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checker {
    /// Celery, when the task is sent: it knows no positional-only parameters.
    Celery,
    /// Python, when the worker calls the function.
    Python,
}

/// What does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mismatch {
    /// Required parameters without an argument.
    Missing { names: Vec<String>, keyword_only: bool },
    /// More positional arguments than parameters; the numbers count the task itself where it is passed.
    TooMany { least: usize, most: usize, given: usize, named: usize },
    /// A keyword that no parameter takes.
    Unexpected(String),
    /// A keyword for a parameter that has a positional argument already.
    Multiple(String),
    /// Keywords for parameters that are positional only.
    PositionalOnly(Vec<String>),
}

impl Signature {
    /// The first thing that is wrong with a call, in the order in which Python looks.
    pub fn mismatch(&self, given: Given, checker: Checker) -> Option<Mismatch> {
        let positional = given.positional + usize::from(self.bound);
        self.wrong_keyword(positional, given, checker)
            .or_else(|| self.too_many(positional, given))
            .or_else(|| self.missing(positional, given, checker))
    }

    /// The signature that Celery checked up to 5.0, which took the first keyword-only parameters for the required ones,
    /// whichever had defaults (`celery.utils.functional._argsfromspec`).
    pub fn up_to_5_0(&self) -> Self {
        let required = self.keyword_only.iter().filter(|it| !it.has_default).count();
        let taken = |(at, it): (usize, &Parameter)| Parameter { has_default: at >= required, ..it.clone() };
        Self { keyword_only: self.keyword_only.iter().enumerate().map(taken).collect(), ..self.clone() }
    }

    /// Whether no call can pass anything.
    pub fn takes_nothing(&self) -> bool {
        self.positional.len() <= usize::from(self.bound) && self.keyword_only.is_empty() && !self.rest && !self.keywords
    }

    /// The parameter that a keyword is for.
    fn taken(&self, name: &str, checker: Checker) -> Option<usize> {
        let takes = |it: &Parameter| it.name == name && !(checker == Checker::Python && it.positional_only);
        self.positional.iter().position(takes)
    }

    fn wrong_keyword(&self, positional: usize, given: Given, checker: Checker) -> Option<Mismatch> {
        let mut seen: Vec<&str> = Vec::new();
        for name in given.named {
            let position = self.taken(name, checker);
            let known = position.is_some() || self.keyword_only.iter().any(|it| it.name == *name);
            if !known && !self.keywords {
                let only: Vec<String> = self.positional_only_of(given);
                let refused = checker == Checker::Python && !only.is_empty();
                return Some(if refused {
                    Mismatch::PositionalOnly(only)
                } else {
                    Mismatch::Unexpected((*name).to_owned())
                });
            }
            if position.is_some_and(|position| position < positional) || seen.contains(name) {
                return Some(Mismatch::Multiple((*name).to_owned()));
            }
            seen.push(name);
        }
        None
    }

    fn positional_only_of(&self, given: Given) -> Vec<String> {
        let passed = |it: &&Parameter| it.positional_only && given.named.contains(&it.name.as_str());
        self.positional.iter().filter(passed).map(|it| it.name.clone()).collect()
    }

    fn too_many(&self, positional: usize, given: Given) -> Option<Mismatch> {
        let most = self.positional.len();
        if self.rest || positional <= most {
            return None;
        }
        let least = self.positional.iter().filter(|it| !it.has_default).count();
        let named = self.keyword_only.iter().filter(|it| given.named.contains(&it.name.as_str())).count();
        Some(Mismatch::TooMany { least, most, given: positional, named })
    }

    fn missing(&self, positional: usize, given: Given, checker: Checker) -> Option<Mismatch> {
        if given.open {
            return None;
        }
        let named = |it: &Parameter| {
            given.named.contains(&it.name.as_str()) && !(checker == Checker::Python && it.positional_only)
        };
        let absent = |it: &&Parameter| !it.has_default && !named(it);
        let names = |it: &Parameter| it.name.clone();
        let first: Vec<String> = self.positional.iter().skip(positional).filter(absent).map(names).collect();
        if !first.is_empty() {
            return Some(Mismatch::Missing { names: first, keyword_only: false });
        }
        let others: Vec<String> = self.keyword_only.iter().filter(absent).map(names).collect();
        (!others.is_empty()).then_some(Mismatch::Missing { names: others, keyword_only: true })
    }
}

impl Mismatch {
    /// Python's own words, without the name of the function: `missing 1 required positional argument: 'y'`.
    pub fn words(&self) -> String {
        match self {
            Self::Missing { names, keyword_only } => {
                let kind = if *keyword_only { "keyword-only" } else { "positional" };
                format!("missing {} required {kind} argument{}: {}", names.len(), plural(names.len()), listed(names))
            }
            Self::TooMany { least, most, given, named } => too_many(*least, *most, *given, *named),
            Self::Unexpected(name) => format!("got an unexpected keyword argument '{name}'"),
            Self::Multiple(name) => format!("got multiple values for argument '{name}'"),
            Self::PositionalOnly(names) => {
                format!("got some positional-only arguments passed as keyword arguments: '{}'", names.join(", "))
            }
        }
    }
}

fn too_many(least: usize, most: usize, given: usize, named: usize) -> String {
    let (takes, ending) = match least == most {
        true => (most.to_string(), plural(most)),
        false => (format!("from {least} to {most}"), "s"),
    };
    let besides = match named {
        0 => String::new(),
        _ => format!(" positional argument{} (and {named} keyword-only argument{})", plural(given), plural(named)),
    };
    let verb = if given == 1 && named == 0 { "was" } else { "were" };
    format!("takes {takes} positional argument{ending} but {given}{besides} {verb} given")
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// `'a'`, `'a' and 'b'`, `'a', 'b', and 'c'`.
fn listed(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [first, second] => format!("{first} and {second}"),
        [rest @ .., last] => format!("{}, and {last}", rest.join(", ")),
    }
}
