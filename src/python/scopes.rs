//! Which scope a place of a module belongs to.

use super::ir::{ClassId, Function, FunctionId, Module, Scope};
use crate::source::Span;

/// The functions and classes of a module by where they start.
pub struct ScopeIndex {
    starts: Vec<(u32, Scope)>,
}

impl ScopeIndex {
    pub fn new(module: &Module) -> Self {
        let functions = module.functions.iter().enumerate();
        let classes = module.classes.iter().enumerate();
        let mut starts: Vec<(u32, Scope)> = functions
            .map(|(index, function)| (function.span.start, Scope::Function(FunctionId(index as u32))))
            .chain(classes.map(|(index, class)| (class.span.start, Scope::Class(ClassId(index as u32)))))
            .collect();
        starts.sort_by_key(|(start, _)| *start);
        Self { starts }
    }

    /// The innermost function or class around a place, its head included.
    pub fn around(&self, module: &Module, place: Span) -> Scope {
        let before = self.starts.partition_point(|(start, _)| *start <= place.start);
        let mut scope =
            before.checked_sub(1).and_then(|at| self.starts.get(at)).map_or(Scope::Module, |(_, scope)| *scope);
        loop {
            let span = match scope {
                Scope::Module => return Scope::Module,
                Scope::Function(id) => module.function(id).span,
                Scope::Class(id) => module.class(id).span,
            };
            if span.contains(place) {
                return scope;
            }
            scope = module.parent(scope).unwrap_or(Scope::Module);
        }
    }

    /// The scope in which an expression at a place is evaluated. Decorators, defaults, annotations and bases stand outside.
    pub fn of(&self, module: &Module, place: Span) -> Scope {
        let mut scope = self.around(module, place);
        loop {
            let in_head = match scope {
                Scope::Module => return Scope::Module,
                Scope::Function(id) => is_in_head(module, module.function(id), place),
                Scope::Class(id) => {
                    let class = module.class(id);
                    class.decorators.iter().any(|decorator| decorator.span.contains(place))
                        || class.bases.iter().any(|base| module.span(*base).contains(place))
                        || class.keywords.iter().any(|keyword| module.span(keyword.value).contains(place))
                }
            };
            if !in_head {
                return scope;
            }
            scope = module.parent(scope).unwrap_or(Scope::Module);
        }
    }
}

fn is_in_head(module: &Module, function: &Function, place: Span) -> bool {
    let mut outside = function.params.iter().flat_map(|param| [param.annotation, param.default]);
    function.decorators.iter().any(|decorator| decorator.span.contains(place))
        || outside.any(|expr| expr.is_some_and(|expr| module.span(expr).contains(place)))
        || function.returns.is_some_and(|expr| module.span(expr).contains(place))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::lower::lower;
    use crate::source::FileId;

    #[test]
    fn heads_are_evaluated_outside() {
        let text = "a\n@deco(b)\ndef f(x: c = d) -> e:\n    g\n    h = lambda y=i: j\nclass K(l, m=n):\n    o = p\nq\n";
        let module = lower(FileId(0), text);
        let index = ScopeIndex::new(&module);
        let shown = |name: &str| {
            let at = text.find(&format!("{name}\n")).or_else(|| text.find(&format!("{name}:")));
            let at = at.or_else(|| text.find(&format!("{name})"))).or_else(|| text.find(&format!("{name},")));
            let at = at.or_else(|| text.find(&format!("{name} ="))).unwrap() as u32;
            match index.of(&module, Span::new(at, at + 1)) {
                Scope::Module => "module".to_owned(),
                Scope::Function(id) => module.function(id).name.to_string(),
                Scope::Class(id) => module.class(id).name.to_string(),
            }
        };
        let found: Vec<String> = ["a", "b", "c", "d", "e", "g", "i", "j", "l", "n", "p", "q"].map(shown).into();
        let expected =
            ["module", "module", "module", "module", "module", "f", "f", "<lambda>", "module", "module", "K", "module"];
        assert_eq!(found, expected);
    }
}
