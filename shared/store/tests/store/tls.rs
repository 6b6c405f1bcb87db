//! TLS: which roots are trusted, and that warming saves the handshake.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;

use crate::table::{NOW, Table, store_trusting};

#[tokio::test]
async fn the_bundle_is_trusted_and_warming_saves_the_handshake() {
    let table = Table::new().await;
    let (endpoint, handshakes, bundle) = terminate(&table, "trusted").await;
    let store = store_trusting(&endpoint, Some(&bundle));
    store.warm().await;
    assert_eq!(handshakes.load(Ordering::SeqCst), 1);
    store.heartbeat(NOW).await.unwrap();
    store.heartbeat(NOW).await.unwrap();
    assert_eq!(handshakes.load(Ordering::SeqCst), 1);
    assert_eq!(table.wire.take(), ["GET", "PutItem", "PutItem"]);
}

#[tokio::test]
async fn no_other_root_is_trusted() {
    let table = Table::new().await;
    let (endpoint, handshakes, _) = terminate(&table, "untrusted").await;
    let error = store_trusting(&endpoint, None).heartbeat(NOW).await.unwrap_err();
    assert!(error.cause().contains("invalid peer certificate"), "{}", error.cause());
    assert_eq!(handshakes.load(Ordering::SeqCst), 0);
    assert_eq!(table.wire.count(), 0);
}

/// Returns an https endpoint in front of the table, the number of its finished handshakes, and a
/// file with its certificate.
async fn terminate(table: &Table, name: &str) -> (String, Arc<AtomicUsize>, PathBuf) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let bundle = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.pem"));
    fs::write(&bundle, cert.pem()).unwrap();

    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("https://localhost:{}", listener.local_addr().unwrap().port());

    let upstream = table.wire.endpoint_url().replace("http://", "");
    let handshakes = Arc::new(AtomicUsize::new(0));
    let finished = Arc::clone(&handshakes);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut tls) = acceptor.accept(stream).await else { continue };
            finished.fetch_add(1, Ordering::SeqCst);
            let mut plain = TcpStream::connect(&upstream).await.unwrap();
            tokio::spawn(async move { copy_bidirectional(&mut tls, &mut plain).await });
        }
    });
    (endpoint, handshakes, bundle)
}
