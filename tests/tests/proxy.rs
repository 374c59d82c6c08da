//! Clients send everything through a proxy, if there is one: tinyproxy (in `.ci/full`, with `--ignored`), and a socket that refuses.

mod common;

use std::fs;
use std::net::TcpListener;
use std::process::{Child, Command};
use std::sync::Arc;
use std::time::{Duration, Instant};

use common::{Adapter, Client, info, runtime, shown};
use plexauth_proto::{GetUserDetails, Limits, Proxy, RetryPolicy, TransportErrorKind};
use plexauth_testing::{Peer, Plex, Wire};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// A client that uses a proxy and, for https, trusts this certificate.
fn client(adapter: Adapter, origin: &str, proxy: &str, root: Option<&CertificateDer<'static>>) -> Client {
    let proxy: Proxy = proxy.parse().unwrap();
    macro_rules! build {
        ($adapter:ident) => {{
            let limits = Limits::default().with_timeout(Duration::from_secs(20));
            let builder = $adapter::Client::builder(info(origin)).limits(limits).retry(RetryPolicy::none());
            let builder = builder.proxy(proxy);
            assert!(!format!("{builder:?}").contains("s3cret"));
            match root {
                Some(root) => builder.root_certificate(root.clone()),
                None => builder,
            }
            .build()
            .unwrap()
        }};
    }
    match adapter {
        Adapter::Core => panic!("the core has no client"),
        Adapter::Reqwest => Client::Reqwest(build!(plexauth_reqwest), runtime()),
        Adapter::Ureq => Client::Ureq(build!(plexauth_ureq)),
        Adapter::Hyper => Client::Hyper(build!(plexauth_hyper), runtime()),
    }
}

/// Sees the host, and neither token nor path.
#[test]
fn https_is_tunneled_with_the_credentials() {
    for adapter in Adapter::ALL {
        let wire = Wire::start(|mut peer: Peer| {
            peer.read_request();
            peer.send("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
            peer.close();
        });
        let proxy = format!("http://alice:s3cr%65t@{}", wire.address());
        let client = client(adapter, "https://plex.example:8443", &proxy, None);
        let error = client.send(&GetUserDetails::new("hushhush")).unwrap_err();
        assert_eq!(
            error.transport().map(|error| error.kind()),
            Some(TransportErrorKind::Connect),
            "{adapter}: {error:?}"
        );
        let received = String::from_utf8(wire.received().remove(0)).unwrap();
        assert!(received.starts_with("CONNECT plex.example:8443 HTTP/1.1\r\n"), "{adapter}: {received}");
        assert!(
            received.to_lowercase().contains("proxy-authorization: basic ")
                && received.contains("YWxpY2U6czNjcmV0"),
            "{adapter}: {received}"
        );
        for text in [received, shown(&error)] {
            for secret in ["hushhush", "s3cret", "s3cr%65t"] {
                assert!(!text.contains(secret), "{adapter}: {text}");
            }
        }
    }
}

/// The proxy of Debian's package, which asks for a password.
struct Tinyproxy {
    process: Child,
    folder: tempfile::TempDir,
    address: String,
}

impl Tinyproxy {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let log = folder.path().join("log");
        let config = format!(
            "Port {port}\nListen 127.0.0.1\nBasicAuth alice s3cret\nLogFile \"{}\"\nLogLevel Connect\nMaxClients 20\n",
            log.display()
        );
        let config_file = folder.path().join("config");
        fs::write(&config_file, config).unwrap();
        let process = Command::new("tinyproxy").arg("-d").arg("-c").arg(config_file).spawn().unwrap();
        let address = format!("127.0.0.1:{port}");
        let deadline = Instant::now() + Duration::from_secs(20);
        while std::net::TcpStream::connect(&address).is_err() {
            assert!(Instant::now() < deadline, "tinyproxy does not listen");
            std::thread::sleep(Duration::from_millis(10));
        }
        Self { process, folder, address }
    }

    /// The number of requests for this host in its log, with those that it refused.
    fn requests(&self, host: &str) -> usize {
        let log = fs::read_to_string(self.folder.path().join("log")).unwrap();
        log.lines().filter(|line| line.contains("Request (file descriptor") && line.contains(host)).count()
    }
}

impl Drop for Tinyproxy {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A plex.tv over TLS, and its certificate.
fn plex_tv_with_tls() -> (Wire, CertificateDer<'static>) {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], PrivateKeyDer::Pkcs8(signing_key.serialize_der().into()))
        .unwrap();
    let config = Arc::new(config);
    let wire = Wire::start(move |peer| {
        use std::io::{Read, Write};
        let mut tls = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), peer);
        let mut buffer = [0; 4096];
        if tls.read(&mut buffer).is_ok_and(|length| length > 0) {
            let body = r#"{"id":7,"uuid":"9f0b"}"#;
            let _ = write!(tls, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
            let _ = tls.flush();
        }
    });
    (wire, cert.der().clone())
}

#[test]
#[ignore = "requires tinyproxy"]
fn http_and_https_work_through_tinyproxy() {
    let (proxy, simulator) = (Tinyproxy::start(), Plex::start());
    let plain = simulator.plex_tv_url().replace("/api/v2", "");
    let (wire, certificate) = plex_tv_with_tls();
    let tls = format!("https://{}", wire.address());
    let with_password = format!("http://alice:s3cret@{}", proxy.address);
    let with_another = format!("http://alice:guess@{}", proxy.address);
    for (before, adapter) in Adapter::ALL.into_iter().enumerate() {
        let send = |origin: &str, proxy: &str| {
            client(adapter, origin, proxy, Some(&certificate)).send(&GetUserDetails::new("token-alice"))
        };
        assert_eq!(send(&plain, &with_password).unwrap().id, 1, "{adapter}");
        assert_eq!(send(&tls, &with_password).unwrap().id, 7, "{adapter}");
        let hosts = [plain.as_str(), tls.as_str()].map(|origin| origin.split_once("://").unwrap().1);
        assert_eq!(hosts.map(|host| proxy.requests(host)), [2 * before + 1; 2], "{adapter}");
        for origin in [&plain, &tls] {
            let error = send(origin, &with_another).unwrap_err();
            assert!(!error.is_token_invalid() && !shown(&error).contains("guess"), "{adapter}: {error:?}");
        }
    }
    assert_eq!(simulator.requests().len(), 3);
}
