//! Reading twice as much takes twice the memory, whatever it is that there is more of.

use http::Response;
use plexauth_proto::{GetSourceConnectionInformation, GetUserDetails, Operation, Source};

/// A body with `count` of something, and what that is.
type Shape = (&'static str, fn(usize) -> String);

const SHAPES: &[Shape] = &[
    ("fields that nobody knows", |count| {
        let fields: String = (0..count).map(|number| format!(r#","new{number}":{number}"#)).collect();
        format!(r#"{{"id":7,"uuid":"9f0b"{fields}}}"#)
    }),
    ("words", |count| format!(r#"{{"id":7,"uuid":"9f0b","roles":["a"{}]}}"#, r#","admin""#.repeat(count))),
    ("services", |count| {
        let service = r#",{"identifier":"x","token":"t","status":"online"}"#;
        format!(r#"{{"id":7,"uuid":"9f0b","services":[{{}}{}]}}"#, service.repeat(count))
    }),
    ("depth", |count| format!(r#"{{"id":7,"uuid":"9f0b","x":{}{}}}"#, "[".repeat(count), "]".repeat(count))),
    ("escapes in a text", |count| {
        format!(r#"{{"id":7,"uuid":"9f0b","title":"{}"}}"#, r"\u00e4\n".repeat(count))
    }),
    ("a number without end", |count| format!(r#"{{"id":7,"uuid":"9f0b","x":{}}}"#, "9".repeat(count))),
    ("what is no JSON", |count| "x".repeat(count)),
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
    ("elements that do not end", |count| "<a b='c'>".repeat(count)),
    ("words in HTML", |count| format!("<html><title>{}</title></html>", "Unauthorized &amp; ".repeat(count))),
];

/// What reading it allocates, for a success and for a refusal.
fn cost(body: &str) -> (u64, u64) {
    let server: plexauth_proto::BaseUrl = "http://localhost:32400".parse().unwrap();
    let source = GetSourceConnectionInformation::new(server, "hushhush", Source::server("9f0b").unwrap());
    let user = GetUserDetails::new("hushhush");
    let taken = allocation_counter::measure(|| {
        for status in [200, 401] {
            let response = Response::builder().status(status).body(body).unwrap();
            let _ = (user.parse(&response), source.parse(&response));
        }
    });
    (taken.bytes_total, taken.count_total)
}

#[test]
fn twice_the_body_costs_twice_the_memory() {
    for (name, shape) in SHAPES {
        let (once, twice) = (shape(2_000), shape(4_000));
        let ((bytes, count), (more_bytes, more_count)) = (cost(&once), cost(&twice));
        // Buffers double, so that one may have to be twice as long as the next power of two.
        assert!(more_bytes <= 3 * bytes + 4096, "{name}: {bytes} bytes, and {more_bytes} for twice as much");
        assert!(
            more_count <= 2 * count + 64,
            "{name}: {count} allocations, and {more_count} for twice as much"
        );
        assert!(bytes <= 16 * once.len() as u64 + 16_384, "{name}: {bytes} bytes for {}", once.len());
    }
}
