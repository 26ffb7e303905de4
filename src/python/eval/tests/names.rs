//! Names of one module: order, branches, loops, mutation, unpacking; defaults and alternatives.

use super::check;

#[test]
fn the_last_binding_counts_and_branches_give_alternatives() {
    check(&[
        ("x = 1\nx = 2", "2"),
        ("y = 1\nx = y\ny = 2", "1"),
        ("if c:\n    x = 1\nelse:\n    x = 2", "1 | 2"),
        ("if c:\n    x = 1\nelif d:\n    x = 2\nelse:\n    x = 3", "1 | 2 | 3"),
        ("x = 1\nif c:\n    x = 2", "1 | 2"),
        ("try:\n    import a\n    x = 1\nexcept ImportError:\n    x = 2", "1 | 2"),
        ("try:\n    from local import KEY as x\nexcept ImportError:\n    x = 'k'", "<local.KEY> | 'k'"),
        ("with open('f') as f:\n    x = 1", "1"),
        ("while c:\n    x = 1", "1"),
        ("match c:\n    case 1:\n        x = 1\n    case _:\n        x = 2", "1 | 2"),
        ("match c:\n    case {'k': x}:\n        pass", "?"),
        ("x: int = 1", "1"),
        ("x: int", "?"),
        ("x = 1\ndel x", "?"),
        ("a = b = x = 'v'", "'v'"),
    ]);
}

#[test]
fn tuples_unpack_and_walruses_bind() {
    check(&[
        ("a, x = 1, 2", "2"),
        ("(a, (b, x)) = (1, (2, 3))", "3"),
        ("[a, x] = [1, 2]", "2"),
        ("a, x = unknown()", "?"),
        ("a, x = (1,)", "?"),
        ("*a, x = 1, 2, 3", "?"),
        ("x, *a = 1, 2, 3", "1"),
        ("if (x := 'a'):\n    pass", "'a'"),
        ("y = (x := 'a') + 'b'", "'a'"),
        ("x = (y := 'a') + 'b'", "'ab'"),
        ("a, b = 1, 2\na, b = b, a\nx = [a, b]", "[2, 1]"),
    ]);
}

#[test]
fn or_takes_the_first_true_operand() {
    check(&[
        ("x = None or 'a'", "'a'"),
        ("x = '' or 'a'", "'a'"),
        ("x = 'a' or 'b'", "'a'"),
        ("x = 0 or 'b'", "'b'"),
        ("x = [] or [1]", "[1]"),
        ("x = {} or {'a': 1}", "{'a': 1}"),
        ("x = False or None or 'c'", "'c'"),
        ("x = unknown() or 'b'", "unknown() | 'b'"),
        ("import os\nx = os.getenv('A') or 'b'", "${A:-'b'}"),
        ("import os\nx = os.getenv('A') or os.getenv('B') or 'c'", "${A:-${B:-'c'}}"),
        ("import os\nx = os.getenv('A', '') or 'c'", "${A:-'c'}"),
        ("import os\nx = os.getenv('A', 'b') or 'c'", "${A:-'b'}"),
        ("x = 'a' if c else 'b'", "'a' | 'b'"),
        ("x = 'a' if c else 'b' if d else 'c'", "'a' | 'b' | 'c'"),
        ("x = 'a' if True else 'b'", "'a' | 'b'"),
        ("x = c and 'a'", "<c> | 'a'"),
        ("x = not c", "?"),
        ("x = a == b", "?"),
    ]);
}

#[test]
fn dictionaries_merge_grow_and_are_looked_up() {
    check(&[
        ("b = {'a': 1}\nx = {**b, 'c': 2}", "{'a': 1, 'c': 2}"),
        ("x = {**unknown(), 'c': 2}", "{'c': 2, …}"),
        ("x = {'a': 1} | {'b': 2}", "{'a': 1, 'b': 2}"),
        ("x = dict(a=1, **{'b': 2})", "{'a': 1, 'b': 2}"),
        ("x = dict([('a', 1)])", "{'a': 1}"),
        ("x = {}\nx['a'] = 1", "{'a': 1}"),
        ("x = {}\nx.update(a=1)\nx.update({'b': 2})", "{'a': 1, 'b': 2}"),
        ("x = {}\nx.update(unknown())", "{…}"),
        ("x = {'a': 1}\nx.setdefault('a', 2)\nx.setdefault('b', 3)", "{'a': 1, 'b': 3}"),
        ("x = {'a': {'b': 1}}\nx['a']['c'] = 2", "{'a': {'b': 1}, …}"),
        ("x = {}\nif c:\n    x['a'] = 1", "{'a': 1}"),
        ("x = {}\nx |= {'a': 1}", "{'a': 1}"),
        ("d = {'a': 1, 'a': 2}\nx = d['a']", "2"),
        ("d = {'a': 1}\nx = d.get('a', 5)", "1"),
        ("d = {'a': 1}\nx = d.get('b', 5)", "5"),
        ("d = {**unknown()}\nx = d.get('b', 5)", "?"),
        ("d = {'a': 1}\nx = d['b']", "?"),
        ("d = {'a': 1, **unknown()}\nx = d['a']", "1"),
        ("d = {'a': {'b': [1, 2]}}\nx = d['a']['b'][1]", "2"),
        ("d = {'dev': 'a', 'prod': 'b'}\nx = d[mode]", "'a' | 'b'"),
        ("x = {k: v for k, v in [('a', 1), ('b', 2)]}", "{'a': 1, 'b': 2}"),
        ("x = {k: v for k, v in {'a': 1}.items()}", "{'a': 1}"),
        ("x = list({'a': 1})", "['a']"),
        ("x = list({'a': 1}.values())", "[1]"),
    ]);
}

#[test]
fn lists_grow_and_are_looked_up() {
    check(&[
        ("x = []\nx.append('a')\nx.append('b')", "['a', 'b']"),
        ("x = ['a']\nx.extend(['b'])", "['a', 'b']"),
        ("x = ['a']\nx += ['b']", "['a', 'b']"),
        ("x = ['a']\nx.extend(unknown())", "['a', …]"),
        ("x = ['a', 'b']\nx.remove('a')", "['a', 'b', …]"),
        ("x = ['a', *['b', 'c']]", "['a', 'b', 'c']"),
        ("x = ['a', *unknown()]", "['a', …]"),
        ("l = ['a', 'b']\nx = l[0]", "'a'"),
        ("l = ['a', 'b']\nx = l[-1]", "'b'"),
        ("l = ['a', 'b']\nx = l[5]", "?"),
        ("x = ['a', 'b'][unknown]", "?"),
        ("x = [h + '!' for h in ('a', 'b')]", "['a!', 'b!']"),
        ("x = [h for h in ('a', 'b') if h]", "['a', 'b', …]"),
        ("x = [a + b for a in 'x' for b in 'y']", "[?, …]"),
        ("x = [h for h in unknown()]", "[?, …]"),
        ("x = list(['a'])", "['a']"),
        ("x = sorted(['b', 'a'])", "['b', 'a']"),
    ]);
}

#[test]
fn loops_over_literals_give_each_element() {
    check(&[
        ("for x in ['a', 'b']:\n    pass", "'a' | 'b'"),
        ("for k, x in {'a': 1}.items():\n    pass", "1"),
        ("for i, x in enumerate(['a']):\n    pass", "'a'"),
        ("for x in unknown():\n    pass", "?"),
        ("x = []\nfor h in ['a', 'b']:\n    x.append(h)", "['a' | 'b']"),
        ("x = ''\nfor h in ['a']:\n    x += h", "'' | 'a'"),
        ("async def f():\n    async for x in y:\n        pass\nx = 1", "1"),
    ]);
}

#[test]
fn what_cannot_be_known_stays_unknown() {
    check(&[
        ("x = globals()['A']", "globals().[A]"),
        ("globals()['x'] = 1", "no such name"),
        ("x = locals()", "locals()"),
        ("x = eval('1')", "eval(…)"),
        ("x = x", "?"),
        ("x = x + x", "?"),
        ("x = [x]", "[?]"),
        ("a = b\nb = a\nx = a", "?"),
        ("x = lambda: x\n", "<def <lambda>>"),
        ("x = (yield)", "?"),
        ("x = a.b.c", "<a.b.c>"),
        ("x = t'{a}'", "?"),
    ]);
}

#[test]
fn environment_reads_keep_their_default() {
    check(&[
        ("import os\nx = os.environ['A']", "$A"),
        ("import os\nx = os.environ.get('A')", "$A"),
        ("import os\nx = os.environ.get('A', 'b')", "${A:-'b'}"),
        ("import os\nx = os.getenv('A', default='b')", "${A:-'b'}"),
        ("from os import environ as e, getenv as g\nx = [e['A'], g('B')]", "[$A, $B]"),
        ("import os as o\nx = o.environ['A']", "$A"),
        ("import os\nget = os.environ.get\nx = get('A', 'b')", "${A:-'b'}"),
        ("import os\nx = int(os.environ['A'])", "$A"),
        ("import os\nx = os.environ[name]", "?"),
        ("from decouple import config\nx = config('A', default='b')", "${A:-'b'}"),
        ("import environ\nenv = environ.Env(B=(str, 'c'))\nx = [env('A'), env.str('B')]", "[$A, ${B:-'c'}]"),
        ("from environs import Env\nenv = Env()\nwith env.prefixed('P_'):\n    x = env.str('A')", "$P_A"),
    ]);
}
