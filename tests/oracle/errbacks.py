"""Ask the real package what becomes of a task that is given as `link_error`, and write it down as a table.

    python tests/oracle/errbacks.py VENV [VENV …] > fixtures/facts/errbacks.json

One virtual environment for each release. Every row is one task (its parameters, bound or not) and one signature of it; `outcomes` says what each
release did when the task before had failed: `called` (with request, exc and traceback), `sent` (with the id of the failed task), or the error.
From 5.7 on the error of a call is logged, not raised; the table does not tell these apart. The same file is the other end in each environment.
"""
import json
import os
import subprocess
import sys

HEADS = ['', 'a', 'a=1', 'a, b', 'a, b=1', 'a=1, b=2', 'a, b=1, c=2', 'a, b, c', 'a, b, c=2, d=3', 'a, b, c, d', 'a, b, c, d, e', 'a, b, c, k=None',
         'a, b, c, d=4, e=5', '*args', 'a, *args', 'a, b, *args', '*args, **kw', '*, k=1', 'a, *, k', 'a, b, *, k=None', 'a, b, c, *, k', '**kw',
         'a, b=1, **kw', 'a, b, c, **kw']
CALLS = ['s()', 's(1)', 's(1, 2)', 's(1, 2, 3)', 's(1, 2, 3, 4)', 'si()', 'si(1)', 's(k=1)', 'si(k=1)', 's(a=1)', 's(b=1)', 's(c=1)', 's(d=1)',
         's(1, b=2)', 's(1, c=2)']


def rows():
    return [(head, bind, call) for bind in (False, True) for head in HEADS for call in CALLS]


def outcome(app, logger, logged, head, bind, call):
    called = []
    space = {'called': called}
    own = ', '.join(part for part in ('self' if bind else '', head) if part)
    exec('def f(%s): called.append(1)' % own, space)
    name = 'f %s %s %s' % (bind, head, call)
    task = app.task(bind=bind, name=name)(space['f'])
    signature = eval('task.' + call, {'task': task})

    class Request:
        errbacks = [dict(signature)]
        id = root_id = 'id'
        delivery_info = {'is_eager': False}
    del logged[:]
    try:
        app.backend._call_task_errbacks(Request, ValueError('x'), None)
    except Exception as exc:
        return '%s: %s' % (type(exc).__name__, exc)
    if logged:
        return '%s: %s' % (type(logged[0]).__name__, logged[0])
    return 'called' if called else 'sent'


def answer():
    import logging
    import celery
    app = celery.Celery('probe', broker='memory://', backend='cache+memory://')
    app.set_default()
    app.set_current()
    logged = []

    class Handler(logging.Handler):
        def emit(self, record):
            logged.append(record.exc_info[1])
    logger = logging.getLogger('celery.backends.base')
    logger.handlers, logger.propagate = [Handler()], False
    release = '.'.join(celery.__version__.split('.')[:2])
    json.dump([release, [outcome(app, logger, logged, *row) for row in rows()]], sys.stdout)


def main(venvs):
    answers = []
    for venv in venvs:
        python = os.path.join(venv, 'bin', 'python')
        answers.append(json.loads(subprocess.check_output([python, os.path.abspath(__file__), '--answer'])))
    cases = []
    for at, (head, bind, call) in enumerate(rows()):
        outcomes = {}
        for release, found in answers:
            outcomes.setdefault(found[at], []).append(release)
        cases.append({'def': head, 'bind': bind, 'call': call, 'outcomes': outcomes})
    print('{"cases": [')
    print(',\n'.join(json.dumps(case) for case in cases))
    print(']}')


if __name__ == '__main__':
    answer() if sys.argv[1:] == ['--answer'] else main(sys.argv[1:])
