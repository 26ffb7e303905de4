"""Compare what we find behind `celery -A` with Celery's own `find_app`, on random packages.

Make a virtual environment with one release of Celery for each release to compare, build the example, and run

    cargo build --example app_targets
    python tests/oracle/app_lookup_random.py target/debug/examples/app_targets VENV [VENV …] [--count 2000] [--seed 1]

Drawn are small trees of modules and packages whose apps have usual and unusual names, and are taken from one module by another in all ways
that `import` knows, with circles, missing modules and missing names among them; and paths that lead to them or not. Each question is
answered by a fresh process. Compared are the outcomes: an app, something that is no app, an exception. Two answers of ours are
compared: the exact one, for the directory of the tree, which may be "unknown" only where code runs that is not followed; and the
careful one, as the linter uses it, which must never tell a path as wrong that Celery finds.

The same file is the other end in each environment. Python 3.6 and later; nothing but Celery is needed.
"""
import argparse
import json
import os
import random
import shutil
import sys
import tempfile

from peer import Peer

NAMES = ['app', 'celery', 'celery_app', 'thing', 'worker']
MODULES = ['app', 'celery', 'tasks', 'core', 'worker', 'config']
TOPS = ['proj', 'shop', 'core', 'tasks']


# ------------------------------------------------------------------ the end in the virtual environment
def outcome(app):
    from celery import Celery
    from celery.app.utils import find_app
    try:
        found = find_app(app)
    except BaseException as raised:
        return ['error', '%s: %s' % (type(raised).__name__, raised)]
    return ['app', ''] if isinstance(found, Celery) else ['not-an-app', type(found).__name__]


def serve():
    import celery.app.base  # noqa: F401  every process has it then
    import celery.app.utils  # noqa: F401
    for line in sys.stdin:
        question = json.loads(line)
        os.chdir(question['root'])
        answers = []
        for app in question['apps']:
            ours, theirs = os.pipe()
            child = os.fork()
            if child == 0:
                sys.dont_write_bytecode = True
                sys.path.insert(0, question['root'])
                os.write(theirs, json.dumps(outcome(app)).encode())
                os._exit(0)
            os.close(theirs)
            with os.fdopen(ours) as stream:
                answers.append(json.loads(stream.read() or '["error", "died"]'))
            os.waitpid(child, 0)
        print(json.dumps(answers), flush=True)
        os.chdir('/')


# ------------------------------------------------------------------ the end that compares
def tree(rng):
    """The paths of the modules, and their dotted names."""
    paths = {}
    for top in rng.sample(TOPS, rng.choice([1, 1, 2])):
        if rng.random() < 0.3:
            paths[top + '.py'] = top
            continue
        if rng.random() < 0.85:
            paths[top + '/__init__.py'] = top
        for module in rng.sample(MODULES, rng.choice([1, 1, 2, 3])):
            if rng.random() < 0.15:
                paths['%s/%s/__init__.py' % (top, module)] = '%s.%s' % (top, module)
                inner = rng.choice(MODULES)
                paths['%s/%s/%s.py' % (top, module, inner)] = '%s.%s.%s' % (top, module, inner)
            else:
                paths['%s/%s.py' % (top, module)] = '%s.%s' % (top, module)
    return paths


def relative(rng, path, own, target):
    """A way to name `target` in `from … import`, seen from the module."""
    package = own if path.endswith('__init__.py') else own.rpartition('.')[0]
    if package and target.startswith(package + '.') and rng.random() < 0.7:
        return '.' + target[len(package) + 1:]
    return target


def statement(rng, path, own, dotted):
    name, other = rng.choice(NAMES), rng.choice(NAMES)
    target = rng.choice(dotted + ['nosuch', dotted[0] + '.nosuch'] if rng.random() < 0.15 else dotted)
    kind = rng.random()
    if kind < 0.34:
        return "%s = Celery('%s')" % (name, name)
    if kind < 0.58:
        source = relative(rng, path, own, target)
        return 'from %s import %s%s' % (source, name, rng.choice(['', '', ' as ' + other]))
    if kind < 0.66 and '.' in target:
        package, _, module = target.rpartition('.')
        source = relative(rng, path, own, package)
        return 'from %s import %s%s' % (source, module, rng.choice(['', '', ' as ' + other]))
    if kind < 0.72:
        return 'import %s%s' % (target, rng.choice(['', ' as ' + other]))
    if kind < 0.75:
        return 'from %s import *' % relative(rng, path, own, target)
    return rng.choice([
        '%s = None' % name, '%s = 1' % name, "%s = 'text'" % name, '%s = [1]' % name, '%s = Plain()' % name, "%s = Own('%s')" % (name, name),
        "def %s():\n    return Celery('%s')" % (name, name), 'class %s:\n    pass' % name, 'import celery', 'from celery import current_app as %s' % name,
        "if True:\n    %s = Celery('%s')" % (name, name), 'try:\n    import nosuch\nexcept ImportError:\n    pass', 'try:\n    from nosuch import %s\nexcept ImportError:\n    %s = None' % (name, name),
        'def later():\n    import %s' % target, "__all__ = ['%s']" % name,
    ])


def write(rng):
    paths = tree(rng)
    dotted = sorted(paths.values())
    files = {}
    for path, own in paths.items():
        lines = []
        if not (path.endswith('__init__.py') and rng.random() < 0.4):
            lines += ['from celery import Celery', 'class Plain: pass', 'class Own(Celery): pass']
            lines += [statement(rng, path, own, dotted) for _ in range(rng.choice([0, 1, 1, 2, 3, 4]))]
        elif rng.random() < 0.5:
            lines += [line for line in [statement(rng, path, own, dotted)] if line.startswith(('from .', 'from ' + own))]
        files[path] = ''.join(line + '\n' for line in lines)
    apps = []
    for _ in range(8):
        base = rng.choice(dotted)
        if rng.random() < 0.3:
            base = base.split('.')[0]
        kind = rng.random()
        if kind < 0.3:
            apps.append(base)
        elif kind < 0.8:
            apps.append(base + rng.choice('.:') + rng.choice(NAMES + ['nope']))
        else:
            apps.append(rng.choice([base + '.', base + ':', base + '.py', base.replace('.', '/'), base + '/celery.py', './' + base, '.' + base, ':' + base, 'nosuch', base + ':app.x', base + '..app', base + ':a:b']))
    return {'files': files, 'apps': sorted(set(apps))}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('ours')
    parser.add_argument('venvs', nargs='+')
    parser.add_argument('--count', type=int, default=2000, help='trees, eight paths each')
    parser.add_argument('--seed', type=int, default=1)
    given = parser.parse_args()
    rng = random.Random(given.seed)
    ours, asked, unknown, wrong, accused, told = Peer([given.ours]), 0, 0, 0, 0, 0
    for venv in given.venvs:
        real = Peer([os.path.join(venv, 'bin', 'python'), os.path.abspath(__file__), '--serve'])
        for _ in range(given.count // len(given.venvs)):
            question = write(rng)
            root = tempfile.mkdtemp(prefix='lookup-')
            for path, text in question['files'].items():
                whole = os.path.join(root, path)
                os.makedirs(os.path.dirname(whole), exist_ok=True)
                with open(whole, 'w') as stream:
                    stream.write(text)
            mine, theirs = ours.ask(question), real.ask({'root': root, 'apps': question['apps']})
            shutil.rmtree(root)
            for app, exact, careful, (truth, message) in zip(question['apps'], mine['exact'], mine['careful'], theirs):
                asked += 1
                unknown += exact == 'unknown'
                told += careful in ('error', 'not-an-app')
                differs = exact not in ('unknown', truth)
                false = careful in ('error', 'not-an-app') and truth == 'app'
                wrong += differs
                accused += false
                if (differs or false) and wrong + accused <= 10:
                    print('%s: exact %s, careful %s, Celery %s %s' % (app, exact, careful, truth, message))
                    for path, text in sorted(question['files'].items()):
                        print('    --', path, repr(text))
        real.process.terminate()
    print('%d paths: %d answered otherwise, %d unknown; the linter tells %d as wrong, %d of them wrongly' % (asked, wrong, unknown, told, accused))
    sys.exit(1 if wrong or accused else 0)


if __name__ == '__main__':
    serve() if '--serve' in sys.argv else main()
