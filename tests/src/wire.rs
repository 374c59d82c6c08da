//! A TCP server below HTTP, for tests of connections that misbehave in ways no HTTP library allows.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use socket2::{Domain, SockRef, Socket, Type};

/// A TCP listener on loopback that serves each connection on its own thread. Dropping it closes the listener.
#[derive(Debug)]
pub struct Wire {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    /// The bytes received on each connection.
    received: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Wire {
    /// Starts the listener, which calls `serve` for each connection.
    ///
    /// # Panics
    ///
    /// If no port is free.
    pub fn start(serve: impl Fn(Peer) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a loopback port is free");
        let address = listener.local_addr().expect("a bound socket");
        let (stop, received) = (Arc::new(AtomicBool::new(false)), Arc::default());
        let wire = Self { address, stop: Arc::clone(&stop), received: Arc::clone(&received) };
        std::thread::spawn(move || {
            let serve = Arc::new(serve);
            for stream in listener.incoming().flatten() {
                if stop.load(Ordering::Acquire) {
                    break;
                }
                let connection = {
                    let mut received = received.lock().expect("the lock is not poisoned");
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

    /// Returns the address of the listener.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the bytes received on each connection so far.
    ///
    /// # Panics
    ///
    /// If the lock is poisoned.
    #[must_use]
    pub fn received(&self) -> Vec<Vec<u8>> {
        self.received.lock().expect("the lock is not poisoned").clone()
    }

    /// Returns the number of connections so far.
    ///
    /// # Panics
    ///
    /// If the lock is poisoned.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.received.lock().expect("the lock is not poisoned").len()
    }

    /// Counts the occurrences of a text in the bytes received, over all connections.
    ///
    /// # Panics
    ///
    /// If the lock is poisoned.
    #[must_use]
    pub fn count(&self, text: &str) -> usize {
        let received = self.received.lock().expect("the lock is not poisoned");
        received.iter().map(|bytes| String::from_utf8_lossy(bytes).matches(text).count()).sum()
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        // Wakes the accepting thread. If connecting fails, the thread has ended already.
        let _ = TcpStream::connect(self.address);
    }
}

/// An address on which nothing listens. Its port stays reserved until this value is dropped.
#[derive(Debug)]
pub struct Closed {
    address: SocketAddr,
    _socket: Socket,
}

impl Closed {
    /// Reserves a free port.
    ///
    /// # Panics
    ///
    /// If no port is free.
    #[must_use]
    pub fn bind() -> Self {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket can be created");
        socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).expect("a loopback port is free");
        let address =
            socket.local_addr().ok().and_then(|address| address.as_socket()).expect("a bound socket");
        Self { address, _socket: socket }
    }

    /// Returns the reserved address.
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
    /// Returns the index of this connection, counted from 0.
    #[must_use]
    pub fn connection(&self) -> usize {
        self.connection
    }

    /// Reads one request with its body. Returns `None` if the connection ends first.
    ///
    /// # Panics
    ///
    /// If the lock is poisoned.
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

    /// Sends bytes. Returns whether that succeeded.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.write_all(bytes.as_ref()).is_ok()
    }

    /// Sends bytes repeatedly until that fails. Returns the number of bytes sent, including any left in buffers.
    pub fn send_forever(&mut self, bytes: impl AsRef<[u8]>) -> u64 {
        let mut sent: u64 = 0;
        while self.send(bytes.as_ref()) {
            sent = sent.saturating_add(bytes.as_ref().len() as u64);
        }
        sent
    }

    /// Sends bytes one at a time, with a pause before each.
    pub fn trickle(&mut self, bytes: impl AsRef<[u8]>, pause: Duration) {
        for byte in bytes.as_ref() {
            std::thread::sleep(pause);
            if !self.send([*byte]) {
                break;
            }
        }
    }

    /// Closes the connection gracefully: reads until the client closes its end, so that no sent data is lost.
    pub fn close(mut self) {
        let _ = self.stream.shutdown(Shutdown::Write);
        self.read_to_end();
    }

    /// Closes the connection with a TCP reset.
    pub fn reset(self) {
        let _ = SockRef::from(&self.stream).set_linger(Some(Duration::ZERO));
    }
}

impl Read for Peer {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.stream.read(buffer)?;
        let mut received = self.received.lock().expect("the lock is not poisoned");
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
