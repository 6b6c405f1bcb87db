//! The process of a function.

use std::{
    io,
    path::Path,
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

use super::{
    api::RuntimeApi,
    invocation::{INVOCATION_DEADLINE, Invocation, InvocationError},
};

/// The text that a process has written so far. Bytes that are not UTF-8 are replaced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// The text on its standard output.
    pub stdout: String,
    /// The text on its standard error.
    pub stderr: String,
}

/// A started function. Dropping it kills the process.
#[derive(Debug)]
pub struct LambdaProcess {
    api: RuntimeApi,
    id: u32,
    output: watch::Receiver<Output>,
    exit: watch::Receiver<Option<ExitStatus>>,
    // The task owns the process, which is killed when the task is dropped.
    task: JoinHandle<()>,
}

impl RuntimeApi {
    /// Starts a function in an environment that holds the variables that Lambda sets (with invalid
    /// credentials) and `environment`, and nothing else.
    ///
    /// # Errors
    /// The binary cannot be started.
    pub fn spawn(&self, binary: &Path, environment: &[(&str, &str)]) -> io::Result<LambdaProcess> {
        LambdaProcess::spawn(self.clone(), Command::new(binary), environment)
    }

    /// Starts a function through a wrapper, as with Lambda's `AWS_LAMBDA_EXEC_WRAPPER`: a program
    /// with its arguments, which gets the path of the binary as its last argument.
    ///
    /// # Errors
    /// The wrapper cannot be started.
    pub fn spawn_wrapped(
        &self,
        wrapper: &[&str],
        binary: &Path,
        environment: &[(&str, &str)],
    ) -> io::Result<LambdaProcess> {
        let Some((program, arguments)) = wrapper.split_first() else {
            return self.spawn(binary, environment);
        };
        let mut command = Command::new(program);
        command.args(arguments).arg(binary);
        LambdaProcess::spawn(self.clone(), command, environment)
    }
}

impl LambdaProcess {
    fn spawn(
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

    /// Queues an event and waits for the response.
    ///
    /// # Errors
    /// The function reports an error, ends, or does not respond in time.
    pub async fn invoke(&self, event: Value) -> Result<Value, InvocationError> {
        self.response(self.api.queue(event)).await
    }

    /// Queues a text that may be no JSON, and waits for the response.
    ///
    /// # Errors
    /// The function reports an error, ends, or does not respond in time.
    pub async fn invoke_text(&self, event: impl Into<String>) -> Result<Value, InvocationError> {
        self.response(self.api.queue_text(event)).await
    }

    /// Waits for the response to an event that is queued already.
    ///
    /// # Errors
    /// The function reports an error, ends, or does not respond in time.
    pub async fn response(&self, invocation: Invocation) -> Result<Value, InvocationError> {
        tokio::select! {
            // A response that came just before the process ended counts.
            biased;
            response = invocation.response() => response,
            status = self.ended() => Err(self.exited(status)),
        }
    }

    /// Waits until the function asks for an event and none is there. By then it has finished its
    /// init and the work after its last response, and every event that was queued before this call
    /// has its response.
    ///
    /// # Errors
    /// [`InvocationError::Exited`], or [`InvocationError::TimedOut`] after [`INVOCATION_DEADLINE`].
    pub async fn idle(&self) -> Result<(), InvocationError> {
        let mut is_idle = self.api.is_idle();
        let idle = timeout(INVOCATION_DEADLINE, is_idle.wait_for(|is_idle| *is_idle));
        tokio::select! {
            // The sender lives as long as the API.
            idle = idle => idle.map(|_| ()).map_err(|_| InvocationError::TimedOut),
            status = self.ended() => Err(self.exited(status)),
        }
    }

    /// Returns the output that the process has written so far.
    pub fn output(&self) -> Output {
        self.output.borrow().clone()
    }

    /// Waits until the output meets `condition`, since output that was written before a response
    /// may arrive after it.
    ///
    /// # Errors
    /// The output did not meet the condition before `deadline`, or before the process ended. The
    /// error is the output.
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

    /// Waits for the end of the process; returns `None` when it does not end before `deadline`.
    pub async fn exit(&self, deadline: Duration) -> Option<ExitStatus> {
        timeout(deadline, self.ended()).await.ok()
    }

    /// Returns the id of the process, which no other process has while this one runs.
    pub fn id(&self) -> u32 {
        self.id
    }

    fn exited(&self, status: ExitStatus) -> InvocationError {
        InvocationError::Exited {
            status,
            stderr: self.output().stderr,
            init_error: self.api.init_error(),
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

/// Reads the output of the process until it ends, then publishes its exit status.
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
