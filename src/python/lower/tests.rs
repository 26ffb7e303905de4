//! What lowering keeps: bindings with their order and kind, calls with their context, stores, self stores, spans.

use super::{lower, parses};
use crate::python::ir::*;
use crate::source::FileId;

fn module(text: &str) -> Module {
    lower(FileId(0), text)
}

/// `name: kind kind …` of a scope, names in alphabetical order; `?` marks conditional bindings, `@` those in a loop.
fn bindings(scope: &ScopeBindings) -> Vec<String> {
    let kind = |binding: &Binding| {
        let kind = match &binding.kind {
            BindingKind::Value(_) => "value".to_owned(),
            BindingKind::Unpack { path, .. } => format!("unpack{path:?}"),
            BindingKind::Element { path, .. } => format!("element{path:?}"),
            BindingKind::Context(_) => "with".to_owned(),
            BindingKind::Augmented { op, .. } => format!("{op:?}"),
            BindingKind::ItemStore { .. } => "item".to_owned(),
            BindingKind::DeepStore => "deep".to_owned(),
            BindingKind::AttrStore { attr, .. } => format!(".{attr}"),
            BindingKind::Mutation { method, .. } => format!("{method}()"),
            BindingKind::Annotation(_) => "annotation".to_owned(),
            BindingKind::Import(module) => format!("import {}", module.name),
            BindingKind::ImportFrom { module, name } => {
                format!("from {}{} import {name}", ".".repeat(module.level as usize), module.name)
            }
            BindingKind::Function(_) => "def".to_owned(),
            BindingKind::Class(_) => "class".to_owned(),
            BindingKind::Param(index) => format!("param {index}"),
            BindingKind::Unknown => "unknown".to_owned(),
        };
        let conditional = if binding.conditional { "?" } else { "" };
        let looped = if binding.in_loop.is_some() { "@" } else { "" };
        format!("{kind}{conditional}{looped}")
    };
    let mut names: Vec<String> = scope
        .names
        .iter()
        .map(|(name, bindings)| format!("{name}: {}", bindings.iter().map(kind).collect::<Vec<_>>().join(", ")))
        .collect();
    names.sort();
    names
}

/// Compares the module bindings of each text.
fn check(table: &[(&str, &[&str])]) {
    for (text, expected) in table {
        assert_eq!(bindings(&module(text).scope), *expected, "{text}");
    }
}

#[test]
fn every_statement_that_binds_a_name_is_kept() {
    check(&[
        ("x = 1", &["x: value"]),
        ("x = y = 1", &["x: value", "y: value"]),
        ("x: int", &["x: annotation"]),
        ("x: int = 1", &["x: annotation, value"]),
        ("x += 1", &["x: Add"]),
        ("a, (b, c) = v", &["a: unpack[0]", "b: unpack[1, 0]", "c: unpack[1, 1]"]),
        ("a, *b, c = v", &["a: unpack[0]", "b: unknown", "c: unknown"]),
        ("for a, b in v: pass", &["a: element[0]?@", "b: element[1]?@"]),
        ("with v as x: pass", &["x: with"]),
        ("with (v as x, w as y): pass", &["x: with", "y: with"]),
        ("import a.b", &["a: import a.b"]),
        ("import a.b as c", &["c: import a.b"]),
        ("from ..a import b as c", &["c: from ..a import b"]),
        ("from a import *", &[]),
        ("def f(): pass", &["f: def"]),
        ("class C: pass", &["C: class"]),
        ("try: pass\nexcept E as e: pass", &["e: unknown?"]),
        ("del x", &["x: unknown"]),
        (
            "match v:\n  case [a, *b, {'k': c, **d}] if a: pass\n  case E(x=e) | e: pass",
            &["a: unknown?", "b: unknown?", "c: unknown?", "d: unknown?", "e: unknown?, unknown?"],
        ),
        ("if (x := v): pass", &["x: value"]),
        ("[x for x in v]", &["x: element[]?@"]),
        ("x[k] = v", &["x: item"]),
        ("x[k][l] = v", &["x: deep"]),
        ("x.a = v", &["x: .a"]),
        ("x.a.b = v", &[]),
        ("x.append(v)", &["x: append()"]),
        ("y = x.append(v)", &["y: value"]),
        ("type X = int", &[]),
        ("async def f(): pass", &["f: def"]),
    ]);
}

#[test]
fn branches_and_loops_are_marked() {
    check(&[
        ("if c: x = 1\nelse: x = 2", &["x: value?, value?"]),
        ("try: x = 1\nexcept E: x = 2\nelse: y = 1\nfinally: z = 1", &["x: value?, value?", "y: value?", "z: value"]),
        ("while c: x = 1", &["x: value?@"]),
        ("for i in v: x = 1\nelse: y = 1", &["i: element[]?@", "x: value?@", "y: value?"]),
        ("with c: x = 1", &["x: value"]),
        ("if c:\n  def f():\n    x = 1", &["f: def?"]),
    ]);
    let inner = module("if c:\n  def f(a, b=1, *, k, **kw):\n    x = 1\n");
    assert_eq!(
        bindings(&inner.functions[0].scope),
        ["a: param 0", "b: param 1", "k: param 2", "kw: param 3", "x: value"]
    );
}

/// `call: context words` for every call of a text.
fn contexts(text: &str) -> Vec<String> {
    let module = module(text);
    let told = |fact: &CallFact| {
        let Context { in_loop, guard, has_fallback, tested, awaited, raised, dropped, in_decorator, .. } = fact.context;
        let words = [
            (in_loop, "loop"),
            (guard == Guard::Catches, "caught"),
            (guard == Guard::Reraises, "reraised"),
            (has_fallback, "fallback"),
            (tested, "tested"),
            (awaited, "awaited"),
            (raised, "raised"),
            (dropped, "dropped"),
            (in_decorator, "decorator"),
        ];
        let words: Vec<&str> = words.iter().filter(|(holds, _)| *holds).map(|(_, word)| *word).collect();
        format!("{} {}", &text[module.span(fact.call).range()], words.join(" ")).trim_end().to_owned()
    };
    module.calls.iter().map(told).collect()
}

#[test]
fn calls_know_where_they_stand() {
    let table: &[(&str, &[&str])] = &[
        ("x = f()", &["f()"]),
        ("f()", &["f() dropped"]),
        ("f() or g()", &["f() fallback", "g()"]),
        ("f() and g()", &["f() tested", "g()"]),
        ("if f(): g()", &["f() tested", "g() dropped"]),
        ("if (x := f()): pass", &["f() tested"]),
        ("x = not f()", &["f() tested"]),
        ("for i in f(): g()", &["f()", "g() loop dropped"]),
        ("while f(): g()", &["f() tested", "g() loop dropped"]),
        ("[f(i) for i in g()]", &["g() loop", "f(i) loop"]),
        ("raise f()", &["f() raised"]),
        ("async def h(): await f()", &["f() awaited"]),
        ("try: f()\nexcept E: g()", &["f() caught dropped", "g() dropped"]),
        ("try: f()\nexcept E: raise", &["f() reraised dropped"]),
        ("try: f()\nexcept E: sys.exit(1)", &["f() reraised dropped", "sys.exit(1) dropped"]),
        ("try: f()\nfinally: g()", &["f() dropped", "g() dropped"]),
        ("@f()\ndef g(): h()", &["f() decorator", "h() dropped"]),
        ("f(g(h()))", &["h()", "g(h())", "f(g(h())) dropped"]),
        ("f'{g()}'", &["g()"]),
        ("def f(a=g()): pass", &["g()"]),
        ("class C(f()): pass", &["f()"]),
        ("assert f()", &["f()"]),
        ("x: f() = 1", &["f()"]),
        ("lambda: f()", &["f()"]),
    ];
    for (text, expected) in table {
        assert_eq!(contexts(text), *expected, "{text}");
    }
}

#[test]
fn calls_are_in_the_order_of_their_ids() {
    let module = module("f(g(), k=h())\n@a(b())\ndef c(d=e()): return x(y())\n");
    assert!(module.calls.is_sorted_by_key(|fact| fact.call));
}

#[test]
fn spans_cover_the_source() {
    // Python reads the ligature as two letters, `ﬁle` as `file`.
    let text = "x = f'a{y}b' 'c' + é.ü\n(a).  bc\na.ﬁle.d\n";
    let module = module(text);
    let literals: Vec<&str> = module
        .exprs
        .iter()
        .filter_map(|expr| match &expr.kind {
            ExprKind::Str(parts) => Some(parts),
            _ => None,
        })
        .flatten()
        .filter_map(|part| match part {
            StrPart::Literal { span, .. } => Some(&text[span.range()]),
            StrPart::Hole { .. } => None,
        })
        .collect();
    assert_eq!(literals, ["a", "b", "c"]);
    let attributes: Vec<(&str, &str)> = (0..module.exprs.len() as u32)
        .map(ExprId)
        .filter_map(|id| match &module.expr(id).kind {
            ExprKind::Attribute { attr, .. } => Some((&**attr, &text[module.attr_span(id).range()])),
            _ => None,
        })
        .collect();
    assert_eq!(attributes, [("ü", "ü"), ("bc", "bc"), ("file", "ﬁle"), ("d", "d")]);
}

#[test]
fn self_stores_belong_to_the_class() {
    let module = module(
        "class C:\n  def __init__(this, a):\n    this.x = a\n    this.y += 1\n    other.z = 2\n  def f(self):\n    self.w = 3\n",
    );
    let stores: Vec<(&str, u32)> =
        module.classes[0].self_stores.iter().map(|store| (&*store.attr, store.function.0)).collect();
    assert_eq!(stores, [("x", 0), ("w", 1)]);
}

#[test]
fn functions_know_their_shape() {
    let module = module(
        "@d\nasync def f(a, /, b=1, *r, k: int, **kw) -> str:\n  yield 1\nclass C:\n  def m(self): return lambda q: q\n",
    );
    let shape = |function: &Function| {
        let params: Vec<String> =
            function.params.iter().map(|param| format!("{}:{:?}", param.name, param.kind)).collect();
        (
            function.name.to_string(),
            params.join(" "),
            function.is_async,
            function.is_generator,
            function.decorators.len(),
        )
    };
    let all: Vec<_> = module.functions.iter().map(shape).collect();
    assert_eq!(
        all[0],
        ("f".into(), "a:PositionalOnly b:Normal r:Rest k:KeywordOnly kw:Keywords".into(), true, true, 1)
    );
    assert_eq!(all[1], ("m".into(), "self:Normal".into(), false, false, 0));
    assert_eq!(all[2], ("<lambda>".into(), "q:Normal".into(), false, false, 0));
    assert_eq!(module.functions[1].parent, Scope::Class(ClassId(0)));
    assert_eq!(module.functions[2].parent, Scope::Function(FunctionId(1)));
}

#[test]
fn imports_go_behind_the_docstring_and_the_future() {
    let table = [
        ("x = 1", ""),
        ("'''doc'''\nx = 1", "'''doc'''"),
        ("'''doc'''\nfrom __future__ import annotations\nimport os", "'''doc'''\nfrom __future__ import annotations"),
        ("x = 1\n'''no doc'''", ""),
    ];
    for (text, before) in table {
        assert_eq!(&text[..module(text).import_at as usize], before, "{text}");
    }
}

#[test]
fn a_file_with_errors_still_contributes() {
    let module = module("x = 1\ndef f(:\n    pass\ny = 2\nclass C(\n    pass\nz = 3\n");
    assert!(!module.errors.is_empty());
    let names = bindings(&module.scope);
    assert!(names.contains(&"x: value".to_owned()) && names.contains(&"y: value".to_owned()), "{names:?}");
    assert!(!parses("def f(:\n"));
    assert!(parses("def f(): pass\n"));
}

#[test]
fn comments_and_docstrings_are_found() {
    let text = "'''doc'''\n# one\nx = '# no'  # two\ndef f():\n    'inner'\n";
    let module = module(text);
    let comments: Vec<&str> = module.comments.iter().map(|span| &text[span.range()]).collect();
    let docstrings: Vec<&str> = module.docstrings.iter().map(|span| &text[span.range()]).collect();
    assert_eq!((comments, docstrings), (vec!["# one", "# two"], vec!["'''doc'''", "'inner'"]));
}
