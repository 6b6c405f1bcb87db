//! The queue and its timers.
//!
//! The timers run in real time, even when the functions use the clock of a test. Tests that move
//! the clock call [`DelayQueue::deliver_all`].

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use axum::Router;
use loop_core::Clock;
use tokio::time::sleep;
use uuid::Uuid;

use super::{
    event,
    message::Message,
    protocol::{SendMessages, queue_routes},
};
use crate::event_handler::EventHandler;

/// The number of deliveries after which a message is given up.
pub const TRIES: u32 = 5;
/// The time until a failed message is delivered again: the queue's visibility timeout.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// A delay queue. Clones share one queue, which delivers nothing once the last clone is dropped.
#[derive(Clone, Debug)]
pub struct DelayQueue(Arc<Queue>);

#[derive(Debug)]
struct Queue {
    function: EventHandler,
    clock: Clock,
    waiting: Mutex<Waiting>,
}

/// Messages in the order in which they were sent.
#[derive(Debug, Default)]
struct Waiting {
    next: u64,
    messages: BTreeMap<u64, Message>,
}

impl DelayQueue {
    /// Returns an empty queue in front of `function`.
    pub fn new(function: EventHandler, clock: Clock) -> Self {
        Self(Arc::new(Queue { function, clock, waiting: Mutex::default() }))
    }

    /// Returns the routes of SQS, as far as the functions use it.
    pub fn routes(&self) -> Router {
        queue_routes(self.clone())
    }

    /// Returns the messages that wait, oldest first.
    pub fn waiting(&self) -> Vec<Message> {
        self.0.lock().messages.values().cloned().collect()
    }

    /// Delivers all messages that wait now, due or not, in the order in which they were sent, and
    /// returns their number. A message that cannot be handled waits again.
    pub async fn deliver_all(&self) -> usize {
        let waiting: Vec<_> = self.0.lock().messages.keys().copied().collect();
        let mut delivered = 0;
        for number in waiting {
            // The timer may have delivered the message already.
            if Queue::deliver(&self.0, number).await {
                delivered += 1;
            }
        }
        delivered
    }

    /// Delivers a message once more, as SQS may, which promises at least one delivery.
    pub async fn deliver_again(&self, message: &Message) {
        let event = event::of(message, self.0.clock.now());
        // The outcome of a copy is ignored, since only the original is tried again.
        let _ = self.0.function.invoke(event).await;
    }
}

impl SendMessages for DelayQueue {
    fn send(&self, body: String, delay: Duration) -> String {
        let id = Uuid::new_v4().to_string();
        let message = Message { id: id.clone(), body, sent_at: self.0.clock.now(), received: 0 };
        let number = {
            let mut waiting = self.0.lock();
            waiting.next += 1;
            waiting.next
        };
        Queue::wait(&self.0, number, message, delay);
        id
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

    /// Delivers a message and returns whether it was still there.
    async fn deliver(self: &Arc<Self>, number: u64) -> bool {
        let Some(mut message) = self.lock().messages.remove(&number) else { return false };
        message.received += 1;
        let event = event::of(&message, self.clock.now());
        let is_handled = match self.function.invoke(event).await {
            Ok(response) => !event::has_failed(&response, &message),
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
