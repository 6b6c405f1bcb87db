//! What the targets share: the inputs that they start from, made into what the product takes, and
//! the checks that more than one of them makes.

#![warn(missing_docs)]

pub mod by_hand;
pub mod functions;
pub mod gateway;
pub mod leak;
pub mod world;
