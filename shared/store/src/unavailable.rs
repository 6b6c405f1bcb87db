//! What the SDK's errors say about an outage.

pub(crate) use loop_aws::failed;
