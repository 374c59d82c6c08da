//! A minimal server, so that the client dominates the measurements.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;

const BODY: &str = include_str!("../../../plexauth-proto/benches/bodies/account_1k.json");

/// Starts a thread that responds to every request with an account until the program ends. Returns its base URL.
pub(crate) fn start() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("free port");
    listener.set_nonblocking(true).expect("non-blocking socket");
    let address = listener.local_addr().expect("local address");
    std::thread::spawn(move || {
        let runtime = Builder::new_current_thread().enable_all().build().expect("tokio runtime");
        runtime.block_on(async {
            let listener = TcpListener::from_std(listener).expect("tokio listener");
            loop {
                let (connection, _) = listener.accept().await.expect("connection");
                tokio::spawn(serve(connection));
            }
        });
    });
    format!("http://{address}/api/v2")
}

/// Requests have no body and are not pipelined, so each ends with an empty line.
async fn serve(mut connection: TcpStream) {
    let length = BODY.len();
    let response = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{BODY}"
    );
    connection.set_nodelay(true).expect("socket with TCP_NODELAY");
    let mut request = Vec::with_capacity(4096);
    while connection.read_buf(&mut request).await.is_ok_and(|length| length > 0) {
        if request.ends_with(b"\r\n\r\n") {
            request.clear();
            if connection.write_all(response.as_bytes()).await.is_err() {
                return;
            }
        }
    }
}
