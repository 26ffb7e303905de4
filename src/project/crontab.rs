//! Every `crontab(…)` of the project, `crontab.from_string(…)` and the `CrontabSchedule` objects of django-celery-beat, as
//! far as their fields are known.

use super::link::Linking;
use crate::celery::crontab::{self, Crontab, Field, Given, Refusal};
use crate::celery::release::Minor;
use crate::python::ir::{Argument, Call, ExprId, ExprKind, Module, Splat};
use crate::python::{Args, Eval, ModuleId, Site, Value, ValueKind};
use crate::source::Loc;

/// One crontab.
#[derive(Debug, Clone)]
pub struct CrontabCall {
    pub form: Form,
    /// The call.
    pub at: Loc,
    /// In the order of `crontab()`'s arguments; of a text from `from_string` they have no place of their own.
    pub fields: [Option<Argued>; 5],
    /// The text of `from_string`, if it is known.
    pub text: Option<Argued>,
    /// More is given than is known.
    pub open: bool,
    /// Keywords that `crontab()` does not take.
    pub unexpected: Vec<(String, Loc)>,
    /// The sixth positional argument.
    pub too_many: Option<Loc>,
    /// The keywords, in order.
    pub keywords: Vec<(String, Loc)>,
    /// Something shows that the arguments stand in cron's order.
    pub cron_order: Option<CronOrder>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Call,
    FromString,
    /// `CrontabSchedule(…)`, `CrontabSchedule.objects.create(…)` and the like.
    Database,
}

/// A given field.
#[derive(Debug, Clone)]
pub struct Argued {
    pub given: Given,
    pub at: Loc,
}

/// How a crontab shows that its arguments stand in cron's order.
#[derive(Debug, Clone)]
pub enum CronOrder {
    /// `crontab(*expression.split())`: the splat.
    Split(Loc),
    /// A variable is named after another field than the one it becomes.
    Named { name: String, becomes: Field, at: Loc },
}

/// Where a crontab that a release refuses is wrong.
#[derive(Debug, Clone)]
pub struct Wrong {
    pub refusal: Refusal,
    pub field: Option<Field>,
    pub at: Loc,
}

impl CrontabCall {
    /// What a release makes of it; none when its text is not known or is refused as a whole.
    pub fn made(&self, release: Minor) -> Option<Crontab> {
        if self.open {
            return None;
        }
        let given = match (&self.form, &self.text) {
            (Form::FromString, Some(text)) => crontab::from_string(literal(&text.given)?, release).ok()?,
            (Form::FromString, None) => return None,
            _ => self.fields.clone().map(|field| field.map(|field| field.given)),
        };
        Some(crontab::make(&given, release))
    }

    /// The place of a field: its value, or the text that it is a part of.
    pub fn place(&self, field: Field) -> Loc {
        let own = self.fields.get(field as usize).and_then(Option::as_ref).or(self.text.as_ref());
        own.map_or(self.at, |argued| argued.at)
    }

    /// What a release refuses about it, days that never come apart.
    pub fn wrong(&self, release: Minor) -> Option<Wrong> {
        let about = |refusal, at| Some(Wrong { refusal, field: None, at });
        if let (Form::FromString, Some(text)) = (self.form, &self.text)
            && let Err(refusal) = crontab::from_string(literal(&text.given)?, release)
        {
            return about(refusal, text.at);
        }
        if let Some(at) = self.too_many {
            let message = "crontab() takes at most 5 positional arguments".to_owned();
            return about(Refusal { exception: "TypeError", message }, at);
        }
        if let Some((name, at)) = self.unexpected.first() {
            let message = format!("unexpected keyword argument '{name}'");
            return about(Refusal { exception: "TypeError", message }, *at);
        }
        let made = self.made(release)?;
        let order = [Field::Hour, Field::Minute, Field::DayOfWeek, Field::DayOfMonth, Field::MonthOfYear];
        order.into_iter().find_map(|field| {
            let refusal = made.slots.get(field as usize)?.refusal.clone()?;
            Some(Wrong { refusal, field: Some(field), at: self.place(field) })
        })
    }

    /// The values of a field as the source gives it.
    pub fn given(&self, field: Field) -> Option<&Given> {
        self.fields.get(field as usize).and_then(Option::as_ref).map(|argued| &argued.given)
    }
}

fn literal(given: &Given) -> Option<&str> {
    match given {
        Given::Text(text) => Some(text),
        _ => None,
    }
}

const CLASS: &[&str] = &["celery.schedules.crontab", "celery.task.schedules.crontab"];
const MODEL: &str = "django_celery_beat.models.CrontabSchedule";
/// What else `crontab()` takes.
const OTHER_KEYWORDS: &[&str] = &["nowfun", "app"];

/// Every crontab of the project.
pub fn find(linking: &Linking) -> Vec<CrontabCall> {
    let mut found = linking.per_module(|eval, id| in_module(linking, eval, id));
    found.sort_by_key(|crontab: &CrontabCall| crontab.at);
    found
}

fn in_module(linking: &Linking, eval: &Eval, id: ModuleId) -> Vec<CrontabCall> {
    let module = linking.modules.get(id);
    let aliases = module.imports.iter().filter(|import| import.name.as_deref() == Some("crontab"));
    let aliases: Vec<&str> = aliases.filter_map(|import| import.bound.as_deref()).collect();
    let mut found = Vec::new();
    for fact in &module.calls {
        let Some(call) = module.call(fact.call) else { continue };
        let Some(last) = module.last_name(call.func) else { continue };
        let named = matches!(&**last, "crontab" | "from_string" | "CrontabSchedule" | "create" | "get_or_create");
        if !named && !aliases.contains(&&**last) {
            continue;
        }
        let Some(form) = form(&eval.expr(id, fact.context.scope, call.func)) else { continue };
        let site = Site { module: id, scope: fact.context.scope, expr: fact.call };
        found.push(describe(linking, eval, module, call, site, form));
    }
    found
}

fn form(callee: &Value) -> Option<Form> {
    let path = callee.external()?;
    if CLASS.contains(&path) {
        return Some(Form::Call);
    }
    if path.strip_suffix(".from_string").is_some_and(|class| CLASS.contains(&class)) {
        return Some(Form::FromString);
    }
    let rest = path.strip_prefix(MODEL)?;
    matches!(rest, "" | ".objects.create" | ".objects.get_or_create").then_some(Form::Database)
}

fn describe(linking: &Linking, eval: &Eval, module: &Module, call: &Call, site: Site, form: Form) -> CrontabCall {
    let args = eval.arguments(site);
    let at = Loc::new(module.file, module.span(site.expr));
    let argued = |value: &Value, at: Loc| Argued { given: given(linking, value), at };
    let values = positions(module, call);
    let place =
        |position: usize, name: &str| values.get(position).copied().or_else(|| keyword_place(module, call, name));
    let mut crontab = CrontabCall {
        form,
        at,
        fields: Default::default(),
        text: None,
        // `get_or_create(hour=5, defaults={"minute": 0})`
        open: args.open || form == Form::Database && args.named("defaults").is_some(),
        unexpected: Vec::new(),
        too_many: None,
        keywords: args.named.iter().map(|(name, _, at)| (name.clone(), *at)).collect(),
        cron_order: None,
    };
    if form == Form::FromString {
        crontab.text = args.get(0, "crontab").map(|value| argued(value, place(0, "crontab").unwrap_or(at)));
        return crontab;
    }
    crontab.fields = Field::ALL.map(|field| {
        let position = if form == Form::Call { field as usize } else { usize::MAX };
        let value = args.get(position, field.name())?;
        Some(argued(value, place(position, field.name()).unwrap_or(at)))
    });
    if form == Form::Call {
        let known = |name: &str| Field::by_name(name).is_some() || OTHER_KEYWORDS.contains(&name);
        let unexpected = args.named.iter().filter(|(name, _, _)| !known(name));
        crontab.unexpected = unexpected.map(|(name, _, at)| (name.clone(), *at)).collect();
        crontab.too_many = args.positional.get(5).map(|value| values.get(5).copied().or(value.at).unwrap_or(at));
        crontab.cron_order = cron_order(eval, module, call, site, &args);
    }
    crontab
}

/// The places of the positional arguments.
fn positions(module: &Module, call: &Call) -> Vec<Loc> {
    call.positional().map(|argument| Loc::new(module.file, module.span(argument.value))).collect()
}

fn keyword_place(module: &Module, call: &Call, name: &str) -> Option<Loc> {
    call.keyword(name).map(|argument| Loc::new(module.file, module.span(argument.value)))
}

/// The value of a field as Celery would look at it.
fn given(linking: &Linking, value: &Value) -> Given {
    match &value.kind {
        ValueKind::Text(_) if is_bytes(linking, value) => Given::Unknown,
        ValueKind::Text(_) => value.as_literal().map_or(Given::Unknown, Given::Text),
        ValueKind::Int(number) => Given::Int(*number),
        ValueKind::Bool(truth) => Given::Int(i64::from(*truth)),
        ValueKind::Float(_) => Given::Float,
        ValueKind::None => Given::None,
        ValueKind::List { items, open: false } => numbers(items.iter()),
        ValueKind::Dict(dict) if !dict.open => numbers(dict.entries.iter().map(|(key, _)| key)),
        _ => Given::Unknown,
    }
}

fn is_bytes(linking: &Linking, value: &Value) -> bool {
    let source = value.at.map_or("", |at| linking.sources.snippet(at));
    let prefix = source.split(['"', '\'']).next().unwrap_or_default();
    prefix.len() < 3 && prefix.contains(['b', 'B'])
}

fn numbers<'v>(items: impl Iterator<Item = &'v Value>) -> Given {
    let mut found = Vec::new();
    for item in items {
        match item.kind {
            ValueKind::Int(number) => found.push(number),
            ValueKind::Bool(truth) => found.push(i64::from(truth)),
            ValueKind::Text(_) => return Given::Texts,
            _ => return Given::Unknown,
        }
    }
    Given::Ints(found)
}

/// Names of variables that say which field they hold.
const NAMES: &[(&[&str], Field)] = &[
    (&["minute", "minutes"], Field::Minute),
    (&["hour", "hours"], Field::Hour),
    (&["day_of_week", "dow", "weekday", "week_day"], Field::DayOfWeek),
    (&["day_of_month", "dom", "month_day"], Field::DayOfMonth),
    (&["month_of_year", "month", "moy", "months"], Field::MonthOfYear),
];

fn cron_order(eval: &Eval, module: &Module, call: &Call, site: Site, args: &Args) -> Option<CronOrder> {
    if let [Argument { splat: Some(Splat::Positional), value, .. }] = &*call.args {
        let split = is_split(module, *value).then(|| Loc::new(module.file, module.span(*value)))?;
        // A text whose days and months are all `*` means the same in any order.
        let plain = |value: &Value| value.as_literal().as_deref() == Some("*");
        let harmless = !args.open && args.positional.iter().skip(2).all(plain);
        return (!harmless && receiver_is_text(eval, module, site, *value)).then_some(CronOrder::Split(split));
    }
    let named = call.positional().zip(Field::ALL).find_map(|(argument, becomes)| {
        let name = module.last_name(argument.value)?;
        let lower = name.to_ascii_lowercase();
        let (_, of) = NAMES.iter().find(|(names, _)| names.contains(&lower.as_str()))?;
        let at = Loc::new(module.file, module.span(argument.value));
        (*of != becomes).then(|| CronOrder::Named { name: name.to_string(), becomes, at })
    })?;
    Some(named)
}

/// `expression.split()` and `expression.split(" ")`.
fn is_split(module: &Module, expr: ExprId) -> bool {
    let Some(call) = module.call(expr) else { return false };
    matches!(&module.expr(call.func).kind, ExprKind::Attribute { attr, .. } if &**attr == "split")
        && call.args.len() < 2
}

/// Whether what is split may be an expression of cron: unknown, or a text of five fields.
fn receiver_is_text(eval: &Eval, module: &Module, site: Site, expr: ExprId) -> bool {
    let Some(call) = module.call(expr) else { return false };
    let ExprKind::Attribute { value, .. } = module.expr(call.func).kind else { return false };
    // The project may keep its expressions in Celery's own order, and say so.
    let says = module.dotted(value).is_some_and(|name| name.to_ascii_lowercase().contains("celery"));
    match eval.expr(site.module, site.scope, value).as_literal() {
        Some(text) => text.split_whitespace().count() == 5,
        None => !says,
    }
}
