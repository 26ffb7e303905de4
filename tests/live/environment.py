"""The virtual environment with the real frameworks, and what its tools say about a project."""

import pathlib
import shutil
import subprocess
import threading
import venv

REQUIREMENTS = [
    "celery[redis]>=5.5,<6",
    "celery-types",
    "django>=5.2,<6",
    "django-stubs",
    "djangorestframework",
    "djangorestframework-stubs",
    "fastapi",
    "flask",
    "mypy",
    "pydantic-settings",
    "python-dotenv",
    "ruff",
    "uvicorn",
]
DEBIAN = {"redis-server": "redis-server", "/usr/lib/rabbitmq/bin/rabbitmq-server": "rabbitmq-server"}

#: As if nobody had installed types for Celery.
WITHOUT_TYPES = """\
[mypy]
[mypy-celery.*,kombu.*]
follow_imports = skip
ignore_missing_imports = True
"""


def check_machine() -> None:
    missing = [package for program, package in DEBIAN.items() if shutil.which(program) is None]
    if missing:
        raise SystemExit(f"install {' '.join(missing)} first")


class Environment:
    def __init__(self, home: pathlib.Path) -> None:
        self.home = home
        self.python = str(home / "bin" / "python")
        self.types = threading.Lock()

    def build(self) -> None:
        if not (self.home / "bin" / "python").exists():
            venv.create(self.home, with_pip=True)
            install = [self.python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            subprocess.run([*install, *REQUIREMENTS], check=True, timeout=600)

    def run(self, project: pathlib.Path, *command: str) -> None:
        """Run a module of the environment that has to succeed."""
        done = subprocess.run(
            [self.python, "-m", *command], cwd=project, capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode == 0, f"{' '.join(command[:3])}:\n{done.stdout}{done.stderr}"

    def check_style(self, project: pathlib.Path, written: list[str]) -> None:
        """ruff, with the project's own configuration and with more rules than most have."""
        self.run(project, "ruff", "format", "--no-cache", "--check", "--diff", *written)
        self.run(project, "ruff", "check", "--no-cache", *written)

    def check_rules(self, project: pathlib.Path, created: list[str]) -> None:
        self.run(project, "ruff", "check", "--no-cache", "--extend-select", "I,UP,B,S,ANN,RET,SIM,RUF", *created)

    def check_types(self, project: pathlib.Path, created: list[str]) -> None:
        """mypy, with types for Celery and without."""
        without = self.home / "without-types.ini"
        without.write_text(WITHOUT_TYPES)
        strict = ["mypy", "--strict", "--follow-imports", "silent"]
        with self.types:
            self.run(project, *strict, "--config-file", "", "--cache-dir", str(self.home / "types"), *created)
            cache = str(self.home / "no-types")
            # What `@app.task` makes of a function is not known then.
            lax = ["--disable-error-code", "untyped-decorator", "--disable-error-code", "no-untyped-call"]
            self.run(project, *strict, *lax, "--config-file", str(without), "--cache-dir", cache, *created)
