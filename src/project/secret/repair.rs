//! How a credential could be taken out of a source: the expression that would read it from the environment instead, in
//! the idiom of the file it stands in. What cannot be said surely has no repair.

use rustc_hash::FxHashMap;

use super::Secret;
use super::literals::Tree;
use super::reader::{Reader, reader_of};
use crate::celery::env::{password_role, url_role};
use crate::celery::{SecretKind, settings, url};
use crate::project::link::Linking;
use crate::python::ir::{BindingKind, ExprId, ExprKind, Module, Scope, StrPart};
use crate::python::{Eval, ModuleId};
use crate::source::{FileKind, Loc, Span, Text};

/// A change of the source, and what the environment must hold for the program to work as before.
#[derive(Debug, Clone, PartialEq)]
pub struct Repair {
    /// The variable to read.
    pub key: String,
    /// Its value.
    pub value: String,
    /// What a template shows in its place.
    pub placeholder: String,
    /// Replacements, not overlapping.
    pub edits: Vec<(Loc, String)>,
}

const PLACEHOLDER: &str = "change-me";

/// Gives every exposed secret its repair. Two secrets never share a variable unless they share its value.
pub(super) fn plan(linking: &Linking, secrets: &mut [Secret]) {
    let eval = linking.eval();
    let modules: FxHashMap<_, ModuleId> = (0..linking.modules.len()).map(|id| (linking.modules.file(id), id)).collect();
    let mut taken: FxHashMap<String, String> = FxHashMap::default();
    for secret in secrets.iter_mut().filter(|secret| secret.is_exposed()) {
        let Some(file) = secret.at.first().map(|at| linking.sources.get(at.file)) else { continue };
        let repair = match file.kind {
            FileKind::Python => modules.get(&file.id).and_then(|id| Python::new(linking, &eval, *id).repair(secret)),
            FileKind::Compose => compose(secret),
            _ => None,
        };
        secret.repair = repair.filter(|repair| {
            let holder = taken.entry(repair.key.clone()).or_insert_with(|| repair.value.clone());
            *holder == repair.value
        });
    }
}

/// In a compose file the value is interpolated; compose reads `.env` beside the file by itself.
fn compose(secret: &Secret) -> Option<Repair> {
    let [at] = secret.at.as_slice() else { return None };
    if secret.in_default || at.span.len() as usize != secret.value.len() {
        return None;
    }
    let own = secret.carrier.as_deref().filter(|name| password_role(name).is_some_and(|role| !role.with_user));
    let key = own.map_or_else(|| password_key(secret), str::to_uppercase);
    Some(Repair {
        value: secret.value.clone(),
        placeholder: PLACEHOLDER.to_owned(),
        edits: vec![(*at, format!("${{{key}}}"))],
        key,
    })
}

struct Python<'a> {
    eval: &'a Eval<'a>,
    id: ModuleId,
    module: &'a Module,
    text: &'a str,
    tree: Tree,
}

impl<'a> Python<'a> {
    fn new(linking: &'a Linking, eval: &'a Eval<'a>, id: ModuleId) -> Self {
        let module = linking.modules.get(id);
        Self { eval, id, module, text: &linking.sources.get(module.file).text, tree: Tree::new(module) }
    }

    fn repair(&self, secret: &Secret) -> Option<Repair> {
        let literal = self.literal_of(secret)?;
        let ExprKind::Str(parts) = &self.module.expr(literal).kind else { return None };
        let whole: Option<String> = parts
            .iter()
            .map(|part| match part {
                StrPart::Literal { text, .. } => Some(&**text),
                StrPart::Hole { .. } => None,
            })
            .collect();
        match whole {
            Some(whole) if secret.in_default => self.default(secret, literal, whole),
            Some(whole) => self.whole(secret, literal, whole),
            None if !secret.in_default => self.in_fstring(secret, literal),
            None => None,
        }
    }

    /// The string expression that holds all characters of the secret.
    fn literal_of(&self, secret: &Secret) -> Option<ExprId> {
        let holds = |span: Span| secret.at.iter().all(|at| at.file == self.module.file && span.contains(at.span));
        let literals = (0..self.module.exprs.len() as u32).map(ExprId).filter(|id| {
            let expr = self.module.expr(*id);
            matches!(expr.kind, ExprKind::Str(_)) && holds(expr.span)
        });
        literals.min_by_key(|id| self.module.span(*id).len())
    }

    /// A literal that is the URL, or the password, as a whole.
    fn whole(&self, secret: &Secret, literal: ExprId, whole: String) -> Option<Repair> {
        let reader = reader_of(self.eval, self.id, self.module.span(literal).start)?;
        if self.sets_environment(literal) {
            return None;
        }
        if whole == secret.value {
            let named = self.name_of(literal).filter(|name| password_role(name).is_some_and(|role| !role.with_user));
            let key = named.map_or_else(|| password_key(secret), str::to_uppercase);
            return Some(self.replaced(&reader, literal, key, whole, PLACEHOLDER.to_owned()));
        }
        let alone = self.tree.parent(literal).is_none_or(|parent| {
            !matches!(
                self.module.expr(parent).kind,
                ExprKind::Binary { .. } | ExprKind::Attribute { .. } | ExprKind::Str(_) | ExprKind::Subscript { .. }
            )
        });
        let place = Loc::new(self.module.file, self.module.span(literal));
        let is_url =
            !url::secrets(&Text::literal(whole.as_str(), place)).is_empty() && !whole.contains(char::is_whitespace);
        if !alone || !is_url {
            return None;
        }
        let placeholder = whole.replacen(&secret.value, PLACEHOLDER, 1);
        Some(self.replaced(&reader, literal, url_key(secret), whole, placeholder))
    }

    /// The module-level name that the literal is assigned to.
    fn name_of(&self, literal: ExprId) -> Option<&str> {
        let mut names = self.module.scope.names.iter();
        let found = names.find(|(_, bindings)| {
            bindings.iter().any(|binding| matches!(binding.kind, BindingKind::Value(value) if value == literal))
        });
        found.map(|(name, _)| &**name)
    }

    fn replaced(&self, reader: &Reader, literal: ExprId, key: String, value: String, placeholder: String) -> Repair {
        // The literal's own quotes: inside an f-string the others may not stand.
        let span = self.module.span(literal);
        let source = self.text.get(span.range()).unwrap_or_default();
        let quote = source.chars().find(|c| matches!(c, '"' | '\'')).unwrap_or('"');
        let mut edits = vec![(Loc::new(self.module.file, span), reader.read(&key, quote))];
        edits.extend(self.import(reader));
        Repair { key, value, placeholder, edits }
    }

    /// A part of an f-string becomes a hole that reads the variable.
    fn in_fstring(&self, secret: &Secret, literal: ExprId) -> Option<Repair> {
        let [at] = secret.at.as_slice() else { return None };
        let source = self.text.get(self.module.span(literal).range())?;
        let quote = source.chars().find(|c| matches!(c, '"' | '\''))?;
        let other = if quote == '"' { '\'' } else { '"' };
        if at.span.len() as usize != secret.value.len() || source.contains(&other.to_string().repeat(3)) {
            return None;
        }
        let reader = reader_of(self.eval, self.id, at.span.start)?;
        let key = password_key(secret);
        let mut edits = vec![(*at, format!("{{{}}}", reader.read(&key, other)))];
        edits.extend(self.import(&reader));
        Some(Repair { key, value: secret.value.clone(), placeholder: PLACEHOLDER.to_owned(), edits })
    }

    /// The default of an environment read goes; the variable keeps its name.
    fn default(&self, secret: &Secret, literal: ExprId, whole: String) -> Option<Repair> {
        let (key, edit) = match self.tree.parent(literal) {
            None => self.settings_field(literal)?,
            Some(parent) => match &self.module.expr(parent).kind {
                ExprKind::Call(_) => self.default_argument(parent, literal)?,
                ExprKind::Logic { any: true, values } => match &**values {
                    [first, second] if *second == literal => {
                        let key = self.key_of(*first)?;
                        let text = self.required(*first)?;
                        (key, (Loc::new(self.module.file, self.module.span(parent)), text))
                    }
                    _ => return None,
                },
                _ => return None,
            },
        };
        let placeholder =
            if whole == secret.value { PLACEHOLDER.to_owned() } else { whole.replacen(&secret.value, PLACEHOLDER, 1) };
        Some(Repair { key, value: whole, placeholder, edits: vec![edit] })
    }

    /// `os.environ.get("X", default)` becomes `os.environ["X"]`; other readers lose their default.
    fn default_argument(&self, call: ExprId, literal: ExprId) -> Option<(String, (Loc, String))> {
        let key = self.key_of(call)?;
        if let Some(text) = self.required(call) {
            return Some((key, (Loc::new(self.module.file, self.module.span(call)), text)));
        }
        let args = &self.module.call(call)?.args;
        let index = args.iter().position(|argument| argument.value == literal)?;
        let before = self.module.span(args.get(index.checked_sub(1)?)?.value).end;
        let end = self.module.span(literal).end;
        Some((key, (Loc::new(self.module.file, Span::new(before, end)), String::new())))
    }

    /// The text of a read that fails when the variable is not set, for reads of `os.environ`.
    fn required(&self, call: ExprId) -> Option<String> {
        let inner = self.module.call(call)?;
        let name = self.module.dotted(inner.func)?;
        let key = self.text.get(self.module.span(inner.positional().next()?.value).range())?;
        let environ = match name.strip_suffix(".get") {
            Some(environ) if environ.ends_with("environ") => environ.to_owned(),
            _ => format!("{}.environ", name.strip_suffix(".getenv")?),
        };
        Some(format!("{environ}[{key}]"))
    }

    fn key_of(&self, call: ExprId) -> Option<String> {
        let fact = self.module.calls.iter().find(|fact| fact.call == call)?;
        let reads = self.eval.read_at(self.id, fact.context, call);
        match reads.as_slice() {
            [read] if !read.dynamic => match read.keys.as_slice() {
                [key] => key.names.first().cloned(),
                _ => None,
            },
            _ => None,
        }
    }

    /// `broker_url: str = "…"` in a settings class: the field becomes required.
    fn settings_field(&self, literal: ExprId) -> Option<(String, (Loc, String))> {
        let classes = self.module.classes.iter().enumerate();
        for (index, class) in classes {
            let id = crate::python::ir::ClassId(index as u32);
            for (name, bindings) in &class.scope.names {
                let value = bindings.iter().any(|b| matches!(b.kind, BindingKind::Value(value) if value == literal));
                let annotation = bindings.iter().find_map(|binding| match binding.kind {
                    BindingKind::Annotation(annotation) => Some(annotation),
                    _ => None,
                });
                let (true, Some(annotation)) = (value, annotation) else { continue };
                if !self.eval.is_settings_class(self.id, id) {
                    return None;
                }
                let fields = self.eval.settings_fields(self.id, id);
                let key = fields.iter().find(|field| field.name == **name)?.keys.first()?.clone();
                let from = self.module.span(annotation).end;
                let span = Span::new(from, self.module.span(literal).end);
                return Some((key, (Loc::new(self.module.file, span), String::new())));
            }
        }
        None
    }

    /// `os.environ["X"] = "…"`: reading X there would be a circle.
    fn sets_environment(&self, literal: ExprId) -> bool {
        let stored = self.module.stores.iter().filter(|store| store.value == literal).any(|store| {
            matches!(&self.module.expr(store.target).kind, ExprKind::Subscript { value, .. }
                if self.module.dotted(*value).is_some_and(|name| name.ends_with("environ")))
        });
        let called = self.tree.parent(literal).and_then(|parent| self.module.call(parent)).is_some_and(|call| {
            self.module.dotted(call.func).is_some_and(|name| name.contains("environ") || name.ends_with("getenv"))
        });
        let body = self.tree.scope_of(self.module, literal) == Scope::Module;
        stored || (called && body)
    }

    fn import(&self, reader: &Reader) -> Option<(Loc, String)> {
        let import = reader.import.as_ref()?;
        let at = self.module.import_at;
        let place = |at: u32| Loc::new(self.module.file, Span::new(at, at));
        if at > 0 {
            return Some((place(at), format!("\n{import}")));
        }
        Some((place(first_code(self.text)), format!("{import}\n")))
    }
}

/// Where the first line stands that is neither a comment nor empty.
fn first_code(text: &str) -> u32 {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if !(line.trim().is_empty() || line.starts_with('#')) {
            break;
        }
        at += line.len();
    }
    at as u32
}

/// The variable for a whole URL.
fn url_key(secret: &Secret) -> String {
    let carrier = secret.carrier.as_deref().unwrap_or_default();
    if let Some(fact) = settings::lookup(carrier).filter(|fact| fact.since.is_some()) {
        return format!("CELERY_{}", fact.name.to_uppercase());
    }
    if url_role(carrier).is_some() {
        return carrier.to_uppercase();
    }
    let key = match secret.opens.as_str() {
        "broker" => "CELERY_BROKER_URL",
        "result backend" => "CELERY_RESULT_BACKEND",
        "RabbitMQ" => "RABBITMQ_URL",
        "Flower" => "FLOWER_BROKER_API",
        _ => "REDIS_URL",
    };
    key.to_owned()
}

/// The variable for a password alone.
fn password_key(secret: &Secret) -> String {
    let carrier = secret.carrier.as_deref().unwrap_or_default();
    if password_role(carrier).is_some_and(|role| !role.with_user) && !carrier.starts_with('-') {
        let upper = carrier.to_uppercase();
        return if upper.starts_with("BROKER_") { format!("CELERY_{upper}") } else { upper };
    }
    let ending = if secret.kind == SecretKind::Key { "KEY" } else { "PASSWORD" };
    let service = match secret.opens.as_str() {
        "broker" => "CELERY_BROKER",
        "result backend" => "CELERY_RESULT_BACKEND",
        "RabbitMQ" => "RABBITMQ",
        "Flower" => "FLOWER",
        "message signing key" => "CELERY_SECURITY_KEY",
        _ => "REDIS",
    };
    format!("{service}_{ending}")
}
