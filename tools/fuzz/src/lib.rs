//! The code that the targets share: it makes the values that the product takes from the inputs, and
//! has the checks that more than one target needs.

#![warn(missing_docs)]

pub mod by_hand;
pub mod functions;
pub mod gateway;
pub mod leak;
pub mod world;
