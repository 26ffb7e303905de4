"""Compare the names that our model gives to tasks with what the real package registers, on random small packages.

Make a virtual environment with one release of Celery for each release to compare, build the example, and run

    cargo build --example task_names
    python tests/oracle/naming_random.py target/debug/examples/task_names VENV [VENV …] [--count 1000] [--seed 1]

Every package has nested packages, relative and star imports, re-exports, apps with and without a name, one or two of them, with
`gen_task_name` of their own or not, and tasks made in the ways that `SNIPPETS` lists. It is imported as a whole, and in some runs
one of its modules is run as a script. Compared are, for each app: every name that is registered must be one that the model gives
or cannot know (a task without a name, or a project that registers what is not known), and every task that the model calls certain
must be registered under the name it gives. How many names are covered by "cannot know" only is told as well.

The same file is the other end in each environment: it forks once for each package. Python 3.6 and later; nothing but Celery is needed.
"""
import argparse
import json
import os
import random
import shutil
import sys
import tempfile

from peer import Peer

# ------------------------------------------------------------------ the end in the virtual environment
def serve():
    import importlib
    import runpy
    import warnings

    import celery
    from celery import Celery, chain, current_app, group, shared_task  # noqa: F401  (imported once, before the forks)
    from celery import Task  # noqa: F401
    import celery.app.amqp, celery.app.task, celery.canvas, celery.local, celery.result  # noqa: E401,F401

    warnings.simplefilter('ignore')

    def names(app):
        return sorted(name for name in app.tasks if not name.startswith('celery.'))

    def answer(question):
        root = tempfile.mkdtemp()
        try:
            for path, text in question['files'].items():
                target = os.path.join(root, path)
                os.makedirs(os.path.dirname(target), exist_ok=True)
                with open(target, 'w') as file:
                    file.write(text)
            sys.path.insert(0, os.path.join(root, question['root']))
            for module in question['import']:
                importlib.import_module(module)
            namespaces = [(getattr(m, '__file__', None), vars(m)) for m in list(sys.modules.values())]
            if question['script']:
                path = os.path.join(root, question['script'])
                space = runpy.run_module(question['as'], run_name='__main__') if question['as'] else runpy.run_path(path, run_name='__main__')
                namespaces.append((path + '#main', space))
            apps = {}
            for path, space in namespaces:
                if path and path.startswith(root):
                    for variable, value in list(space.items()):
                        if type(value).__name__ != 'Proxy' and isinstance(value, Celery):
                            apps.setdefault(id(value), (value, []))[1].append([path[len(root) + 1:], variable])
            return {'apps': [{'where': where, 'names': names(app)} for app, where in apps.values()]}
        except BaseException as error:
            return {'error': '%s: %s' % (type(error).__name__, error)}
        finally:
            shutil.rmtree(root, ignore_errors=True)

    print(json.dumps({'version': celery.__version__}), flush=True)
    for line in sys.stdin:
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            os.close(reader)
            sys.stdout = open(os.devnull, 'w')
            with os.fdopen(writer, 'w') as pipe:
                pipe.write(json.dumps(answer(json.loads(line))))
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader) as pipe:
            text = pipe.read()
        os.waitpid(child, 0)
        print(text, flush=True)


# ------------------------------------------------------------------ the questions
# `APP` is an app of the package, `N` a fresh name, `M` another one, `DECO` and `BASE` the modules with decorators and base classes.
SNIPPETS = [
    '@APP.task\ndef N(): pass',
    '@APP.task\ndef N(): pass',
    '@APP.task()\ndef N(x): pass',
    '@APP.task(bind=True, max_retries=3)\ndef N(self): pass',
    '@shared_task\ndef N(): pass',
    '@shared_task()\ndef N(): pass',
    '@shared_task(bind=True)\ndef N(self): pass',
    '@APP.task(shared=False)\ndef N(): pass',
    '@APP.task(lazy=False)\ndef N(): pass',
    "@APP.task(name='x.N')\ndef M(): pass",
    "@shared_task(name='lit.N')\ndef M(): pass",
    "@APP.task(name='')\ndef N(): pass",
    '@APP.task(name=None)\ndef N(): pass',
    "NAME_N = 'const.N'\n@APP.task(name=NAME_N)\ndef M(): pass",
    "P_N = 'pre'\n@APP.task(name=f'{P_N}.N')\ndef M(): pass",
    "@APP.task(name=f'{__name__}.N')\ndef M(): pass",
    "@APP.task(name=__name__ + '.N')\ndef M(): pass",
    "@APP.task(name='%s.%s' % ('fmt', 'N'))\ndef M(): pass",
    "@APP.task(name='.'.join(['join', 'N']))\ndef M(): pass",
    "@APP.task(**{'name': 'splat.N'})\ndef M(): pass",
    "OPTS_N = dict(name='opts.N')\n@APP.task(**OPTS_N)\ndef M(): pass",
    'OPTS_N = dict(bind=True)\n@APP.task(**OPTS_N)\ndef N(self): pass',
    'import os\n@APP.task(name=os.environ.get("NOT_SET_N", "env.N"))\ndef M(): pass',
    'def N(): pass\nM = APP.task(N)',
    'def N(): pass\nN = APP.task(N)',
    "def N(): pass\nM = APP.task(name='call.N')(N)",
    'def N(): pass\nM = APP.task(bind=False)(N)',
    'def N(): pass\nM = shared_task(N)',
    "def N(): pass\nM = shared_task(name='sh.N')(N)",
    'def N():\n    @APP.task\n    def inner_N(): pass\n    return inner_N\nM = N()',
    'def N():\n    @APP.task\n    def inner_N(): pass\n    return inner_N',
    "def N(name):\n    @APP.task(name='made.' + name)\n    def inner_N(): pass\n    return inner_N\nM = N('N')",
    "def N(name):\n    @APP.task(name=name)\n    def inner_N(): pass\n    return inner_N\nM = [N('loop.N%d' % i) for i in range(2)]",
    "for i_N in range(2):\n    @APP.task(name='for.N%d' % i_N)\n    def M(): pass",
    "def f_N(): pass\nfor M in ('a', 'b'):\n    APP.task(name='tuple.N.' + M)(f_N)",
    'def f1_N(): pass\ndef f2_N(): pass\nfor M in (f1_N, f2_N):\n    APP.task(M)',
    'class N:\n    @APP.task\n    def meth_N(self): pass',
    'class N:\n    @staticmethod\n    @APP.task\n    def meth_N(x): pass',
    'class N:\n    class Inner:\n        @shared_task\n        def meth_N(x): pass',
    'from celery import Task\nclass N(Task):\n    def run(self): pass\nAPP.register_task(N())',
    'from celery import Task\nclass N(Task):\n    def run(self): pass\nM = APP.register_task(N)',
    "from celery import Task\nclass N(Task):\n    name = 'cls.N'\n    def run(self): pass\nAPP.register_task(N())",
    "from celery import Task\nclass N(Task):\n    name = __name__ + '.cls.N'\n    def run(self): pass\nAPP.register_task(N())",
    'class N(APP.Task):\n    def run(self): pass\nAPP.register_task(N())',
    "class Base_N(APP.Task):\n    name = 'base.N'\n    abstract = True\n    def run(self): pass\nclass N(Base_N):\n    pass\nAPP.register_task(N())",
    'class N(APP.Task):\n    name = "unregistered.N"\n    def run(self): pass',
    'from celery import Task\nclass N(Task):\n    def run(self): pass\nfor M in (N,):\n    APP.register_task(M())',
    'from DECO import Base\n@APP.task(base=Base)\ndef N(): pass',
    'from DECO import NamedBase\n@APP.task(base=NamedBase)\ndef N(): pass',
    'from DECO import plain\n@APP.task\n@plain\ndef N(): pass',
    'from DECO import wrapped\n@APP.task\n@wrapped\ndef N(): pass',
    'from DECO import same\n@APP.task\n@same\ndef N(): pass',
    'from DECO import maybe\n@APP.task\n@maybe\ndef N(): pass',
    'from DECO import renamed\n@APP.task\n@renamed\ndef N(): pass',
    'from DECO import half_renamed\n@APP.task\n@half_renamed\ndef N(): pass',
    'from DECO import updated\n@APP.task\n@updated\ndef N(): pass',
    'from DECO import with_args\n@APP.task\n@with_args(3)\ndef N(): pass',
    'from DECO import wrapped, plain\n@APP.task\n@wrapped\n@plain\ndef N(): pass',
    'from DECO import wrapped, plain\n@APP.task\n@plain\n@wrapped\ndef N(): pass',
    'from DECO import wrapped\n@wrapped\n@APP.task\ndef N(): pass',
    'from DECO import plain\n@plain\n@shared_task\ndef N(): pass',
    'from DECO import other_wraps\n@APP.task\n@other_wraps\ndef N(): pass',
    'from contextlib import contextmanager\n@APP.task\n@contextmanager\ndef N(): yield',
    'from DECO import make_task\n@make_task\ndef N(): pass',
    'from DECO import make_wrapped_task\n@make_wrapped_task\ndef N(): pass',
    'from DECO import make_plain_task\n@make_plain_task\ndef N(): pass',
    "from DECO import task_with\n@task_with(name='with.N')\ndef M(): pass",
    'from DECO import task_with\n@task_with(bind=True)\ndef N(self): pass',
    'from DECO import task_with\n@task_with()\ndef N(): pass',
    "from DECO import prefixed\n@prefixed('N')\ndef M(): pass",
    'from DECO import prefixed_by_function\n@prefixed_by_function\ndef N(): pass',
    'from DECO import partial_task\n@partial_task\ndef N(self): pass',
    'from DECO import partial_task\n@partial_task()\ndef N(self): pass',
    'from DECO import make_task\ndef N(): pass\nM = make_task(N)',
    'from DECO import sometimes\n@sometimes\ndef N(): pass',
    'from DECO import collected\n@collected\ndef N(): pass',
    'from DECO import DecoratorClass\n@DecoratorClass()\ndef N(): pass',
    'from DECO import task_with_wrapper\n@task_with_wrapper(retries=2)\ndef N(): pass',
    'from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    @APP.task\n    def N(): pass',
    'try:\n    import not_there_N\nexcept ImportError:\n    @APP.task\n    def N(): pass',
    'try:\n    import not_there_N\n    @APP.task\n    def N(): pass\nexcept ImportError:\n    pass',
    'import sys\nif sys.version_info > (3,):\n    @APP.task\n    def N(): pass\nelse:\n    @APP.task\n    def M(): pass',
    'if False:\n    @APP.task\n    def N(): pass',
    '@APP.task\ndef N(): return 1\n@APP.task\ndef N(): return 2',
    "@APP.task(name='twice.N')\ndef N(): pass\n@APP.task(name='twice.N')\ndef M(): pass",
    '@APP.task\nasync def N(): pass',
    '@APP.task\ndef N(): pass\nM = N',
    '@APP.task\ndef N(): pass\ndel N',
    '@APP.task\ndef N(): pass\nN = None',
    'task_N = APP.task\n@task_N\ndef N(): pass',
    'from celery import shared_task as st_N\n@st_N\ndef N(): pass',
    'import celery as cel_N\n@cel_N.shared_task\ndef N(): pass',
    'from celery import current_app as cur_N\n@cur_N.task\ndef N(): pass',
    'from functools import partial\nhigh_N = partial(APP.task, queue="high")\n@high_N()\ndef N(): pass',
    "from functools import partial\nhigh_N = partial(shared_task, name='part.N')\n@high_N()\ndef M(): pass",
    'def plainly_N(): pass',
    'def local_N(function):\n    return APP.task(function)\n@local_N\ndef N(): pass',
    'def local_N(function):\n    def inner_N(*args): return function(*args)\n    return APP.task(inner_N)\n@local_N\ndef N(): pass',
    "def local_N(function):\n    return APP.task(name='local.' + function.__name__)(function)\n@local_N\ndef N(): pass",
    'def local_N(**options):\n    def outer_N(function):\n        return APP.task(**options)(function)\n    return outer_N\n@local_N(acks_late=True)\ndef N(): pass',
    "def N(): pass\nglobals()['M'] = APP.task(N)",
    'def f_N(): pass\nM = {"k": APP.task(f_N, name="dict.N")}',
    "class Holder_N:\n    def __init__(self, app):\n        self.app = app\n    def add(self):\n        @self.app.task(name='held.N')\n        def M(): pass\nHolder_N(APP).add()",
]

DECO = '''
import functools
from celery import Task, shared_task
%(import)s
class Base(Task):
    abstract = True
class NamedBase(Task):
    abstract = True
    name = 'given.by.base'
def plain(g):
    def inner(*a): return g(*a)
    return inner
def wrapped(g):
    @functools.wraps(g)
    def inner(*a): return g(*a)
    return inner
def same(g):
    g.marked = True
    return g
def maybe(g):
    if len(g.__name__) %% 2:
        return g
    def inner_maybe(*a): return g(*a)
    return inner_maybe
def renamed(g):
    def inner(*a): return g(*a)
    inner.__name__ = g.__name__
    inner.__module__ = g.__module__
    return inner
def half_renamed(g):
    def inner(*a): return g(*a)
    inner.__name__ = 'half_' + g.__name__
    return inner
def updated(g):
    def inner(*a): return g(*a)
    functools.update_wrapper(inner, g)
    return inner
def with_args(n):
    def deco(g):
        def inner_with(*a): return g(*a)
        return inner_with
    return deco
def other_wraps(g):
    @functools.wraps(plain)
    def inner(*a): return g(*a)
    return inner
class Klass:
    def __init__(self, g):
        functools.update_wrapper(self, g)
        self.g = g
    def __call__(self, *a): return self.g(*a)
def make_task(g):
    return APP.task(g)
def make_wrapped_task(g):
    @functools.wraps(g)
    def inner(*a): return g(*a)
    return APP.task(inner)
def make_plain_task(g):
    def inner_plain(*a): return g(*a)
    return APP.task(inner_plain)
def task_with(**options):
    return APP.task(**options)
def prefixed(name):
    def deco(g):
        return shared_task(name='prefix.' + name)(g)
    return deco
def prefixed_by_function(g):
    return APP.task(name='by.' + g.__name__)(g)
partial_task = functools.partial(APP.task, bind=True)
def sometimes(g):
    if len(g.__name__) %% 2:
        return APP.task(g)
    return g
REGISTRY = []
def collected(g):
    REGISTRY.append(APP.task(g))
    return g
class DecoratorClass:
    def __call__(self, g):
        return APP.task(g)
def task_with_wrapper(retries=0):
    def deco(g):
        @functools.wraps(g)
        def inner(*a): return g(*a)
        return APP.task(max_retries=retries)(inner)
    return deco
'''

APPS = [
    "from celery import Celery\napp = Celery('main')",
    "from celery import Celery\napp = Celery('main')",
    'from celery import Celery\napp = Celery()',
    'from celery import Celery\napp = Celery(__name__)',
    "from celery import Celery\napp = Celery(main='kw')",
    "from celery import Celery\napp = Celery('main', set_as_current=False)",
    "from celery import Celery\ndef make():\n    made = Celery('fac')\n    return made\napp = make()",
    "import celery\napp = celery.Celery('main')\napp.set_default()",
    "from celery import Celery\nclass My(Celery):\n    def gen_task_name(self, name, module):\n        return 'zz.' + name\napp = My('main')",
    "from celery import Celery\nclass My(Celery):\n    def gen_task_name(self, name, module):\n"
    "        if module.endswith('.tasks'):\n            module = module[:-6]\n        return super().gen_task_name(name, module)\napp = My('main')",
    "from celery import Celery\nclass My(Celery):\n    def gen_task_name(self, name, module):\n        return f'{module}:{name}'\napp = My()",
    "from celery import Celery\nclass My(Celery):\n    pass\napp = My('sub')",
    "from celery import Celery\napp = Celery('main')\nother = Celery('second')",
    "from celery import Celery\nother = Celery('second', set_as_current=False)\napp = Celery()",
]


def snippet(pick, serial, app, deco):
    text = pick.choice(SNIPPETS)
    for word, value in (('APP', app), ('DECO', deco), ('_N', '_t%d' % serial)):
        text = text.replace(word, value)
    lines = []
    for line in text.split('\n'):
        for mark in 'NM':
            fresh = '%s%d' % ('t' if mark == 'N' else 'u', serial)
            out, at = '', 0
            while at < len(line):
                alone = line[at] == mark and not (at and (line[at - 1].isalnum() or line[at - 1] == '_'))
                alone = alone and not (at + 1 < len(line) and (line[at + 1].isalpha() or line[at + 1] == '_'))
                out += fresh if alone else line[at]
                at += 1
            line = out
        lines.append(line)
    return '\n'.join(lines)


def package(pick):
    """One package: its files, where imports begin, the modules to import and perhaps one that is run."""
    top = pick.choice(['shop', 'proj', 'pkg'])
    root = pick.choice(['', '', 'src', 'backend'])
    at = (root + '/' if root else '') + top
    app_module = pick.choice(['app', 'celery', 'worker'])
    in_init = pick.random() < 0.15
    app_text = pick.choice(APPS)
    app_home = top if in_init else '%s.%s' % (top, app_module)
    files = {at + '/__init__.py': app_text + '\n' if in_init else ''}
    if not in_init:
        files['%s/%s.py' % (at, app_module)] = app_text + '\n'
        if pick.random() < 0.3:
            files[at + '/__init__.py'] = 'from .%s import app\n__all__ = ("app",)\n' % app_module
            app_home = pick.choice([app_home, top])
    app = 'other' if 'other' in app_text and pick.random() < 0.4 else 'app'
    if app_home == top and not in_init:
        app = 'app'
    deco = pick.choice([top + '.deco', top + '.utils.deco'])
    below = root + '/' if root else ''
    files[below + deco.replace('.', '/') + '.py'] = DECO % {'import': 'from %s import %s as APP' % (app_home, app)}
    if '.utils.' in deco:
        files[at + '/utils/__init__.py'] = ''
    imports, serial = [], 0
    for name in pick.sample(['tasks', 'jobs', 'sub/tasks', 'sub/deep/tasks', 'views', 'sub/__init__'], pick.randint(1, 3)):
        folder = name.split('/')[:-1]
        for depth in range(len(folder)):
            files.setdefault('/'.join([at] + folder[:depth + 1]) + '/__init__.py', '')
        head = ['from celery import shared_task']
        up = '.' * (len(folder) + 1)
        relative = up + app_home[len(top) + 1:]
        head.append(pick.choice([
            'from %s import %s' % (app_home, app),
            'from %s import %s' % (relative, app),
            'from %s import %s as APPLICATION' % (app_home, app),
            'import %s as home' % app_home if '.' not in app_home else 'from %s import %s as home' % tuple(app_home.rsplit('.', 1)),
            'try:\n    from %s import %s\nexcept ImportError:\n    from nowhere import %s' % (app_home, app, app),
        ]))
        local = 'APPLICATION' if head[-1].endswith('APPLICATION') else 'home.' + app if head[-1].endswith('as home') else app
        body = []
        for _ in range(pick.randint(1, 4)):
            serial += 1
            body.append(snippet(pick, serial, local, deco))
        path = '%s/%s.py' % (at, name)
        files[path] = '\n'.join(head + body) + '\n'
        imports.append('.'.join([top] + [part for part in name.split('/') if part != '__init__']))
    if pick.random() < 0.3:
        source = pick.choice(imports)
        files['%s/again.py' % at] = pick.choice(['from %s import *\n', 'import %s\n']) % source
        imports.append(top + '.again')
    if pick.random() < 0.2:
        files[at + '/flat.py'] = 'from celery import shared_task\n@shared_task\ndef flat(): pass\n'
        imports.append(top + '.flat')
    question = {'files': files, 'root': root, 'import': [app_home, deco] + imports, 'script': None, 'as': None}
    if pick.random() < 0.25:
        entry = pick.choice([it for it in imports if not it.endswith('again')] or imports)
        path = (root + '/' if root else '') + entry.replace('.', '/')
        path = path + '.py' if path + '.py' in files else path + '/__init__.py'
        # Relative imports need the package.
        if not path.endswith('__init__.py'):
            question.update({'script': path, 'as': entry, 'import': [app_home] if pick.random() < 0.5 else question['import']})
    return question


def compare(question, ours, theirs):
    """What is wrong, and how many names were compared, surely known, and covered by what is not known only."""
    wrong, compared, open_only, certain = [], 0, 0, 0
    index = {}
    for place, app in enumerate(ours['apps']):
        index[(app['path'], app['variable'])] = place
    for app in theirs['apps']:
        place = next((index[tuple(where)] for where in app['where'] if tuple(where) in index), None)
        main = any(where[0].endswith('#main') for where in app['where'])
        mine = [task for task in ours['tasks'] if place is None or task['registry'][0] != 'one' or task['registry'][1] == place]
        known = {task['name'] for task in mine} | {other for task in mine for other, _ in task['others']}
        wild = None in known
        for name in app['names']:
            compared += 1
            if name not in known:
                open_only += 1
                if not wild:
                    wrong.append('%s is registered on %s, and we do not know it' % (name, app['where']))
        imported = {it.replace('.', '/') for it in question['import']}
        for task in mine:
            stem = task['path'][len(question['root']) + 1 if question['root'] else 0:][:-3]
            stem = stem[:-len('/__init__')] if stem.endswith('/__init__') else stem
            here = task['registry'][0] == 'every' or task['registry'][0] != 'unknown' and task['registry'][1] == place
            if not task['certain'] or task['name'] is None or not here or main or stem not in imported:
                continue
            certain += 1
            names = {task['name']} | {other for other, kind in task['others'] if kind == 'App'}
            if not names & set(app['names']):
                wrong.append('%s is not registered on %s' % (task['name'], app['where']))
    return wrong, compared, open_only, certain


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('example')
    parser.add_argument('venvs', nargs='+')
    parser.add_argument('--count', type=int, default=1000)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--verbose', type=int, default=5, help='how many disagreements of a release are shown')
    given = parser.parse_args()
    ours = Peer([given.example])
    pick = random.Random(given.seed)
    questions = [package(pick) for _ in range(given.count)]
    answers = [ours.ask({'files': question['files']}) for question in questions]
    failed = 0
    for venv in given.venvs:
        other = Peer([venv + '/bin/python', __file__, 'serve'])
        version = other.line()['version']
        tally = {'packages': 0, 'not importable': 0, 'names': 0, 'covered by unknown only': 0, 'certain tasks': 0, 'disagreements': 0}
        for question, own in zip(questions, answers):
            theirs = other.ask(question)
            if 'error' in theirs:
                tally['not importable'] += 1
                if given.verbose > 50:
                    print(theirs['error'])
                continue
            wrong, compared, open_only, certain = compare(question, own, theirs)
            tally['packages'] += 1
            tally['names'] += compared
            tally['covered by unknown only'] += open_only
            tally['certain tasks'] += certain
            if wrong:
                tally['disagreements'] += 1
                if tally['disagreements'] <= given.verbose:
                    print('\n'.join(wrong))
                    for path, text in sorted(question['files'].items()):
                        if 'deco' not in path:
                            print('---', path, '\n' + text)
                    print(json.dumps(own), '\n', json.dumps(theirs))
        failed += tally['disagreements']
        print('Celery %s: %s' % (version, ', '.join('%d %s' % (number, name) for name, number in tally.items())), flush=True)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(serve() if sys.argv[1:] == ['serve'] else main())
