//! TLS in front of emulated services, as AWS has it.

use load::BoxError;
use std::{
    io::{self, Write},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tempfile::NamedTempFile;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer},
    },
};

/// A certificate for `localhost`, and a file with the root to trust for it. The file goes away
/// with this value.
pub(crate) struct Certificate {
    config: Arc<ServerConfig>,
    root: NamedTempFile,
}

impl Certificate {
    /// Makes a root and a certificate that it has issued: two signatures to check, as with a
    /// public server.
    pub(crate) fn new() -> Result<Self, BoxError> {
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;
        let key = KeyPair::generate()?;
        let server = CertificateParams::new(["localhost".to_owned()])?;
        let server = server.signed_by(&key, &authority)?;
        let mut root = NamedTempFile::new()?;
        root.write_all(authority.pem().as_bytes())?;
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(
                vec![CertificateDer::from(server)],
                PrivateKeyDer::Pkcs8(key.serialize_der().into()),
            )?;
        Ok(Self { config: Arc::new(config), root })
    }

    /// Returns the path of the PEM file with the root.
    pub(crate) fn root(&self) -> String {
        self.root.path().to_string_lossy().into_owned()
    }
}

/// A TLS server on an ephemeral port of 127.0.0.1 that passes on what it decrypts. Ends when it is
/// dropped.
pub(crate) struct Terminator {
    url: String,
    accepted: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Terminator {
    /// Listens in front of `upstream` (`address:port`).
    pub(crate) async fn start(certificate: &Certificate, upstream: String) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        // By the name in the certificate.
        let url = format!("https://localhost:{}", listener.local_addr()?.port());
        let acceptor = TlsAcceptor::from(Arc::clone(&certificate.config));
        let accepted = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&accepted);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                counter.fetch_add(1, Ordering::SeqCst);
                let (acceptor, upstream) = (acceptor.clone(), upstream.clone());
                // The function reports a connection that breaks.
                tokio::spawn(async move { pass(acceptor, client, &upstream).await.ok() });
            }
        });
        Ok(Self { url, accepted, task })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Returns how many connections it has accepted since the last time.
    pub(crate) fn take_accepted(&self) -> usize {
        self.accepted.swap(0, Ordering::SeqCst)
    }
}

impl Drop for Terminator {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn pass(acceptor: TlsAcceptor, client: TcpStream, upstream: &str) -> io::Result<()> {
    // Otherwise small messages would wait for each other's acknowledgement.
    client.set_nodelay(true)?;
    let mut server = TcpStream::connect(upstream).await?;
    server.set_nodelay(true)?;
    let mut client = acceptor.accept(client).await?;
    copy_bidirectional(&mut client, &mut server).await?;
    Ok(())
}
