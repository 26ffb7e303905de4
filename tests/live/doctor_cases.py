"""The table of `doctor.py`: each state of a server, what the doctor has to say about it, and what a real worker says.

In URLs and settings, `{redis}` is a port, `{password}` the right password and `{ca}` a file.
"""

from dataclasses import dataclass


@dataclass
class Case:
    name: str
    url: str
    #: 0 a worker connects, 1 it fails, 2 nothing is known.
    code: int
    #: What the doctor says, blanks and line ends apart.
    says: tuple[str, ...]
    #: Words that stand both in what the doctor says of a worker and in what a real worker prints; ` | ` parts alternatives.
    real: str = ""
    #: Settings besides the URL, as Python.
    settings: str = ""
    role: str = "broker"
    #: What a worker prints at other times: the alert of TLS 1.3 comes before or after the client's first words.
    instead: str = ""


def redis(port: str, info: str = "", tail: str = "/0", scheme: str = "redis") -> str:
    return f"{scheme}://{info}127.0.0.1:{{{port}}}{tail}"


CLOSED = "Connection closed by server. | Connection reset by peer"
SHOP = 'app.conf.broker_transport_options = {{"master_name": "shop"}}'
RIGHT = ":{password}@"
CA = "ssl_ca_certs={ca}&ssl_cert_reqs=required"
REDIS = [
    Case("open", redis("redis"), 0, ("no password is asked for", "all 12 commands")),
    Case("right password", redis("redis_auth", RIGHT), 0, ("takes user `default`", "all 12 commands")),
    Case("database 5", redis("redis", tail="/5"), 0, ("5 is there",)),
    Case("no server", redis("nobody"), 1, ("nothing listens on 127.0.0.1",), "Connection refused"),
    Case("unknown host", "redis://celery-lint.invalid:6379/0", 1, ("has no address here",), "Name or service not known"),
    Case("no password", redis("redis_auth"), 1, ("wants a password, and the URL has none",), "Authentication required."),
    Case("wrong password", redis("redis_auth", ":wrong-password@"), 1, ("does not take the password",), "invalid username-password pair"),
    Case("needless password", redis("redis", ":needless-password@"), 0, ("the server wants none", "AUTH <password> called without any password configured", "all 12 commands")),
    Case("no such database", redis("redis", tail="/99"), 1, ("database 99 cannot be selected",), "DB index is out of range"),
    Case("database with a name", redis("redis", tail="/shop"), 1, ("the database of the URL is no number",), "Database is int between 0 and limit - 1"),
    Case("reader", redis("redis_auth", "reader:{password}@"), 1, ("the user may not", "(NOPERM)"), "has no permissions to run"),
    Case("user for other keys", redis("redis_auth", "shop:{password}@"), 1, ("the user may not", "(NOPERM)"), "no permissions to access one of the keys | No permissions to access a key"),
    Case("user for Celery", redis("redis_auth", "celery:{password}@"), 0, ("takes user `celery`", "all 12 commands")),
    Case("replica", redis("redis_replica"), 1, ("the server is a replica", "(READONLY)"), "You can't write against a read only replica."),
    Case("full", redis("redis_full"), 1, ("out of memory",), "command not allowed when used memory > 'maxmemory'"),
    Case("evicts", redis("redis_evicts"), 0, ("throws keys away", "`allkeys-lru`")),
    Case("mute", redis("mute"), 1, ("accepts connections and says nothing within",)),
    Case("PostgreSQL there", redis("postgres"), 1, ("closes the connection",)),
    Case("RabbitMQ there", redis("rabbitmq"), 1, ("is not Redis",)),
    Case("raw slash in the password", "redis://:pa/ss@127.0.0.1:{redis}/0", 1, ("the URL cannot be read", "%2F"), "Port could not be cast to integer value"),
    Case("cluster", redis("redis_cluster"), 1, ("part of a Redis Cluster",), "Hash slot not served"),
    Case("sentinel", redis("sentinel", scheme="sentinel"), 0, ("names 127.0.0.1:", "all 12 commands"), settings=SHOP),
    Case("sentinel without that master", redis("sentinel", scheme="sentinel"), 1, ("does not know `other`",), "No master found for 'other'", SHOP.replace("shop", "other")),
    Case("sentinel without a name", redis("sentinel", scheme="sentinel"), 1, ("does not name the master",), "'master_name' transport option must be specified."),
    Case("one of two sentinels", f"{redis('nobody', scheme='sentinel')};{redis('sentinel', scheme='sentinel')}", 0, ("nothing listens", "all 12 commands"), settings=SHOP),
    Case("unknown transport", "redsi://127.0.0.1:{redis}/0", 1, ("kombu has no such transport",), "No such transport: redsi"),
    Case("failover", f"{redis('nobody')};{redis('redis')}", 1, ("Broker 1 of 2", "Broker 2 of 2", "nothing listens", "all 12 commands")),
]
REDIS_TLS = [
    Case("TLS", redis("redis_tls", tail=f"/0?{CA}", scheme="rediss"), 0, ("begins", "all 12 commands")),
    Case("TLS unchecked", redis("redis_tls", scheme="rediss"), 0, ("certificate not checked", "all 12 commands")),
    Case("TLS by settings", redis("redis_tls"), 0, ("all 12 commands",), settings='app.conf.broker_use_ssl = {{"ssl_cert_reqs": ssl.CERT_REQUIRED, "ssl_ca_certs": "{ca}"}}'),
    Case("TLS missing", redis("redis_tls"), 1, ("speaks TLS only",), CLOSED),
    Case("TLS by `True`", redis("redis_tls"), 1, ("speaks TLS only",), CLOSED, settings="app.conf.broker_use_ssl = True"),
    Case("TLS to a server without", redis("redis", tail=f"/0?{CA}", scheme="rediss"), 1, ("Redis at 127.0.0.1", "does not speak TLS, and waits", "waits for an answer for ever")),
    Case("TLS untrusted", redis("redis_tls", tail="/0?ssl_cert_reqs=required", scheme="rediss"), 1, ("signed by nobody who is trusted",), "certificate verify failed"),
    Case("TLS another authority", redis("redis_tls", tail="/0?ssl_ca_certs={other_ca}&ssl_cert_reqs=required", scheme="rediss"), 1, ("signed by nobody who is trusted",), "certificate verify failed"),
    Case("TLS expired", redis("expired", tail=f"/0?{CA}", scheme="rediss"), 1, ("the certificate has expired",), "certificate has expired"),
    Case("TLS for another host", redis("elsewhere", tail=f"/0?{CA}", scheme="rediss"), 1, ("is not for `127.0.0.1`",), "certificate is not valid for '127.0.0.1'"),
    Case("TLS for another host, names not checked", redis("redis_tls", tail=f"/0?{CA}&ssl_check_hostname=false", scheme="rediss"), 0, ("host name not checked",)),
    Case("TLS with the client's certificate", redis("redis_mutual", tail=f"/0?{CA}&ssl_certfile={{certificate}}&ssl_keyfile={{key}}", scheme="rediss"), 0, ("all 12 commands",)),
    Case("TLS without the client's certificate", redis("redis_mutual", tail=f"/0?{CA}", scheme="rediss"), 1, ("wants a certificate of the client",), "alert certificate required", instead="EOF occurred in violation of protocol"),
    Case("TLS without its file", redis("redis_tls", tail="/0?ssl_ca_certs=/nowhere/ca.pem&ssl_cert_reqs=required", scheme="rediss"), 1, ("`/nowhere/ca.pem`",)),
    Case("TLS to one that is mute", redis("mute", scheme="rediss"), 1, ("does not answer the TLS handshake",)),
]
RESULTS = [
    Case("open", redis("redis", tail="/1"), 0, ("all 7 commands",), role="backend"),
    Case("no server", redis("nobody"), 1, ("nothing listens",), "Connection refused", role="backend"),
    Case("wrong password", redis("redis_auth", ":wrong-password@"), 1, ("does not take the password",), "invalid username-password pair", role="backend"),
    Case("reader", redis("redis_auth", "reader:{password}@"), 1, ("(NOPERM)",), "has no permissions to run", role="backend"),
    Case("replica", redis("redis_replica"), 1, ("(READONLY)",), "You can't write against a read only replica.", role="backend"),
    Case("TLS", redis("redis_tls", tail=f"/0?{CA}", scheme="rediss"), 0, ("all 7 commands",), role="backend"),
    Case("TLS that says nothing of checks", redis("redis_tls", scheme="rediss"), 1, ("ssl_cert_reqs",), "A rediss:// URL must have parameter ssl_cert_reqs", role="backend"),
    Case("TLS options without TLS", redis("redis_tls", tail=f"/0?{CA}"), 1, ("the scheme `redis`",), "SSL connection parameters have been provided but the specified URL scheme is redis://", role="backend"),
    Case("SQLite", "db+sqlite:///{home}/results.db", 0, ("can be made",), role="backend"),
    Case("SQLite nowhere", "db+sqlite:////nowhere/results.db", 1, ("its folder cannot be written",), "unable to open database file", role="backend"),
    Case("Django", "django-db", 2, ("DATABASES",), role="backend"),
    Case("unknown", "postgresql://x:{password}@127.0.0.1/x", 1, ("no such result backend",), "No module named 'postgresql'", role="backend"),
]


def amqp(port: str = "rabbitmq", info: str = "worker:{password}@", tail: str = "//", scheme: str = "amqp") -> str:
    return f"{scheme}://{info}127.0.0.1:{{{port}}}{tail}"


RABBITMQ = [
    Case("right", amqp(), 0, ("takes user `worker`", "`/` may be used", "may configure, write and read")),
    Case("virtual host", amqp(tail="/shop"), 0, ("`shop` may be used",)),
    Case("no server", amqp("nobody"), 1, ("nothing listens",), "[Errno 111] Connection refused"),
    Case("wrong password", amqp(info="worker:wrong-password@"), 1, ("does not take the user and the password",), "ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN."),
    Case("unknown user", amqp(info="nobody:wrong-password@"), 1, ("does not take the user and the password",), "AccessRefused(403, 'ACCESS_REFUSED"),
    Case("no such virtual host", amqp(tail="/missing"), 1, ("there is no virtual host `missing`",), "vhost missing not found"),
    Case("foreign virtual host", amqp(info="stranger:{password}@", tail="/shop"), 1, ("no access to virtual host `shop`",), "refused for user 'stranger'"),
    Case("reader", amqp(info="reader:{password}@"), 1, ("the user may not declare",), "refused for user 'reader'"),
    Case("who may not write", amqp(info="sender:{password}@"), 1, ("the user may not bind",), "refused for user 'sender'"),
    Case("mute", amqp("mute"), 1, ("says nothing within",), "timed out"),
    Case("PostgreSQL there", amqp("postgres"), 1, ("closes the connection",)),
    Case("Redis there", amqp("redis"), 1, ("says nothing within",)),
    Case("TLS missing", amqp("rabbitmq_tls"), 1, ("speaks TLS only",), "Server unexpectedly closed connection | Connection reset by peer"),
    Case("TLS untrusted", amqp("rabbitmq_tls", scheme="amqps"), 1, ("signed by nobody who is trusted",), "certificate verify failed"),
    Case("TLS", amqp("rabbitmq_tls"), 0, ("may configure, write and read",), settings='app.conf.broker_use_ssl = {{"ca_certs": "{ca}"}}'),
    Case("TLS unchecked", amqp("rabbitmq_tls", scheme="amqps"), 0, ("certificate not checked",), settings='app.conf.broker_use_ssl = {{"cert_reqs": ssl.CERT_NONE}}'),
    Case("TLS expired", amqp("expired", scheme="amqps"), 1, ("the certificate has expired",), "certificate has expired", 'app.conf.broker_use_ssl = {{"ca_certs": "{ca}"}}'),
    Case("TLS for another host", amqp("elsewhere"), 1, ("is not for `127.0.0.1`",), "certificate is not valid for '127.0.0.1'", 'app.conf.broker_use_ssl = {{"ca_certs": "{ca}", "server_hostname": None}}'),
    Case("TLS to a server without", amqp(scheme="amqps"), 1, ("RabbitMQ at 127.0.0.1", "does not speak TLS"), "[SSL"),
    Case("options of Redis", amqp("rabbitmq_tls", tail="//?ssl_cert_reqs=required", scheme="amqps"), 1, ("is an option of Redis",), "unexpected keyword argument 'ssl_cert_reqs'"),
]


def sql(info: str = "worker", tail: str = "/results", port: str = "postgres", password: str = ":{password}") -> str:
    return f"db+postgresql+psycopg2://{info}{password}@127.0.0.1:{{{port}}}{tail}"


POSTGRESQL = [
    Case("right", sql(), 0, ("takes user `worker`", "`results` may be used", "`celery_taskmeta` and `celery_tasksetmeta` can be written")),
    Case("old password", sql("old"), 0, ("takes user `old`",)),
    Case("no server", sql(port="nobody"), 1, ("nothing listens",), "Connection refused"),
    Case("wrong password", sql(password=":wrong-password"), 1, ("does not take the user and the password", "28P01"), 'password authentication failed for user "worker"'),
    Case("no password", sql(password=""), 1, ("wants a password, and the URL has none",), "no password supplied"),
    Case("no such database", sql(tail="/missing"), 1, ("there is no such database",), 'database "missing" does not exist'),
    Case("closed database", sql("reader", "/closed"), 1, ("may not use the database",), 'permission denied for database "closed"'),
    Case("reader, no tables", sql("reader"), 1, ("there is no table `celery_taskmeta`, and the user may not make it",), "permission denied for schema public"),
    Case("reader of the tables", sql("reader", "/made"), 1, ("may not INSERT, UPDATE, DELETE in `celery_taskmeta`",), "permission denied for table celery_taskmeta"),
    Case("transactions that may not write", sql("frozen"), 1, ("default_transaction_read_only",), "read-only transaction"),
    Case("TLS only", sql("secure"), 0, ("takes user `secure`",)),
    Case("TLS only, and disabled", sql("secure", "/results?sslmode=disable"), 1, ("with TLS only",), "no encryption"),
    Case("TLS verified", sql(tail="/results?sslmode=verify-full&sslrootcert={ca}"), 0, ("can be written",)),
    Case("TLS untrusted", sql(tail="/results?sslmode=verify-ca&sslrootcert={other_ca}"), 1, ("signed by nobody who is trusted",), "certificate verify failed"),
    Case("mute", sql(port="mute"), 1, ("says nothing within",)),
    Case("RabbitMQ there", sql(port="rabbitmq"), 1, ("is not PostgreSQL",)),
    Case("Redis there", sql(port="redis"), 1, ("says nothing within",)),
]
for case in POSTGRESQL:
    case.role = "backend"
POSTGRESQL += [
    Case("broker", "sqla+postgresql+psycopg2://worker:{password}@127.0.0.1:{postgres}/results", 0, ("`kombu_queue` and `kombu_message` can be written",)),
    Case("broker, wrong password", "sqla+postgresql+psycopg2://worker:wrong-password@127.0.0.1:{postgres}/results", 1, ("28P01",), 'password authentication failed for user "worker"'),
    Case("broker, reader", "sqla+postgresql+psycopg2://reader:{password}@127.0.0.1:{postgres}/results", 1, ("there is no table `kombu_queue`",), "permission denied for schema public"),
]

CASES = {"redis": REDIS, "redis-tls": REDIS_TLS, "results": RESULTS, "rabbitmq": RABBITMQ, "postgresql": POSTGRESQL}
