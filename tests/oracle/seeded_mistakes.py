"""Count how many mistakes the linter finds that are put into real projects: a measure of recall that needs no labels.

    cargo build --release
    python tests/oracle/seeded_mistakes.py target/release/celery-lint PROJECT [PROJECT …] [--rule NAME] [--misses 20]

Each rule below has a way to break code that is right: an option no task has, an entry whose task nobody knows, an argument that
no JSON holds. The linter runs with that one rule on a copy of the project with all such mistakes in it. Not every mistake can be
told: a base class that is not known hides what a task takes, and `**kwargs` takes everything. What is missed is listed by file, to
be read. Tests, migrations, documentation and examples are left as they are. Python 3.9 and later; nothing else is needed.
"""
import argparse
import collections
import os
import re
import shutil
import subprocess
import tempfile

TASK = r'^@(?:[\w.]*app|celery|[\w.]*celery_app)\.task|^@shared_task'
ARGUMENTS = r'(?:\((?:[^()]|\([^()]*\))*\))?'
ASIDE = re.compile(r'(^|/)(\.\w+|tests?|docs|migrations|examples?|testing|fixtures|e2e)(/|$)')
OPTION = re.compile(rf'({TASK})({ARGUMENTS})[ \t]*$', re.M)
DEFINITION = rf'(?:{TASK}){ARGUMENTS}[ \t]*\n'


def option(text):
    """`retries=3` in every decorator of a task."""
    def change(found):
        inner = found[2][1:-1].rstrip() if found[2] else ''
        comma = '' if not inner or inner.endswith(',') else ', '
        return f'{found[1]}({inner}{comma}retries=3)'
    return OPTION.subn(change, text)


def replaced(pattern, by):
    compiled = re.compile(pattern, re.M)
    return lambda text: compiled.subn(by, text)


def crontab(text):
    """`crontab(hour=…)` without its minute."""
    made = 0

    def change(found):
        nonlocal made
        if 'hour' not in found[1] or 'minute' not in found[1]:
            return found[0]
        made += 1
        return 'crontab(' + re.sub(r'minute\s*=\s*[^,)]+,?\s*', '', found[1]) + ')'
    return re.sub(r'crontab\(([^()]*)\)', change, text), made


MISTAKES = {
    'async-task': replaced(rf'({DEFINITION})def ', r'\1async def '),
    'autoretry-for-invalid': replaced(r'autoretry_for=\((\w+),?\)', r'autoretry_for=\1'),
    'beat-unknown-task': replaced(r'''(["']task["']\s*:\s*["'][\w.]+)(["'])''', r'\1x\2'),
    'call-signature-mismatch': replaced(r'\.delay\(([\w., ]*\w)\)', r'.delay(\1, no_such_parameter=1)'),
    'canvas-of-results': replaced(r'(\bchain|\bgroup|\bchord)\(([^()]*)\.s\(', r'\1(\2.delay('),
    'crontab-every-minute': crontab,
    'generator-task': replaced(
        rf'({DEFINITION}def \w+\([^()]*\)(?: -> [\w\[\], .|]+)?:\n)', r'\1    yield 1\n'),
    'invalid-rate-limit': replaced(r'rate_limit\s*=\s*["\'](\d+)/(\w)["\']', r'rate_limit="\1/\2in"'),
    'non-serialisable-argument': replaced(r'\.delay\((\w+)\)', r'.delay({\1})'),
    'orm-object-argument': replaced(r'\.delay\((\w+)\.(?:pk|id)\)', r'.delay(\1)'),
    'signal-receiver-no-kwargs': replaced(
        r'(^@\w+\.connect(?:\([^()]*\))?\ndef \w+\([^()]*?),?\s*\*\*\w+\s*\)', r'\1)'),
    'signature-never-dispatched': replaced(
        r'^([ \t]+)((?!transaction)[\w.]+)\.delay\(([^()\n]*)\)$', r'\1\2.s(\3)'),
    'unknown-task-option': option,
}


def sources(project):
    for directory, folders, files in os.walk(project):
        folders[:] = [name for name in folders if name not in ('.git', 'node_modules')]
        for name in files:
            path = os.path.relpath(os.path.join(directory, name), project)
            tests = name.startswith('test_') or name.endswith('_test.py') or name in ('tests.py', 'conftest.py')
            if name.endswith('.py') and not tests and not ASIDE.search(os.path.dirname(path)):
                yield path


def broken(project, mistake):
    """The changed text of each file with mistakes, and how many there are."""
    changed = {}
    for path in sources(project):
        try:
            with open(os.path.join(project, path), encoding='utf-8') as file:
                text = file.read()
        except (OSError, UnicodeDecodeError):
            continue
        if 'celery' in text or 'task' in text or '.delay' in text:
            text, count = mistake(text)
            if count:
                changed[path] = (text, count)
    return changed


def findings(linter, project, rule, changed):
    with tempfile.TemporaryDirectory() as place:
        copy = os.path.join(place, 'project')
        ignored = shutil.ignore_patterns('.git', 'node_modules', '*.js', '*.ts', '*.svg', '*.po')
        shutil.copytree(project, copy, symlinks=True, ignore=ignored)
        for path, (text, _) in changed.items():
            with open(os.path.join(copy, path), 'w', encoding='utf-8') as file:
                file.write(text)
        run = [linter, 'check', '--isolated', '--select', rule, '--output-format', 'concise', '.']
        output = subprocess.run(run, cwd=copy, capture_output=True, text=True, timeout=600).stdout
    lines = (line for line in output.splitlines() if f'[{rule}]' in line)
    return collections.Counter(line.split(':')[0] for line in lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('linter')
    parser.add_argument('projects', nargs='+')
    parser.add_argument('--rule', choices=sorted(MISTAKES))
    parser.add_argument('--misses', type=int, default=20, help='how many files with missed mistakes to show for each rule')
    arguments = parser.parse_args()
    for rule in [arguments.rule] if arguments.rule else sorted(MISTAKES):
        made, found, misses = 0, 0, []
        for project in arguments.projects:
            changed = broken(project, MISTAKES[rule])
            if not changed:
                continue
            told = findings(os.path.abspath(arguments.linter), project, rule, changed)
            for path, (_, count) in changed.items():
                made, found = made + count, found + min(count, told[path])
                if told[path] < count:
                    misses.append(f'    {os.path.basename(project)}: {path}: {told[path]} of {count}')
        print(f'{rule}: {found} of {made}')
        print('\n'.join(misses[:arguments.misses]), end='\n' if misses[:arguments.misses] else '')


if __name__ == '__main__':
    main()
