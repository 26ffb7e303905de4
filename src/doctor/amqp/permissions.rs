//! Whether the user may configure, write and read what a worker does.

use std::io;

use super::frames::{
    Arguments, CHANNEL_CLOSE, CHANNEL_CLOSE_OK, CHANNEL_OPEN, CHANNEL_OPEN_OK, CLOSE, CONSUME, CONSUME_OK, Client,
    EXCHANGE_DECLARE, EXCHANGE_DECLARE_OK, Field, GET, GET_EMPTY, GET_OK, Method, PUBLISH, QUEUE_DECLARE,
    QUEUE_DECLARE_OK, QUEUE_UNBIND, QUEUE_UNBIND_OK,
};
use super::{Server, ends};
use crate::doctor::address::Hider;
use crate::doctor::check::{Check, Done, Step};
use crate::doctor::wire::Limits;

const QUEUE_BIND: Method = (50, 20);
const DURABLE: u8 = 2;
const EXCLUSIVE: u8 = 4;
const AUTO_DELETE: u8 = 8;
const ACCESS_REFUSED: u16 = 403;

/// What a worker declares besides the exchange of its queue, in its order: name, kind and flags.
const EXCHANGES: &[(&str, &str, u8)] =
    &[("reply.celery.pidbox", "direct", 0), ("celery.pidbox", "fanout", 0), ("celeryev", "topic", DURABLE)];

/// How the server answers a question that it may have to refuse.
enum Answer {
    Allowed,
    Refused(Refusal),
}

/// What was refused: py-amqp's name of the method, its number, and the server's words.
struct Refusal {
    name: &'static str,
    method: Method,
    text: String,
}

/// One channel after the other: a refusal closes the one that it is about.
struct Asking<'a> {
    client: &'a mut Client,
    channel: u16,
    open: bool,
}

pub fn check(client: &mut Client, server: &Server, limits: Limits, hider: &Hider, checks: &mut Vec<Check>) -> Done<()> {
    let mut asking = Asking { client, channel: 0, open: false };
    match questions(&mut asking, server) {
        Ok(None) => {
            checks.push(Check::ok(Step::Permissions, "the user may configure, write and read what a worker uses"));
            Ok(())
        }
        Ok(Some((what, refusal))) => Err(Box::new(
            Check::failed(Step::Permissions, format!("the user may not {what} (ACCESS_REFUSED)"))
                .worker(ends(ACCESS_REFUSED, &hider.text(&refusal.text), refusal.method, refusal.name))
                .help("give the user what it needs: `rabbitmqctl set_permissions -p VHOST USER \".*\" \".*\" \".*\"`"),
        )),
        Err(error) => Err(server.no_answer(&error, limits)),
    }
}

/// The first thing that is not allowed.
fn questions(asking: &mut Asking, server: &Server) -> io::Result<Option<(String, Refusal)>> {
    let queue = server.queue.as_str();
    let own = format!("celery@celery-lint-doctor-{}.celery.pidbox", token());
    let refused = |what: String, answer: Answer| match answer {
        Answer::Refused(reason) => Some((what, reason)),
        Answer::Allowed => None,
    };
    for (name, kind, flags) in EXCHANGES.iter().chain(&[(queue, "direct", DURABLE)]).copied() {
        let answer = asking.exchange(name, kind, flags)?;
        if let Some(found) = refused(format!("declare the exchange `{name}`"), answer) {
            return Ok(Some(found));
        }
    }
    let answer = asking.queue_in_vain(queue)?;
    if let Some(found) = refused(format!("declare the queue `{queue}`"), answer) {
        return Ok(Some(found));
    }
    let answer = asking.unbind(queue)?;
    if let Some(found) = refused(format!("bind the queue `{queue}`"), answer) {
        return Ok(Some(found));
    }
    let answer = asking.queue(&own)?;
    if let Some(found) = refused("declare a queue for remote control".to_owned(), answer) {
        return Ok(Some(found));
    }
    let answer = asking.consume(&own)?;
    if let Some(found) = refused("read from queues".to_owned(), answer) {
        return Ok(Some(found));
    }
    let answer = asking.publish(&own)?;
    Ok(refused("send messages".to_owned(), answer))
}

impl Asking<'_> {
    /// Declares an exchange with an argument that no exchange can have: whether it exists or not, the server refuses it, and
    /// before that it looks whether the user might.
    fn exchange(&mut self, name: &str, kind: &str, flags: u8) -> io::Result<Answer> {
        let wrong = [("alternate-exchange", Field::Number(0))];
        let arguments = Arguments::default().short(0).text(name).text(kind).octet(flags).table(&wrong);
        self.ask("Exchange.declare", EXCHANGE_DECLARE, arguments, &[EXCHANGE_DECLARE_OK])
    }

    /// The same for a queue, which cannot expire at once.
    fn queue_in_vain(&mut self, name: &str) -> io::Result<Answer> {
        let wrong = [("x-expires", Field::Number(0))];
        let arguments = Arguments::default().short(0).text(name).octet(DURABLE).table(&wrong);
        self.ask("Queue.declare", QUEUE_DECLARE, arguments, &[QUEUE_DECLARE_OK])
    }

    /// A queue that goes away with the connection.
    fn queue(&mut self, name: &str) -> io::Result<Answer> {
        let arguments = Arguments::default().short(0).text(name).octet(EXCLUSIVE | AUTO_DELETE).table(&[]);
        self.ask("Queue.declare", QUEUE_DECLARE, arguments, &[QUEUE_DECLARE_OK])
    }

    /// Takes a binding away that nobody made, for which one needs what it takes to make one.
    fn unbind(&mut self, queue: &str) -> io::Result<Answer> {
        let key = format!("celery-lint-doctor-{}", token());
        let arguments = Arguments::default().short(0).text(queue).text(queue).text(&key).table(&[]);
        let answer = self.ask("Queue.bind", QUEUE_UNBIND, arguments, &[QUEUE_UNBIND_OK])?;
        Ok(match answer {
            // A worker binds.
            Answer::Refused(refusal) => Answer::Refused(Refusal { method: QUEUE_BIND, ..refusal }),
            Answer::Allowed => Answer::Allowed,
        })
    }

    fn consume(&mut self, queue: &str) -> io::Result<Answer> {
        let arguments = Arguments::default().short(0).text(queue).text("").octet(0).table(&[]);
        self.ask("Basic.consume", CONSUME, arguments, &[CONSUME_OK])
    }

    /// Sends an empty message to a queue of one's own through the exchange that tasks go through.
    fn publish(&mut self, queue: &str) -> io::Result<Answer> {
        self.ready()?;
        self.client.send(self.channel, PUBLISH, Arguments::default().short(0).text("").text(queue).octet(0))?;
        self.client.content(self.channel)?;
        // What is sent has no answer; the next question has.
        let arguments = Arguments::default().short(0).text(queue).octet(1);
        self.ask("Basic.publish", GET, arguments, &[GET_OK, GET_EMPTY])
    }

    fn ask(&mut self, name: &'static str, method: Method, arguments: Arguments, good: &[Method]) -> io::Result<Answer> {
        self.ready()?;
        self.client.send(self.channel, method, arguments)?;
        loop {
            let came = self.client.receive()?;
            match came.method {
                known if good.contains(&known) => return Ok(Answer::Allowed),
                CHANNEL_CLOSE => {
                    let (code, text) = came.reason();
                    self.client.send(came.channel, CHANNEL_CLOSE_OK, Arguments::default())?;
                    self.open = false;
                    // Other refusals come after the look at the permissions.
                    let refused = code == ACCESS_REFUSED;
                    return Ok(if refused { Answer::Refused(Refusal { name, method, text }) } else { Answer::Allowed });
                }
                CLOSE => return Err(io::ErrorKind::ConnectionAborted.into()),
                _ => {}
            }
        }
    }

    /// Opens a channel when there is none.
    fn ready(&mut self) -> io::Result<()> {
        if self.open {
            return Ok(());
        }
        self.channel += 1;
        self.client.send(self.channel, CHANNEL_OPEN, Arguments::default().text(""))?;
        while self.client.receive()?.method != CHANNEL_OPEN_OK {}
        self.open = true;
        Ok(())
    }
}

/// A word that nobody else uses.
fn token() -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |now| now.as_nanos());
    format!("{:x}-{now:x}", std::process::id())
}
