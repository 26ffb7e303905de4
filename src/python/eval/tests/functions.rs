//! Functions of the project: what they return, and what their parameters are worth.

use super::check;

#[test]
fn simple_functions_give_their_return_values() {
    check(&[
        ("def f():\n    return 'a'\nx = f()", "'a'"),
        ("def f(h):\n    return 'redis://' + h\nx = f('h')", "'redis://h'"),
        ("def f(h='d'):\n    return h\nx = f()", "'d'"),
        ("def f(h='d'):\n    return h\nx = f(h='k')", "'k'"),
        ("def f(*, h='d'):\n    return h\nx = f(h='k')", "'k'"),
        ("def f(a, /, b):\n    return [a, b]\nx = f(1, b=2)", "[1, 2]"),
        ("def f(*a):\n    return a\nx = f(1, 2)", "[1, 2]"),
        ("def f(**k):\n    return k\nx = f(a=1)", "{'a': 1}"),
        ("def f(a, b):\n    return [a, b]\nx = f(*[1, 2])", "[1, 2]"),
        ("def f(a, b):\n    return [a, b]\nx = f(**{'a': 1, 'b': 2})", "[1, 2]"),
        ("def f(a):\n    return a\nx = f(*unknown())", "?"),
        ("def f(a):\n    if a:\n        return 'y'\n    return 'n'\nx = f(1)", "'y' | 'n'"),
        ("def f():\n    u = 'a'\n    return u + 'b'\nx = f()", "'ab'"),
        ("def f(h):\n    u = h + '!'\n    return u\nx = [f('a'), f('b')]", "['a!', 'b!']"),
        ("def f():\n    pass\nx = f()", "?"),
        ("def f():\n    yield 1\nx = f()", "?"),
        ("f = lambda h: 'redis://' + h\nx = f('h')", "'redis://h'"),
        ("x = (lambda a, b='c': a + b)('a')", "'ac'"),
        ("async def f():\n    return 'a'\nx = f()", "'a'"),
    ]);
}

#[test]
fn functions_may_be_nested_passed_and_called_through_others() {
    check(&[
        ("def f(a):\n    return g(a) + '!'\ndef g(b):\n    return b + '?'\nx = f('a')", "'a?!'"),
        ("def f(a):\n    def g():\n        return a\n    return g()\nx = f('a')", "'a' | ?"),
        ("def f(a):\n    def g(b):\n        return a + b\n    return g\nx = f('a')('b')", "'ab' | '?b'"),
        ("def f(g):\n    return g('a')\nx = f(lambda v: v + '!')", "'a!'"),
        ("def f():\n    return {'a': 1}\nx = {**f(), 'b': 2}", "{'a': 1, 'b': 2}"),
        ("def f():\n    return 1, 2\na, x = f()", "2"),
        ("def f():\n    d = {}\n    d['a'] = 1\n    return d\nx = f()", "{'a': 1}"),
        ("Y = 'a'\ndef f():\n    return Y\nx = f()\n", "'a'"),
        ("def f():\n    global Y\n    Y = 1\nx = 2", "2"),
    ]);
}

#[test]
fn recursion_ends_in_unknown() {
    check(&[
        ("def f(n):\n    return f(n)\nx = f(1)", "?"),
        ("def f(n):\n    if n:\n        return f(n)\n    return 'a'\nx = f(1)", "? | 'a'"),
        ("def f():\n    return g()\ndef g():\n    return f()\nx = f()", "?"),
        ("def f(h=f()):\n    return h\nx = f()", "?"),
    ]);
}

#[test]
fn a_parameter_is_worth_its_default_and_what_calls_pass() {
    check(&[
        ("def f(url='d'):\n    global x\n    x = 1\n    return url\nx = f('a')", "'a'"),
        ("def make(url):\n    return dict(u=url)\nx = make('a')['u']", "'a'"),
        ("def f(url):\n    def inner():\n        return url\n    return inner()\nf('a')\nx = f('b')", "'a' | 'b' | ?"),
    ]);
}

#[test]
fn wrappers_of_the_environment_are_seen_through() {
    check(&[
        ("import os\ndef env(k, d=None):\n    return os.environ.get(k, d)\nx = env('A', 'b')", "${A:-'b'}"),
        (
            "import os\ndef env(k):\n    try:\n        return os.environ[k]\n    except KeyError:\n        raise\nx = env('A')",
            "$A",
        ),
        ("import os\nenv = lambda k: os.environ[k]\nx = env('A')", "$A"),
        ("from functools import partial\nx = partial(f, 1)", "functools.partial(<f>, 1)"),
    ]);
}
