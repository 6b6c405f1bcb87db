//! A client that makes requests, and remembers what was acknowledged.

use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::atomic::{AtomicBool, Ordering},
};

use load::{ClientError, Connection};

use crate::kill::user::{Context, User};

/// The room for calls that a user needs to be used. Inspections need the rest.
const ROOM_FOR_USE: usize = 4;
/// The room for calls that a user needs to be part of a sample. The last inspection needs the rest:
/// one call, and another one if a revocation in doubt was not carried out.
const ROOM_FOR_SAMPLE: usize = 3;
/// The number of users that are inspected each time besides the users of this round.
const SAMPLE: usize = 5;
const NEW_USERS_PERCENT: u8 = 30;

/// A client with users of its own, for whom it sends one request after the other.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) users: Vec<User>,
    /// The number of names that were given, also to users whose registration is in doubt.
    named: usize,
    pub(crate) context: Context,
}

impl Client {
    /// Builds a client without users, which has a push service of its own.
    pub(crate) fn new(context: Context) -> Self {
        Self { users: Vec::new(), named: 0, context }
    }

    /// Makes requests until the server is killed.
    pub(crate) fn load(&mut self, address: SocketAddr, is_killed: &AtomicBool) {
        let Err(error) = self.work(address);
        if !matches!(error, ClientError::Lost(_)) || !is_killed.load(Ordering::SeqCst) {
            self.context.unexpected(&error);
        }
    }

    /// Inspects the users that were used since the last inspection, and some of the others.
    pub(crate) fn inspect(&mut self, address: SocketAddr) {
        if let Err(error) = self.try_inspect(address) {
            self.context.unexpected(&error);
        }
    }

    /// Inspects all users.
    pub(crate) fn inspect_all(&mut self, address: SocketAddr) {
        self.users.iter_mut().for_each(|user| user.is_due = true);
        self.inspect(address);
    }

    fn work(&mut self, address: SocketAddr) -> Result<Infallible, ClientError> {
        let Self { users, named, context } = self;
        context.connection = Connection::open(address)?;
        loop {
            let chosen = context.random.choice(&mut *users);
            match chosen.filter(|user| user.room() >= ROOM_FOR_USE) {
                Some(user) if context.random.u8(..100) >= NEW_USERS_PERCENT => {
                    user.do_something(context)?;
                }
                _ => {
                    *named += 1;
                    users.push(User::register(named.to_string(), context)?);
                }
            }
        }
    }

    fn try_inspect(&mut self, address: SocketAddr) -> Result<(), ClientError> {
        let Self { users, context, .. } = self;
        context.connection = Connection::open(address)?;
        for _ in 0..SAMPLE {
            let user = context.random.choice(&mut *users);
            if let Some(user) = user.filter(|user| user.room() >= ROOM_FOR_SAMPLE) {
                user.is_due = true;
            }
        }
        for user in users.iter_mut().filter(|user| user.is_due) {
            user.inspect(context)?;
            user.is_due = false;
        }
        Ok(())
    }
}

impl Context {
    fn unexpected(&mut self, error: &ClientError) {
        let fault = match error {
            ClientError::Lost(error) => format!("no response: {error}"),
            ClientError::Unexpected { response, .. } => {
                format!("{error}: {}", String::from_utf8_lossy(&response.body))
            }
        };
        self.unexpected.push(fault);
    }
}
