"""Whether what celery-lint generates can be imported in real projects, and its routes appear.

Each project is copied, fixed with `--fix --unsafe-fixes` for the three `missing-…-endpoint` rules, and imported in a process of its own: FastAPI, Flask and Celery are the real ones; any other package that
is not installed is stood in for by an object that takes everything. Usage:

    generated_imports.py CELERY_LINT PYTHON PROJECT[=MODULE:APP[@DIRECTORY]]...

MODULE:APP says where the web application is, `MODULE:APP()` that a factory makes it, DIRECTORY what to import from. PYTHON has fastapi, flask and celery.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

RULES = "missing-status-endpoint,missing-result-endpoint,missing-health-endpoint"
#: Nothing listens there, and nothing is asked while importing.
ENVIRONMENT = {**os.environ, "CELERY_BROKER_URL": "redis://127.0.0.1:1/0", "CELERY_RESULT_BACKEND": "redis://127.0.0.1:1/1"}

IMPORT = '''
import importlib, importlib.abc, importlib.machinery, json, operator, os, sys
from unittest.mock import MagicMock

REAL = {"fastapi", "starlette", "flask", "werkzeug", "celery", "kombu", "pydantic", "billiard", "vine", "amqp", "redis"}

class Base:
    """What classes derive from whose base is not there."""
    def __init__(self, *args, **kwargs):
        pass
    def __getattr__(self, name):
        return Anything()

class Anything(MagicMock):
    __path__ = []
    __all__ = []
    def __mro_entries__(self, bases):
        return (Base,)

class Stand(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Comes last: asked only for what is not there. Libraries that try whether another one is there get none."""
    def find_spec(self, name, path=None, target=None):
        top = name.split(".")[0]
        if top in REAL or top in OWN:
            return None
        frame = sys._getframe(1)
        while "importlib" in frame.f_code.co_filename or frame.f_code.co_filename == "<string>":
            frame = frame.f_back
            if frame is None:
                return None
        if not frame.f_code.co_filename.startswith(root) and not isinstance(sys.modules.get(top), Anything):
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)
    def create_module(self, spec):
        made = Anything(name=spec.name)
        made.__name__, made.__spec__ = spec.name, spec
        return made
    def exec_module(self, module):
        pass

module, app, root = sys.argv[1:4]
OWN = {entry.split(".")[0] for entry in os.listdir(root)}
sys.path.insert(0, root)
sys.meta_path.append(Stand())
missing = os.environ.__class__.__getitem__

def item(self, key):
    try:
        return missing(self, key)
    except KeyError:
        frame = sys._getframe(1)
        while frame.f_code.co_filename.endswith(("os.py", "_collections_abc.py")) or "_collections_abc" in frame.f_code.co_filename:
            frame = frame.f_back
        if frame.f_code.co_filename.startswith(root):
            return "1"
        raise

os.environ.__class__.__getitem__ = item
found = operator.attrgetter(app.removesuffix("()"))(importlib.import_module(module))
if app.endswith("()"):
    found = found()
if hasattr(found, "url_map"):
    routes = [str(rule) for rule in found.url_map.iter_rules()]
else:
    routes = sorted(found.openapi()["paths"])
print(json.dumps(routes))
'''


def written(lint: str, project: pathlib.Path) -> list[str]:
    before = {path.relative_to(project) for path in project.rglob("*.py")}
    subprocess.run([lint, "--fix", "--unsafe-fixes", "--select", RULES, "."], cwd=project, capture_output=True, timeout=120)
    return sorted(str(path.relative_to(project)) for path in project.rglob("*.py") if path.relative_to(project) not in before)


def routes(python: str, project: pathlib.Path, where: str) -> tuple[list[str], str]:
    target, _, directory = where.partition("@")
    module, _, app = target.partition(":")
    command = [python, "-c", IMPORT, module, app, str(project / directory)]
    # Files are named from the top of some projects, and from the directory of the application in others.
    for home in (project, project / directory):
        done = subprocess.run(command, cwd=home, env=ENVIRONMENT, capture_output=True, text=True, timeout=120)
        if not done.returncode:
            return json.loads(done.stdout.splitlines()[-1]), ""
    return [], (done.stderr.strip().splitlines() or ["no output"])[-1]


def main() -> int:
    lint, python, *projects = sys.argv[1:]
    failed = 0
    for argument in projects:
        path, _, where = argument.partition("=")
        with tempfile.TemporaryDirectory() as scratch:
            copy = pathlib.Path(scratch) / "project"
            shutil.copytree(path, copy, symlinks=True)
            made = written(str(pathlib.Path(lint).resolve()), copy)
            if not made:
                print(f"{pathlib.Path(path).name}: nothing is written")
                continue
            found, error = routes(python, copy, where)
        wanted = [route for route in found if "/celery" in route or "/tasks/" in route]
        failed += bool(error) or not wanted
        print(f"{pathlib.Path(path).name}: {', '.join(made)}: {error or ' '.join(wanted) or 'NO ROUTES: ' + ' '.join(found)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
