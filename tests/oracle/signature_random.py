"""Compare what our model knows of tasks and their calls with the real package, on random signatures and calls.

Make a virtual environment with one release of Celery for each release to compare, build the example, and run

    cargo build --example task_signatures
    python tests/oracle/signature_random.py target/debug/examples/task_signatures VENV [VENV …] [--count 20000] [--seed 1]

Every function has positional-only, plain and keyword-only parameters with and without defaults, `*args` and `**kwargs`; every
call has positional arguments, keywords (known, unknown, misspelt, `self`), and splats of literals. Both `delay` and `apply_async`
are asked. Compared are whether Celery takes the call, and the words of its `TypeError` when it does not.

The same file is the other end in each environment. Python 3.8 and later; nothing but Celery is needed.
"""
import argparse
import json
import random
import re
import subprocess
import sys

from peer import Peer

NAMES = ['a', 'b', 'c', 'd', 'user_id', 'x']
BATCH = 200


# ------------------------------------------------------------------ the end in the virtual environment
def serve():
    from celery import Celery

    class Sent(Exception):
        pass

    def ends(self, *args, **kwargs):
        raise Sent()

    app = Celery('probe', broker='memory://', set_as_current=False)
    app.send_task = ends
    app.conf.task_always_eager = False
    for line in sys.stdin:
        answers = []
        for index, question in enumerate(json.loads(line)['tasks']):
            scope = {}
            exec(question['def'].replace('def f(', 'def f%d(' % index, 1), scope)
            options = eval('dict(%s)' % question['options'])
            task = app.task(name='t%d.%d' % (id(scope), index), **options)(scope['f%d' % index])
            try:
                eval('task.%s(%s)' % (question['method'], question['call']), {'task': task})
                answers.append('returned')
            except Sent:
                answers.append(None)
            except TypeError as error:
                answers.append(str(error))
        print(json.dumps({'answers': answers}), flush=True)


# ------------------------------------------------------------------ the questions
def random_def(pick, bind):
    names = pick.sample(NAMES, pick.randint(0, 5))
    kinds = sorted(pick.choice([0, 1, 1, 1, 2, 2]) for _ in names)
    positional = [name for name, kind in zip(names, kinds) if kind < 2]
    only = [name for name, kind in zip(names, kinds) if kind == 2]
    slashes = kinds.count(0)
    if bind and pick.random() < 0.9:
        positional.insert(0, 'self')
        slashes += slashes > 0
    elif pick.random() < 0.05:
        positional.insert(0, 'self')
        slashes += slashes > 0
    first_default = pick.randint(0, len(positional) * 2)
    parts = []
    for at, name in enumerate(positional):
        parts.append(name + ('=%d' % at if at >= first_default and name != 'self' else ''))
        if at + 1 == slashes:
            parts.append('/')
    if pick.random() < 0.2:
        parts.append('*args')
    elif only:
        parts.append('*')
    parts.extend(name + pick.choice(['', '=None']) for name in only)
    if pick.random() < 0.2:
        parts.append('**kwargs')
    return 'def f(%s): pass' % ', '.join(parts)


def random_call(pick, method):
    count = pick.choice([0, 0, 1, 1, 2, 2, 3, 4])
    known = NAMES + ['zzz', 'self', 'usr_id'] if method == 'apply_async' else NAMES + ['zzz', 'usr_id']
    named = pick.sample(known, pick.choice([0, 0, 1, 1, 2, 3]))
    positional = [str(at) for at in range(count)]
    if method == 'apply_async':
        brackets = pick.choice(['[%s]', '(%s)'])
        inside = ', '.join(positional)
        if brackets == '(%s)' and count == 1:
            inside += ','
        parts = []
        if count or pick.random() < 0.3:
            parts.append(pick.choice(['', 'args=']) + brackets % inside)
        if named:
            parts.append('kwargs={%s}' % ', '.join('"%s": 1' % name for name in named))
        return ', '.join(parts)
    if count and pick.random() < 0.2:
        cut = pick.randint(0, count - 1)
        positional = positional[:cut] + ['*[%s]' % ', '.join(positional[cut:])]
    keywords = ['%s=1' % name for name in named]
    if named and pick.random() < 0.2:
        cut = pick.randint(0, len(named) - 1)
        keywords = keywords[:cut] + ['**{%s}' % ', '.join('"%s": 1' % name for name in named[cut:])]
    return ', '.join(positional + keywords)


def questions(count, seed):
    pick = random.Random(seed)
    while count > 0:
        bind = pick.random() < 0.4
        method = pick.choice(['delay', 'apply_async'])
        options = ['bind=True'] * bind + pick.choice([[], [], [], [], ['typing=False'], ['typing=True'], ['max_retries=3']])
        question = {'def': random_def(pick, bind), 'options': ', '.join(options), 'method': method, 'call': random_call(pick, method)}
        try:
            compile(question['def'], '', 'exec'), compile('f(%s)' % question['call'], '', 'eval')
        except SyntaxError:
            continue
        count -= 1
        yield question


def is_old(venv):
    version = subprocess.check_output([venv + '/bin/python', '-c', 'import celery; print(celery.__version__)'], universal_newlines=True)
    return tuple(map(int, version.split('.')[:2])) <= (5, 0)


def same(ours, theirs):
    if ours is None or theirs is None:
        return ours is theirs
    # Newer Pythons add a guess; keyword-only parameters come out of a set.
    theirs = re.sub(r"\. Did you mean '.*'\?$", '', theirs)
    theirs = re.sub(r'^[\w.<>]+\(\) ', '', theirs)
    if 'keyword-only argument' in ours and ours.startswith('missing'):
        return sorted(re.findall(r"'\w+'", ours)) == sorted(re.findall(r"'\w+'", theirs)) and 'keyword-only' in theirs
    return ours == theirs


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('example')
    parser.add_argument('venvs', nargs='+')
    parser.add_argument('--count', type=int, default=20000)
    parser.add_argument('--seed', type=int, default=1)
    given = parser.parse_args()
    ours = Peer([given.example])
    others = [(venv, is_old(venv), Peer([venv + '/bin/python', __file__, 'serve'])) for venv in given.venvs]
    asked = list(questions(given.count, given.seed))
    compared = differ = refused = 0
    for start in range(0, len(asked), BATCH):
        batch = asked[start:start + BATCH]
        answers = {old: ours.ask({'tasks': batch, 'old': old})['answers'] for old in (False, True)}
        for venv, old, other in others:
            for question, own, theirs in zip(batch, answers[old], other.ask({'tasks': batch, 'old': False})['answers']):
                compared += 1
                refused += theirs is not None
                if not same(own, theirs):
                    differ += 1
                    if differ <= 20:
                        print(venv, json.dumps(question), 'we:', own, 'they:', theirs)
    print('%d questions, %d comparisons, %d refused by Celery, %d disagreements' % (len(asked), compared, refused, differ))
    return 1 if differ else 0


if __name__ == '__main__':
    sys.exit(serve() if sys.argv[1:] == ['serve'] else main())
