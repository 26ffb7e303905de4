"""Compare what `celery-lint inspect` says of a project's configuration with `app.conf` of the real Celery.

In a virtual environment with Celery (and Django or Flask where the project uses them) run

    python tests/oracle/effective_settings.py CELERY_LINT PROJECT MODULE:APP [--root DIR] [--object FILE] [--env KEY=VALUE …]

The app's module is imported for real. Other packages that are not installed are stubs: objects that take any call, attribute,
item and base class, and give the first argument back when they decorate. `MODULE:APP` may end in `()` for a factory. Every
variable that `inspect` shows as the value of a setting is set to a URL of its own, unless `--env` gives it.

Compared are all declared settings: one that the model has must have the same value (lists, numbers, flags and text; a dict must be
a dict and not the default), one that it has not must have Celery's default. What stands under a condition, and values that the
model does not know, are counted and not compared. Exit code 1 when anything differs.
"""
import argparse
import importlib
import importlib.abc
import importlib.machinery
import json
import os
import subprocess
import sys
import types


class Anything:
    def __init__(self, *args, **kwargs):
        pass

    def __call__(self, *args, **kwargs):
        if len(args) == 1 and not kwargs and (callable(args[0]) and not isinstance(args[0], Anything)):
            return args[0]
        return Anything()

    def __getattr__(self, name):
        if name.startswith('__') and name.endswith('__'):
            raise AttributeError(name)
        return Anything()

    def __mro_entries__(self, bases):
        return ()

    def __getitem__(self, key):
        return Anything()

    def __iter__(self):
        return iter(())

    def __or__(self, other):
        return Anything()

    __ror__ = __add__ = __radd__ = __truediv__ = __rtruediv__ = __or__

    def __enter__(self):
        return Anything()

    def __exit__(self, *args):
        return False

    def __contains__(self, item):
        return False

    def __len__(self):
        return 0

    def __fspath__(self):
        return '/nowhere'

    def __int__(self):
        return 1

    def __bool__(self):
        return True


class StubModule(types.ModuleType):
    __path__ = []

    def __getattr__(self, name):
        if name.startswith('__') and name.endswith('__'):
            raise AttributeError(name)
        return Anything()


class Stubs(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """The last finder: whatever the project imports and nobody else has, outside its own packages."""

    def __init__(self, roots, project):
        self.project = project
        self.own = {name.split('.')[0] for root in roots for name in os.listdir(root)}
        self.made = set()

    def find_spec(self, name, path=None, target=None):
        frame = sys._getframe(1)
        while frame and 'importlib' in frame.f_code.co_filename:
            frame = frame.f_back
        asked = frame and frame.f_code.co_filename.startswith(self.project)
        if name.split('.')[0] in self.own or not (asked or name.split('.')[0] in self.made):
            return None
        self.made.add(name.split('.')[0])
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        return StubModule(spec.name)

    def exec_module(self, module):
        pass


def real(project, target, roots):
    for root in roots:
        sys.path.insert(0, root)
    os.chdir(project)
    stubs = Stubs(roots, project)
    sys.meta_path.append(stubs)
    name, _, attribute = target.partition(':')
    found = importlib.import_module(name)
    called = attribute.endswith('()')
    for part in attribute.removesuffix('()').split('.'):
        found = getattr(found, part)
    app = found() if called else found
    from celery.app import defaults
    values = {}
    for key, option in defaults.flatten(defaults.NAMESPACES):
        value = getattr(app.conf, key, option.default)
        shown = value if isinstance(value, (str, int, float, bool, type(None), list, tuple, dict)) else repr(value)
        values[key] = {'value': plain(shown), 'default': value == option.default, 'dict': isinstance(value, dict)}
    print(json.dumps({'values': values, 'stubs': sorted(stubs.made)}))


# What Celery takes from another setting when it is not given.
FALLBACKS = {
    'broker_read_url': 'broker_url', 'broker_write_url': 'broker_url',
    'task_default_exchange': 'task_default_queue', 'task_default_routing_key': 'task_default_queue',
}


def plain(value):
    if isinstance(value, dict):
        return '(dict)'
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else repr(value)


def masked(text):
    """As the report hides passwords: only the rest is compared."""
    import re
    return re.sub(r'(?<=:)[^:@/]*(?=@)', '***', text) if isinstance(text, str) else text


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('linter')
    parser.add_argument('project')
    parser.add_argument('target')
    parser.add_argument('--root', action='append', default=[])
    parser.add_argument('--object')
    parser.add_argument('--env', action='append', default=[])
    parser.add_argument('--child', action='store_true', help=argparse.SUPPRESS)
    args = parser.parse_args()
    project = os.path.abspath(args.project)
    roots = [os.path.join(project, root) for root in args.root] or [project]
    if args.child:
        return real(project, args.target, roots)
    model = json.loads(subprocess.run([args.linter, 'inspect', project, '--output-format', 'json'], capture_output=True, text=True, check=True).stdout)
    found = [it for it in model['configurations'] if args.object is None or args.object in (it['object'] or '')]
    module = args.target.partition(':')[0]
    named = [it for it in found if it['target'].partition(':')[0] == module] or found
    if len(named) != 1:
        sys.exit('one configuration, please: %s' % [(it['target'], it['object']) for it in named])
    configuration = named[0]
    environment = {'PATH': os.environ['PATH']}
    for setting in configuration['settings']:
        environment.update({key: 'redis://%s/0' % key.lower().replace('_', '-') for key in setting['value'].get('keys', []) if not key.endswith('_FILE')})
    environment.update(pair.split('=', 1) for pair in args.env)
    command = [sys.executable, os.path.abspath(__file__), args.linter, project, args.target, '--child'] + ['--root=' + root for root in args.root]
    ended = subprocess.run(command, capture_output=True, text=True, env=environment)
    if ended.returncode:
        sys.exit(ended.stderr)
    answer = json.loads(ended.stdout.splitlines()[-1])
    return compare(configuration, answer, environment)


def compare(configuration, answer, environment):
    values, wrong, same, skipped = answer['values'], [], 0, []
    given = {}
    for setting in configuration['settings']:
        given.setdefault(setting['name'], []).append(setting)
    for name, value in sorted(values.items()):
        settings = given.get(name, [])
        if not settings:
            fallback = values.get(FALLBACKS.get(name), {}).get('value')
            ok = value['default'] or configuration['open'] or (fallback is not None and fallback == value['value'])
            same += ok
            wrong += [] if ok else ['%s: the model has nothing, Celery has %r' % (name, masked(value['value']))]
            continue
        known = settings[0]
        view = known['value']
        if len(settings) > 1 or known['conditional'] or view['kind'] in ('unknown', 'one_of', 'reference', 'object'):
            skipped.append(name)
        elif view['kind'] == 'environment':
            expected = [environment.get(key) for key in view.get('keys', [])]
            ok = str(value['value']) in expected or any(text and text in str(value['value']) for text in expected)
            same += ok
            wrong += [] if ok else ['%s: the model reads %s, Celery has %r' % (name, view['keys'], masked(value['value']))]
        elif view['kind'] == 'dict':
            same += value['dict']
            wrong += [] if value['dict'] else ['%s: the model has a dict, Celery %r' % (name, value['value'])]
        elif 'value' in view:
            ok = masked(str(view['value'])).replace('•', '*') == masked(str(value['value'])) or view['value'] == value['value']
            same += ok
            wrong += [] if ok else ['%s: the model has %r, Celery %r' % (name, view['value'], masked(value['value']))]
        else:
            skipped.append(name)
    print('%d settings agree, %d differ, not compared: %s' % (same, len(wrong), ', '.join(skipped) or 'none'))
    print('given: %s' % ', '.join(sorted(given)))
    print('stubs: %s' % (', '.join(answer['stubs']) or 'none'))
    for line in wrong:
        print('  ' + line)
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
