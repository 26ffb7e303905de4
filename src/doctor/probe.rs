//! What is asked at the address that a URL gives.

use std::path::PathBuf;

use super::address::{Address, Hider};
use super::check::{Check, Step};
use super::options::{self, Tls};
use super::resolve::Plain;
use super::tls::TlsOptions;
use super::wire::Endpoint;
use super::{amqp, postgres, redis};
use crate::celery::release::Minor;
use crate::celery::{backends, transports};

/// What the connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    Broker,
    BrokerToRead,
    BrokerToWrite,
    ResultBackend,
}

impl Role {
    pub fn words(self) -> &'static str {
        match self {
            Self::Broker => "Broker",
            Self::BrokerToRead => "Broker to read from",
            Self::BrokerToWrite => "Broker to write to",
            Self::ResultBackend => "Result backend",
        }
    }

    pub fn is_broker(self) -> bool {
        self != Self::ResultBackend
    }
}

/// Settings of an app that say more about its connections than URLs do.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    pub use_ssl: Option<Plain>,
    pub backend_use_ssl: Option<Plain>,
    pub transport_options: Option<Plain>,
    pub backend_transport_options: Option<Plain>,
    pub table_names: Option<Plain>,
    pub table_schemas: Option<Plain>,
    pub queue: Option<String>,
}

/// A server and what is asked of it.
pub enum Probe {
    Redis(redis::Server),
    Sentinel(redis::Sentinels),
    Amqp(amqp::Server),
    Postgres(postgres::Server),
    MySql(Endpoint),
    Sqlite(Option<PathBuf>),
    /// Nothing but whether it is there.
    Reach {
        endpoint: Endpoint,
        name: String,
    },
    /// Whatever is known is known without asking.
    Ended(Box<Check>),
}

/// A URL in its place.
pub struct Asked<'a> {
    pub url: &'a str,
    pub role: Role,
    pub settings: &'a Settings,
    pub release: Minor,
    /// All URLs of the list that it is one of.
    pub all: &'a [&'a str],
}

impl Probe {
    pub fn of(asked: &Asked) -> Self {
        Self::choose(asked).unwrap_or_else(Self::Ended)
    }

    fn choose(asked: &Asked) -> Result<Self, Box<Check>> {
        let address = Address::parse(asked.url).map_err(|error| {
            let words =
                if asked.role.is_broker() { "ends at once with" } else { "ends at once, or at its first result, with" };
            Box::new(
                Check::failed(Step::Address, "the URL cannot be read")
                    .worker(format!("{words} `{error}`"))
                    .help("write `/`, `?`, `#` and `@` in a password as `%2F`, `%3F`, `%23` and `%40`"),
            )
        })?;
        if asked.role.is_broker() && address.scheme.is_empty() {
            return Err(Box::new(
                Check::untested(Step::Address, "the broker is no URL, and kombu takes it for a host with RabbitMQ")
                    .help("write `amqp://HOST//`, if that is meant"),
            ));
        }
        match (address.base(), asked.role.is_broker()) {
            ("redis" | "rediss", _) => Self::redis(asked, &address),
            ("sentinel", _) => Self::sentinel(asked, &address),
            ("amqp" | "amqps" | "pyamqp" | "librabbitmq", true) => Self::amqp(asked, &address),
            ("db" | "database", false) | ("sqla" | "sqlalchemy", true) => Self::sql(asked, &address),
            _ => Self::other(asked, &address),
        }
    }

    fn redis(asked: &Asked, address: &Address) -> Result<Self, Box<Check>> {
        let Settings { use_ssl, backend_use_ssl, .. } = asked.settings;
        let (tls, default_host): (Tls, _) = if asked.role.is_broker() {
            (options::redis_broker(address, use_ssl.as_ref(), asked.release), "127.0.0.1")
        } else {
            (options::redis_backend(address, backend_use_ssl.as_ref(), asked.release), "localhost")
        };
        let socket = address.scheme.ends_with("+socket");
        let endpoint = if socket {
            Endpoint::Unix { path: format!("/{}", address.path.as_deref().unwrap_or_default()) }
        } else {
            tcp(address, default_host, 6379)
        };
        let database = if socket { address.query("virtual_host") } else { address.path.as_deref() };
        Ok(Self::Redis(redis::Server {
            endpoint,
            tls: if socket { None } else { tls? },
            user: address.user.clone(),
            password: address.password.clone(),
            database: database_number(database, asked.role)?,
            uses: uses(asked),
        }))
    }

    fn sentinel(asked: &Asked, address: &Address) -> Result<Self, Box<Check>> {
        let options = if asked.role.is_broker() {
            &asked.settings.transport_options
        } else {
            &asked.settings.backend_transport_options
        };
        let options = options.as_ref();
        let Some(master) = options.and_then(|options| options.get("master_name")).and_then(Plain::text) else {
            let unknown = options == Some(&Plain::Unknown);
            let setting =
                if asked.role.is_broker() { "broker_transport_options" } else { "result_backend_transport_options" };
            return Err(Box::new(if unknown {
                Check::untested(Step::Address, format!("`{setting}` with the name of the master is not known"))
            } else {
                Check::failed(Step::Address, format!("`{setting}` does not name the master (`master_name`)"))
                    .worker("ends with `ValueError: 'master_name' transport option must be specified.`")
                    .help(format!("set `{setting} = {{\"master_name\": …}}`"))
            }));
        };
        let own = options.and_then(|options| options.get("sentinel_kwargs"));
        let own_password = own.and_then(|own| own.get("password")).and_then(Plain::text);
        let sentinels = asked.all.iter().filter_map(|url| Address::parse(url).ok());
        Ok(Self::Sentinel(redis::Sentinels {
            endpoints: sentinels.map(|address| tcp(&address, "127.0.0.1", 26379)).collect(),
            master: master.to_owned(),
            own_password: own_password.map(str::to_owned),
            server: redis::Server {
                endpoint: tcp(address, "127.0.0.1", 26379),
                tls: None,
                user: address.user.clone(),
                password: address.password.clone(),
                database: database_number(address.path.as_deref(), asked.role)?,
                uses: uses(asked),
            },
        }))
    }

    fn amqp(asked: &Asked, address: &Address) -> Result<Self, Box<Check>> {
        let tls = options::amqp(address, asked.settings.use_ssl.as_ref())?;
        let port = if tls.is_some() { 5671 } else { 5672 };
        let endpoint = match tcp(address, "localhost", port) {
            // kombu takes the address for the name.
            Endpoint::Tcp { host, port } if host == "localhost" => Endpoint::Tcp { host: "127.0.0.1".to_owned(), port },
            other => other,
        };
        Ok(Self::Amqp(amqp::Server {
            endpoint,
            tls,
            user: address.user.clone().unwrap_or_else(|| "guest".to_owned()),
            password: address.password.clone().unwrap_or_else(|| "guest".to_owned()),
            host: address.path.clone().unwrap_or_else(|| "/".to_owned()),
            queue: queue(asked),
        }))
    }

    fn sql(asked: &Asked, address: &Address) -> Result<Self, Box<Check>> {
        let dialect = address.scheme.split('+').nth(1).unwrap_or_default();
        let driver = address.scheme.split('+').nth(2).unwrap_or_default();
        match dialect {
            "postgresql" | "postgres" | "cockroachdb" => {
                if dialect == "postgres" {
                    return Err(Box::new(
                        Check::failed(Step::Address, "SQLAlchemy has no dialect `postgres`")
                            .worker("fails with `NoSuchModuleError: Can't load plugin: sqlalchemy.dialects:postgres`")
                            .help("write `postgresql`"),
                    ));
                }
                postgres::Server::of(asked, address, driver).map(Self::Postgres)
            }
            "mysql" | "mariadb" => Ok(Self::MySql(tcp(address, "localhost", 3306))),
            "sqlite" => Ok(Self::Sqlite(sqlite_path(asked.url))),
            other => Self::reach(address, other),
        }
    }

    fn other(asked: &Asked, address: &Address) -> Result<Self, Box<Check>> {
        let base = if address.scheme.is_empty() { asked.url } else { address.base() };
        let known =
            if asked.role.is_broker() { transports::by_scheme(base).is_some() } else { backends::is_known(base) };
        if let Some((_, why)) = NOT_TESTED.iter().find(|(scheme, _)| scheme.eq_ignore_ascii_case(base)) {
            return Err(Box::new(Check::untested(Step::Connect, *why)));
        }
        if !known {
            let hidden = Hider::of(asked.url).text(base);
            let (words, worker) = if asked.role.is_broker() {
                ("kombu has no such transport", format!("ends at once with `KeyError: 'No such transport: {hidden}'`"))
            } else {
                (
                    "Celery has no such result backend",
                    format!("fails at its first result with `ModuleNotFoundError: No module named '{hidden}'`"),
                )
            };
            return Err(Box::new(
                Check::failed(Step::Address, words).worker(worker).help("correct the scheme of the URL"),
            ));
        }
        Self::reach(address, base)
    }

    /// Servers that we do not speak with: only whether something listens.
    fn reach(address: &Address, name: &str) -> Result<Self, Box<Check>> {
        let default = PORTS.iter().find(|(scheme, _)| *scheme == name).map(|(_, port)| *port);
        let known = transports::by_scheme(name).and_then(|transport| transport.default_port);
        match (&address.host, address.port.or(default).or(known)) {
            (Some(host), Some(port)) if !host.contains(',') => {
                Ok(Self::Reach { endpoint: Endpoint::Tcp { host: host.clone(), port }, name: name.to_owned() })
            }
            _ => Err(Box::new(Check::untested(
                Step::Connect,
                "the doctor does not speak this protocol, and the URL does not tell one host and port",
            ))),
        }
    }

    /// The server, in words.
    pub fn server(&self) -> Option<String> {
        Some(match self {
            Self::Redis(server) => {
                format!("Redis at {}, database {}{}", server.endpoint, server.database, secured(&server.tls))
            }
            Self::Sentinel(sentinels) => {
                let places: Vec<String> = sentinels.endpoints.iter().map(ToString::to_string).collect();
                format!("Redis `{}` by the sentinels at {}", sentinels.master, places.join(", "))
            }
            Self::Amqp(server) => {
                format!("RabbitMQ at {}, virtual host `{}`{}", server.endpoint, server.host, secured(&server.tls))
            }
            Self::Postgres(server) => {
                format!(
                    "PostgreSQL at {}, database `{}`, sslmode {}",
                    server.endpoint,
                    server.database,
                    server.mode.word()
                )
            }
            Self::MySql(endpoint) => format!("MySQL at {endpoint}"),
            Self::Sqlite(Some(path)) => format!("SQLite in {}", path.display()),
            Self::Sqlite(None) => "SQLite in memory".to_owned(),
            Self::Reach { endpoint, name } => format!("{name} at {endpoint}"),
            Self::Ended(_) => return None,
        })
    }

    /// What `--connect` tests.
    pub fn steps(&self) -> Vec<Step> {
        use Step::{Connect, Database, Eviction, File, Login, Permissions, Tls, VirtualHost};
        let with_tls = |secured: bool, steps: &[Step]| {
            let steps = steps.iter().copied().filter(|step| secured || *step != Tls);
            steps.collect()
        };
        match self {
            Self::Redis(server) => {
                with_tls(server.tls.is_some(), &[Connect, Tls, Login, Database, Permissions, Eviction])
            }
            Self::Sentinel(_) => vec![Connect, Login, Database, Permissions, Eviction],
            Self::Amqp(server) => with_tls(server.tls.is_some(), &[Connect, Tls, Login, VirtualHost, Permissions]),
            Self::Postgres(_) => vec![Connect, Tls, Login, Database, Permissions],
            Self::MySql(_) | Self::Reach { .. } => vec![Connect],
            Self::Sqlite(_) => vec![File],
            Self::Ended(_) => Vec::new(),
        }
    }
}

/// Ports of servers that only backends speak with.
const PORTS: &[(&str, u16)] = &[
    ("mongodb", 27017),
    ("memcached", 11211),
    ("elasticsearch", 9200),
    ("couchdb", 5984),
    ("consul", 8500),
    ("etcd", 2379),
    ("zookeeper", 2181),
    ("arangodb", 8529),
    ("mssql", 1433),
    ("oracle", 1521),
];

/// What has no server of one's own, and why it is not tested.
const NOT_TESTED: &[(&str, &str)] = &[
    ("sqs", "Amazon SQS is reached with AWS credentials, which the doctor does not use"),
    ("dynamodb", "DynamoDB is reached with AWS credentials, which the doctor does not use"),
    ("s3", "S3 is reached with AWS credentials, which the doctor does not use"),
    ("gs", "Google Cloud Storage is reached with credentials that the doctor does not use"),
    ("gcpubsub", "Google Pub/Sub is reached with credentials that the doctor does not use"),
    ("azureservicebus", "Azure Service Bus is reached with credentials that the doctor does not use"),
    ("azurestoragequeues", "Azure Storage is reached with credentials that the doctor does not use"),
    ("azureblockblob", "Azure Storage is reached with credentials that the doctor does not use"),
    ("cosmosdbsql", "Azure Cosmos DB is reached with credentials that the doctor does not use"),
    ("memory", "queues in memory have no server, and no other process sees them"),
    ("rpc", "results go through the broker"),
    ("cache+memory", "results in memory have no server, and no other process sees them"),
    ("filesystem", "messages are files in the folders of `broker_transport_options`, which are not looked at"),
    ("file", "results are files in a folder, which is not looked at"),
    ("django-db", "results go to the database of Django's `DATABASES`, which the doctor does not read"),
    ("django-cache", "results go to a cache of Django's `CACHES`, which the doctor does not read"),
    ("cache", "the servers of a cache backend are not tested"),
    ("disabled", "there is no result backend"),
];

fn secured(tls: &Option<TlsOptions>) -> String {
    tls.as_ref().map_or_else(|| ", no TLS".to_owned(), |tls| format!(", {}", tls.check.words()))
}

pub fn tcp(address: &Address, host: &str, port: u16) -> Endpoint {
    Endpoint::Tcp {
        host: address.host.clone().unwrap_or_else(|| host.to_owned()),
        port: address.port.filter(|port| *port != 0).unwrap_or(port),
    }
}

fn database_number(path: Option<&str>, role: Role) -> Result<u32, Box<Check>> {
    let path = path.map(|path| path.trim_matches('/')).filter(|path| !path.is_empty());
    path.map_or(Ok(0), str::parse).map_err(|_| {
        let worker = if role.is_broker() {
            "ends with `Unrecoverable error` and `ValueError: Database is int between 0 and limit - 1, not …`"
        } else {
            "ends with `Unrecoverable error` and `ValueError: invalid literal for int() with base 10`"
        };
        Box::new(
            Check::failed(Step::Database, "the database of the URL is no number")
                .worker(worker)
                .help("end the URL with a number, `/0`"),
        )
    })
}

fn queue(asked: &Asked) -> String {
    asked.settings.queue.clone().unwrap_or_else(|| "celery".to_owned())
}

fn uses(asked: &Asked) -> redis::Uses {
    let options = if asked.role.is_broker() {
        &asked.settings.transport_options
    } else {
        &asked.settings.backend_transport_options
    };
    let prefix = options.as_ref().and_then(|options| options.get("global_keyprefix")).and_then(Plain::text);
    redis::Uses {
        is_broker: asked.role.is_broker(),
        queue: queue(asked),
        prefix: prefix.unwrap_or_default().to_owned(),
    }
}

/// `db+sqlite:///results.db`, `db+sqlite:////var/results.db`; none for a database in memory.
fn sqlite_path(url: &str) -> Option<PathBuf> {
    let rest = url.split_once("://")?.1.split('?').next()?;
    let path = rest.strip_prefix('/').unwrap_or(rest);
    (!path.is_empty() && path != ":memory:").then(|| PathBuf::from(path))
}
