//! The functions that are fuzzed as a whole, named by their purpose.

pub use create_call_url::CreateCallUrl as MakeLink;
pub use open_call_url::OpenCallUrl as OpenLink;
pub use service::Service;
