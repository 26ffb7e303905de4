//! How a task is sent.

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    Delay,
    ApplyAsync,
    /// `delay_on_commit`, `apply_async_on_commit`.
    OnCommit,
    Signature,
    SendTask,
    /// `apply(…)`: the task runs at once, in this process.
    Apply,
    /// `map(items)`, `starmap(items)`, `chunks(items, n)`: a call of the task for each item, in a worker.
    Each,
    /// `self.retry(args=…)`: the task is sent again, with other arguments.
    Retry,
    /// A canvas object is called or applied (`chain(...)()`, `group(...).apply_async()`).
    Canvas,
}

impl Method {
    /// Whether the call sends a message (a signature alone does not).
    pub fn sends(self) -> bool {
        !matches!(self, Self::Signature | Self::Apply | Self::Each)
    }

    /// Whether the arguments are written into a message, at the latest when the signature is started.
    pub fn is_written(self) -> bool {
        !matches!(self, Self::Apply)
    }

    /// Whether Celery compares the arguments with the task's parameters, at the latest when the signature is started.
    pub fn is_checked(self) -> bool {
        !matches!(self, Self::SendTask | Self::Canvas | Self::Apply | Self::Each)
    }
}
