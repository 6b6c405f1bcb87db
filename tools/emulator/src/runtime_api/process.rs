//! A function's process.

use std::{
    io,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use serde_json::Value;
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    process::{Child, Command},
    sync::watch,
    task::JoinHandle,
    time::timeout,
};

use super::{INVOCATION_DEADLINE, Invocation, InvocationError, RuntimeApi};

/// What a process has written so far; what is not UTF-8 is replaced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// To its standard output.
    pub stdout: String,
    /// To its standard error.
    pub stderr: String,
}

/// A started function. Dropping it kills the process.
#[derive(Debug)]
pub struct LambdaProcess {
    api: RuntimeApi,
    id: u32,
    output: watch::Receiver<Output>,
    exit: watch::Receiver<Option<ExitStatus>>,
    // Owns the process, which is killed when it is dropped.
    task: JoinHandle<()>,
}

impl LambdaProcess {
    pub(super) fn spawn(
        api: RuntimeApi,
        mut command: Command,
        environment: &[(&str, &str)],
    ) -> io::Result<Self> {
        let address = api.address();
        let lambda = [
            ("AWS_LAMBDA_RUNTIME_API", address.as_str()),
            ("AWS_LAMBDA_FUNCTION_NAME", "test"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/test"),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "2026/01/01/[$LATEST]0123456789abcdef"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "AKIATESTTESTTESTTEST"),
            ("AWS_SECRET_ACCESS_KEY", "good-for-nothing"),
        ];
        let child = command
            .env_clear()
            .envs(lambda)
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let id = child.id().expect("it has not been waited for");
        let (output_sender, output) = watch::channel(Output::default());
        let (exit_sender, exit) = watch::channel(None);
        let task = tokio::spawn(attend(child, output_sender, exit_sender));
        Ok(Self { api, id, output, exit, task })
    }

    /// Queues an event and waits for the answer.
    ///
    /// # Errors
    /// [`InvocationError`].
    pub async fn invoke(&self, event: Value) -> Result<Value, InvocationError> {
        self.answer(self.api.queue(event)).await
    }

    /// The same for a text that may be no JSON.
    ///
    /// # Errors
    /// [`InvocationError`].
    pub async fn invoke_text(&self, event: impl Into<String>) -> Result<Value, InvocationError> {
        self.answer(self.api.queue_text(event)).await
    }

    /// Waits for the answer to an event that is queued already.
    ///
    /// # Errors
    /// [`InvocationError`].
    pub async fn answer(&self, invocation: Invocation) -> Result<Value, InvocationError> {
        tokio::select! {
            // An answer that came just before the process ended is an answer.
            biased;
            answer = invocation.answer() => answer,
            status = self.ended() => Err(self.exited(status)),
        }
    }

    /// Waits until it asks for an event that is not there: then its init is over, and all that it
    /// does behind an answer. What was queued before this is called is answered by then.
    ///
    /// # Errors
    /// [`InvocationError::Exited`], or [`InvocationError::TimedOut`] after [`INVOCATION_DEADLINE`].
    pub async fn idle(&self) -> Result<(), InvocationError> {
        let mut is_idle = self.api.state.is_idle.subscribe();
        let idle = timeout(INVOCATION_DEADLINE, is_idle.wait_for(|is_idle| *is_idle));
        tokio::select! {
            // The sender lives as long as the API.
            idle = idle => idle.map(|_| ()).map_err(|_| InvocationError::TimedOut),
            status = self.ended() => Err(self.exited(status)),
        }
    }

    /// What it has written so far.
    pub fn output(&self) -> Output {
        self.output.borrow().clone()
    }

    /// What it has written, as soon as that meets `condition`: what was written before an answer
    /// may arrive after it.
    ///
    /// # Errors
    /// It did not before `deadline`, or before the process ended; this is what was written.
    pub async fn wait_for_output(
        &self,
        condition: impl Fn(&Output) -> bool,
        deadline: Duration,
    ) -> Result<Output, Output> {
        let mut output = self.output.clone();
        match timeout(deadline, output.wait_for(condition)).await {
            Ok(Ok(output)) => Ok(output.clone()),
            Ok(Err(_)) | Err(_) => Err(self.output()),
        }
    }

    /// How it ended; `None` when it has not before `deadline`.
    pub async fn exit(&self, deadline: Duration) -> Option<ExitStatus> {
        timeout(deadline, self.ended()).await.ok()
    }

    /// Its process id, while it runs.
    pub fn id(&self) -> u32 {
        self.id
    }

    fn exited(&self, status: ExitStatus) -> InvocationError {
        InvocationError::Exited {
            status,
            stderr: self.output().stderr,
            init_error: self.api.state.init_error.lock().unwrap().clone(),
        }
    }

    async fn ended(&self) -> ExitStatus {
        let mut exit = self.exit.clone();
        let status = exit.wait_for(Option::is_some).await.expect("it says how it ended");
        status.expect("that is what was waited for")
    }
}

impl Drop for LambdaProcess {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Reads what the process writes until it ends, then says how it ended.
async fn attend(
    mut child: Child,
    output: watch::Sender<Output>,
    exit: watch::Sender<Option<ExitStatus>>,
) {
    let stdout = child.stdout.take().expect("it is piped");
    let stderr = child.stderr.take().expect("it is piped");
    let (status, (), ()) = tokio::join!(
        child.wait(),
        copy(stdout, |text| output.send_modify(|output| output.stdout = text)),
        copy(stderr, |text| output.send_modify(|output| output.stderr = text)),
    );
    exit.send_replace(Some(status.expect("our own child can be waited for")));
}

async fn copy(mut from: impl AsyncRead + Unpin, to: impl Fn(String)) {
    let mut bytes = Vec::new();
    while from.read_buf(&mut bytes).await.is_ok_and(|count| count > 0) {
        to(String::from_utf8_lossy(&bytes).into_owned());
    }
}
