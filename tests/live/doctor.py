"""Proof that `celery-lint doctor` says what a worker finds.

It starts real Redis, RabbitMQ and PostgreSQL in many states, runs the doctor over the table of `doctor_cases.py`, and looks afterwards
that nothing was left on the servers. With `--python` it also runs real workers against them, and compares the words.
Usage: doctor.py BINARY [--only GROUP[:WORDS]] [--python PYTHON]
"""

import argparse
import contextlib
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

import doctor_servers
import servers
from doctor_cases import CASES, Case
from doctor_servers import PASSWORD, Certificates, Mute

SECRETS = (PASSWORD, "wrong-password", "needless-password", "pa/ss")
#: Seconds that one step may take; what hangs is found out in a few of these.
TIMEOUT = 1.5
LONGEST = 6 * TIMEOUT + 5

APP = """\
import os, ssl
from celery import Celery
app = Celery("app", broker=os.environ["BROKER_URL"], backend=os.environ.get("RESULTS_URL"))
{settings}
"""
STORE = """\
from app import app
app.conf.result_backend_transport_options = {"retry_policy": {"timeout": 1.0}}
app.conf.result_backend_max_retries = 0
try:
    app.backend.store_result("6c2bfa36", 1, "SUCCESS")
except BaseException as error:
    while error:
        print(type(error).__name__, error)
        error = error.__cause__ or error.__context__
"""


def has(text: str, words: str) -> bool:
    """Whether one of the alternatives stands in it."""
    return any(part in text for part in words.split(" | "))


class Table:
    def __init__(self, binary: str, python: str | None, home: pathlib.Path, names: dict[str, object]) -> None:
        self.binary, self.python, self.home, self.names = binary, python, home, names
        #: Where to keep what workers print.
        self.logs: pathlib.Path | None = None

    def fill(self, text: str) -> str:
        return text.format(**self.names)

    def project(self, group: str, case: Case) -> tuple[pathlib.Path, dict[str, str]]:
        directory = self.home / "projects" / re.sub(r"\W+", "-", f"{group} {case.role} {case.name}")
        directory.mkdir(parents=True)
        (directory / "app.py").write_text(APP.format(settings=self.fill(case.settings)))
        url = self.fill(case.url)
        variables = {"BROKER_URL": url} if case.role == "broker" else {"BROKER_URL": "memory://", "RESULTS_URL": url}
        # Half of a project's variables stand in its `.env`.
        if len(case.name) % 2:
            (directory / ".env").write_text("".join(f"{name}='{value}'\n" for name, value in variables.items()))
            return directory, {}
        return directory, variables

    def check(self, group: str, case: Case) -> str:
        """What is wrong, or nothing."""
        directory, variables = self.project(group, case)
        command = [self.binary, "doctor", "--connect", "--timeout", str(TIMEOUT), str(directory)]
        plain = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        started = time.monotonic()
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=60, check=False, env={**plain, **variables, "COLUMNS": "120"}
        )
        seconds = time.monotonic() - started
        told = " ".join(done.stdout.split())
        wrong = [f"does not say {words!r}" for words in map(self.fill, case.says) if words not in told]
        wrong += [f"shows {secret!r}" for secret in SECRETS if secret in done.stdout + done.stderr]
        if done.returncode != case.code:
            wrong.append(f"exit code {done.returncode}, not {case.code}")
        if seconds > LONGEST:
            wrong.append(f"took {seconds:.1f} s")
        if case.real and not has(told, case.real):
            wrong.append(f"does not quote {case.real!r}")
        if self.python and case.real:
            printed = self.worker(directory, case)
            if not has(printed, case.real) and not (case.instead and has(printed, case.instead)):
                wrong.append(f"a worker does not print {case.real!r}:\n{printed[-2500:]}")
            ends, tries = "Unrecoverable error" in printed, "to broker lost" in printed or "Cannot connect to" in printed
            if case.role == "broker" and (ends and "ends" not in told or tries and "tries again" not in told):
                wrong.append(f"a worker does otherwise:\n{printed[-2500:]}")
        return "" if not wrong else "\n".join([f"{group}: {case.name}", *wrong, done.stdout, done.stderr])

    def worker(self, directory: pathlib.Path, case: Case) -> str:
        """What a real worker prints until it has printed the words."""
        url = self.fill(case.url)
        variables = {"BROKER_URL": url} if case.role == "broker" else {"BROKER_URL": "memory://", "RESULTS_URL": url}
        environment = {**os.environ, **variables, "C_FORCE_ROOT": "1", "PYTHONDONTWRITEBYTECODE": "1", "TERM": "dumb"}
        if case.role == "broker":
            command = [str(self.python), "-m", "celery", "-A", "app", "worker", "-P", "solo", "-l", "warning"]
        else:
            command = [str(self.python), "-c", STORE]
        worker = servers.Server("worker", command, directory, cwd=directory, env=environment)
        with worker:
            deadline = time.monotonic() + 20
            printed, alive = "", True
            while time.monotonic() < deadline and not has(printed, case.real):
                time.sleep(0.2)
                alive = worker.runs()
                printed = worker.log.read_text(errors="replace")
                if not alive:
                    break
        printed = worker.log.read_text(errors="replace")
        if self.logs:
            ended = "" if alive else "\n(it has ended)\n"
            (self.logs / f"{directory.name}.log").write_text(f"{url}\n{printed}{ended}")
        return printed


def started(home: pathlib.Path, stack: contextlib.ExitStack, groups: list[str]) -> tuple[dict[str, object], list]:
    """The servers that the groups need, as names for URLs, and what tells what they hold."""
    certificates = Certificates(home)
    users = ["+@read", "+ping", "+multi", "+discard", "+auth", "+select", "+hello", "+client"]
    celery = ["~celery*", "~_kombu*", "~unacked*", "&*", "+@all", "-@admin", "-@dangerous"]
    acl = home / "users.acl"
    acl.write_text(
        f"user default on >{PASSWORD} ~* &* +@all\n"
        f"user reader on >{PASSWORD} ~* &* {' '.join(users)}\n"
        f"user shop on >{PASSWORD} ~shop* &* +@all\n"
        f"user celery on >{PASSWORD} {' '.join(celery)}\n"
    )
    plain = doctor_servers.redis(home, "redis")
    redis = {
        "redis": plain,
        "redis_auth": doctor_servers.redis(home, "redis_auth", "--aclfile", str(acl)),
        "redis_replica": doctor_servers.redis(home, "redis_replica", "--replicaof", servers.LOOPBACK, str(plain.port)),
        "redis_full": doctor_servers.redis(home, "redis_full", "--maxmemory", "1"),
        "redis_evicts": doctor_servers.redis(home, "redis_evicts", "--maxmemory", "50mb", "--maxmemory-policy", "allkeys-lru"),
        "redis_cluster": doctor_servers.cluster(home),
        "sentinel": doctor_servers.sentinel(home, plain.port),
        "redis_tls": doctor_servers.redis_with_tls(home, certificates, "redis_tls", "--tls-auth-clients", "no"),
        "redis_mutual": doctor_servers.redis_with_tls(home, certificates, "redis_mutual", "--tls-auth-clients", "yes"),
    }
    rabbitmq = doctor_servers.RabbitMQ(home, certificates)
    postgres = doctor_servers.PostgreSQL(home, certificates)
    names: dict[str, object] = {name: stack.enter_context(server).port for name, server in redis.items()}
    mute = {"mute": Mute(), "expired": Mute(certificates.expired), "elsewhere": Mute(certificates.elsewhere)}
    names |= {name: stack.enter_context(server).port for name, server in mute.items()}
    keys = ["redis-cli", "-p", str(plain.port), "--scan"]
    holds = [lambda: doctor_servers.run(*keys)]
    # Servers that are slow to start run only for those that ask for them.
    for name, server, group in [("rabbitmq", rabbitmq, "rabbitmq"), ("postgres", postgres, "postgresql")]:
        names[name] = server.port
        if {group, "redis", "rabbitmq", "postgresql"} & set(groups):
            stack.enter_context(server)
            holds.append(server.holds)
    names |= {"rabbitmq_tls": rabbitmq.tls_port, "nobody": servers.free_port(), "password": PASSWORD, "home": home}
    names |= {"ca": certificates.ca, "other_ca": certificates.other, "certificate": certificates.good}
    names["key"] = certificates.key(certificates.good)
    return names, holds


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary", type=pathlib.Path)
    parser.add_argument("--only", action="append", help="a group, or a group and a case: redis:replica; repeatable")
    parser.add_argument("--python", help="a Python with celery[redis], SQLAlchemy and psycopg2, to compare with real workers")
    parser.add_argument("--logs", type=pathlib.Path, help="keep what the workers print in this directory")
    arguments = parser.parse_args()
    only = [part.partition(":") for part in arguments.only or CASES]
    chosen = [
        (group, case)
        for name, _, words in only
        for group, cases in CASES.items()
        for case in cases
        if group == name and words in case.name
    ]
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as root, contextlib.ExitStack() as stack:
        home = pathlib.Path(root)
        names, holds = started(home, stack, [group for group, _ in chosen])
        table = Table(str(arguments.binary.resolve()), arguments.python, home, names)
        before = [hold() for hold in holds]
        real, table.python = table.python, None
        with ThreadPoolExecutor(4) as pool:
            problems = list(pool.map(lambda row: table.check(*row), chosen))
        # Workers leave things behind: they come when it is known that the doctor does not.
        left = [f"left on a server:\n{after}" for one, hold in zip(before, holds) if (after := hold()) != one]
        if real:
            table.python, table.home, table.logs = real, home / "again", arguments.logs
            if table.logs:
                table.logs.mkdir(exist_ok=True)
            with ThreadPoolExecutor(2) as pool:
                problems += list(pool.map(lambda row: table.check(*row), [row for row in chosen if row[1].real]))
    problems = [problem for problem in problems + left if problem]
    for problem in problems:
        print(f"\nFAILED {problem}")
    compared = sum(bool(case.real) for _, case in chosen) if real else 0
    print(f"\n{len(chosen)} cases, {compared} compared with workers, {len(problems)} wrong, {time.monotonic() - begun:.0f} s")
    return 1 if problems or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
