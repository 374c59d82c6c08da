//! An HTTP client of one's own, set up without a thought for TLS. A process of its own, since a provider of cryptography is
//! the matter of a whole process.

use plexauth_proto::ClientInfo;

/// reqwest panics where there is no such provider and none of its features names one.
#[test]
fn a_builder_of_reqwest_as_it_comes_will_do() {
    let info = ClientInfo::new("id-1", "App").unwrap();
    let builder = plexauth_reqwest::Client::builder(info);
    builder.with_http_builder(reqwest::Client::builder()).unwrap();
}
