//! Parsing takes memory linear in the size of the body, whatever the body contains.

use http::Response;
use plexauth_proto::{
    GetDevices, GetHomeUsers, GetResources, GetSourceConnectionInformation, GetUserDetails, Operation, Source,
};

/// The name of a repeated element, and a function that returns a body with `count` of them.
type Shape = (&'static str, fn(usize) -> String);

const SHAPES: &[Shape] = &[
    ("unknown fields", |count| {
        let fields: String = (0..count).map(|number| format!(r#","new{number}":{number}"#)).collect();
        format!(r#"{{"id":7,"uuid":"9f0b"{fields}}}"#)
    }),
    ("words", |count| format!(r#"{{"id":7,"uuid":"9f0b","roles":["a"{}]}}"#, r#","admin""#.repeat(count))),
    ("services", |count| {
        let service = r#",{"identifier":"x","token":"t","status":"online"}"#;
        format!(r#"{{"id":7,"uuid":"9f0b","services":[{{}}{}]}}"#, service.repeat(count))
    }),
    ("nested lists", |count| {
        format!(r#"{{"id":7,"uuid":"9f0b","x":{}{}}}"#, "[".repeat(count), "]".repeat(count))
    }),
    ("escapes in a string", |count| {
        format!(r#"{{"id":7,"uuid":"9f0b","title":"{}"}}"#, r"\u00e4\n".repeat(count))
    }),
    ("digits of a number", |count| format!(r#"{{"id":7,"uuid":"9f0b","x":{}}}"#, "9".repeat(count))),
    ("invalid JSON", |count| "x".repeat(count)),
    ("devices", |count| {
        let device = r#",{"name":"x","Connection":{"port":"1"}}"#;
        format!(r#"{{"MediaContainer":{{"Device":[{{}}{}]}}}}"#, device.repeat(count))
    }),
    ("errors in JSON", |count| {
        format!(r#"{{"errors":[{{}}{}]}}"#, r#",{"code":1004,"message":"x"}"#.repeat(count))
    }),
    ("errors in XML", |count| {
        format!("<errors>{}</errors>", r#"<error code="1004" message="x"/>"#.repeat(count))
    }),
    ("unclosed elements", |count| "<a b='c'>".repeat(count)),
    ("words in HTML", |count| format!("<html><title>{}</title></html>", "Unauthorized &amp; ".repeat(count))),
];

/// The bytes and the number of allocations to parse a body, once as a success and once as an error.
fn cost(body: &str) -> (u64, u64) {
    let server: plexauth_proto::BaseUrl = "http://localhost:32400".parse().unwrap();
    let source = GetSourceConnectionInformation::new(server, "hushhush", Source::server("9f0b").unwrap());
    let user = GetUserDetails::new("hushhush");
    let measured = allocation_counter::measure(|| {
        for status in [200, 401] {
            let response = Response::builder().status(status).body(body).unwrap();
            let _ = (user.parse(&response), source.parse(&response));
        }
    });
    (measured.bytes_total, measured.count_total)
}

#[test]
fn memory_is_linear_in_the_body_size() {
    for (name, shape) in SHAPES {
        let (once, twice) = (shape(2_000), shape(4_000));
        let ((bytes, count), (more_bytes, more_count)) = (cost(&once), cost(&twice));
        // Buffers grow by doubling, so twice the body can need more than twice the bytes.
        assert!(more_bytes <= 3 * bytes + 4096, "{name}: {bytes} bytes, but {more_bytes} for twice the body");
        assert!(
            more_count <= 2 * count + 64,
            "{name}: {count} allocations, but {more_count} for twice the body"
        );
        assert!(
            bytes <= 16 * once.len() as u64 + 16_384,
            "{name}: {bytes} bytes for a body of {}",
            once.len()
        );
    }
}

/// The most bytes at any one time for a body of 1 MiB: `start`, then as many empty objects as fit, then `end`.
fn peak<O: Operation>(operation: &O, start: &str, end: &str) -> u64 {
    let objects = "{},".repeat((1 << 20) / 3 - 100);
    let response = Response::new(format!("{start}{objects}{{}}{end}"));
    let mut result = None;
    let measured = allocation_counter::measure(|| result = Some(operation.parse(&response)));
    assert!(result.is_some_and(|result| result.is_ok()), "{}", operation.name());
    measured.bytes_max
}

/// An empty object has three bytes, and a hundred times as many once it is read.
#[test]
fn lists_of_empty_objects_cost_less_than_1_mib() {
    let server: plexauth_proto::BaseUrl = "http://localhost:32400".parse().unwrap();
    let source = GetSourceConnectionInformation::new(server, "hushhush", Source::server("9f0b").unwrap());
    let user = GetUserDetails::new("hushhush");
    for (name, bytes) in [
        ("resources", peak(&GetResources::new("hushhush"), "[", "]")),
        ("connections", peak(&GetResources::new("hushhush"), r#"[{"connections":["#, "]}]")),
        ("authorized devices", peak(&GetDevices::new("hushhush"), "[", "]")),
        ("Home users", peak(&GetHomeUsers::new("hushhush"), r#"{"users":["#, "]}")),
        ("devices", peak(&source, r#"{"MediaContainer":{"Device":["#, "]}}")),
        ("services", peak(&user, r#"{"id":7,"uuid":"9f0b","services":["#, "]}")),
        ("subscriptions", peak(&user, r#"{"id":7,"uuid":"9f0b","pastSubscriptions":["#, "]}")),
    ] {
        assert!(bytes < 1 << 20, "{name}: {bytes} bytes");
    }
    let connections = format!(r#"{{"connections":[{}{{}}]}},"#, "{},".repeat(99));
    let resources = format!("[{}", connections.repeat(2_000));
    let bytes = peak(&GetResources::new("hushhush"), &resources, "]");
    assert!(bytes < 8 << 20, "connections of resources: {bytes} bytes");
}

/// Invalid UTF-8 in a message has to be replaced before it is read.
#[test]
fn error_of_invalid_utf8_costs_less_than_8_mib() {
    let user = GetUserDetails::new("hushhush");
    let mut body = br#"{"errors":[{"code":1001,"message":""#.to_vec();
    body.resize((1 << 20) - 4, 0xff);
    body.extend(br#""}]}"#);
    for status in [200, 401] {
        let response = Response::builder().status(status).body(&body).unwrap();
        let measured = allocation_counter::measure(|| drop(user.parse(&response).unwrap_err()));
        assert!(measured.bytes_max < 8 << 20, "{status}: {} bytes", measured.bytes_max);
    }
}
