"""Processes that a project needs: Redis, RabbitMQ, a worker, a web server; each on a free port of the loopback."""

import contextlib
import itertools
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import time

LOOPBACK = "127.0.0.1"
# Below the ports that systems give to clients (from 32,768 on Linux), from which a connection could take one before its
# server starts; two runs at once begin at different places. The nodes of a Redis cluster listen 10,000 higher.
PORTS = itertools.count(random.randrange(10_000, 20_000))


def free_port() -> int:
    """A port on which nobody listens, and which this run gave to nobody else."""
    for port in PORTS:
        with socket.socket() as listener, contextlib.suppress(OSError):
            listener.bind((LOOPBACK, port))
            return port
    raise AssertionError("unreachable: the count has no end")


def wait_for(condition, seconds: float, what: str) -> None:
    """Wait until `condition` is true."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} not within {seconds:.0f} s")
        time.sleep(0.1)


def listens(port: int) -> bool:
    with socket.socket() as client:
        client.settimeout(1)
        return client.connect_ex((LOOPBACK, port)) == 0


class Server:
    """A process with its children, which ends when the block does; its output goes to a file."""

    seconds_to_start = 60

    def __init__(self, name: str, command: list[str], home: pathlib.Path, **options) -> None:
        self.name = name
        self.command = command
        self.log = home / f"{name}.log"
        self.options = options
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, **self.options
            )

    def stop(self) -> None:
        process, self.process = self.process, None
        if process is None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            pass
        self.kill_group(process)

    def kill_group(self, process: "subprocess.Popen[bytes]") -> None:
        """End the children that outlive their parent."""
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait(timeout=15)

    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def tail(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join(f"    {self.name}| {line}" for line in lines[-15:])


class Listening(Server):
    """A server that is there once its port answers, or once what `is_ready` asks in its stead does."""

    def __init__(self, name: str, command: list[str], home: pathlib.Path, port: int, **options) -> None:
        super().__init__(name, command, home, **options)
        self.port = port

    def start(self) -> None:
        super().start()
        wait_for(lambda: self.is_ready() or not self.runs(), self.seconds_to_start, f"{self.name}: start")
        assert self.runs(), f"{self.name} has ended:\n{self.tail()}"

    def is_ready(self) -> bool:
        return listens(self.port)

    def stop(self) -> None:
        super().stop()
        wait_for(lambda: not listens(self.port), 15, f"{self.name}: end")


def redis(home: pathlib.Path) -> Listening:
    port = free_port()
    directory = home / "redis"
    directory.mkdir()
    command = ["redis-server", "--bind", LOOPBACK, "--port", str(port), "--dir", str(directory)]
    # What is in it survives a stop, as in production.
    return Listening("redis", [*command, "--appendonly", "yes", "--save", ""], home, port)


class RabbitMQ(Listening):
    """A RabbitMQ with data, name server and cookie of its own."""

    seconds_to_start = 90

    def __init__(self, home: pathlib.Path) -> None:
        port, self.epmd_port, distribution = free_port(), free_port(), free_port()
        directory = home / "rabbitmq"
        directory.mkdir()
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(directory),
            "ERL_EPMD_ADDRESS": LOOPBACK,
            "ERL_EPMD_PORT": str(self.epmd_port),
            "RABBITMQ_CONFIG_FILE": str(directory / "none"),
            "RABBITMQ_DIST_PORT": str(distribution),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(directory / "plugins"),
            "RABBITMQ_LOGS": "-",
            # Its log of upgrades is a file all the same.
            "RABBITMQ_LOG_BASE": str(directory),
            "RABBITMQ_MNESIA_BASE": str(directory),
            "RABBITMQ_NODENAME": f"live{port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": LOOPBACK,
            "RABBITMQ_NODE_PORT": str(port),
            "RABBITMQ_PID_FILE": str(directory / "pid"),
        }
        # The command in the path would change the user and leave this environment behind.
        command = ["/usr/lib/rabbitmq/bin/rabbitmq-server"]
        super().__init__("rabbitmq", command, home, port, env=environment)

    def __exit__(self, *_: object) -> None:
        self.stop()
        epmd = shutil.which("epmd")
        if epmd:
            environment = {**os.environ, "ERL_EPMD_PORT": str(self.epmd_port)}
            subprocess.run([epmd, "-kill"], env=environment, capture_output=True, timeout=15, check=False)
