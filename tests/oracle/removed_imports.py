"""Which imports of Celery's own modules fail: asks one installed release about every row of `src/celery/data/removed.toml`.

    VENV/bin/python tests/oracle/removed_imports.py [OTHER_VENV/bin/python ...] > fixtures/facts/removed_imports.json

Runs itself with each interpreter. Every import happens in a process of its own, which has imported nothing but `celery`: modules of
compatibility are made lazily, and one that has been asked for changes what the next import finds. The answer is an empty text for an
import that works and the error for one that does not; errors about modules of other packages (`No module named 'redis'`) count as working.
"""
import json
import os
import re
import subprocess
import sys

TABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../src/celery/data/removed.toml')


def rows():
    # Python 3.6 has no reader of TOML, and this table is simple.
    for block in open(TABLE, encoding='utf-8').read().split('[[removed]]')[1:]:
        yield dict(re.findall(r'^(\w+) = "?(.*?)"?$', block, re.M))


def statements():
    for row in rows():
        if 'needs' in row:
            yield 'import ' + row['needs']
            continue
        module, name = row['path'].rsplit('.', 1)
        yield 'import ' + row['path'] if 'module' in row else f'from {module} import {name}'
        if 'instead' in row:
            module, name = row['instead'].rsplit('.', 1)
            yield 'import ' + row['instead'] if 'module' in row else f'from {module} import {name}'


def attempt(statement):
    read, write = os.pipe()
    child = os.fork()
    if not child:
        import celery  # noqa: F401
        try:
            exec(statement, {})
            answer = ''
        except ModuleNotFoundError as error:
            ours = error.name.split('.')[0] in ('celery', 'kombu', 'billiard')
            answer = f'ModuleNotFoundError: {error}' if ours else ''
        except ImportError as error:
            answer = f'ImportError: {error}'.split(' (')[0]
        os.write(write, answer.encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    return answer


def main():
    if sys.argv[1:2] != ['--one']:
        for python in [sys.executable, *sys.argv[1:]]:
            answer = subprocess.run([python, '-W', 'ignore', __file__, '--one'], stdout=subprocess.PIPE, check=True)
            tables.append(json.loads(answer.stdout))
        lines = ',\n'.join(json.dumps(table, sort_keys=True) for table in tables)
        return print(f'[\n{lines}\n]')
    import celery
    answers = {statement: attempt(statement) for statement in statements()}
    print(json.dumps({'release': '.'.join(celery.__version__.split('.')[:2]), 'answers': answers}))


tables = []
if __name__ == '__main__':
    main()
