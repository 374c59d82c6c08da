//! Flows of different types behind one trait object.

#![allow(clippy::panic, clippy::unwrap_used, reason = "tests may panic")]

use std::time::SystemTime;

use http::Response;
use plexauth_proto::jwt::DeviceKey;
use plexauth_proto::{
    Attempt, ClientInfo, Flow, GetClaimToken, PinLogin, Renewal, RetryPolicy, Step, Token, TransportError,
    TransportErrorKind,
};

/// A body that every flow below understands.
const BODY: &str = r#"{"token":"hushhush","authToken":"hushhush","auth_token":"hushhush","nonce":"n"}"#;

/// Drives a flow by reference, as an adapter's `run` would. Returns the labels of its requests and its result.
fn drive(flow: &mut dyn Flow<Output = Token>) -> (Vec<String>, Token) {
    let (now, mut labels) = (SystemTime::UNIX_EPOCH, Vec::new());
    loop {
        match flow.poll(now) {
            Step::Send(outgoing) => {
                labels.push(outgoing.label.to_string());
                flow.handle(Ok(Response::new(BODY.into())), now);
            }
            Step::Wait(time) => panic!("nothing to wait for, but {time:?}"),
            Step::Done(result) => return (labels, result.unwrap()),
        }
    }
}

fn flows() -> Vec<Box<dyn Flow<Output = Token>>> {
    let info = ClientInfo::new("id-1", "App").unwrap();
    vec![
        Box::new(PinLogin::resume(7, &info)),
        Box::new(Renewal::new(&DeviceKey::from_bytes([7; 32]), &info)),
        Box::new(Attempt::new(GetClaimToken::new("t"), &info, RetryPolicy::none())),
    ]
}

#[test]
fn boxed_flows_run_to_their_results() {
    let labels = [
        &["CheckPin, attempt 1"][..],
        &["GetNonce, attempt 1", "RedeemDeviceJwt, attempt 1"],
        &["GetClaimToken, attempt 1"],
    ];
    for (mut flow, labels) in flows().into_iter().zip(labels) {
        let expected = (labels.iter().map(|label| (*label).to_owned()).collect(), Token::new("hushhush"));
        assert_eq!(drive(&mut flow), expected);
    }
}

#[test]
fn boxed_flows_end_with_the_transport_error() {
    let now = SystemTime::UNIX_EPOCH;
    for mut flow in flows() {
        assert!(matches!(flow.poll(now), Step::Send(_)));
        flow.handle(Err(TransportError::new(TransportErrorKind::RedirectFollowed, "elsewhere")), now);
        let Step::Done(Err(error)) = flow.poll(now) else { panic!("an error") };
        assert_eq!(error.transport().map(TransportError::kind), Some(TransportErrorKind::RedirectFollowed));
    }
}
