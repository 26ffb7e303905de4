"""Run celery-lint on hostile trees: tests/reliability/trees.py BINARY [--only NAME]

Each case writes a small project with one certain finding, adds something nasty, and runs the binary. Whatever it is, the run has to end within
the bound, with an exit code that is right, without a bug of ours, and with the certain finding still there; where a file could not be
read, a finding has to name it. Memory is bounded too. Nothing needs more than a Linux and Python 3.8; cases that need something that is not
there (a second user, say) tell so.

The table that it prints is the one in docs/reliability.md.
"""
import argparse
import json
import os
import resource
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time

SECONDS = 10
MEGABYTES = 1500
CERTAIN = 'hardcoded-credentials'
APP = "from celery import Celery\n\napp = Celery('shop', broker='amqp://shop:Tr0ub4dor-and-3@mq.example.org//')\n"


def write(path, content=''):
    os.makedirs(os.path.dirname(path) or '.', exist_ok=True)
    with open(path, 'wb') as stream:
        stream.write(content if isinstance(content, bytes) else content.encode('utf-8', 'surrogateescape'))


# ------------------------------------------------------------------ what makes a tree hostile; each returns what has to be told, if anything
def nothing():
    return None


def many_files():
    os.makedirs('many')
    for number in range(100000):
        with open('many/m%06d.py' % number, 'w') as stream:
            stream.write('x = %d\n' % number)


def deep_directories():
    here = os.getcwd()
    for level in range(200):
        os.mkdir('d')
        os.chdir('d')
    write('last.py', 'from celery import shared_task\n')
    os.chdir(here)


def link_loop():
    os.makedirs('a/b')
    os.symlink('..', 'a/b/up')
    os.symlink('self', 'self')
    os.symlink('two', 'one')
    os.symlink('one', 'two')


def links_out():
    os.symlink('/etc', 'etc')
    os.symlink('/etc/passwd', 'passwd.py')
    os.symlink('/proc/self/environ', '.env')
    os.symlink('/nowhere/at/all', 'gone.py')


def special_files():
    for name in ('pipe.py', '.env', 'docker-compose.yml', 'requirements.txt', '.gitignore'):
        os.mkfifo(name)
    os.makedirs('.git/info')
    for name in ('.git/info/exclude', '.git/config', '.git/index', 'pyproject.toml'):
        os.mkfifo(name)
    os.makedirs('inner')
    os.symlink('/dev/zero', 'inner/.gitignore')
    server = socket.socket(socket.AF_UNIX)
    server.bind('socket.py')
    server.close()
    try:
        os.mknod('null.py', 0o666 | stat.S_IFCHR, os.makedev(1, 3))
        os.mknod('zero.py', 0o666 | stat.S_IFCHR, os.makedev(1, 5))
    except PermissionError:
        pass
    return ['inner/.gitignore']


def unreadable():
    write('secret.py', 'from celery import Celery\n')
    os.chmod('secret.py', 0)
    os.makedirs('closed/inner')
    write('closed/inner/a.py', 'from celery import Celery\n')
    os.chmod('closed', 0)
    return ['secret.py', 'closed']


def odd_names():
    for name in ('new\nline.py', 'tab\t.py', ' .py', 'quote".py', "it's.py", 'esc\x1b[31mred.py', 'rtl\u202egnp.py', '%s.py', '-rf.py', 'a' * 250 + '.py', 'ünïcödé.py', '\udcff\udcfe.py'):
        write(name, 'from celery import Celery\nimport (\n')


def huge_file():
    write('huge.py', 'from celery import Celery\n')
    os.truncate('huge.py', 1 << 30)
    write('huge.yml', 'services:\n')
    os.truncate('huge.yml', 1 << 30)
    return ['huge.py']


def long_line():
    write('line.py', 'from celery import Celery\nx = "' + 'a' * (10 << 20) + '"\n')
    write('docker-compose.yml', 'services: {a: {command: "' + 'b' * (1 << 20) + '"}}\n')
    write('.env.example', 'A=' + 'c' * (10 << 20) + '\n')


def nul_bytes():
    write('nul.py', b'from celery import Celery\n' + b'\0' * 1000)
    write('.env', b'A=\0\0\0\nB=1\n')
    write('compose.yaml', b'services:\n  a:\n    image: \0\n')
    return ['nul.py']


def wide_encodings():
    text = 'from celery import shared_task\n\n\n@shared_task\ndef f():\n    pass\n'
    for name, encoding in (('u16.py', 'utf-16'), ('u16le.py', 'utf-16-le'), ('u16be.py', 'utf-16-be'), ('u32.py', 'utf-32'), ('u32le.py', 'utf-32-le')):
        write(name, text.encode(encoding))
    write('latin.py', '# coding: latin-1\nfrom celery import Celery\nx = "é"\n'.encode('latin-1'))
    write('wrong.py', 'from celery import Celery\nx = "é"\n'.encode('latin-1'))
    write('unknown.py', b'# coding: klingon\nfrom celery import Celery\n')
    write('docker-compose.yml', 'services:\n  a:\n    image: redis\n'.encode('utf-16'))


def nested_python():
    depth = 100000
    write('calls.py', 'from celery import Celery\nx = ' + 'f(' * depth + ')' * depth + '\n')
    write('lists.py', 'from celery import Celery\nx = ' + '[' * depth + ']' * depth + '\n')
    write('minus.py', 'from celery import Celery\nx = ' + '-' * depth + '1\n')
    write('nots.py', 'from celery import Celery\nx = ' + 'not ' * depth + '1\n')
    write('blocks.py', 'from celery import Celery\n' + ''.join(' ' * level + 'if x:\n' for level in range(1000)))
    write('lambdas.py', 'from celery import Celery\nx = ' + 'lambda: ' * depth + '1\n')
    write('attributes.py', 'from celery import Celery\nx = a' + '.b' * depth + '\n')
    write('fstrings.py', 'from celery import Celery\nx = ' + "f'{" * 2000 + '1' + "}'" * 2000 + '\n')


def long_sum():
    write('sum.py', 'from celery import Celery\nx = ' + ' + '.join(["'a'"] * 100000) + '\n')
    write('chain.py', 'from celery import chain\nx = ' + ' | '.join(['t.s()'] * 100000) + '\n')
    write('bool.py', 'from celery import Celery\nx = ' + ' or '.join(['a'] * 100000) + '\n')


def alias_bombs():
    lines = ['a: &a [x, x, x, x, x, x, x, x, x]\n']
    for here, before in zip('bcdefghijklmnop', 'abcdefghijklmno'):
        lines.append('%s: &%s [%s]\n' % (here, here, ', '.join(['*' + before] * 9)))
    write('docker-compose.yml', ''.join(lines) + 'services: *p\n')
    merge = ['x0: &x0 {k: v}\n'] + ['x%d: &x%d {<<: [*x%d, *x%d]}\n' % (n, n, n - 1, n - 1) for n in range(1, 40)]
    write('compose.yaml', ''.join(merge) + 'services: {a: *x39}\n')
    write('compose.override.yaml', 'services: &s\n  a: *s\n')
    keys = ''.join('  k%d: 1\n' % number for number in range(5000))
    services = ''.join('  s%d: {<<: *big, image: x, environment: *big}\n' % number for number in range(5000))
    write('big/docker-compose.yml', 'x-big: &big\n' + keys + 'services:\n' + services)


def nesting_bombs():
    depth = 100000
    write('app.json', '[' * depth + ']' * depth)
    write('railway.json', '{"a":' * depth + '1' + '}' * depth)
    write('pyproject.toml', 'x = ' + '[' * depth + ']' * depth + '\n')
    write('poetry.lock', '[a' + '.a' * depth + ']\n')
    write('docker-compose.yml', '[' * depth + ']' * depth + '\n')
    write('compose.yaml', 'services:\n' + ''.join('%s- \n' % (' ' * level) for level in range(2000)))
    write('chart/templates/a.yaml', '{{' * depth + '}}' * depth)
    write('run.sh', '$(' * depth + ')' * depth + '\ncelery -A app worker\n')
    write('Makefile', 'x = ' + '$(' * depth + 'a' + ')' * depth + '\n')
    write('Dockerfile', 'FROM a\nENV X=' + '${' * depth + 'a' + '}' * depth + '\n')
    write('.env', 'X=' + '${X:-' * depth + '1' + '}' * depth + '\n')


def many_ignores():
    write('.gitignore', ''.join('pattern-%d-*/**/x?[ab]\n' % number for number in range(100000)))
    write('.env', 'PASSWORD=x\n')
    for number in range(300):
        write('deep/%d/a/b/c.py' % number, 'x = 1\n')


def odd_globs():
    write('.gitignore', '\n'.join(['*' * 200 + 'a', '[' * 500, '{' + ','.join('a' * 1 for _ in range(2000)) + '}', '**/' * 500 + 'x', '\\', '!', '[!', '[a-', '((((a+)+)+)+)+$', 'a' * 5000]) + '\n')
    write('a' * 200 + '.py', 'x = 1\n')
    write('pyproject.toml', '[tool.celery-lint]\nexclude = [' + ', '.join(['"**/' + '*a' * 60 + 'b"'] * 50) + ']\n')


def import_circles():
    for number in range(300):
        write('c%d.py' % number, 'from celery import Celery\nfrom c%d import *\nfrom c%d import x%d as x%d\n' % ((number + 1) % 300, (number + 7) % 300, number, number))
    write('me.py', 'import me\nfrom me import *\nfrom me import me as me\nbroker_url = me.broker_url\n')


def extend_circles():
    write('celery-lint.toml', 'extend = "other.toml"\n')
    write('other.toml', 'extend = "celery-lint.toml"\n')
    return 'configuration'


def star_storm():
    for number in range(400):
        write('s%d.py' % number, 'from celery import Celery\n' + ''.join('from s%d import *\n' % ((number * 7 + step) % 400) for step in range(1, 30)) + 'app = Celery(broker=BROKER)\n')


def doubling():
    lines = ["x0 = 'a'\n"] + ['x%d = x%d + x%d\n' % (n, n - 1, n - 1) for n in range(1, 100)]
    write('double.py', 'from celery import Celery\n' + ''.join(lines) + 'app = Celery(broker=x99)\n')
    choices = ["y0 = 'a'\n"] + ["y%d = y%d + ('b' if c else 'd')\n" % (n, n - 1) for n in range(1, 60)]
    write('choices.py', 'from celery import Celery\n' + ''.join(choices) + 'app = Celery(broker=y59)\n')
    write('dicts.py', 'from celery import Celery\nd0 = {}\n' + ''.join('d%d = {"a": d%d, "b": d%d}\n' % (n, n - 1, n - 1) for n in range(1, 60)) + 'app = Celery()\napp.conf.update(d59)\n')
    write('calls.py', 'from celery import Celery\n' + ''.join('def f%d(x): return f%d(x) + f%d(x)\n' % (n, n + 1, n + 1) for n in range(60)) + 'app = Celery(broker=f0("a"))\n')
    write('.env', 'X0=a\n' + ''.join('X%d=${X%d}${X%d}\n' % (n, n - 1, n - 1) for n in range(1, 60)))
    write('run.sh', 'X0=a\n' + ''.join('X%d=$X%d$X%d\n' % (n, n - 1, n - 1) for n in range(1, 60)) + 'celery -A $X59 worker\n')


def syntax_rubbish():
    for number in range(200):
        write('r%d.py' % number, 'from celery import ' + '(' * number + '\ndef f(:\n  @\n' + '"""' * (number % 3) + "f'{" * (number % 5))


def git_rubbish():
    write('.git/config', '[include]\n\tpath = /etc/passwd\n[core]\n\texcludesFile = /dev/zero\n')
    write('.git/HEAD', 'ref: refs/heads/' + 'x' * 10000)
    write('.git/index', b'DIRC' + os.urandom(4000))
    write('.git/info/exclude', b'\xff\xfe\0\0' * 1000)


def own_configuration():
    write('pyproject.toml', '[tool.celery-lint]\nselect = ["ALL"]\n\x1b[31m = 1\n')
    return 'configuration'


CASES = [
    ('a plain project', nothing), ('100,000 files in one folder', many_files), ('directories 200 levels deep', deep_directories), ('links in a circle', link_loop),
    ('links out of the tree', links_out), ('FIFOs, sockets, devices', special_files), ('unreadable files and folders', unreadable), ('names with newlines, escapes, invalid UTF-8', odd_names),
    ('files of 1 GB', huge_file), ('lines of 10 MB', long_line), ('NUL bytes', nul_bytes), ('UTF-16, UTF-32, wrong and unknown encodings', wide_encodings),
    ('Python nested 100,000 deep', nested_python), ('sums of 100,000 terms', long_sum), ('YAML alias bombs', alias_bombs), ('JSON, TOML, YAML, shell, .env nested 100,000 deep', nesting_bombs),
    ('.gitignore of 100,000 patterns', many_ignores), ('globs that could backtrack', odd_globs), ('imports in circles', import_circles), ('configurations that extend each other', extend_circles),
    ('storms of star imports', star_storm), ('values that double at each step', doubling), ('Python that is none', syntax_rubbish), ('a broken .git', git_rubbish), ('a broken configuration', own_configuration),
]


# ------------------------------------------------------------------ running
def limited():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if os.getuid() == 0 and shutil.which('setpriv') is None:
        return
    if os.getuid() == 0:
        os.setgid(65534)
        os.setuid(65534)


def run(binary, more=()):
    start = time.time()
    process = subprocess.Popen([binary, 'check', '--output-format', 'json', *more, '.'], stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, preexec_fn=limited)
    killer = threading.Timer(SECONDS * 3, process.kill)
    killer.start()
    out, err = process.communicate()
    killer.cancel()
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return process.returncode, out, err.decode('utf-8', 'replace'), time.time() - start, peak


def judge(expected, code, out, err, seconds, peak):
    wrong = []
    if seconds > SECONDS:
        wrong.append('took %.1f s' % seconds)
    if peak > MEGABYTES:
        wrong.append('took %d MB' % peak)
    if 'panicked' in err or 'RUST_BACKTRACE' in err:
        wrong.append('panicked: ' + err[-300:])
    if expected == 'configuration':
        if code != 2 or not err.strip():
            wrong.append('a configuration that cannot be used has to end with 2 and words, not %d: %s' % (code, err[:200]))
        return wrong
    if code != 1:
        wrong.append('exit code %d: %s' % (code, err[:300]))
        return wrong
    findings = json.loads(out)['findings']
    rules = [finding['rule'] for finding in findings]
    if 'internal-error' in rules:
        wrong.append('internal error: ' + str([finding['message'] for finding in findings if finding['rule'] == 'internal-error'][:2]))
    if not any(finding['rule'] == CERTAIN and finding['path'] == 'app.py' for finding in findings):
        wrong.append('the certain finding is missing')
    for path in expected or []:
        if not any(finding['path'] == path for finding in findings):
            wrong.append('nothing is said of ' + path)
    if b'Tr0ub4dor' in out or 'Tr0ub4dor' in err:
        wrong.append('a password was printed')
    if b'\x1b' in out or '\x1b' in err:
        wrong.append('an escape sequence was printed')
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('binary')
    parser.add_argument('--only')
    given = parser.parse_args()
    binary = os.path.abspath(given.binary)
    home, failed = os.getcwd(), 0
    shared = tempfile.mkdtemp(prefix='hostile-')
    os.chmod(shared, 0o755)
    runnable = shutil.copy(binary, os.path.join(shared, 'celery-lint'))
    for name, make in CASES:
        if given.only and given.only not in name:
            continue
        child = os.fork()
        if child == 0:
            root = os.path.join(shared, make.__name__)
            os.mkdir(root)
            os.chdir(root)
            write('app.py', APP)
            expected = make()
            if os.getuid() == 0:
                subprocess.run(['chown', '-R', '-h', '65534:65534', root])
            code, out, err, seconds, peak = run(runnable)
            wrong = judge(expected, code, out, err, seconds, peak)
            # The first run has left an answer in the cache, where the tree lets it.
            again = run(runnable)
            if again[:3] != (code, out, err):
                wrong.append('the second run says something else: exit code %d, %s' % (again[0], again[2][:200]))
            print('| %s | %.2f s | %.2f s | %d MB | %s |' % (name, seconds, again[3], peak, '; '.join(wrong) or 'as it should be'), flush=True)
            os.chdir(home)
            subprocess.run(['chmod', '-R', 'u+rwX', root], stderr=subprocess.DEVNULL)
            shutil.rmtree(root, ignore_errors=True)
            os._exit(1 if wrong else 0)
        failed += os.waitpid(child, 0)[1] != 0
    shutil.rmtree(shared, ignore_errors=True)
    print('%d of %d cases failed' % (failed, len(CASES)) if failed else 'all as they should be')
    sys.exit(1 if failed else 0)


if __name__ == '__main__':
    main()
