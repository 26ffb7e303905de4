"""The servers that `doctor.py` asks: Redis, RabbitMQ and PostgreSQL in all the states that a worker may find them in."""

import base64
import contextlib
import hashlib
import json
import os
import pathlib
import pwd
import shutil
import socket
import ssl
import subprocess
import threading

import servers
from servers import LOOPBACK, Listening, free_port

PASSWORD = "correct-horse-battery"
POSTGRES = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))


def run(*command: str, **options) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, **options)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stdout}{done.stderr}"
    return done.stdout


class Certificates:
    """An authority of our own, and certificates of it: a good one, an expired one, and one for another host."""

    def __init__(self, home: pathlib.Path) -> None:
        self.home = home / "certificates"
        self.home.mkdir()
        self.ca = self.make("ca", "/CN=An authority", "-x509", "-days", "2", "-addext", "basicConstraints=critical,CA:TRUE")
        self.other = self.make("other", "/CN=Another authority", "-x509", "-days", "2")
        self.good = self.signed("good", "IP:127.0.0.1,DNS:localhost", "2")
        self.expired = self.signed("expired", "IP:127.0.0.1,DNS:localhost", "-1")
        self.elsewhere = self.signed("elsewhere", "DNS:broker.example.com", "2")
        for file in self.home.iterdir():
            file.chmod(0o644)

    def make(self, name: str, subject: str, *options: str) -> pathlib.Path:
        key, certificate = self.home / f"{name}.key", self.home / f"{name}.pem"
        new = ["openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", subject, "-keyout", str(key)]
        run(*new, "-out", str(certificate), *options)
        return certificate

    def signed(self, name: str, names: str, days: str) -> pathlib.Path:
        request = self.make(name, f"/CN={name}")
        extensions = self.home / f"{name}.ext"
        extensions.write_text(f"subjectAltName={names}\n")
        certificate = self.home / f"{name}.crt"
        sign = ["openssl", "x509", "-req", "-in", str(request), "-CA", str(self.ca), "-CAkey", str(self.ca.with_suffix(".key"))]
        run(*sign, "-CAcreateserial", "-days", days, "-extfile", str(extensions), "-out", str(certificate))
        return certificate

    def key(self, certificate: pathlib.Path) -> pathlib.Path:
        return certificate.with_suffix(".key")


def redis(home: pathlib.Path, name: str, *options: str, port: int | None = None) -> Listening:
    port = port or free_port()
    directory = home / name
    directory.mkdir()
    listens = [] if "--tls-port" in options else ["--port", str(port)]
    command = ["redis-server", "--bind", LOOPBACK, "--dir", str(directory), "--save", "", *listens, *options]
    return Listening(name, command, home, port)


def redis_with_tls(home: pathlib.Path, certificates: Certificates, name: str, *options: str) -> Listening:
    port = free_port()
    files = ["--tls-cert-file", str(certificates.good), "--tls-key-file", str(certificates.key(certificates.good))]
    tls = ["--port", "0", "--tls-port", str(port), "--tls-ca-cert-file", str(certificates.ca), *files, *options]
    return redis(home, name, *tls, port=port)


def cluster(home: pathlib.Path) -> Listening:
    return redis(home, "redis_cluster", "--cluster-enabled", "yes")


def sentinel(home: pathlib.Path, master: int) -> Listening:
    port = free_port()
    directory = home / "sentinel"
    directory.mkdir()
    config = directory / "sentinel.conf"
    config.write_text(f"bind {LOOPBACK}\nport {port}\ndir {directory}\nsentinel monitor shop {LOOPBACK} {master} 1\n")
    return Listening("sentinel", ["redis-server", str(config), "--sentinel"], home, port)


class RabbitMQ(servers.RabbitMQ):
    """RabbitMQ with a port for TLS, a virtual host, and users that may do different things."""

    USERS = {"worker": (".*",) * 3, "reader": ("^$", "^$", ".*"), "sender": (".*", "^$", ".*"), "stranger": None}

    def __init__(self, home: pathlib.Path, certificates: Certificates) -> None:
        super().__init__(home)
        self.tls_port = free_port()
        directory = home / "rabbitmq"
        definitions = directory / "definitions.json"
        definitions.write_text(json.dumps(self.definitions()))
        config = directory / "rabbitmq.conf"
        config.write_text(
            f"listeners.ssl.default = {LOOPBACK}:{self.tls_port}\n"
            f"ssl_options.cacertfile = {certificates.ca}\n"
            f"ssl_options.certfile = {certificates.good}\n"
            f"ssl_options.keyfile = {certificates.key(certificates.good)}\n"
            "ssl_options.verify = verify_none\n"
            f"load_definitions = {definitions}\n"
        )
        self.options["env"]["RABBITMQ_CONFIG_FILE"] = str(config)

    def is_ready(self) -> bool:
        """It opens the port for TLS after the other."""
        return super().is_ready() and servers.listens(self.tls_port)

    def definitions(self) -> dict:
        users = [{"name": name, "password_hash": hashed(PASSWORD), "tags": ""} for name in self.USERS]
        permissions = [
            {"user": name, "vhost": host, "configure": given[0], "write": given[1], "read": given[2]}
            for name, given in self.USERS.items()
            for host in ("/", "shop")
            if given
        ]
        return {"users": users, "vhosts": [{"name": "/"}, {"name": "shop"}], "permissions": permissions}

    def holds(self) -> str:
        """Everything that the server holds."""
        control = ["/usr/lib/rabbitmq/bin/rabbitmqctl", "--quiet"]
        lists = ["list_queues", "list_exchanges", "list_bindings"]
        return "\n".join(run(*control, name, "-p", host, env=self.options["env"]) for name in lists for host in ("/", "shop"))


def hashed(password: str) -> str:
    salt = b"salt"
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


class PostgreSQL(Listening):
    """PostgreSQL with TLS, databases, and users that may do different things."""

    HBA = """\
local all postgres trust
hostssl all secure 127.0.0.1/32 scram-sha-256
host all old 127.0.0.1/32 md5
host all worker,reader,frozen 127.0.0.1/32 scram-sha-256
"""
    SQL = f"""\
CREATE ROLE worker LOGIN PASSWORD '{PASSWORD}';
CREATE ROLE secure LOGIN PASSWORD '{PASSWORD}';
CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}';
CREATE ROLE frozen LOGIN PASSWORD '{PASSWORD}';
ALTER ROLE frozen SET default_transaction_read_only = on;
SET password_encryption = 'md5';
CREATE ROLE old LOGIN PASSWORD '{PASSWORD}';
CREATE DATABASE results OWNER worker;
CREATE DATABASE made OWNER worker;
CREATE DATABASE closed OWNER worker;
REVOKE CONNECT ON DATABASE closed FROM PUBLIC;
GRANT ALL ON DATABASE results TO secure, old, frozen;
\\c results
GRANT ALL ON SCHEMA public TO worker, secure, old, frozen;
\\c made
CREATE TABLE celery_taskmeta (
    id integer PRIMARY KEY, task_id varchar(155), status varchar(50), result bytea, date_done timestamp, traceback text,
    children bytea
);
CREATE TABLE celery_tasksetmeta (id integer PRIMARY KEY, taskset_id varchar(155), result bytea, date_done timestamp);
CREATE SEQUENCE task_id_sequence;
CREATE SEQUENCE taskset_id_sequence;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader;
"""

    def __init__(self, home: pathlib.Path, certificates: Certificates) -> None:
        port = free_port()
        self.directory = home / "postgresql"
        self.directory.mkdir()
        self.data = self.directory / "data"
        # It refuses to run as root.
        self.owner = pwd.getpwnam("postgres") if os.getuid() == 0 else None
        key = self.directory / "server.key"
        shutil.copy(certificates.key(certificates.good), key)
        key.chmod(0o600)
        if self.owner:
            for path in (self.directory, key):
                os.chown(path, self.owner.pw_uid, self.owner.pw_gid)
            # Others may pass through the temporary folder, and see nothing of it.
            home.chmod(home.stat().st_mode | 0o011)
        settings = {
            "listen_addresses": LOOPBACK,
            "port": port,
            "unix_socket_directories": self.directory,
            "ssl": "on",
            "ssl_cert_file": certificates.good,
            "ssl_key_file": key,
            "fsync": "off",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command = self.as_owner(self.program("postgres"), "-D", str(self.data), *options)
        super().__init__("postgresql", command, home, port, cwd=self.directory)

    @staticmethod
    def program(name: str) -> str:
        return str(POSTGRES[-1] / name)

    def as_owner(self, *command: str) -> list[str]:
        if self.owner is None:
            return list(command)
        ids = [f"--reuid={self.owner.pw_uid}", f"--regid={self.owner.pw_gid}", "--clear-groups"]
        return ["setpriv", *ids, *command]

    def start(self) -> None:
        if not self.data.exists():
            make = [self.program("initdb"), "-D", str(self.data), "-U", "postgres", "-A", "trust", "--no-sync"]
            run(*self.as_owner(*make), cwd=self.directory)
            (self.data / "pg_hba.conf").write_text(self.HBA)
        super().start()
        self.ask("postgres", self.SQL)

    def is_ready(self) -> bool:
        """It listens on the loopback before its socket is there, and refuses clients until it has recovered."""
        command = self.client("postgres")
        asked = subprocess.run(command, input="SELECT 1", text=True, capture_output=True, cwd=self.directory, check=False)
        return asked.returncode == 0 and super().is_ready()

    def ask(self, database: str, sql: str) -> str:
        return run(*self.client(database), input=sql, cwd=self.directory)

    def client(self, database: str) -> list[str]:
        command = [self.program("psql"), "-h", str(self.directory), "-p", str(self.port), "-U", "postgres", "-d", database]
        return self.as_owner(*command, "-At", "-v", "ON_ERROR_STOP=1")

    def holds(self) -> str:
        objects = "SELECT relname, relkind FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1;"
        return "".join(self.ask(database, objects) for database in ("results", "made"))


class Mute:
    """Accepts connections and never says a word; with a certificate, never one after the handshake."""

    def __init__(self, certificate: pathlib.Path | None = None) -> None:
        self.listener = socket.socket()
        self.listener.bind((LOOPBACK, 0))
        self.listener.listen()
        self.port = self.listener.getsockname()[1]
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if certificate else None
        if self.context and certificate:
            self.context.load_cert_chain(certificate, certificate.with_suffix(".key"))
        self.held: list[socket.socket] = []

    def __enter__(self) -> "Mute":
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.listener.close()
        for connection in self.held:
            connection.close()

    def accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                threading.Thread(target=self.hold, args=(connection,), daemon=True).start()

    def hold(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            self.held.append(self.context.wrap_socket(connection, server_side=True) if self.context else connection)
