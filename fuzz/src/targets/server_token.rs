//! The ways to a server's token, and the link of a second device, with arbitrary responses.

use std::time::SystemTime;

use arbitrary::Arbitrary;
use http::{Response, StatusCode};
use plexauth_proto::jwt::DeviceKey;
use plexauth_proto::model::Resource;
use plexauth_proto::{ClientInfo, Flow, LinkDevice, ServerToken, Step, Token};

use crate::{SECRET, info, structured};

#[derive(Debug, Arbitrary)]
struct Conversation<'a> {
    links: bool,
    owned: bool,
    home_pin: Option<u16>,
    answers: Vec<Answer<'a>>,
}

#[derive(Debug, Arbitrary)]
enum Answer<'a> {
    Account,
    Home { protected: bool, other: bool },
    NoHome,
    Token { is_jwt: bool },
    Devices { is_jwt: bool },
    Pin,
    Other { status: u16, body: &'a [u8] },
}

/// A JWT of nobody's.
const JWT: &str = "eyJhbGciOiJFZERTQSJ9.e30.c2ln";

impl Answer<'_> {
    fn response(&self) -> Response<Vec<u8>> {
        let token = |is_jwt: &bool| if *is_jwt { JWT } else { "opaque" };
        let (status, body) = match self {
            Self::Account => (200, r#"{"id":7,"uuid":"a7"}"#.to_owned()),
            Self::Home { protected, other } => {
                let id = if *other { 8 } else { 7 };
                (200, format!(r#"{{"users":[{{"id":{id},"uuid":"a{id}","protected":{protected}}}]}}"#))
            }
            Self::NoHome => (404, r#"{"error":"Not Found"}"#.to_owned()),
            Self::Token { is_jwt } => (201, format!(r#"{{"authToken":"{}"}}"#, token(is_jwt))),
            Self::Devices { is_jwt } => {
                (200, format!(r#"[{{"clientIdentifier":"9f0b","token":"{}"}}]"#, token(is_jwt)))
            }
            Self::Pin => (201, r#"{"id":7,"code":"8lzjqnq8lye02n52jq3fqxf8e"}"#.to_owned()),
            Self::Other { status, body } => return response(100 + status % 900, body.to_vec()),
        };
        response(status, body.into())
    }
}

fn response(status: u16, body: Vec<u8>) -> Response<Vec<u8>> {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).expect("100 to 999");
    response
}

/// Runs the target.
pub fn run(data: &[u8]) {
    let Some(conversation): Option<Conversation<'_>> = structured(data) else { return };
    if conversation.links {
        let second = ClientInfo::new("id-2", "Fuzz").expect("valid client info");
        let flow = LinkDevice::new(SECRET, &info(), &second, &DeviceKey::from_bytes([7; 32]));
        play(flow, &conversation.answers, 64);
        return;
    }
    let resource =
        format!(r#"{{"clientIdentifier":"9f0b","accessToken":"{JWT}","owned":{}}}"#, conversation.owned);
    let resource: Resource = serde_json::from_str(&resource).expect("valid resource");
    let mut flow = ServerToken::new(&resource, SECRET, &info());
    if let Some(pin) = conversation.home_pin {
        flow.set_home_pin(format!("{:04}", pin % 10_000));
    }
    // Account, Home, switch and devices, of which three are tried three times.
    if let Some(token) = play(flow, &conversation.answers, 10) {
        assert!(!token.is_jwt(), "servers refuse JWTs");
    }
}

/// Drives a flow. Returns its token.
fn play(
    mut flow: impl Flow<Output = Token> + std::fmt::Debug,
    answers: &[Answer<'_>],
    most: usize,
) -> Option<Token> {
    let mut now = SystemTime::UNIX_EPOCH;
    let mut requests = 0;
    let mut answers = answers.iter();
    loop {
        assert!(!format!("{flow:?}").contains(SECRET), "a flow shows a secret");
        match flow.poll(now) {
            Step::Wait(time) => now += time,
            Step::Done(result) => {
                let end = flow.poll(now);
                assert!(matches!(end, Step::Done(Err(_))), "a flow ends once");
                return result.inspect_err(|error| assert!(!error.to_string().contains(SECRET))).ok();
            }
            Step::Send(outgoing) => {
                requests += 1;
                let host = outgoing.request.uri().host().unwrap_or_default();
                assert!(["plex.tv", "clients.plex.tv"].contains(&host), "{host}");
                let answer = answers.next()?;
                assert!(requests <= most, "{requests} requests");
                flow.handle(Ok(answer.response()), now);
            }
        }
    }
}
