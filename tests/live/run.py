"""Proof that what celery-lint writes runs.

It fixes the projects of `fixtures/live` and begins new ones with `celery-lint init`, starts each with a real server, worker, Redis and
RabbitMQ, and checks over HTTP what the endpoints have to do. Usage: run.py BINARY [--only NAME] [--environment DIRECTORY]
"""

import argparse
import contextlib
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor

import checks
import servers
from environment import Environment, check_machine
from fixing import Copy
from projects import PROJECTS, Project

#: How many projects run at a time.
PARALLEL = 3


class Proof:
    """One project, check after check."""

    def __init__(self, project: Project, binary: str, environment: Environment, home: pathlib.Path) -> None:
        self.project = project
        self.environment = environment
        self.home = home
        self.copy = Copy(binary, project, home)
        self.passed: list[tuple[str, float]] = []
        self.failure = ""
        self.servers: list[servers.Server] = []

    def check(self, name: str, function, *arguments) -> None:
        started = time.monotonic()
        try:
            function(*arguments)
        except Exception as error:
            told = str(error) if isinstance(error, AssertionError) else traceback.format_exc()
            logs = "\n".join(server.tail() for server in self.servers)
            self.failure = f"{self.project.name}: {name}: {told}\n{logs}"
            raise
        self.passed.append((name, time.monotonic() - started))

    def run(self, rabbitmq: servers.RabbitMQ, rabbitmq_lock: threading.Lock) -> None:
        try:
            self.write()
            with rabbitmq_lock if self.project.broker == "rabbitmq" else contextlib.nullcontext():
                self.serve(rabbitmq)
        except Exception:
            self.failure = self.failure or f"{self.project.name}: {traceback.format_exc()}"

    def write(self) -> None:
        copy, environment = self.copy, self.environment
        if self.project.init:
            self.check("init", copy.begin)
            self.check("no findings", copy.is_clean)
        else:
            copy.make()
            self.check("rules fire", copy.lacks_endpoints)
            self.check("fix", copy.fix)
            self.check("kept", copy.keeps_what_was_there)
        self.check("second fix", copy.second_fix_changes_nothing)
        self.check("ruff", environment.check_style, copy.path, copy.written())
        self.check("more rules", environment.check_rules, copy.path, copy.created())
        self.check("mypy", environment.check_types, copy.path, copy.created())

    def serve(self, rabbitmq: servers.RabbitMQ) -> None:
        project, port = self.project, servers.free_port()
        with contextlib.ExitStack() as stack:
            redis = servers.redis(self.home)
            self.check("redis", stack.enter_context, redis)
            broker = rabbitmq if project.broker == "rabbitmq" else redis
            options = {"cwd": self.copy.path, "env": self.variables(redis.port, broker)}
            python = [self.environment.python, "-m"]
            celery = [*python, "celery", "-A", project.celery, "worker", "--concurrency", "2", "--loglevel", "warning"]
            serve = [*python, *project.serve.format(port=port).split()]
            worker = servers.Server("worker", celery, self.home, **options)
            web = servers.Listening("web", serve, self.home, port, **options)
            self.servers = [worker, web]
            self.check("worker", stack.enter_context, worker)
            if not project.serve:
                self.check("success", self.by_hand, options)
                return
            self.check("server", stack.enter_context, web)
            self.over_http(checks.Running(project, port), redis, broker, worker)

    def by_hand(self, options: dict) -> None:
        """Without a web server, a task is sent from Python."""
        work = self.project.work
        code = f"from jobs.tasks import count_primes; print(count_primes.delay({work.good}).get(timeout=40))"
        command = [self.environment.python, "-c", code]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, **options)
        assert done.stdout.strip() == str(work.result), done.stdout + done.stderr

    def variables(self, redis_port: int, broker: servers.Listening) -> dict[str, str]:
        redis = f"redis://{servers.LOOPBACK}:{redis_port}"
        url = f"{redis}/0" if self.project.broker == "redis" else f"amqp://guest:guest@{servers.LOOPBACK}:{broker.port}//"
        own = {"CELERY_BROKER_URL": url, "CELERY_RESULT_BACKEND": f"{redis}/1", "DJANGO_SECRET_KEY": "x" * 50}
        root = str(self.copy.path / self.project.root)
        # A worker may run as root here: it takes its messages from this machine only.
        return {**os.environ, **own, "PYTHONPATH": root, "PYTHONDONTWRITEBYTECODE": "1", "C_FORCE_ROOT": "1"}

    def over_http(
        self, running: checks.Running, redis: servers.Server, broker: servers.Server, worker: servers.Server
    ) -> None:
        shares = broker is redis
        self.check("healthy", servers.wait_for, lambda: checks.is_healthy(running), 60, "health")
        if self.project.serve.startswith("uvicorn"):
            self.check("openapi", checks.openapi_lists_routes, running)
        self.check("success", checks.task_succeeds, running)
        self.check("failure", checks.task_fails, running)
        self.check("unknown id", checks.unknown_id, running)
        if self.project.submits_by_name:
            self.check("offered only", checks.submits_what_is_offered, running)
        self.check("worker stopped", checks.worker_stopped, running, worker)
        self.check("broker stopped", checks.broker_stopped, running, broker, worker, shares)
        if not shares:
            self.check("backend stopped", checks.backend_stopped, running, redis, worker)


def table(proofs: list[Proof]) -> str:
    lines = []
    for proof in proofs:
        passed = "  ".join(f"{name} {seconds:.1f}" for name, seconds in proof.passed)
        lines.append(f"{'FAILED' if proof.failure else 'ok':7}{proof.project.name:17}{passed}")
    return "\n".join(lines)


def prove(chosen: list[Project], binary: str, environment: Environment, home: pathlib.Path) -> list[Proof]:
    proofs = []
    for project in chosen:
        directory = home / project.name
        directory.mkdir()
        proofs.append(Proof(project, binary, environment, directory))
    with contextlib.ExitStack() as stack:
        rabbitmq = servers.RabbitMQ(home)
        if any(project.broker == "rabbitmq" for project in chosen):
            stack.enter_context(rabbitmq)
        environment.build()
        lock = threading.Lock()
        with ThreadPoolExecutor(PARALLEL) as pool:
            for _ in pool.map(lambda proof: proof.run(rabbitmq, lock), proofs):
                pass
    return proofs


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary", type=pathlib.Path)
    parser.add_argument("--only", action="append", help="a project's name; repeatable")
    parser.add_argument("--environment", type=pathlib.Path, help="keep the virtual environment here, or use the one that is there")
    arguments = parser.parse_args()
    check_machine()
    chosen = [project for project in PROJECTS if not arguments.only or project.name in arguments.only]
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as home:
        root = pathlib.Path(home)
        environment = Environment(arguments.environment or root / "environment")
        proofs = prove(chosen, str(arguments.binary.resolve()), environment, root)
    print(table(proofs))
    for proof in proofs:
        if proof.failure:
            print(f"\n{proof.failure}")
    failed = sum(bool(proof.failure) for proof in proofs)
    print(f"\n{len(proofs) - failed} of {len(proofs)} projects run as they should, {time.monotonic() - started:.0f} s")
    return 1 if failed or not proofs else 0


if __name__ == "__main__":
    sys.exit(main())
