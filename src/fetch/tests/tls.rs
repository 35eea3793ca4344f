//! Encrypted connections: whom we trust, and that encryption is not given up on the way.
//!
//! The server's certificate is for `localhost`, signed by itself and good for a hundred years.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::http::hurried;
use crate::fetch::http::Http;
use crate::fetch::question::{Answer, Authorization, Packing, Question};
use crate::fetch::{Address, Problem, Tls};
use crate::source::RepositoryUrl;

const PEM: &[u8] = include_bytes!("../../../tests/cases/fetch/localhost.pem");

/// A server that answers `/file` and redirects all else to a server without encryption.
struct Server {
    port: u16,
    connections: Arc<AtomicUsize>,
}

impl Server {
    fn start() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let certificate = CertificateDer::from_pem_slice(PEM).unwrap();
        let key = PrivateKeyDer::from_pem_slice(PEM).unwrap();
        let config = rustls::ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate], key).unwrap();
        let (config, listener) = (Arc::new(config), TcpListener::bind("127.0.0.1:0").unwrap());
        let (port, connections) = (listener.local_addr().unwrap().port(), Arc::new(AtomicUsize::new(0)));
        let count = Arc::clone(&connections);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                count.fetch_add(1, Ordering::SeqCst);
                let connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
                let mut stream = rustls::StreamOwned::new(connection, stream);
                let mut request = [0; 4096];
                let Ok(length) = stream.read(&mut request) else { continue };
                let answer = if request[..length].starts_with(b"GET /file ") {
                    "HTTP/1.1 200 Fine\r\ncontent-length: 4\r\nconnection: close\r\n\r\nwell"
                } else {
                    "HTTP/1.1 302 There\r\nlocation: http://localhost/file\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
                };
                let _ = stream.write_all(answer.as_bytes());
                stream.conn.send_close_notify();
                let _ = stream.flush();
            }
        });
        Self { port, connections }
    }

    fn ask(&self, host: &str, path: &str, tls: Tls) -> Result<Vec<u8>, Problem> {
        let url = format!("https://{host}:{}", self.port);
        let repository = RepositoryUrl::parse(&url).unwrap();
        let mut options = hurried();
        options.tls.insert(repository.clone(), tls);
        let http = Http::new(&options).unwrap();
        let address = Address::new(format!("{url}{path}").parse().unwrap()).unwrap();
        let question = Question {
            address: &address,
            repository: &repository,
            known: None,
            packing: Packing::Gzip,
            accept: None,
            authorization: Authorization::User,
            body: None,
            limit: 99,
        };
        match http.block_on(http.ask(&question))? {
            Answer::Body { bytes, .. } => Ok(bytes),
            Answer::Unchanged | Answer::Taken { .. } => panic!("nothing was known, nothing was sent"),
        }
    }
}

fn trusting() -> Tls {
    let end = PEM.windows(8).position(|window| window == b"BEGIN PR").unwrap() - 5;
    Tls { authorities: PEM[..end].to_vec(), ..Tls::default() }
}

/// A failure with all its causes.
fn told(problem: &Problem) -> String {
    let causes = std::iter::successors(std::error::Error::source(problem), |cause| cause.source());
    causes.fold(problem.to_string(), |text, cause| format!("{text}: {cause}"))
}

#[test]
fn who_is_not_known_is_not_asked_and_not_tried_again() {
    let server = Server::start();
    let text = told(&server.ask("localhost", "/file", Tls::default()).unwrap_err());
    assert!(text.starts_with(&format!("cannot read https://localhost:{}/file: ", server.port)), "{text}");
    assert!(text.contains("certificate"), "{text}");
    assert_eq!(server.connections.load(Ordering::SeqCst), 1);
    assert_eq!(server.ask("localhost", "/file", trusting()).unwrap(), b"well");
    let text = told(&server.ask("127.0.0.1", "/file", trusting()).unwrap_err());
    assert!(text.contains("certificate"), "{text}");
    let lax = Tls { skip_verify: true, ..Tls::default() };
    assert_eq!(server.ask("127.0.0.1", "/file", lax).unwrap(), b"well");
}

#[test]
fn encryption_is_not_given_up_on_the_way() {
    let server = Server::start();
    let problem = server.ask("localhost", "/elsewhere", trusting()).unwrap_err();
    let expected = format!("https://localhost:{}/elsewhere redirects to a connection without encryption", server.port);
    assert_eq!(problem.to_string(), expected);
}

#[test]
fn certificates_that_are_none_are_told() {
    let server = Server::start();
    let identity = b"-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----\n".to_vec();
    assert!(server.ask("localhost", "/file", Tls { identity: identity.clone(), ..Tls::default() }).is_err());
    assert!(server.ask("localhost", "/file", Tls { authorities: identity, ..Tls::default() }).is_err());
    assert_eq!(server.connections.load(Ordering::SeqCst), 0);
    assert!(!format!("{:?}", Tls { identity: b"secret".to_vec(), ..Tls::default() }).contains("115"));
}
