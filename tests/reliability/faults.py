"""Break `celery-lint --fix` while it writes: tests/reliability/faults.py BINARY [--kills 200] [--seed 1]

A project of many files, each with a mistake that can be fixed, is fixed once undisturbed; that tells what every file is before and after.
Then it is fixed again and again while something goes wrong: the process is killed at a random moment, files may not grow (as on a full
disk), a file or a folder may not be written, a file is a link, a file changes all the time. Afterwards every file has to be whole: as it was, or as
it ought to be; with its mode; and nothing else may lie around, but for temporary files of a process that was killed.

Needs Linux and Python 3.8. Run as root it takes another user's rights for itself.
"""
import argparse
import os
import random
import resource
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time

FILES = 60
TEXT = """\
# Module %(number)d, with umlauts: \u00e4\u00f6\u00fc
from datetime import datetime, timedelta

from shop import add


def later():
    add.apply_async((1, 2), eta=datetime.now() + timedelta(minutes=%(number)d))  # kept
"""
SHOP = "from celery import Celery\n\napp = Celery('shop', broker='redis://')\n\n\n@app.task\ndef add(x, y):\n    return x + y\n"


def build(root):
    with open(os.path.join(root, 'shop.py'), 'w') as stream:
        stream.write(SHOP)
    for number in range(FILES):
        folder = os.path.join(root, 'p%d' % (number % 7))
        os.makedirs(folder, exist_ok=True)
        text = TEXT % {'number': number}
        content = text.encode()
        if number % 3 == 0:
            content = text.replace('\n', '\r\n').encode()
        if number % 5 == 0:
            content = b'\xef\xbb\xbf' + content
        path = os.path.join(folder, 'm%d.py' % number)
        with open(path, 'wb') as stream:
            stream.write(content)
        os.chmod(path, [0o644, 0o755, 0o600, 0o640][number % 4])
    if os.getuid() == 0:
        subprocess.run(['chown', '-R', '65534:65534', root], check=True)


def state(root):
    found = {}
    for folder, _, names in os.walk(root):
        for name in names:
            path = os.path.join(folder, name)
            with open(path, 'rb') as stream:
                found[os.path.relpath(path, root)] = (stream.read(), stat.S_IMODE(os.lstat(path).st_mode))
    return found


def as_user(limit=None):
    def prepare():
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if limit is not None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        if os.getuid() == 0:
            os.setgid(65534)
            os.setuid(65534)
    return prepare


def start(binary, root, limit=None):
    # It writes to a pipe: a limit for files is none for that.
    return subprocess.Popen([binary, 'check', '--isolated', '--fix', '--unsafe-fixes', '--exit-zero', '--output-format', 'concise', '.'], cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, preexec_fn=as_user(limit))


class Bench:
    def __init__(self, binary):
        self.home = tempfile.mkdtemp(prefix='faults-')
        os.chmod(self.home, 0o755)
        self.binary = shutil.copy(binary, os.path.join(self.home, 'celery-lint'))
        self.root = os.path.join(self.home, 'project')
        self.fresh()
        self.before = state(self.root)
        begun = time.time()
        out = self.run()
        self.took = time.time() - begun
        self.after = state(self.root)
        changed = [path for path in self.before if self.after.get(path) != self.before[path]]
        if len(changed) != FILES or set(self.before) != set(self.after):
            sys.exit('the fix ought to change %d files and changes %d:\n%s' % (FILES, len(changed), out[:1500]))
        self.wrong = []

    def fresh(self):
        subprocess.run(['chmod', '-R', 'u+rwX', self.root], stderr=subprocess.DEVNULL)
        shutil.rmtree(self.root, ignore_errors=True)
        os.mkdir(self.root)
        build(self.root)

    def run(self, limit=None):
        process = start(self.binary, self.root, limit)
        out = process.communicate(timeout=60)[0].decode('utf-8', 'replace')
        if 'panicked' in out or 'internal-error' in out:
            self.wrong.append('a bug of ours: ' + out[-300:])
        return out

    def judge(self, what, strangers=False):
        """How many files are fixed; notes each that is neither as it was nor as it ought to be."""
        found, fixed = state(self.root), 0
        for path in self.before:
            if found.get(path) not in (self.before[path], self.after[path]):
                self.wrong.append('%s: %s is %r' % (what, path, found.get(path)))
            fixed += found.get(path) == self.after[path]
        more = set(found) - set(self.before)
        if more and not strangers:
            self.wrong.append('%s: left behind %s' % (what, sorted(more)[:3]))
        return fixed, len(more)


def kills(bench, count, rng):
    parts, left = [], 0
    for _ in range(count):
        bench.fresh()
        process = start(bench.binary, bench.root)
        time.sleep(rng.uniform(0, bench.took * 1.1))
        process.kill()
        process.communicate()
        fixed, more = bench.judge('killed', strangers=True)
        parts.append(fixed)
        left += more
    half = sum(0 < part < FILES for part in parts)
    return '%d kills, %d of them while files were written; %d temporary files left' % (count, half, left)


def full_disk(bench):
    told = 0
    for limit in (0, 1, 50, 150, 200):
        bench.fresh()
        told += 'File too large' in bench.run(limit) or 'cannot' in bench.run(limit)
        bench.judge('files may have %d bytes' % limit)
    if not told:
        bench.wrong.append('nothing was said of files that cannot be written')
    return '5 limits'


def read_only(bench):
    bench.fresh()
    os.chmod(os.path.join(bench.root, 'p1'), 0o555)
    bench.run()
    fixed, _ = bench.judge('a folder that cannot be written')
    bench.fresh()
    for number in range(0, FILES, 2):
        path = os.path.join(bench.root, 'p%d' % (number % 7), 'm%d.py' % number)
        os.chmod(path, 0o444)
    bench.run()
    found = state(bench.root)
    for number in range(0, FILES, 2):
        path = 'p%d/m%d.py' % (number % 7, number)
        if found[path][1] != 0o444 or found[path][0] not in (bench.before[path][0], bench.after[path][0]):
            bench.wrong.append('read-only %s: %r' % (path, found[path]))
    return 'a folder (%d of %d files fixed), half of the files' % (fixed, FILES)


def links(bench):
    bench.fresh()
    outside = os.path.join(bench.home, 'outside.py')
    with open(outside, 'w') as stream:
        stream.write(TEXT % {'number': 1})
    before = open(outside, 'rb').read()
    os.symlink(outside, os.path.join(bench.root, 'p2', 'linked.py'))
    os.symlink(os.path.join(bench.root, 'p1'), os.path.join(bench.root, 'p2', 'folder'))
    os.link(os.path.join(bench.root, 'p3', 'm3.py'), os.path.join(bench.root, 'p3', 'hard.py'))
    bench.run()
    if open(outside, 'rb').read() != before or not os.path.islink(os.path.join(bench.root, 'p2', 'linked.py')):
        bench.wrong.append('a link was followed or replaced')
    for path in ('p3/m3.py', 'p3/hard.py'):
        content = open(os.path.join(bench.root, path), 'rb').read()
        if content not in (bench.before['p3/m3.py'][0], bench.after['p3/m3.py'][0]):
            bench.wrong.append('hard link: ' + path)
    return 'links out of the tree, to folders, hard links'


def changing(bench, rng):
    """Files that somebody else saves meanwhile: what was saved last may not be lost."""
    lost = 0
    for _ in range(20):
        bench.fresh()
        path = os.path.join(bench.root, 'p1', 'm1.py')
        mine = (TEXT % {'number': 1} + '# mine\n').encode()
        process = start(bench.binary, bench.root)

        def save():
            time.sleep(rng.uniform(0, bench.took))
            with open(path, 'wb') as stream:
                stream.write(mine)
        saver = threading.Thread(target=save)
        saver.start()
        process.communicate()
        saver.join()
        content = open(path, 'rb').read()
        if content not in (mine, bench.after['p1/m1.py'][0] + b'# mine\n'):
            lost += 1
    if lost > 1:
        # Between the last look and the rename there is a moment that nobody can close.
        bench.wrong.append('a change of somebody else was lost %d times' % lost)
    return '20 times, lost %d' % lost


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('binary')
    parser.add_argument('--kills', type=int, default=200)
    parser.add_argument('--seed', type=int, default=1)
    given = parser.parse_args()
    rng = random.Random(given.seed)
    bench = Bench(os.path.abspath(given.binary))
    cases = [('killed at a random moment', lambda: kills(bench, given.kills, rng)), ('files that may not grow', lambda: full_disk(bench)), ('what may not be written', lambda: read_only(bench)), ('links', lambda: links(bench)), ('files that change meanwhile', lambda: changing(bench, rng))]
    failed = 0
    for name, case in cases:
        bench.wrong = []
        tried = case()
        failed += bool(bench.wrong)
        print('| %s | %s | %s |' % (name, tried, '; '.join(bench.wrong[:3]) or 'nothing lost'), flush=True)
    subprocess.run(['chmod', '-R', 'u+rwX', bench.home], stderr=subprocess.DEVNULL)
    shutil.rmtree(bench.home, ignore_errors=True)
    sys.exit(1 if failed else 0)


if __name__ == '__main__':
    main()
