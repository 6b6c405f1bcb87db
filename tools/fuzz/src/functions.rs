//! The functions that are fuzzed as a whole, by what they do.

pub use create_call_url::CreateCallUrl as MakeLink;
pub use open_call_url::OpenCallUrl as OpenLink;
pub use service::Service;
