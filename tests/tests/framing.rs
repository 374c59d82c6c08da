//! Every request is framed alike by all adapters: a body has its `Content-Length`, and so has a `POST` or `PUT` without one.

#[path = "../../plexauth-proto/tests/catalogue/mod.rs"]
mod catalogue;
mod common;

use std::time::Duration;

use catalogue::{Inputs, Visitor};
use common::{Adapter, Client, Settings};
use plexauth_proto::{ClientInfo, CreatePin, Operation, SwitchHomeUser};
use plexauth_testing::Wire;

/// The values of the headers that frame a request: `Content-Length` and `Transfer-Encoding`.
fn framing(request: &[u8]) -> (Vec<String>, Vec<String>) {
    let head = request.split(|byte| *byte == b'\n').map(String::from_utf8_lossy);
    let lines: Vec<String> =
        head.take_while(|line| line.trim() != "").map(|line| line.to_lowercase()).collect();
    let values = |name: &str| {
        lines.iter().filter_map(|line| line.strip_prefix(name)).map(|value| value.trim().to_owned()).collect()
    };
    (values("content-length:"), values("transfer-encoding:"))
}

/// `ClaimServer`, and those below.
const BODILESS_POSTS: u32 = 3;

struct Sender<'a> {
    adapter: Adapter,
    client: &'a Client,
    wire: &'a Wire,
    bodiless_posts: u32,
}

impl Visitor for Sender<'_> {
    fn visit<O: Operation>(&mut self, operation: O, _: &[&str]) {
        let request = operation.request(self.client.info()).unwrap();
        let method = request.method().clone();
        let length = request.body().len();
        let expected = match length > 0 || method == "POST" || method == "PUT" {
            true => vec![length.to_string()],
            false => Vec::new(),
        };
        self.bodiless_posts += u32::from(length == 0 && !expected.is_empty());
        self.client.exchange(request).unwrap();
        let sent = self.wire.received().pop().unwrap();
        assert!(sent.starts_with(method.as_str().as_bytes()));
        let head = String::from_utf8_lossy(&sent).to_lowercase();
        assert!(!head.contains("user-agent:") && !head.contains("accept-encoding:"), "{head}");
        assert_eq!(framing(&sent), (expected, vec![]), "{} over {}", operation.name(), self.adapter);
    }
}

#[test]
fn all_operations_are_framed_by_length() {
    for adapter in Adapter::ALL {
        let wire = Wire::start(|mut peer| {
            peer.read_request();
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            peer.close();
        });
        let origin = format!("http://{}", wire.address());
        let client = adapter.client(&origin, &Settings::new(Duration::from_secs(20)));
        let server = origin.parse().unwrap();
        let inputs = Inputs {
            server: &server,
            token: "hushhush",
            password: "hush hush",
            code: "987654",
            home_pin: "9876",
            key: [7; 32],
        };
        let mut sender = Sender { adapter, client: &client, wire: &wire, bodiless_posts: 0 };
        catalogue::visit_all(&mut sender, client.info(), &inputs);
        sender.visit(SwitchHomeUser::new("hushhush", "9f0b"), &[]);
        sender.visit(CreatePin::short(), &[]);
        assert_eq!(sender.bodiless_posts, BODILESS_POSTS, "{adapter}");
    }
}

#[test]
fn device_name_is_sent_as_utf8() {
    for adapter in Adapter::ALL {
        let wire = Wire::start(|mut peer| {
            peer.read_request();
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        });
        let origin = format!("http://{}", wire.address());
        let client = adapter.client(&origin, &Settings::new(Duration::from_secs(20)));
        let info = ClientInfo::builder("id-1", "Tests").device_name("Küche 客厅").build().unwrap();
        client.exchange(info.request(http::Method::GET, origin.parse().unwrap())).unwrap();
        assert_eq!(wire.count("Küche 客厅\r\n"), 1, "{adapter}");
    }
}
