//! TLS in front of emulated services, as AWS has it.

use std::{
    io::{self, Write},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use load::BoxError;
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

/// A certificate for `localhost`, and a file with its root, which is removed with this value.
pub(crate) struct Certificate {
    config: Arc<ServerConfig>,
    root: NamedTempFile,
}

impl Certificate {
    /// Makes a root and a certificate that it has issued, so that a client checks two signatures,
    /// as with a public server.
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

/// A TLS server on an ephemeral port of 127.0.0.1 that forwards the decrypted bytes. It ends when
/// it is dropped.
pub(crate) struct Terminator {
    url: String,
    accepted: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Terminator {
    /// Starts a server in front of `upstream` (`address:port`).
    pub(crate) async fn start(certificate: &Certificate, upstream: String) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        // The certificate has this name.
        let url = format!("https://localhost:{}", listener.local_addr()?.port());
        let acceptor = TlsAcceptor::from(Arc::clone(&certificate.config));
        let accepted = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&accepted);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                counter.fetch_add(1, Ordering::SeqCst);
                let (acceptor, upstream) = (acceptor.clone(), upstream.clone());
                // The function reports a broken connection.
                tokio::spawn(async move { pass(acceptor, client, &upstream).await.ok() });
            }
        });
        Ok(Self { url, accepted, task })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Returns the number of accepted connections since the last call of this method.
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
    // Without this, small messages would wait for the acknowledgement of the one before.
    client.set_nodelay(true)?;
    let mut server = TcpStream::connect(upstream).await?;
    server.set_nodelay(true)?;
    let mut client = acceptor.accept(client).await?;
    copy_bidirectional(&mut client, &mut server).await?;
    Ok(())
}
