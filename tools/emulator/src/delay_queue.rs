//! What SQS does between the channel's functions and `call-deadline`: a message waits as long as
//! it was told to, then it becomes an event.
//!
//! The timers are real, whatever clock the functions go by: [`DelayQueue::deliver_all`] is for
//! tests that move the clock.

mod event;
mod protocol;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use axum::Router;
use loop_core::{Clock, UnixMillis};
use ring::rand::SystemRandom;
use tokio::time::sleep;

use crate::event_handler::EventHandler;

/// The path of the queue's URL.
pub const PATH: &str = "/000000000000/deadlines";
/// How often a message is tried before it is given up.
pub const TRIES: u32 = 5;
/// How long a message that could not be handled is kept back: the queue's visibility timeout.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// The queue. Clones are the same one; when the last is dropped, nothing is delivered any more.
#[derive(Clone, Debug)]
pub struct DelayQueue(Arc<Queue>);

/// A message in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its name.
    pub id: String,
    /// What was sent.
    pub body: String,
    sent_at: UnixMillis,
    /// How often it has been delivered.
    received: u32,
}

#[derive(Debug)]
struct Queue {
    function: EventHandler,
    clock: Clock,
    random: SystemRandom,
    waiting: Mutex<Waiting>,
}

/// Messages in the order in which they were sent.
#[derive(Debug, Default)]
struct Waiting {
    next: u64,
    messages: BTreeMap<u64, Message>,
}

impl DelayQueue {
    /// An empty queue in front of `function`.
    pub fn new(function: EventHandler, clock: Clock) -> Self {
        let (random, waiting) = (SystemRandom::new(), Mutex::default());
        Self(Arc::new(Queue { function, clock, random, waiting }))
    }

    /// SQS, as far as the functions use it.
    pub fn routes(&self) -> Router {
        protocol::routes(self.clone())
    }

    /// The messages that wait, oldest first.
    pub fn waiting(&self) -> Vec<Message> {
        self.0.lock().messages.values().cloned().collect()
    }

    /// Delivers all messages that wait now, whenever they are due, in the order in which they were
    /// sent; says how many. One that can't be handled waits again.
    pub async fn deliver_all(&self) -> usize {
        let waiting: Vec<_> = self.0.lock().messages.keys().copied().collect();
        let mut delivered = 0;
        for number in waiting {
            // The timer may have been faster.
            if Queue::deliver(&self.0, number).await {
                delivered += 1;
            }
        }
        delivered
    }

    /// Delivers a message once more, as SQS may: it promises at least one delivery, not at most
    /// one.
    pub async fn deliver_again(&self, message: &Message) {
        let event = event::of(message, self.0.clock.now());
        // A copy is as good as gone: the original is what counts.
        let _ = self.0.function.invoke(event).await;
    }

    fn send(&self, id: String, body: String, delay: Duration) {
        let message = Message { id, body, sent_at: self.0.clock.now(), received: 0 };
        let number = {
            let mut waiting = self.0.lock();
            waiting.next += 1;
            waiting.next
        };
        Queue::wait(&self.0, number, message, delay);
    }
}

impl Queue {
    /// Keeps the message until it is delivered, by a timer or by a test.
    fn wait(self: &Arc<Self>, number: u64, message: Message, delay: Duration) {
        self.lock().messages.insert(number, message);
        let queue = Arc::downgrade(self);
        tokio::spawn(async move {
            sleep(delay).await;
            if let Some(queue) = Weak::upgrade(&queue) {
                Self::deliver(&queue, number).await;
            }
        });
    }

    /// Whether the message was still there.
    async fn deliver(self: &Arc<Self>, number: u64) -> bool {
        let Some(mut message) = self.lock().messages.remove(&number) else { return false };
        message.received += 1;
        let event = event::of(&message, self.clock.now());
        let is_handled = match self.function.invoke(event).await {
            Ok(answer) => !event::has_failed(&answer, &message),
            Err(_) => false,
        };
        if !is_handled && message.received < TRIES {
            self.wait(number, message, RETRY_AFTER);
        }
        true
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
