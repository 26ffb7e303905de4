"""What real readers of env files make of a line: asks them all, case by case.

    python tests/oracle/env_readers.py COMPOSE > fixtures/facts/env_readers.json

Needs python-dotenv, django-environ and python-decouple, and bash. COMPOSE is a program that reads one text per line, as JSON, and prints
the variables that `dotenv.ParseWithLookup` of github.com/compose-spec/compose-go makes of it as a JSON object (`{"!": error}` when it
refuses); the table was made with its commit e70e961. `src/files/dotenv/reading.rs` is tested against the answers.
"""
import io
import json
import logging
import os
import subprocess
import sys
import tempfile

import environ
from decouple import RepositoryEnv
from dotenv import dotenv_values

logging.disable(logging.CRITICAL)

PARTS = [
    'abc', 'pa$word', 'pa$$word', 'pa$$word$', 'p#w', 'p #w', 'p\\w', 'p\\nw', 'p\\\\w', 'p\\$w', 'p w', "p'w", 'p"w', 'p`w', 'p${B}w', 'p${N:-d}w',
    '$B', 'p!w', 'p;w', 'p&w', 'p%40w', 'p=w', 'p~w', '~p', 'p*w', 'p(w', 'p|w', 'p<w', 'p{w', 'p}w', 'p@ss/w?x', 'p\tw', '#p', 'a$1b', 'a$(echo)b',
    "p\\'w", 'p\\"w',
]
LINES = [
    'A=x # c\n', "A='x' # c\n", 'A="x" # c\n', 'A=x#c\n', 'A= x\n', 'A =x\n', 'A = x\n', 'export A=x\n', 'A: x\n', "A='x\ny'\n", 'A="x\ny"\n',
    'A=x  \n', 'A=\n', "A=''\n", 'A=x\r\n', 'A="x"y\n', "A=x'y z'\n", '  A=x\n', 'A=amqp://u:p@h:5672//\n', 'A=amqp://u:p$w@h//\n',
    'A=redis://:p#w@h/0\n', "A='redis://:p#w@h/0'\n", 'A=redis://h/0 # local\n', "A='a$b' # c\n", "A=' x '\n", 'A=" x "\n',
]


def cases():
    for part in PARTS:
        for quote in ('', "'", '"'):
            if not quote or quote not in part or '\\' in part:
                yield f'B=b\nA={quote}{part}{quote}\n'
    yield from LINES


def written(text):
    with tempfile.NamedTemporaryFile('w', suffix='.env', delete=False, newline='') as file:
        file.write(text)
    return file.name


def python_dotenv(text):
    return dotenv_values(stream=io.StringIO(text))


def django_environ(text):
    before = dict(os.environ)
    environ.Env.read_env(written(text))
    found = {key: value for key, value in os.environ.items() if before.get(key) != value}
    for key in found:
        os.environ.pop(key)
    return found


def python_decouple(text):
    return RepositoryEnv(written(text)).data


def shell(text):
    script = f'set -a; . {written(text)}; exec env -0'
    out = subprocess.run(['env', '-i', 'bash', '-c', script], capture_output=True).stdout
    return dict(pair.split('=', 1) for pair in out.decode(errors='replace').split('\0') if pair)


def main():
    texts = list(cases())
    asked = '\n'.join(json.dumps(text) for text in texts) + '\n'
    compose = subprocess.run([sys.argv[1]], input=asked, capture_output=True, text=True).stdout.splitlines()
    rows = []
    for text, answer in zip(texts, compose):
        row = {'text': text}
        for name, read in (('python-dotenv', python_dotenv), ('django-environ', django_environ), ('python-decouple', python_decouple), ('shell', shell)):
            row[name] = {key: value for key, value in read(text).items() if key == 'A'}
        row['compose'] = {key: value for key, value in json.loads(answer).items() if key in 'A!'}
        rows.append(json.dumps(row))
    print('[\n' + ',\n'.join(rows) + '\n]')


if __name__ == '__main__':
    main()
