//! The tables of Celery's database backend, and of kombu's SQLAlchemy transport: whether they are there or may be made, and
//! what the user may do with them.

use super::client::{Client, Failure};
use crate::celery::release::Minor;
use crate::doctor::check::{Check, Step};
use crate::doctor::probe::{Asked, Role};
use crate::doctor::resolve::Plain;

/// What is stored where.
pub struct Tables {
    is_broker: bool,
    /// The backend makes its tables when the worker starts.
    at_setup: bool,
    tables: Vec<Table>,
}

struct Table {
    schema: Option<String>,
    name: String,
    /// The sequence that its keys come from.
    sequence: &'static str,
}

/// Name, sequence, and the key in the settings that renames it.
const OF_BACKEND: &[(&str, &str, &str)] =
    &[("celery_taskmeta", "task_id_sequence", "task"), ("celery_tasksetmeta", "taskset_id_sequence", "group")];
const OF_BROKER: &[(&str, &str, &str)] = &[
    ("kombu_queue", "queue_id_sequence", "queue_tablename"),
    ("kombu_message", "message_id_sequence", "message_tablename"),
];
/// The release that brought `database_create_tables_at_setup`.
const AT_SETUP: Minor = Minor(5, 5);
const PRIVILEGES: &[&str] = &["SELECT", "INSERT", "UPDATE", "DELETE"];

impl Tables {
    pub fn of(asked: &Asked) -> Self {
        let is_broker = asked.role != Role::ResultBackend;
        let settings = asked.settings;
        let (rows, names) =
            if is_broker { (OF_BROKER, &settings.transport_options) } else { (OF_BACKEND, &settings.table_names) };
        let given = |from: &Option<Plain>, key: &str| from.as_ref()?.get(key)?.text().map(str::to_owned);
        let tables = rows.iter().map(|(name, sequence, key)| Table {
            schema: if is_broker { None } else { given(&settings.table_schemas, key) },
            name: given(names, key).unwrap_or_else(|| (*name).to_owned()),
            sequence,
        });
        Self { is_broker, at_setup: asked.release >= AT_SETUP, tables: tables.collect() }
    }

    /// What a worker does with an error of the database.
    pub fn fails(&self, error: &str) -> String {
        if self.is_broker {
            format!(
                "tries again and again: `consumer: Connection to broker lost. Trying to re-establish the connection... ({error})`"
            )
        } else if self.at_setup {
            format!("does not get to its start: `Failed operation ResultSession`, `{error}`")
        } else {
            format!("runs tasks and cannot store what they return: `{error}`")
        }
    }

    /// Looks into the catalogue.
    ///
    /// # Errors
    /// When the server does not answer.
    pub fn check(&self, client: &mut Client) -> Result<Check, Failure> {
        client.row("BEGIN READ ONLY")?;
        let found = self.find(client);
        client.row("ROLLBACK")?;
        found
    }

    fn find(&self, client: &mut Client) -> Result<Check, Failure> {
        let state = client
            .row("SELECT pg_is_in_recovery(), current_setting('default_transaction_read_only'), current_schema()")?;
        let is = |at: usize, word: &str| state.get(at).and_then(Option::as_deref) == Some(word);
        if is(0, "t") {
            return Ok(self.read_only("the server is a standby, which takes no writes", "connect to the primary"));
        }
        if is(1, "on") {
            return Ok(self.read_only(
                "transactions of this user may not write (`default_transaction_read_only`)",
                "use another user, or `ALTER ROLE … SET default_transaction_read_only = off`",
            ));
        }
        let schema = state.get(2).cloned().flatten();
        for table in &self.tables {
            if let Some(check) = self.of_table(client, table, schema.as_deref())? {
                return Ok(check);
            }
        }
        let names: Vec<String> = self.tables.iter().map(|table| format!("`{}`", table.name)).collect();
        Ok(Check::ok(Step::Permissions, format!("{} can be written, or made", names.join(" and "))))
    }

    fn read_only(&self, found: &str, help: &str) -> Check {
        Check::failed(Step::Permissions, found)
            .worker(self.fails("InternalError: cannot execute INSERT in a read-only transaction"))
            .help(help)
    }

    /// What is wrong with a table.
    fn of_table(&self, client: &mut Client, table: &Table, current: Option<&str>) -> Result<Option<Check>, Failure> {
        let named = [Some(table.name.as_str()), table.schema.as_deref()];
        if named.iter().flatten().any(|name| !is_simple(name)) {
            return Ok(Some(Check::untested(
                Step::Permissions,
                "the tables have names that the doctor does not ask about",
            )));
        }
        let path = |name: &str| match &table.schema {
            Some(schema) => format!("'\"{schema}\".\"{name}\"'"),
            None => format!("'\"{name}\"'"),
        };
        let privileges: Vec<String> =
            PRIVILEGES.iter().map(|word| format!("has_table_privilege({}, '{word}')", path(&table.name))).collect();
        if exists(client, &path(&table.name))? {
            let row = client.row(&format!("SELECT {}", privileges.join(", ")))?;
            let missing: Vec<&str> = PRIVILEGES
                .iter()
                .zip(&row)
                .filter(|(_, has)| has.as_deref() != Some("t"))
                .map(|(word, _)| *word)
                .collect();
            if !missing.is_empty() {
                return Ok(Some(self.denied(
                    &format!("the user may not {} in `{}`", missing.join(", "), table.name),
                    &format!("permission denied for table {}", table.name),
                    "`GRANT SELECT, INSERT, UPDATE, DELETE ON` the tables, and `USAGE ON` their sequences",
                )));
            }
            return self.of_sequence(client, table, &path(table.sequence));
        }
        self.may_make(client, table, current)
    }

    fn of_sequence(&self, client: &mut Client, table: &Table, path: &str) -> Result<Option<Check>, Failure> {
        if !exists(client, path)? {
            return Ok(None);
        }
        let row = client.row(&format!(
            "SELECT has_sequence_privilege({path}, 'USAGE') OR has_sequence_privilege({path}, 'UPDATE')"
        ))?;
        Ok((row.first().and_then(Option::as_deref) != Some("t")).then(|| {
            self.denied(
                &format!("the user may not use the sequence `{}`", table.sequence),
                &format!("permission denied for sequence {}", table.sequence),
                "`GRANT USAGE ON SEQUENCE`",
            )
        }))
    }

    /// A table that is not there, and that a worker makes.
    fn may_make(&self, client: &mut Client, table: &Table, current: Option<&str>) -> Result<Option<Check>, Failure> {
        let Some(schema) = table.schema.as_deref().or(current).filter(|schema| is_simple(schema)) else {
            return Ok(Some(self.denied(
                &format!("there is no table `{}`, and no schema to make it in", table.name),
                "no schema has been selected to create in",
                "make the schema, or set the user's `search_path`",
            )));
        };
        let query = format!("SELECT has_schema_privilege(oid, 'CREATE') FROM pg_namespace WHERE nspname = '{schema}'");
        let row = client.row(&query)?;
        Ok(match row.first().and_then(Option::as_deref) {
            Some("t") => None,
            Some(_) => Some(self.denied(
                &format!("there is no table `{}`, and the user may not make it in schema `{schema}`", table.name),
                &format!("permission denied for schema {schema}"),
                "`GRANT CREATE ON SCHEMA`, or make the tables as another user and grant them",
            )),
            None => Some(self.denied(
                &format!("there is no schema `{schema}`"),
                &format!("schema \"{schema}\" does not exist"),
                "`CREATE SCHEMA`, or correct `database_table_schemas`",
            )),
        })
    }

    fn denied(&self, found: &str, error: &str, help: &str) -> Check {
        let error = format!("ProgrammingError: {error}");
        let worker =
            if self.is_broker { format!("ends with `Unrecoverable error: {error}`") } else { self.fails(&error) };
        Check::failed(Step::Permissions, found).worker(worker).help(help)
    }
}

fn exists(client: &mut Client, path: &str) -> Result<bool, Failure> {
    let row = client.row(&format!("SELECT to_regclass({path}) IS NOT NULL"))?;
    Ok(row.first().and_then(Option::as_deref) == Some("t"))
}

/// Names that need no care in a query.
fn is_simple(name: &str) -> bool {
    !name.is_empty() && name.len() < 64 && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
