#!/usr/bin/env python3
"""fix_keeps_broker.py BINARY: `--fix --unsafe-fixes` on a hardcoded credential leaves a project whose Celery app resolves
the same broker URL and result backend. Runs the real Celery, before and after, each in a process of its own; afterwards
`.env` is loaded with python-dotenv. Needs celery, redis, python-dotenv, django-environ, python-decouple, environs,
starlette and pydantic-settings in the running interpreter. Exit status 1 when a case differs.
"""
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

READ = """
import importlib, json, sys
sys.path.insert(0, ".")
if {load}:
    import dotenv
    dotenv.load_dotenv(".env")
app = importlib.import_module("{module}").app
print(json.dumps([app.conf.broker_url, app.conf.result_backend, app.connection_for_write().as_uri(include_password=True)]))
"""

# name -> (module that holds `app`, files)
CASES = {
    "argument": ("proj.celery", {"proj/__init__.py": "", "proj/celery.py": '''from celery import Celery

app = Celery("proj", broker="amqp://shop:Whiffle-403@rabbit.internal:5672/shop")
'''}),
    "argument-with-docstring": ("app", {"app.py": '''"""The app."""
from __future__ import annotations

from celery import Celery

app = Celery("proj", broker="redis://:Mome-71@cache:6379/0", backend="redis://:Mome-72@cache:6379/1")
'''}),
    "shebang": ("app", {"app.py": '''#!/usr/bin/env python3
# -*- coding: utf-8 -*-
from celery import Celery
app = Celery("proj")
app.conf.broker_url = "redis://:p%40ss%23word@cache:6379/0"
'''}),
    "other-module": ("proj.celery", {"proj/__init__.py": "", "proj/creds.py": 'REDIS_PASSWORD = "Outgrabe-71"\n', "proj/celery.py": '''from celery import Celery
from proj.creds import REDIS_PASSWORD

app = Celery("proj", broker=f"redis://:{REDIS_PASSWORD}@cache:6379/0")
'''}),
    "f-string": ("app", {"app.py": '''import os
from celery import Celery
HOST = "cache"
app = Celery("p", broker=f"redis://:Slithy-Tove-9@{HOST}:6379/0")
'''}),
    "concatenation": ("app", {"app.py": '''from celery import Celery
app = Celery("p", broker="redis://:" + "Slithy-Tove-9" + "@cache:6379/0")
'''}),
    "percent": ("app", {"app.py": '''from celery import Celery
app = Celery("p", broker="amqp://%s:%s@mq//" % ("svc", "Slithy-Tove-9"))
'''}),
    "format": ("app", {"app.py": '''from celery import Celery
app = Celery("p", broker="amqp://{}:{}@mq//".format("svc", "Slithy-Tove-9"))
'''}),
    "quoted": ("app", {"app.py": '''from urllib.parse import quote
from celery import Celery
app = Celery("p", broker=f"amqp://svc:{quote('Sli/thy Tove#9$', safe='')}@mq//")
'''}),
    "odd-characters": ("app", {"app.py": '''from celery import Celery
app = Celery("p", broker="redis://:mimsy$Wabe42'x@cache:6379/0")
'''}),
    "environ-default": ("app", {"app.py": '''import os
from celery import Celery
app = Celery("p", broker=os.environ.get("QUEUE_URL", "redis://:Slithy-Tove-9@cache:6379/0"))
'''}),
    "getenv-default": ("app", {"app.py": '''import os
from celery import Celery
app = Celery("p", broker=os.getenv("QUEUE_URL", default="redis://:Slithy-Tove-9@cache:6379/0"))
'''}),
    "or-default": ("app", {"app.py": '''import os
from celery import Celery
app = Celery("p", broker=os.environ.get("QUEUE_URL") or "redis://:Slithy-Tove-9@cache:6379/0")
'''}),
    "django-environ": ("app", {"app.py": '''import environ
from celery import Celery
env = environ.Env()
app = Celery("p", broker=env("QUEUE_URL", default="redis://:Slithy-Tove-9@cache:6379/0"))
'''}),
    "django-environ-literal": ("app", {"app.py": '''import environ
from celery import Celery
env = environ.Env()
app = Celery("p", broker="redis://:Slithy-Tove-9@cache:6379/0")
'''}),
    "decouple": ("app", {"app.py": '''from decouple import config
from celery import Celery
app = Celery("p", broker=config("QUEUE_URL", default="redis://:Slithy-Tove-9@cache:6379/0"))
'''}),
    "environs": ("app", {"app.py": '''from environs import Env
from celery import Celery
env = Env()
app = Celery("p", broker=env.str("QUEUE_URL", "redis://:Slithy-Tove-9@cache:6379/0"))
'''}),
    "starlette": ("app", {"app.py": '''from starlette.config import Config
from celery import Celery
config = Config()
app = Celery("p", broker=config("QUEUE_URL", default="redis://:Slithy-Tove-9@cache:6379/0"))
'''}),
    "pydantic": ("app", {"app.py": '''from pydantic_settings import BaseSettings
from celery import Celery

class Settings(BaseSettings):
    debug: bool = False
    broker_url: str = "redis://:Slithy-Tove-9@cache:6379/0"

app = Celery("p", broker=Settings().broker_url)
'''}),
    "config-module": ("app", {"celeryconfig.py": 'broker_url = "redis://:Slithy-Tove-9@cache:6379/0"\nresult_backend = "rpc://"\n', "app.py": '''from celery import Celery
app = Celery("p")
app.config_from_object("celeryconfig")
'''}),
    "config-class": ("app", {"app.py": '''from celery import Celery

class Config:
    broker_url = "redis://:Slithy-Tove-9@cache:6379/0"

app = Celery("p")
app.config_from_object(Config)
'''}),
    "crlf": ("app", {"app.py": 'from celery import Celery\r\napp = Celery("p", broker="redis://:Slithy-Tove-9@cache:6379/0")\r\n'}),
    "ignored-env-exists": ("app", {".gitignore": ".env\n", ".env": "OTHER=1", ".env.example": "OTHER=\n", "app.py": '''from celery import Celery
app = Celery("p", broker="redis://:Slithy-Tove-9@cache:6379/0")
'''}),
}


def resolved(folder, module, load):
    environment = {k: v for k, v in os.environ.items() if "BROKER" not in k and "CELERY" not in k and "REDIS" not in k}
    code = READ.format(module=module, load=load)
    run = subprocess.run([sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True)
    return json.loads(run.stdout) if run.returncode == 0 else f"failed: {run.stderr[-300:]}"


def check(binary, name, module, files):
    with tempfile.TemporaryDirectory() as folder:
        for path, text in files.items():
            target = Path(folder, path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text.encode())
        before = resolved(folder, module, False)
        lint = [binary, "check", folder, "--select", "hardcoded-credentials", "--fix", "--unsafe-fixes", "--quiet"]
        run = subprocess.run(lint, capture_output=True, text=True)
        after = resolved(folder, module, True)
        again = subprocess.run([binary, "check", folder, "--select", "hardcoded-credentials", "--quiet"], capture_output=True)
        source = "".join(Path(folder, path).read_text() for path in files if path.endswith(".py"))
        secrets = [word for word in ("Slithy-Tove-9", "Whiffle-403", "Outgrabe-71", "Mome-71", "Mome-72") if word in source]
        problems = []
        if isinstance(before, str) or before != after:
            problems.append(f"before {before}, after {after}")
        if run.returncode != 0 or again.returncode != 0:
            problems.append(f"status {run.returncode}, again {again.returncode}: {run.stderr[-200:]}")
        if secrets:
            problems.append("a secret is still in the source")
        return [f"{name}: {problem}" for problem in problems]


def main():
    binary = os.path.abspath(sys.argv[1])
    problems = [problem for name, (module, files) in CASES.items() for problem in check(binary, name, module, files)]
    print("\n".join(problems) or f"{len(CASES)} fixed projects resolve the same broker and result backend")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
