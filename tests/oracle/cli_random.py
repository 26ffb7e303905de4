"""Compare our reading of Celery's command line with the real click application, on random command lines.

Make a virtual environment with one release of Celery for each release to compare, build the example, and run

    cargo build --example command_lines
    python tests/oracle/cli_random.py target/debug/examples/command_lines VENV [VENV …] [--count 6000] [--seed 1]

Every line is drawn for one sub-command from the options that the real application declares there, in all their spellings (short,
joined, `=`), with values that fit and values that do not, from options of other sub-commands and of old releases, and from words
that are no options. Compared are: whether the line is accepted; if not, the exception; if so, the text of each option that was
given, as far as click keeps it, and the words that are left.

The same file is the other end in each environment. Python 3.6 and later; nothing but Celery is needed.
"""
import argparse
import json
import os
import random
import subprocess
import sys

from peer import Peer

COMMANDS = ['worker'] * 6 + ['beat'] * 3 + ['events', 'inspect', 'control', 'status', 'purge', 'result', 'shell', 'report', 'call', 'migrate']
VALUES = ['4', '0', '-1', '+3', '1_0', ' 5', '1.5', 'nan', '1e3', 'x', '', 'auto', 'info', 'INFO', 'Warning', 'warn', 'fair', 'default', 'Fair', 'prefork', 'solo', 'threads',
          'processes', 'thread', 'PREFORK', 'a,b', 'a b', '10,3', '10,', '1,2,3', 'w@%h', 'w%n', 'w%x', '%%', '%', '100MB', '[1]', '{}', '{"a": 1}', '--', '-l', '-x', '--beat', '\u0664']
WORDS = ['extra', 'a=1', 'worker.concurrency=2', 'ping', 'stats', 'shutdown', 'nope', 'w1', 'start', '--', '-', '']
FOREIGN = ['-A', '-Aproj', '--app', '--app=x', '-b', '--workdir', '-C', '--no-color', '-q', '--quiet', '--loader', '--config', '--maxtasksperchild', '--maxtasksperchild=5', '--queue', '--autoreload',
           '--bogus', '--help', '-h', '-Z', '--version', '--time', '--without', '-=', '-Bx', '-BE', '-EB', '-lQ', '-c4', '-c=4', '-Ofair', '-Qa,b', '-BE=1', '--beat=1', '--é', '-é']
# Dates are not read.
SKIPPED = {('call', '--eta'), ('call', '--expires')}


# ------------------------------------------------------------------ the end in the virtual environment
def answer(root, app, question):
    import contextlib
    import io
    from celery.bin.base import CLIContext
    command = root.commands[question['command']]
    top = root.make_context('celery', ['-A', 'x', question['command']], resilient_parsing=True)
    top.obj = CLIContext(app=app, no_color=True, workdir=None, quiet=True)
    parser = {}
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            context = command.make_context(question['command'], list(question['args']), parent=top)
    except SystemExit:
        return {'error': 'Exit'}
    except BaseException as raised:
        return {'error': type(raised).__name__}
    for name, value in context.params.items():
        if isinstance(value, (str, int, float, bool)) or value is None:
            parser[name.replace('_', '-')] = value
        elif isinstance(value, (list, tuple)):
            parser[name.replace('_', '-')] = [str(item) for item in value]
    return {'options': parser, 'rest': list(context.args)}


def declared(root):
    found = {}
    for name, command in root.commands.items():
        found[name] = [{'names': list(p.opts) + list(p.secondary_opts), 'flag': bool(p.is_flag)} for p in command.params if p.param_type_name == 'option']
    return found


def serve():
    from celery import Celery
    from celery.bin.celery import celery as root
    app = Celery('p', broker='memory://', backend='cache+memory://')
    print(json.dumps(declared(root)), flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(root, app, json.loads(line))), flush=True)


# ------------------------------------------------------------------ the end that compares
def draw(rng, options, command):
    args = []
    own = options.get(command, [])
    for _ in range(rng.choice([0, 1, 1, 2, 2, 3, 5])):
        kind = rng.random()
        if kind < 0.65 and own:
            option = rng.choice(own)
            name = rng.choice(option['names'])
            if (command, name) in SKIPPED:
                continue
            value = rng.choice(VALUES)
            if option['flag']:
                args.append(name)
            elif rng.random() < 0.5:
                args += [name, value]
            elif name.startswith('--'):
                args.append(name + '=' + value)
            else:
                args.append(name + value)
        elif kind < 0.75:
            other = rng.choice(options[rng.choice(sorted(options))] or [{'names': ['--x']}])
            args.append(rng.choice(other['names']))
        elif kind < 0.87:
            args.append(rng.choice(FOREIGN))
        else:
            args.append(rng.choice(WORDS))
    return args


def same(command, ours, real):
    if 'error' in ours or 'error' in real:
        return ours.get('error') == real.get('error')
    # What a declared argument takes is no rest any more.
    if real['rest'] and ours['rest'][-len(real['rest']):] != real['rest']:
        return False
    for name, value in ours['options'].items():
        # `events -d` is declared twice.
        if command == 'events' and name in ('dump', 'detach'):
            continue
        kept = real['options'].get(name)
        if isinstance(value, bool) and isinstance(kept, bool) and value != kept:
            return False
        if isinstance(value, str) and isinstance(kept, str) and value != kept and name not in ('hostname', 'statedb'):
            if kept not in ('prefork',) and value:
                return False
        # Zero falls back on the configuration.
        if isinstance(value, str) and isinstance(kept, int) and not isinstance(kept, bool) and name != 'loglevel':
            if int(value) not in (0, kept):
                return False
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('ours')
    parser.add_argument('venvs', nargs='+')
    parser.add_argument('--count', type=int, default=6000)
    parser.add_argument('--seed', type=int, default=1)
    given = parser.parse_args()
    rng = random.Random(given.seed)
    ours, wrong, asked, refused = Peer([given.ours]), 0, 0, 0
    for venv in given.venvs:
        python = os.path.join(venv, 'bin', 'python')
        version = subprocess.check_output([python, '-c', 'import celery; print(celery.__version__)'], universal_newlines=True)
        release = '.'.join(version.split('.')[:2])
        real = Peer([python, os.path.abspath(__file__), '--serve'])
        options = real.line()
        for _ in range(given.count // len(given.venvs)):
            command = rng.choice([name for name in COMMANDS if name in options])
            args = draw(rng, options, command)
            question = {'release': release, 'command': command, 'args': args}
            mine, theirs = ours.ask(question), real.ask(question)
            asked += 1
            refused += 'error' in theirs
            if not same(command, mine, theirs):
                wrong += 1
                if wrong <= 20:
                    print(json.dumps(question, ensure_ascii=False), '\n   ours', json.dumps(mine), '\n   real', json.dumps({key: theirs[key] for key in theirs if key != 'options'}))
        real.process.terminate()
    print('%d command lines, %d refused by the real application, %d read otherwise' % (asked, refused, wrong))
    sys.exit(1 if wrong else 0)


if __name__ == '__main__':
    serve() if '--serve' in sys.argv else main()
