"""Compare our reading of compose files with what Docker Compose makes of them.

    cargo build --example compose_services
    python tests/oracle/compose_config.py target/debug/examples/compose_services [--compose PATH] [--count 300] [--seed 1] [TREE …]

Every compose file of the given trees, and `--count` random ones (anchors, merge keys, lists and maps, short and long forms, `extends`
within and across files, overrides, `!override` and `!reset`), are read by `docker compose config --format json` (or by the binary that
`--compose` names; no daemon is needed) and by our model. Compared of each service: image, build context, Dockerfile and target, published
TCP ports, names and values of the environment, whether there are env files, the words of entry point and command, mounts, user, working
directory, copies, health check, host network, labels and profiles. Variables that stand somewhere without a default are set, the
others are not, and env files are empty, so that both sides know the same.

Not compared, because our side says that it does not know: ports, mounts and builds with a variable that has no default, builds outside
of the tree or at a URL, and `${X:+y}`, which counts as `y` so that a password in it is seen. Python 3.8 and later; nothing else is needed.
"""
import argparse
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

from peer import Peer

DEFAULTS = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml']
SKIPPED = {'.git', 'node_modules', '__pycache__', '.venv', 'venv'}


PLAIN = re.compile(r'(?<!\$)\$(?:(\w+)|\{(\w+)\})')


# ------------------------------------------------------------------ both ends
def real(compose, root, main, files, count=40):
    """The services as compose has them, and the variables that it was given. None when it refuses the file."""
    # Of a variable without a default an empty value would take its word away.
    env = {name: '7' for text in files.values() for pair in PLAIN.findall(text) for name in pair if name}
    directory, name = os.path.split(main)
    where = os.path.join(root, directory)
    chosen = next((known for known in DEFAULTS if os.path.exists(os.path.join(where, known))), None)
    named = [] if name == chosen else ['-f', name]
    for _ in range(count):
        command = compose + named + ['--profile', '*', 'config', '--format', 'json', '--no-consistency']
        result = subprocess.run(command, cwd=where, capture_output=True, text=True, env={'PATH': os.environ['PATH'], 'HOME': '/root', **env})
        if result.returncode == 0:
            return json.loads(result.stdout).get('services') or {}, env
        missing = re.search(r'env file (\S+) not found', result.stderr)
        demanded = re.search(r'required variable (\w+) is missing', result.stderr)
        if missing and missing.group(1).startswith(root):
            os.makedirs(os.path.dirname(missing.group(1)), exist_ok=True)
            open(missing.group(1), 'w').close()
        elif demanded:
            env[demanded.group(1)] = '7'
        else:
            return None, result.stderr.strip().splitlines()[-1:]
    return None, ['too many questions']


# ------------------------------------------------------------------ comparison
def plain(text):
    return text.replace('$$', '$') if isinstance(text, str) else text


def relative(root, path):
    path = os.path.join(root, path)
    path = os.path.normpath(path)
    if path == root:
        return ''
    return path[len(root) + 1:] if path.startswith(root + '/') else path


def differences(theirs, ours, root, open_ports, open_build):
    found = []

    def differ(what, one, two):
        if one != two:
            found.append((what, one, two))

    differ('image', plain(theirs.get('image')) or None, ours['image'] or None)
    build = theirs.get('build')
    differ('built', build is not None, ours['built'])
    if build is not None and ours['build'] is not None:
        context = relative(root, build['context'])
        dockerfile = os.path.normpath(os.path.join(context, build.get('dockerfile', 'Dockerfile')))
        if 'dockerfile_inline' in build:
            context, dockerfile = ours['build'][:2]
        differ('build', [context, dockerfile, build.get('target')], ours['build'])
    elif build is not None and not open_build:
        context = relative(root, build['context'])
        outside = bool(re.match(r'\w+://|git@|/', context)) or os.path.normpath(os.path.join(context, build.get('dockerfile', ''))).startswith('..')
        differ('build is not known', outside, True)
    ports = {(port.get('host_ip') or '', port['target']) for port in theirs.get('ports') or [] if port.get('protocol', 'tcp') == 'tcp' and port.get('published')}
    mine = {(address or '', port) for address, port in ours['ports']}
    if open_ports:
        differ('ports beyond', mine - ports, set())
    else:
        differ('ports', sorted(ports), sorted(mine))
    environment = {key: plain(value) for key, value in (theirs.get('environment') or {}).items()}
    differ('environment', environment, ours['environment'])
    for what in 'command', 'entrypoint':
        differ(what, [plain(word) for word in theirs.get(what) or []], ours[what])
    volumes = theirs.get('volumes') or []
    if not any('$' in source + target or source.startswith('~') for source, target in ours['volumes']):
        named = {(it['source'], it['target']) for it in volumes if it['type'] == 'volume' and it.get('source')}
        mounts = {(it['source'] if it['type'] == 'volume' else relative(root, it['source']), it['target'].rstrip('/')) for it in volumes if it.get('source') and it['type'] in ('bind', 'volume')}
        differ('volumes', sorted(mounts), sorted({(source if re.match(r'[\w-]+$', source) and (source, target) in named else relative(root, source), target.rstrip('/')) for source, target in ours['volumes']}))
    differ('user', theirs.get('user') or None, ours['user'] or None)
    differ('working_dir', theirs.get('working_dir') or None, ours['working_dir'] or None)
    copies = (theirs.get('deploy') or {}).get('replicas', theirs.get('scale'))
    if not ('scale' in theirs and 'replicas' in (theirs.get('deploy') or {})):
        differ('replicas', None if copies is None else str(copies), ours['replicas'])
    health = theirs.get('healthcheck') or {}
    disabled = None
    if health.get('test') or health.get('disable'):
        disabled = bool(health.get('disable')) or health['test'][:1] == ['NONE']
    differ('health', disabled, ours['health'])
    differ('host network', theirs.get('network_mode') == 'host', ours['host_network'])
    labels = theirs.get('labels') or {}
    differ('labels', sorted(key + '=' + plain(value) for key, value in labels.items()), sorted(ours['labels']))
    differ('profiles', sorted(theirs.get('profiles') or []), sorted(ours['profiles']))
    return found


OPEN_PORT = re.compile(r'^\s*(-|published|target|host_ip).*\$(\w|\{\w+[}:]?[?}])', re.M)


OPEN_BUILD = re.compile(r'(build|context|dockerfile):.*\$(\w|\{\w+\})')


def compare(compose, end, root, files, main, counts):
    theirs, env = real(compose, root, main, files)
    if theirs is None:
        counts['refused'] += 1
        counts['reasons'].append((main, env))
        return []
    ours = end.ask({'files': files, 'main': main, 'env': env})
    open_ports = any(OPEN_PORT.search(text) for text in files.values())
    open_build = any(OPEN_BUILD.search(text) for text in files.values())
    found = []
    for name in sorted(set(theirs) | set(ours)):
        if name not in ours or name not in theirs:
            found.append((name, 'service', name in theirs, name in ours))
            continue
        counts['services'] += 1
        found += [(name,) + it for it in differences(theirs[name], ours[name], root, open_ports, open_build)]
    counts['files'] += 1
    return found


# ------------------------------------------------------------------ files of trees
def compose_files(tree):
    files = {}
    for directory, directories, names in os.walk(tree):
        directories[:] = sorted(name for name in directories if name not in SKIPPED)
        for name in sorted(names):
            path = os.path.join(directory, name)
            if name.endswith(('.yml', '.yaml')) and os.path.isfile(path) and os.path.getsize(path) < 200_000:
                with open(path, encoding='utf-8', errors='replace') as file:
                    files[os.path.relpath(path, tree)] = file.read()
    service = re.compile(r'^services:\s*(#.*)?$', re.M)
    return {path: text for path, text in files.items() if service.search(text) and re.search(r'^\s+(image|build|extends):', text, re.M) and '{{' not in text}


def write(root, files):
    for path, text in files.items():
        os.makedirs(os.path.dirname(os.path.join(root, path)) or root, exist_ok=True)
        with open(os.path.join(root, path), 'w', encoding='utf-8') as file:
            file.write(text)


# ------------------------------------------------------------------ random files
def quoted(random, text):
    style = random.choice(['plain', 'single', 'double'])
    special = re.search(r'''[:#{}\[\],&*!|>'"%@`]|^[-?\s]|\s$|^$|^[\d.]+$|^(true|false|null|yes|no|on|off)$''', text, re.I)
    if style == 'plain' and not special:
        return text
    return "'" + text.replace("'", "''") + "'" if style == 'single' else json.dumps(text)


class Writer:
    """Writes one random compose file."""

    def __init__(self, rng, others):
        self.random = rng
        self.others = others
        self.lines = []

    def add(self, depth, text):
        self.lines.append('  ' * depth + text)

    def text(self):
        value = self.random.choice(['a', 'b c', '1', '0', 'true', 'redis://x:y@z/0', '${V:-w}', '${V-}', '${V}', '$V', 'p$$w', 'a=b', 'x:y', '', 'é', "it's", '${A:-${B:-c}}', 'a${V:-1}b$$'])
        return quoted(self.random, value)

    def listing(self, depth, key, items, tag=''):
        if not items:
            return
        if self.random.random() < 0.3 and not any('${' in item and item[0] not in '"\'' for item in items):
            self.add(depth, '%s:%s [%s]' % (key, tag, ', '.join(items)))
        else:
            self.add(depth, key + ':' + tag)
            for item in items:
                self.add(depth + 1, '- ' + item)

    def environment(self, depth, tag=''):
        names = self.random.sample(['A', 'B', 'C', 'BROKER_URL', 'X_Y', 'N'], self.random.randint(1, 4))
        if self.random.random() < 0.5:
            self.listing(depth, 'environment', [json.dumps(name) if self.random.random() < 0.15 else json.dumps(name + '=' + json.loads(json.dumps(self.random.choice(['1', 'b c', '${V:-w}', '$$x', '', 'a=b'])))) for name in names], tag)
            return
        self.add(depth, 'environment:' + tag)
        if not tag and self.random.random() < 0.4 and self.anchored:
            self.add(depth + 1, self.random.choice(['<<: *env', '<<: [*env]']))
        for name in names:
            self.add(depth + 1, (name + ': ' + self.text()).rstrip() if self.random.random() < 0.85 else name + ':')

    def command(self):
        words = self.random.choice([
            'celery -A p worker', 'celery -A p worker -n "w 1@%h" -Q a,b', "sh -c 'celery -A p worker && echo $$X'", 'celery -A ${APP:-p} beat',
            '--requirepass ${PW:-x}', r'a\ b "c\"d" \$$e'])
        if self.random.random() < 0.4:
            return json.dumps([word for word in words.replace('"', '').replace("'", '').replace('\\', '').split(' ')])
        if self.random.random() < 0.3:
            return '>\n' + '\n'.join('      ' + part for part in words.split(' -', 1))
        return json.dumps(words) if self.random.random() < 0.5 else "'" + words.replace("'", "''") + "'"

    def port(self):
        short = self.random.choice(['6379:6379', '127.0.0.1:80:8000', '6379', '5000-5002:5000-5002', '0.0.0.0:1:2/tcp', '53:53/udp', '[::1]:7:8', '${P:-9}:9', '127.0.0.1::22', '90-92:93'])
        if self.random.random() < 0.7:
            return json.dumps(short)
        return '{target: 6379, published: %s%s}' % (self.random.choice(['6379', '"6379"', '"7000-7001"']), self.random.choice(['', ', host_ip: 127.0.0.1', ', protocol: udp', ', protocol: tcp', ', mode: host']))

    def volume(self):
        if self.random.random() < 0.7:
            return self.random.choice(['./src:/app', '.:/code:ro', '/var/x:/x', 'data:/data', '../up:/up', '/anonymous', '${D:-./d}:/d', 'data:/e:rw,z'])
        return '{type: %s}' % self.random.choice(['bind, source: ./src, target: /app', 'volume, source: data, target: /v', 'tmpfs, target: /t', 'bind, source: /abs, target: /abs, read_only: true'])

    def body(self, depth, names, whole, override):
        chance = self.random.random

        def tag():
            return self.random.choice(['', '', '', ' !override']) if override else ''
        if whole or depth > 1 and chance() < 0.2:
            if chance() < 0.6:
                self.add(depth, 'image: ' + self.random.choice(['redis', '"redis:7"', 'r/x:${TAG:-1}', 'x@sha256:' + 'a' * 64]))
            else:
                kind = self.random.randrange(4)
                if kind == 0:
                    self.add(depth, 'build: ' + self.random.choice(['.', './sub', 'sub/x', '${CTX:-./sub}']))
                elif kind == 1:
                    self.add(depth, 'build: {context: ./sub, dockerfile: %s}' % self.random.choice(['D', '../D', 'x/Dockerfile']))
                elif kind == 2:
                    self.add(depth, 'build:')
                    self.add(depth + 1, 'context: .')
                    self.add(depth + 1, 'target: t')
                else:
                    self.add(depth, 'build: {dockerfile_inline: "FROM x"}')
        if chance() < 0.5:
            self.environment(depth, tag())
        if chance() < 0.2:
            self.add(depth, self.random.choice(['env_file: x.env', 'env_file: [x.env, sub/y.env]', 'env_file: [{path: no.env, required: false}]', 'env_file: [{path: x.env}]']))
        if chance() < 0.5:
            self.add(depth, 'command: ' + self.command())
        if chance() < 0.2:
            self.add(depth, 'entrypoint: ' + self.random.choice(['["a", "b c"]', '/entry.sh', '"tini -- /x"', 'celery -A p']))
        if chance() < 0.5:
            self.listing(depth, 'ports', [self.port() for _ in range(self.random.randint(1, 3))], tag())
        elif override and chance() < 0.2:
            self.add(depth, 'ports: !reset []')
        if chance() < 0.5:
            self.listing(depth, 'volumes', [self.volume() for _ in range(self.random.randint(1, 3))], tag())
        if chance() < 0.2:
            self.add(depth, 'user: ' + self.random.choice(['"1000"', 'root', '"0:0"', '${U:-web}']))
        if chance() < 0.2:
            self.add(depth, 'working_dir: ' + self.random.choice(['/app', '/srv/${W:-x}']))
        if chance() < 0.2:
            self.add(depth, self.random.choice(['scale: 2', 'deploy: {replicas: 3}', 'deploy: {replicas: "${R:-4}"}']))
        if chance() < 0.3:
            self.add(depth, 'healthcheck: ' + self.random.choice(['{test: curl x}', '{test: ["CMD", "x"]}', '{test: ["NONE"]}', '{disable: true}', '{test: ["CMD-SHELL", "x $$Y"], interval: 5s}', '{interval: 5s}']))
        if chance() < 0.15:
            self.add(depth, 'network_mode: host')
        if chance() < 0.2:
            self.add(depth, self.random.choice(['labels: {a.b: c}', 'labels: ["a.b=c", "d"]', 'labels: {x: "${L:-y}"}']))
        if chance() < 0.15:
            self.add(depth, 'profiles: [a, b]')

    def write(self, names, override=False):
        self.anchored = self.random.random() < 0.6
        if self.anchored:
            self.add(0, 'x-env: &env')
            self.add(1, 'SHARED: one')
            self.add(1, 'A: ${V:-from-anchor}')
            self.add(0, 'x-base: &base')
            self.add(1, 'image: base:1')
            self.body(1, names, False, False)
        self.add(0, 'services:')
        for at, name in enumerate(names):
            self.add(1, name + ':')
            start = len(self.lines)
            # What a merge key brings stays in spite of a `!reset` beside it.
            if self.anchored and not override and self.random.random() < 0.4:
                self.add(2, '<<: *base')
            choice = self.random.random()
            if choice < 0.25 and at > 0:
                self.add(2, self.random.choice(['extends: ' + names[0], 'extends: {service: %s}' % names[0]]))
            elif choice < 0.4 and self.others:
                path, service = self.random.choice(self.others)
                self.add(2, 'extends: {file: %s, service: %s}' % (path, service))
            self.body(2, names, not override and len(self.lines) == start, override)
            if len(self.lines) == start:
                self.add(2, 'image: x')
        self.add(0, 'volumes: {data: {}}')
        return '\n'.join(self.lines) + '\n'


def random_files(rng):
    files = {}
    others = []
    if rng.random() < 0.5:
        writer = Writer(rng, [])
        files['sub/common.yml'] = writer.write(['base', 'other'])
        others = [('sub/common.yml', 'base'), ('sub/common.yml', 'other')]
    names = ['one', 'two', 'three'][:rng.randint(1, 3)]
    files['compose.yaml'] = Writer(rng, others).write(names)
    if rng.random() < 0.4:
        files['compose.override.yaml'] = Writer(rng, []).write(rng.sample(names, rng.randint(1, len(names))), override=True)
    return files


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('ours')
    parser.add_argument('trees', nargs='*')
    parser.add_argument('--compose')
    parser.add_argument('--count', type=int, default=300)
    parser.add_argument('--seed', type=int, default=1)
    options = parser.parse_intermixed_args()
    compose = [options.compose] if options.compose else ['docker', 'compose']
    end = Peer([options.ours])
    counts = {'files': 0, 'services': 0, 'refused': 0, 'reasons': []}
    bad = 0

    def run(label, files, mains):
        nonlocal bad
        root = os.path.realpath(tempfile.mkdtemp(prefix='compose-config-'))
        try:
            write(root, files)
            for path in mains:
                for found in compare(compose, end, root, files, path, counts):
                    bad += 1
                    print(label, path, *found, sep=' | ')
        finally:
            shutil.rmtree(root)

    for tree in options.trees:
        files = compose_files(tree)
        run(os.path.basename(tree.rstrip('/')), files, sorted(path for path in files if '.override.' not in path))
    trees = dict(counts)
    for number in range(options.count):
        rng = random.Random('%d-%d' % (options.seed, number))
        run('random %d' % number, random_files(rng), ['compose.yaml'])
    print('trees: %d files, %d services, %d refused by compose' % (trees['files'], trees['services'], trees['refused']))
    print('random: %d files, %d services, %d refused by compose' % (counts['files'] - trees['files'], counts['services'] - trees['services'], counts['refused'] - trees['refused']))
    for path, reason in counts['reasons']:
        print('refused', path, reason, file=sys.stderr)
    print('%d disagreements' % bad)
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main())
