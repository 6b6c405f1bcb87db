//! The resolver, from a name to addresses that may be connected to.

use std::{
    fmt,
    future::Future,
    io,
    net::{IpAddr, SocketAddr},
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::net::lookup_host;

use crate::{PushPolicy, is_public};

/// A resolver that refuses a result in which any address is not public. The client connects to the
/// very addresses that were checked, so a name server cannot give one address for the check and
/// another one for the connection.
///
/// A host that is written as an address never reaches a resolver; [`PushUrl`](crate::PushUrl)
/// refuses those.
#[derive(Clone, Debug)]
pub struct GuardedResolver<L = SystemLookup> {
    lookup: L,
    allows_localhost: bool,
}

/// A source of the addresses of a name, allowed or not. It is asked once for each connection.
pub trait Lookup: Clone + Send + Sync + 'static {
    /// Returns all addresses of a name. Port 0 stands for the port in the URL.
    fn addresses(&self, name: &str) -> impl Future<Output = io::Result<Vec<SocketAddr>>> + Send;
}

/// The lookup that this machine is configured for.
#[derive(Clone, Copy, Debug)]
pub struct SystemLookup;

/// The reason why a name was not resolved to addresses.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum LookupError {
    /// The name has no address.
    NoAddress,
    /// The name has an address that must not be connected to.
    NotAllowed,
}

impl GuardedResolver {
    /// Makes a resolver for clients that call [`PushUrl`](crate::PushUrl)s of this policy.
    pub fn new(policy: &PushPolicy) -> Self {
        Self::with_lookup(policy, SystemLookup)
    }
}

impl<L: Lookup> GuardedResolver<L> {
    /// Makes a resolver with another source of addresses, which is trusted no more than the usual
    /// one.
    pub fn with_lookup(policy: &PushPolicy, lookup: L) -> Self {
        Self { lookup, allows_localhost: policy.allows_localhost() }
    }

    /// Returns all of `addresses`, if each of them may be connected to under this name.
    fn check(
        &self,
        name: &str,
        addresses: Vec<SocketAddr>,
    ) -> Result<Vec<SocketAddr>, LookupError> {
        let is_allowed: fn(IpAddr) -> bool = match name {
            "localhost" if self.allows_localhost => |address| address.is_loopback(),
            _ => is_public,
        };
        if addresses.is_empty() {
            return Err(LookupError::NoAddress);
        }
        // One bad address fails the whole lookup: a name that mixes them is likely an attack.
        if !addresses.iter().all(|address| is_allowed(address.ip())) {
            return Err(LookupError::NotAllowed);
        }
        Ok(addresses)
    }
}

impl<L: Lookup> Resolve for GuardedResolver<L> {
    fn resolve(&self, name: Name) -> Resolving {
        let resolver = self.clone();
        Box::pin(async move {
            let found = resolver.lookup.addresses(name.as_str()).await?;
            let addresses = resolver.check(name.as_str(), found)?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

impl Lookup for SystemLookup {
    async fn addresses(&self, name: &str) -> io::Result<Vec<SocketAddr>> {
        Ok(lookup_host((name, 0)).await?.collect())
    }
}

impl fmt::Display for LookupError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::NoAddress => "the name has no address",
            Self::NotAllowed => "the name has an address that is not public",
        })
    }
}

impl std::error::Error for LookupError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(allows_localhost: bool, name: &str, addresses: &[&str]) -> Result<usize, LookupError> {
        let addresses = addresses
            .iter()
            .map(|address| SocketAddr::new(address.parse().unwrap(), 0))
            .collect::<Vec<_>>();
        let resolver = GuardedResolver { lookup: SystemLookup, allows_localhost };
        resolver.check(name, addresses).map(|addresses| addresses.len())
    }

    #[test]
    fn one_address_that_is_not_public_spoils_the_answer() {
        let name = "push.example.org";
        assert_eq!(check(false, name, &["8.8.8.8", "2606:4700::1111"]), Ok(2));
        assert_eq!(check(false, name, &["8.8.8.8", "64:ff9b::8.8.8.8"]), Ok(2));
        assert_eq!(check(false, name, &[]), Err(LookupError::NoAddress));
        for bad in ["127.0.0.1", "169.254.169.254", "10.0.0.1", "::1", "fd00:ec2::254"] {
            assert_eq!(check(false, name, &[bad]), Err(LookupError::NotAllowed), "{bad}");
            assert_eq!(check(true, name, &[bad]), Err(LookupError::NotAllowed), "{bad}");
            assert_eq!(
                check(false, name, &["8.8.8.8", bad]),
                Err(LookupError::NotAllowed),
                "{bad}"
            );
            assert_eq!(
                check(false, name, &[bad, "8.8.8.8"]),
                Err(LookupError::NotAllowed),
                "{bad}"
            );
        }
    }

    #[test]
    fn localhost_is_loopback_where_it_is_allowed_and_nothing_elsewhere() {
        assert_eq!(check(true, "localhost", &["127.0.0.1", "::1"]), Ok(2));
        assert_eq!(
            check(true, "localhost", &["127.0.0.1", "10.0.0.1"]),
            Err(LookupError::NotAllowed)
        );
        assert_eq!(check(true, "localhost", &["8.8.8.8"]), Err(LookupError::NotAllowed));
        assert_eq!(check(false, "localhost", &["127.0.0.1"]), Err(LookupError::NotAllowed));
        assert_eq!(check(true, "a.localhost", &["127.0.0.1"]), Err(LookupError::NotAllowed));
    }

    #[tokio::test]
    async fn a_client_gets_no_address_of_this_machine() {
        let name = || "localhost".parse().unwrap();
        let closed = GuardedResolver::new(&PushPolicy::default());
        let error = closed.resolve(name()).await.map(drop).unwrap_err();
        assert_eq!(error.downcast_ref(), Some(&LookupError::NotAllowed));
        let open = GuardedResolver { lookup: SystemLookup, allows_localhost: true };
        assert!(open.resolve(name()).await.unwrap().all(|address| address.ip().is_loopback()));
    }
}
