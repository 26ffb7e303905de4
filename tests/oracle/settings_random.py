"""Compare our model of Celery's configuration with the real package, on random configurations.

Make a virtual environment with one release of Celery for each release to compare, build the example, and run

    cargo build --example effective_settings
    python tests/oracle/settings_random.py target/debug/examples/effective_settings VENV [VENV …] [--count 2500] [--seed 1]

Every configuration mixes `Celery()` arguments, changes of `app.conf` before and after the first read, `config_from_object`
with and without a namespace (upper, lower and mixed case, trailing underscores), `add_defaults`, environment variables, old,
new and documented-only names, and nonsense. Each key has a value of its own, so that a value tells which key won. Compared are:
the value of every setting that a key may mean (read twice), whether `ImproperlyConfigured` is raised, and its renames. Beside that,
each outcome that the model gives is checked by leaving that key out: an ignored or shadowed key must change nothing, an effective
one must change its setting.

The same file is the other end in each environment: one process for each release, a fresh application for each configuration.
Python 3.6 and later; nothing but Celery is needed.
"""
import argparse
import json
import os
import random
import re
import sys

from peer import Peer

VARIABLES = ['CELERY_BROKER_URL', 'CELERY_BROKER_READ_URL', 'CELERY_BROKER_WRITE_URL', 'CELERY_RESULT_BACKEND']
OTHER_VARIABLES = ['CELERY_TASK_SERIALIZER', 'BROKER_URL', 'CELERY_TIMEZONE', 'RESULT_BACKEND']
NAMESPACES = ['CELERY', 'CELERY', 'CELERY', 'CELERY_', 'celery', 'celery_', 'Celery', 'MYAPP', 'MYAPP__', 'my', 'BROKER', 'task', '1', '_', '']
DOCUMENTED = ['CELERY_ENABLE_UTC', 'CELERYD_TIME_LIMIT', 'CELERY_RESULT_EXPIRES', 'CELERY_TASK_ALWAYS_EAGER', 'CELERY_TASK_TRACK_STARTED']
NONSENSE = ['CELERY', 'celery', 'DEBUG', 'foo', 'CELERY_FOO', '__name__', 'CELERY_', 'TIME_ZONE', 'time_zone', 'CELERY_TIME_ZONE', 'my_time_zone',
            'redbeat_redis_url', 'CELERY_REDBEAT_REDIS_URL', 'CELERY_ONCE', 'CELERYD_SEND_EVENTS', 'MYAPP_CELERY_RESULT_BACKEND', 'CELERYBEAT', 'Broker_Url']
POPULAR = ['broker_url', 'broker_host', 'broker_read_url', 'broker_write_url', 'result_backend', 'timezone', 'enable_utc', 'task_serializer',
           'result_serializer', 'accept_content', 'task_default_queue', 'task_default_exchange', 'task_default_routing_key', 'include', 'imports',
           'beat_schedule', 'task_acks_late', 'worker_concurrency', 'result_expires', 'worker_send_task_events']
PARAMETERS = ['main', 'broker', 'backend', 'include']
# Names that a keyword argument cannot have twice, or that the applications of this script need themselves.
NOT_ARGUMENTS = re.compile(r'^(main|loader|amqp|events|log|control|set_as_current|tasks|changes|config_source\w*|fixups|task_cls|autofinalize|namespace|strict_typing)$')


# ------------------------------------------------------------------ the end in the virtual environment
def value_of(at, entry):
    return None if entry[2] else 'value %d' % at


class Stopped(Exception):
    pass


def build(Celery, question):
    given = question['given']
    arguments = {}
    for at, entry in enumerate(given):
        if entry[0] == 'argument':
            arguments[entry[1]] = value_of(at, entry)
    app = Celery('probe' if 'main' not in arguments else arguments.pop('main'), set_as_current=False, namespace=question['namespace'], fixups=[], **arguments)
    at = 0
    while at < len(given):
        kind = given[at][0]
        if kind == 'change':
            app.conf[given[at][1]] = value_of(at, given[at])
        elif kind == 'read':
            getattr(app.conf, 'worker_prefetch_multiplier')
        elif kind in ('object', 'defaults'):
            keys, start = {}, at
            while at + 1 < len(given) and given[at + 1][0] == 'key':
                at += 1
                keys[given[at][1]] = value_of(at, given[at])
            if kind == 'defaults':
                app.add_defaults(keys)
            else:
                app.config_from_object(type('Settings', (), keys) if question['as_class'] else keys, namespace=given[start][1])
        at += 1
    return app


def ask_celery(Celery, ImproperlyConfigured, question):
    """{setting: place | None | 'missing'} or the renames."""
    environment = {entry[1]: 'value %d' % at for at, entry in enumerate(question['given']) if entry[0] == 'environment'}
    kept = {name: os.environ.get(name) for name in environment}
    os.environ.update(environment)
    try:
        app = build(Celery, question)
        found = []
        for _ in range(2):
            values = {}
            for name in question['read']:
                try:
                    value = getattr(app.conf, name)
                except AttributeError:
                    values[name] = 'missing'
                    continue
                ours = isinstance(value, str) and value.startswith('value ')
                values[name] = int(value[6:]) if ours else None
            found.append(values)
        return {'found': found[1], 'first': found[0]}
    except ImproperlyConfigured as exc:
        lines = [line.split(' -> ') for line in str(exc).splitlines() if ' -> ' in line]
        return {'renames': [[old.strip(), new.strip()] for old, new in lines]}
    finally:
        for name, value in kept.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def serve():
    import celery
    from celery import Celery
    from celery.app import defaults
    from celery.exceptions import ImproperlyConfigured
    print(json.dumps({'release': '.'.join(celery.__version__.split('.')[:2]), 'version': celery.__version__, 'names': sorted(defaults.DEFAULTS), 'old': sorted(defaults._TO_NEW_KEY.items())}), flush=True)
    for line in sys.stdin:
        print(json.dumps(ask_celery(Celery, ImproperlyConfigured, json.loads(line))), flush=True)


# ------------------------------------------------------------------ random configurations
class Maker:
    def __init__(self, rng, names, old):
        self.rng, self.names, self.old = rng, names, {new: old for old, new in old}

    def setting(self):
        return self.rng.choice(POPULAR if self.rng.random() < .6 else self.names)

    def name(self, style, namespace):
        rng, new = self.rng, self.setting()
        old = self.old.get(new, new.upper())
        usual = (namespace or 'CELERY').rstrip('_')
        kind = style if rng.random() < .8 else rng.choice(['new', 'old', 'prefixed', 'upper', 'case', 'double', 'other', 'documented', 'nonsense'])
        return {'new': new, 'old': old, 'prefixed': usual + '_' + (new.upper() if usual.isupper() else new), 'upper': new.upper(),
                'case': rng.choice([usual.lower() + '_' + new, usual.upper() + '_' + new, usual + '_' + new.upper(), new.title()]),
                'double': usual + '_' + rng.choice([usual + '_' + new.upper(), old]), 'other': 'CELERY_' + new.upper(),
                'documented': rng.choice(DOCUMENTED), 'nonsense': rng.choice(NONSENSE)}[kind]

    def keys(self, kind, style, namespace, most):
        return [[kind, self.name(style, namespace), self.rng.random() < .06] for _ in range(self.rng.randint(0, most))]

    def arguments(self):
        found = {}
        for _ in range(self.rng.choice([0, 0, 1, 1, 2, 3])):
            name = self.rng.choice(PARAMETERS) if self.rng.random() < .7 else self.name(self.rng.choice(['new', 'new', 'old']), None)
            if name not in PARAMETERS and (NOT_ARGUMENTS.match(name) or not name.isidentifier()):
                continue
            found[name] = ['argument', name, False]
        return list(found.values())

    def question(self, release):
        rng = self.rng
        style = rng.choice(['new', 'old', 'prefixed', 'prefixed', 'mixed', 'mixed'])
        pick = (lambda: rng.choice(['new', 'old'])) if style == 'mixed' else (lambda: style)
        namespace = rng.choice(NAMESPACES) if rng.random() < (.9 if style == 'prefixed' else .15) else None
        at_creation = rng.choice(NAMESPACES) if rng.random() < .07 else None
        given = self.arguments()
        for _ in range(rng.choice([1, 2, 3, 4, 5])):
            step = rng.choice(['object', 'object', 'change', 'change', 'defaults', 'read'])
            if step == 'change':
                given += self.keys('change', pick(), namespace, 3)
            elif step == 'read':
                given += [['read', None]] if rng.random() < .6 else []
            elif step == 'defaults' and rng.random() < .5:
                given += [['defaults', None]] + self.keys('key', pick(), namespace, 3)
            elif step == 'object':
                keys = self.keys('key', pick(), namespace, 6)
                if any(entry[0] == 'object' for entry in given) and rng.random() < .7:
                    continue
                # An empty dict is no object for Celery, and the model asks to leave it out.
                given += [['object', namespace if rng.random() < .9 else None]] + keys if keys else []
        variables = [['environment', name] for name in VARIABLES + OTHER_VARIABLES if rng.random() < .06]
        given += variables
        return {'release': release, 'namespace': at_creation, 'given': given, 'read': self.read(given), 'as_class': rng.random() < .3}

    def read(self, given):
        """Every setting that a key may mean, the ones that fall back to others, and the key itself."""
        known, back = set(self.names), {old: new for new, old in self.old.items()}
        names = {'broker_url', 'broker_read_url', 'broker_write_url', 'result_backend', 'timezone', 'task_default_exchange', 'task_default_routing_key'}
        for entry in given:
            written = entry[1] if entry[0] in ('argument', 'change', 'key') else None
            if not written or written.startswith('__'):
                continue
            lower = written.lower()
            names |= {name for name in known if lower.endswith(name)} | ({back[written]} if written in back else set())
            if written.isidentifier() and written not in ('copy', 'get', 'pop', 'update', 'keys', 'items', 'values', 'clear', 'first', 'changes', 'defaults', 'maps'):
                names.add(written)
        names = sorted(names)
        self.rng.shuffle(names)
        return names


# ------------------------------------------------------------------ the comparison
def same(ours, theirs, given):
    """Whether both answers agree. A given None and a default None look alike in Celery."""
    if 'found' not in ours or 'found' not in theirs:
        return ours.get('renames') == theirs.get('renames') and ('found' in ours) == ('found' in theirs)
    for name, place in ours['found'].items():
        if isinstance(place, int) and len(given[place]) > 2 and given[place][2]:
            place = None
        if place != theirs['found'][name]:
            return False
    return True


def without(question, at):
    """The question without one key; the places of the others stay (a removed key becomes a name that nobody reads)."""
    given = [list(entry) for entry in question['given']]
    given[at][1] = 'nobody_reads_this_%d' % at if given[at][0] != 'environment' else 'NOBODY_READS_THIS_%d' % at
    return dict(question, given=given)


def unsettled(question, theirs):
    """Whether the first reading gave something else than the second. Celery looks the very first name up with the namespace
    of `Celery(namespace=)` though `config_from_object` brought another one; that is not modelled, and not counted as wrong."""
    spaces = {question['namespace']} | {entry[1] for entry in question['given'] if entry[0] == 'object'}
    return theirs.get('first') != theirs.get('found') and len({(space or '').rstrip('_') for space in spaces}) < 2


def wrong_outcome(celery, settings, counted, question, ours, theirs):
    """The first outcome that the values, or leaving its key out, refute. `theirs` is Celery's answer to the whole; `settings`
    are the names that the release declares, `counted` those that count when it settles for a style."""
    for at, outcome in enumerate(ours['outcomes']):
        entry = question['given'][at]
        if outcome[0] == 'not a key' or (len(entry) > 2 and entry[2]):
            continue
        setting = outcome[1] if outcome[0] != 'ignored' else outcome[2]
        now = theirs['found'].get(setting, 'not asked')
        if outcome[0] == 'effective' and now not in (at, 'not asked'):
            return at, outcome, now
        if outcome[0] == 'shadowed' and now not in (outcome[2], 'not asked') and not question['given'][outcome[2]][-1] is True:
            return at, outcome, now
        if outcome[0] != 'ignored':
            continue
        if entry[0] == 'argument' and entry[1] in PARAMETERS:
            continue
        rest = celery.ask(without(question, at))
        # Leaving out an ignored key may change which style Celery settles for, but that is another question.
        if 'found' in rest:
            changed = [name for name in rest['found'] if name in settings and rest['found'][name] != theirs['found'][name]]
            if changed and entry[1] not in counted:
                return at, outcome, changed
    return None


def compare(model, venv, count, seed, verbose):
    celery = Peer([os.path.join(venv, 'bin', 'python'), os.path.abspath(__file__), '--serve'])
    hello = celery.line()
    maker = Maker(random.Random(seed), hello['names'], hello['old'])
    counted = {name for pair in hello['old'] for name in pair}
    tally = {'configurations': 0, 'settings': 0, 'refused': 0, 'outcomes': 0, 'first readings that differ': 0, 'disagreements': 0}
    kinds = {}
    for _ in range(count):
        question = maker.question(hello['release'])
        ours, theirs = model.ask(question), celery.ask(question)
        tally['configurations'] += 1
        tally['refused'] += 'renames' in theirs
        tally['settings'] += len(question['read']) if 'found' in theirs else 0
        tally['first readings that differ'] += theirs.get('first') != theirs.get('found')
        wrong = None
        if unsettled(question, theirs):
            wrong = 'unsettled'
        elif not same(ours, theirs, question['given']):
            wrong = 'answer'
        elif 'found' in ours:
            tally['outcomes'] += len(ours['outcomes'])
            for outcome in ours['outcomes']:
                kind = outcome[0] if outcome[0] != 'ignored' else outcome[1]
                kinds[kind] = kinds.get(kind, 0) + 1
            wrong = wrong_outcome(celery, set(hello['names']), counted, question, ours, theirs)
        if wrong:
            tally['disagreements'] += 1
            if tally['disagreements'] <= verbose:
                print(json.dumps(question), '\n  ours  ', json.dumps(ours), '\n  theirs', json.dumps(theirs), '\n  wrong ', wrong)
    celery.close()
    print('Celery %s: %s' % (hello['version'], ', '.join('%d %s' % (number, name) for name, number in tally.items())))
    print('   ', ', '.join('%d %s' % (number, name) for name, number in sorted(kinds.items())))
    return tally['disagreements']


def main():
    if sys.argv[1:] == ['--serve']:
        return serve()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('model')
    parser.add_argument('venv', nargs='+')
    parser.add_argument('--count', type=int, default=2500)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--verbose', type=int, default=3, help='how many disagreements of a release are shown')
    args = parser.parse_args()
    model = Peer([args.model])
    wrong = sum(compare(model, venv, args.count, args.seed, args.verbose) for venv in args.venv)
    model.close()
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
