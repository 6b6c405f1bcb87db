//! The output of a command: its text, and the stream that the text goes to.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use loop_core::Reason;

/// The result of a command.
pub(crate) struct Answer {
    /// The values for programs.
    pub(crate) values: Vec<String>,
    /// The note for the person who runs the command.
    pub(crate) note: String,
}

/// Writes the values to standard output, and the note or the error to standard error.
pub(crate) fn give(answer: Result<Answer, Reason>) -> ExitCode {
    let written = match &answer {
        Ok(answer) => write_lines(io::stdout(), &answer.values)
            .and_then(|()| write_lines(io::stderr(), std::slice::from_ref(&answer.note))),
        Err(reason) => write_lines(io::stderr(), &[format!("keys: {reason}")]),
    };
    match (answer, written) {
        (Ok(_), Ok(())) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

fn write_lines(mut stream: impl Write, lines: &[String]) -> io::Result<()> {
    lines.iter().try_for_each(|line| writeln!(stream, "{line}"))
}
