//! Names that come from other modules.

use super::project;

type Case = (&'static str, &'static [(&'static str, &'static str)], &'static str);

fn check(table: &[Case]) {
    let wrong: Vec<String> = table
        .iter()
        .filter_map(|(case, files, expected)| {
            let actual = project(files);
            (actual != *expected).then(|| format!("{case}\n  expected: {expected}\n  actual:   {actual}\n"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_kind_of_import_finds_its_module() {
    check(&[
        ("from module", &[("main.py", "from conf import U\nx = U"), ("conf.py", "U = 'a'")], "'a'"),
        ("from module, renamed", &[("main.py", "from conf import U as x"), ("conf.py", "U = 'a'")], "'a'"),
        ("import module", &[("main.py", "import conf\nx = conf.U"), ("conf.py", "U = 'a'")], "'a'"),
        (
            "import dotted",
            &[("main.py", "import p.conf\nx = p.conf.U"), ("p/__init__.py", ""), ("p/conf.py", "U = 'a'")],
            "'a'",
        ),
        (
            "import dotted as",
            &[("main.py", "import p.conf as c\nx = c.U"), ("p/__init__.py", ""), ("p/conf.py", "U = 'a'")],
            "'a'",
        ),
        (
            "from package import module",
            &[("main.py", "from p import conf\nx = conf.U"), ("p/__init__.py", ""), ("p/conf.py", "U = 'a'")],
            "'a'",
        ),
        (
            "re-exported",
            &[("main.py", "from p import U as x"), ("p/__init__.py", "from .conf import U"), ("p/conf.py", "U = 'a'")],
            "'a'",
        ),
        ("missing module", &[("main.py", "from conf import U as x")], "<conf.U>"),
        ("missing name", &[("main.py", "from conf import U as x"), ("conf.py", "")], "?"),
        ("namespace package", &[("main.py", "from p.conf import U as x"), ("p/conf.py", "U = 'a'")], "'a'"),
        (
            "namespace package, module",
            &[("main.py", "from p import conf\nx = conf.U"), ("p/conf.py", "U = 'a'")],
            "'a'",
        ),
    ]);
}

#[test]
fn relative_imports_count_from_their_package() {
    check(&[
        (
            "relative",
            &[("p/main.py", "from .conf import U as x"), ("p/__init__.py", ""), ("p/conf.py", "U = 'a'")],
            "'a'",
        ),
        (
            "relative module",
            &[("p/main.py", "from . import conf\nx = conf.U"), ("p/__init__.py", ""), ("p/conf.py", "U = 'a'")],
            "'a'",
        ),
        (
            "relative up",
            &[
                ("p/q/main.py", "from ..conf import U as x"),
                ("p/__init__.py", ""),
                ("p/q/__init__.py", ""),
                ("p/conf.py", "U = 'a'"),
            ],
            "'a'",
        ),
        ("relative from __init__", &[("p/__init__.py", "from .conf import U as x"), ("p/conf.py", "U = 'a'")], "'a'"),
        ("relative too far up", &[("main.py", "from ...conf import U as x"), ("conf.py", "U = 'a'")], "<.conf.U>"),
    ]);
}

#[test]
fn stars_bring_public_names() {
    check(&[
        ("star", &[("main.py", "from conf import *\nx = U"), ("conf.py", "U = 'a'")], "'a'"),
        (
            "star over star",
            &[("main.py", "from b import *\nx = U"), ("b.py", "from c import *"), ("c.py", "U = 'a'")],
            "'a'",
        ),
        ("own name hides star", &[("main.py", "from b import *\nx = 'own'"), ("b.py", "x = 'b'")], "'own'"),
        ("star leaves out private names", &[("main.py", "from b import *\nx = _U"), ("b.py", "_U = 'b'")], "<_U>"),
        (
            "star takes __all__",
            &[("main.py", "from b import *\nx = [U, V]"), ("b.py", "__all__ = ['U']\nU = 'u'\nV = 'v'")],
            "['u', <V>]",
        ),
        (
            "star, then changed",
            &[("main.py", "from b import *\nx += ['c']\nx.append('d')"), ("b.py", "x = ['b']")],
            "['b', 'c', 'd']",
        ),
        (
            "star, then an item",
            &[("main.py", "from b import *\nx['c'] = 2"), ("b.py", "x = {'b': 1}")],
            "{'b': 1, 'c': 2}",
        ),
        ("star, then made anew", &[("main.py", "from b import *\nx = x + '!'"), ("b.py", "x = 'b'")], "'b!'"),
        (
            "re-exported by star",
            &[("main.py", "from p import U as x"), ("p/__init__.py", "from .conf import *"), ("p/conf.py", "U = 'a'")],
            "'a'",
        ),
    ]);
}

#[test]
fn import_roots_are_told_by_place() {
    check(&[
        (
            "src layout, inside",
            &[("src/p/main.py", "from p.conf import U as x"), ("src/p/__init__.py", ""), ("src/p/conf.py", "U = 'a'")],
            "'a'",
        ),
        (
            "src layout, from tests",
            &[("tests/main.py", "from p.conf import U as x"), ("src/p/__init__.py", ""), ("src/p/conf.py", "U = 'a'")],
            "'a'",
        ),
        (
            "service A",
            &[("a/main.py", "from app.conf import U as x"), ("a/app/conf.py", "U = 'a'"), ("b/app/conf.py", "U = 'b'")],
            "'a'",
        ),
        (
            "service B",
            &[("b/main.py", "from app.conf import U as x"), ("a/app/conf.py", "U = 'a'"), ("b/app/conf.py", "U = 'b'")],
            "'b'",
        ),
        (
            "service B, with packages",
            &[
                ("b/app/main.py", "from app.conf import U as x"),
                ("a/app/__init__.py", ""),
                ("b/app/__init__.py", ""),
                ("a/app/conf.py", "U = 'a'"),
                ("b/app/conf.py", "U = 'b'"),
            ],
            "'b'",
        ),
        (
            "neither service",
            &[("main.py", "from app.conf import U as x"), ("a/app/conf.py", "U = 'a'"), ("b/app/conf.py", "U = 'b'")],
            "<app.conf.U>",
        ),
        (
            "a package of the same name, where manage.py is",
            &[
                ("shop/shop/main.py", "from shop import conf\nx = conf.U"),
                ("shop/manage.py", ""),
                ("shop/__init__.py", ""),
                ("shop/shop/__init__.py", ""),
                ("shop/shop/conf.py", "U = 'a'"),
            ],
            "'a'",
        ),
        (
            "deep root",
            &[
                ("backend/core/main.py", "from core.conf import U as x"),
                ("backend/manage.py", ""),
                ("backend/core/__init__.py", ""),
                ("backend/core/conf.py", "U = 'a'"),
            ],
            "'a'",
        ),
        (
            "proj/celery.py does not hide celery",
            &[("proj/main.py", "from celery import Celery\nx = Celery"), ("proj/celery.py", "Celery = 'own'")],
            "<celery.Celery>",
        ),
        (
            "a directory named like a library",
            &[("redis/main.py", "import redis\nx = redis.Redis"), ("redis/other.py", "")],
            "<redis.Redis>",
        ),
    ]);
}

#[test]
fn circles_of_imports_end() {
    check(&[
        ("two modules", &[("main.py", "from b import U as x"), ("b.py", "from main import x as U")], "?"),
        ("star circle", &[("main.py", "from b import *\nx = U"), ("b.py", "from main import *\nU = 'a'")], "'a'"),
        (
            "star circle without the name",
            &[("main.py", "from b import *\nx = U"), ("b.py", "from main import *")],
            "<U>",
        ),
        ("module imports itself", &[("main.py", "from main import x")], "?"),
        (
            "package and module",
            &[("p/main.py", "from p import U as x"), ("p/__init__.py", "from p.main import x as U")],
            "?",
        ),
    ]);
}
