//! A server that does not finish a handshake, or has no valid certificate for its name, gets
//! nothing of the request.

#![allow(clippy::unwrap_used, reason = "this is test code: a panic is its way to report")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;

const DEADLINE: Duration = Duration::from_millis(300);
/// The time that a busy machine may add to the deadline. It is less than a second deadline would
/// add.
const TOLERANCE: Duration = Duration::from_millis(250);
const NAME: &str = "push.example.org";

/// Posts to `NAME`, which resolves to this listener without a name server or a guard.
async fn post(listener: &TcpListener) -> reqwest::Error {
    let builder = loop_outbound::client(DEADLINE).unwrap();
    let client = builder.resolve(NAME, listener.local_addr().unwrap()).build().unwrap();
    client.post(format!("https://{NAME}/secret")).send().await.unwrap_err()
}

async fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

async fn accept(listener: &TcpListener) -> TcpStream {
    listener.accept().await.unwrap().0
}

#[tokio::test]
async fn a_handshake_that_never_ends_has_a_deadline() {
    let listener = listener().await;
    // These are beginnings of a message that declares itself long, and no more of it.
    for said in [&b""[..], b"\x16\x03\x03\x40\x00", b"\x16\x03\x03\x40\x00\x02"] {
        let silent = async {
            let mut stream = accept(&listener).await;
            stream.write_all(said).await.unwrap();
            // This waits until the client closes the connection.
            while stream.read(&mut [0; 4096]).await.is_ok_and(|read| read > 0) {}
        };
        let start = Instant::now();
        let (error, ()) = tokio::join!(post(&listener), silent);
        assert!(error.is_timeout(), "{error:?}");
        assert!(start.elapsed() < DEADLINE + TOLERANCE, "{:?}", start.elapsed());
    }
}

#[tokio::test]
async fn another_language_than_tls_is_told_nothing() {
    let listener = listener().await;
    for said in ["HTTP/1.1 201 Created\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n", "\0\0\0\0\0\0\0\0", ""]
    {
        let speaker = async {
            let mut stream = accept(&listener).await;
            stream.write_all(said.as_bytes()).await.unwrap();
            stream.shutdown().await.unwrap();
            let mut heard = Vec::new();
            // The read may end with a reset, since the client does not read everything that was
            // written.
            let _ = stream.read_to_end(&mut heard).await;
            heard
        };
        let (error, heard) = tokio::join!(post(&listener), speaker);
        assert!(error.is_connect(), "{error:?}");
        assert!(!heard.windows(6).any(|part| part == b"secret"), "{heard:?}");
    }
}

#[tokio::test]
async fn who_has_no_certificate_of_a_trusted_root_is_told_nothing() {
    for (name, version) in [
        (NAME, &rustls::version::TLS13),
        (NAME, &rustls::version::TLS12),
        ("localhost", &rustls::version::TLS13),
    ] {
        let acceptor = self_signed(name, version);
        let listener = listener().await;
        let finished = AtomicUsize::new(0);
        let impostor = async {
            if acceptor.accept(accept(&listener).await).await.is_ok() {
                finished.fetch_add(1, Ordering::SeqCst);
            }
        };
        let (error, ()) = tokio::join!(post(&listener), impostor);
        assert!(error.is_connect() && !error.is_timeout(), "{error:?}");
        assert_eq!(finished.load(Ordering::SeqCst), 0, "{name}");
    }
}

fn self_signed(name: &str, version: &'static rustls::SupportedProtocolVersion) -> TlsAcceptor {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed([name.to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}
