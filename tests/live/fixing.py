"""A copy of a project, and what celery-lint makes of it."""

import json
import pathlib
import shutil
import subprocess

from projects import Project

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "fixtures" / "live"
ENDPOINT_RULES = [f"missing-{what}-endpoint" for what in ("status", "result", "health")]


class Copy:
    def __init__(self, binary: str, project: Project, home: pathlib.Path) -> None:
        self.binary = binary
        self.project = project
        self.path = home / "project"
        self.before: dict[str, str] = {}

    def make(self) -> None:
        """Copy it as a user would have it: `dot.env` is `.env`."""
        shutil.copytree(FIXTURES / self.project.name, self.path)
        for file in sorted(self.path.rglob("dot.*")):
            file.rename(file.with_name(file.name.removeprefix("dot")))
        self.before = self.files()

    def begin(self) -> None:
        """Let `celery-lint init` write it."""
        self.path.mkdir()
        done = self.lint("init", "--framework", self.project.init)
        assert done.returncode == 0, done.stdout + done.stderr

    def files(self) -> dict[str, str]:
        caches = {"__pycache__", ".celery_lint_cache"}
        found = (file for file in self.path.rglob("*") if file.is_file() and caches.isdisjoint(file.parts))
        return {str(file.relative_to(self.path)): file.read_text() for file in found if file.suffix != ".sqlite3"}

    def lint(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [self.binary, *arguments]
        return subprocess.run(command, cwd=self.path, capture_output=True, text=True, timeout=120, check=False)

    def findings(self, *arguments: str) -> list[str]:
        done = self.lint("check", "--exit-zero", "--output-format", "json", *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return sorted(finding["rule"] for finding in json.loads(done.stdout)["findings"])

    def lacks_endpoints(self) -> None:
        found = self.findings("--select", ",".join(ENDPOINT_RULES))
        assert found == sorted(f"missing-{what}-endpoint" for what in self.project.missing), found

    def fix(self) -> None:
        done = self.lint("check", "--fix", "--unsafe-fixes", "--exit-zero")
        assert done.returncode == 0, done.stdout + done.stderr
        found = self.findings("--select", ",".join(ENDPOINT_RULES))
        assert not found, f"still there: {found}\n{done.stdout}{done.stderr}"

    def created(self) -> list[str]:
        return sorted(name for name in self.files() if name not in self.before and name.endswith(".py"))

    def written(self) -> list[str]:
        """Python files that are new or changed."""
        return sorted(name for name, text in self.files().items() if name.endswith(".py") and self.before.get(name) != text)

    def keeps_what_was_there(self) -> None:
        """Files that were there have gained lines, and lost none but imports."""
        after = self.files()
        for name, text in self.before.items():
            kept = set(after[name].splitlines())
            lost = [line for line in text.splitlines() if line not in kept and "import" not in line]
            assert not lost, f"{name} has lost {lost}"

    def second_fix_changes_nothing(self) -> None:
        once = self.files()
        done = self.lint("check", "--fix", "--unsafe-fixes", "--exit-zero")
        assert done.returncode == 0, done.stdout + done.stderr
        assert self.files() == once, "the second fix has changed something"

    def is_clean(self) -> None:
        """No finding of any rule, preview included."""
        done = self.lint("check", "--preview", "--select", "ALL", "--fail-on", "note", "--output-format", "concise")
        assert done.returncode == 0, done.stdout + done.stderr
