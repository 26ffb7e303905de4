//! Redis behind sentinels: who the master is, and then the master.

use super::resp::{Client, Reply};
use super::{Check, Endpoint, Hider, Limits, Server, Step, wire};
use crate::doctor::wire::Wire;

/// Sentinels, and what they are asked for.
pub struct Sentinels {
    pub endpoints: Vec<Endpoint>,
    pub master: String,
    /// `sentinel_kwargs["password"]`: the sentinels' own, which is not that of Redis.
    pub own_password: Option<String>,
    /// Everything about the master but its place.
    pub server: Server,
}

impl Sentinels {
    pub fn test(&self, limits: Limits, hider: &Hider, checks: &mut Vec<Check>) {
        let mut found = None;
        for endpoint in &self.endpoints {
            match self.ask(endpoint, limits, hider) {
                Ok(master) => {
                    checks.push(Check::ok(Step::Connect, format!("sentinel {endpoint} names {master}")));
                    found.get_or_insert(master);
                }
                Err(problem) => checks.push(Check::warning(Step::Connect, format!("sentinel {endpoint}: {problem}"))),
            }
        }
        match found {
            Some(endpoint) => Server { endpoint, ..self.server.clone() }.test(limits, hider, checks),
            None => checks.push(
                Check::failed(Step::Connect, format!("no sentinel names a master `{}`", self.master))
                    .worker(format!("tries again and again: `No master found for '{}'`", self.master))
                    .help("check the sentinels' addresses, and `master_name`"),
            ),
        }
    }

    fn ask(&self, endpoint: &Endpoint, limits: Limits, hider: &Hider) -> Result<Endpoint, String> {
        let wire = Wire::open(endpoint, limits).map_err(|error| wire::refusal(&error, endpoint, limits).found)?;
        let mut client = Client::new(wire);
        let silent = |error: std::io::Error| wire::silence(&error, limits);
        if let Some(password) = &self.own_password {
            client.ask(&["AUTH", password]).map_err(silent)?;
        }
        let answer = client.ask(&["SENTINEL", "GET-MASTER-ADDR-BY-NAME", &self.master]).map_err(silent)?;
        if let Reply::Error(error) = &answer {
            return Err(hider.text(error));
        }
        match answer.items() {
            [host, port] => match (host.text(), port.text().and_then(|port| port.parse().ok())) {
                (Some(host), Some(port)) => Ok(Endpoint::Tcp { host: host.to_owned(), port }),
                _ => Err("answers something else".to_owned()),
            },
            _ => Err(format!("does not know `{}`", self.master)),
        }
    }
}
