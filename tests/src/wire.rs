//! A server below HTTP: it accepts connections and does to them whatever a test wants, which no HTTP library would do.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use socket2::{Domain, SockRef, Socket, Type};

/// A listener on loopback that serves every connection on a thread of its own. It stops listening when it is dropped.
#[derive(Debug)]
pub struct Wire {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    /// What came, by connection.
    received: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Wire {
    /// Serves connections until the test is over.
    ///
    /// # Panics
    ///
    /// Without a free port.
    pub fn start(serve: impl Fn(Peer) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port on loopback");
        let address = listener.local_addr().expect("an address");
        let (stop, received) = (Arc::new(AtomicBool::new(false)), Arc::default());
        let wire = Self { address, stop: Arc::clone(&stop), received: Arc::clone(&received) };
        std::thread::spawn(move || {
            let serve = Arc::new(serve);
            for stream in listener.incoming().flatten() {
                if stop.load(Ordering::Acquire) {
                    break;
                }
                let connection = {
                    let mut received = received.lock().expect("a lock");
                    received.push(Vec::new());
                    received.len() - 1
                };
                let peer = Peer { stream, connection, received: Arc::clone(&received) };
                let serve = Arc::clone(&serve);
                std::thread::spawn(move || serve(peer));
            }
        });
        wire
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What has come so far, by connection: bytes, whatever they are.
    ///
    /// # Panics
    ///
    /// If a thread that serves a connection has.
    #[must_use]
    pub fn received(&self) -> Vec<Vec<u8>> {
        self.received.lock().expect("a lock").clone()
    }

    /// How many connections there have been.
    ///
    /// # Panics
    ///
    /// If a thread that serves a connection has.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.received.lock().expect("a lock").len()
    }

    /// How often a text came, over all connections.
    ///
    /// # Panics
    ///
    /// If a thread that serves a connection has.
    #[must_use]
    pub fn count(&self, text: &str) -> usize {
        let received = self.received.lock().expect("a lock");
        received.iter().map(|bytes| String::from_utf8_lossy(bytes).matches(text).count()).sum()
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        // Wakes the thread that accepts. If that fails, there is none.
        let _ = TcpStream::connect(self.address);
    }
}

/// An address where nobody listens, and nobody can as long as this is kept.
#[derive(Debug)]
pub struct Closed {
    address: SocketAddr,
    _socket: Socket,
}

impl Closed {
    /// Takes a free port.
    ///
    /// # Panics
    ///
    /// Without one.
    #[must_use]
    pub fn bind() -> Self {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
        socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).expect("a free port on loopback");
        let address = socket.local_addr().ok().and_then(|address| address.as_socket()).expect("an address");
        Self { address, _socket: socket }
    }

    /// Where nobody listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

/// The server's end of a connection.
#[derive(Debug)]
pub struct Peer {
    stream: TcpStream,
    connection: usize,
    received: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Peer {
    /// The number of this connection, from 0 on.
    #[must_use]
    pub fn connection(&self) -> usize {
        self.connection
    }

    /// Reads one request with its body. Nothing is left if the client has closed the connection.
    ///
    /// # Panics
    ///
    /// If another thread that serves a connection has.
    pub fn read_request(&mut self) -> Option<Vec<u8>> {
        let mut request = Vec::new();
        let mut byte = [0];
        while !request.ends_with(b"\r\n\r\n") {
            self.read_exact(&mut byte).ok()?;
            request.extend(byte);
        }
        let mut body = vec![0; content_length(&request)];
        self.read_exact(&mut body).ok()?;
        request.extend(body);
        Some(request)
    }

    /// Reads until the client closes the connection.
    pub fn read_to_end(&mut self) {
        while matches!(self.read(&mut [0; 4096]), Ok(length) if length > 0) {}
    }

    /// Sends bytes. Whether the client took them.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.write_all(bytes.as_ref()).is_ok()
    }

    /// Sends bytes over and over until the client has had enough. How many it took, with what lies in buffers.
    pub fn send_forever(&mut self, bytes: impl AsRef<[u8]>) -> u64 {
        let mut sent: u64 = 0;
        while self.send(bytes.as_ref()) {
            sent = sent.saturating_add(bytes.as_ref().len() as u64);
        }
        sent
    }

    /// Sends bytes one by one, with a pause before each.
    pub fn trickle(&mut self, bytes: impl AsRef<[u8]>, pause: Duration) {
        for byte in bytes.as_ref() {
            std::thread::sleep(pause);
            if !self.send([*byte]) {
                break;
            }
        }
    }

    /// Says that nothing more comes, and reads what still does: a close that loses nothing that was sent.
    pub fn close(mut self) {
        let _ = self.stream.shutdown(Shutdown::Write);
        self.read_to_end();
    }

    /// Breaks the connection off with a reset.
    pub fn reset(self) {
        let _ = SockRef::from(&self.stream).set_linger(Some(Duration::ZERO));
    }
}

impl Read for Peer {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.stream.read(buffer)?;
        let mut received = self.received.lock().expect("a lock");
        received[self.connection].extend_from_slice(&buffer[..length]);
        Ok(length)
    }
}

impl Write for Peer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

fn content_length(head: &[u8]) -> usize {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let value = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    value.and_then(|value| value.trim().parse().ok()).unwrap_or(0)
}
