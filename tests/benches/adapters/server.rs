//! As little of a server as can be, so that what is measured is the client.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;

const BODY: &str = include_str!("../../../plexauth-proto/benches/bodies/account_1k.json");

/// Answers every request with an account, on a thread of its own, until the program ends. Gives where.
pub(crate) fn start() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("a socket that does not block");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let listener = TcpListener::from_std(listener).expect("a listener");
            loop {
                let (connection, _) = listener.accept().await.expect("a connection");
                tokio::spawn(answer(connection));
            }
        });
    });
    format!("http://{address}/api/v2")
}

/// None of the requests has a body, and none comes before the answer to the one before.
async fn answer(mut connection: TcpStream) {
    let length = BODY.len();
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{BODY}"
    );
    connection.set_nodelay(true).expect("a socket without delay");
    let mut request = Vec::with_capacity(4096);
    while connection.read_buf(&mut request).await.is_ok_and(|length| length > 0) {
        if request.ends_with(b"\r\n\r\n") {
            request.clear();
            if connection.write_all(answer.as_bytes()).await.is_err() {
                return;
            }
        }
    }
}
