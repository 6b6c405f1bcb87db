//! TLS in front of the embedded DynamoDB, as DynamoDB itself has it.

use std::{
    env, fs, io,
    net::SocketAddr,
    path::PathBuf,
    process,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
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

use crate::Failure;

/// A certificate for `localhost`, and the file with the root to trust for it. The file goes away
/// with this value.
pub(crate) struct Certificate {
    config: Arc<ServerConfig>,
    root: PathBuf,
}

impl Certificate {
    /// Makes a root and a certificate that it has issued: two signatures to check, as with a
    /// public server.
    pub(crate) fn new() -> Result<Self, Failure> {
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;
        let key = KeyPair::generate()?;
        let server = CertificateParams::new(["localhost".to_owned()])?;
        let server = server.signed_by(&key, &authority)?;

        let root = env::temp_dir().join(format!("loop-bench-{}.pem", process::id()));
        fs::write(&root, authority.pem())?;
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(
                vec![CertificateDer::from(server)],
                PrivateKeyDer::Pkcs8(key.serialize_der().into()),
            )?;
        Ok(Self { config: Arc::new(config), root })
    }

    /// The PEM file with the root.
    pub(crate) fn root(&self) -> &PathBuf {
        &self.root
    }
}

impl Drop for Certificate {
    fn drop(&mut self) {
        // A file left behind in the temporary directory harms nobody.
        let _ = fs::remove_file(&self.root);
    }
}

/// A TLS server on an ephemeral port of 127.0.0.1 that passes on what it decrypts. Ends when it is
/// dropped.
pub(crate) struct Terminator {
    address: SocketAddr,
    accepted: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Terminator {
    /// Stands in front of `upstream` (`address:port`) from now on.
    pub(crate) async fn start(certificate: &Certificate, upstream: String) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let acceptor = TlsAcceptor::from(Arc::clone(&certificate.config));
        let accepted = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&accepted);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                counter.fetch_add(1, Ordering::SeqCst);
                let (acceptor, upstream) = (acceptor.clone(), upstream.clone());
                // What breaks off here, the function reports.
                tokio::spawn(async move { pass(acceptor, client, &upstream).await.ok() });
            }
        });
        Ok(Self { address, accepted, task })
    }

    /// Where it is reached, by the name in the certificate.
    pub(crate) fn url(&self) -> String {
        format!("https://localhost:{}", self.address.port())
    }

    /// How many connections it has accepted.
    pub(crate) fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
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
