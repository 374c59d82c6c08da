use super::super::testing::Event::{Answer, Fail, Poll};
use super::super::testing::{Line, at, play, response};
use super::*;
use crate::error::TransportErrorKind;

/// A JWT of the account 7.
const JWT: &str = "eyJhbGciOiJFZERTQSJ9.eyJ1c2VyIjp7ImlkIjo3fX0.c2ln";
const WITH_JWT: &str = r#"{"authToken":"eyJhbGciOiJFZERTQSJ9.eyJ1c2VyIjp7ImlkIjo3fX0.c2ln"}"#;
const ACCOUNT: &str = r#"{"id":7,"uuid":"a7"}"#;
const GET_HOME: &str = "GET /api/v2/home/users";
const HOME: &str = r#"{"users":[{"id":8,"uuid":"a8"},{"id":7,"uuid":"a7"}]}"#;
const PROTECTED: &str = r#"{"users":[{"id":7,"uuid":"a7","protected":true}]}"#;
const NO_HOME: &str = r#"{"error":"Not Found"}"#;
const SWITCH: &str = "POST /api/v2/home/users/a7/switch";
const SWITCHED: &str = r#"{"authToken":"of the user"}"#;
const GET_DEVICES: &str = "GET /api/v2/devices";
const DEVICES: &str =
    r#"[{"clientIdentifier":"other","token":"wrong"},{"clientIdentifier":"9f0b","token":"of the server"}]"#;

fn flow_of(access_token: &str, owned: bool, token: &str) -> ServerToken {
    let json = format!(r#"{{"clientIdentifier":"9f0b","accessToken":"{access_token}","owned":{owned}}}"#);
    let resource: Resource = serde_json::from_str(&json).unwrap();
    ServerToken::new(&resource, token, &ClientInfo::new("id-1", "App").unwrap())
}

/// For an owned server, after a login with a key.
fn flow() -> ServerToken {
    flow_of(JWT, true, JWT)
}

/// Without the feature `jwt`, nothing reads the account from the token.
fn script(flow: &mut ServerToken, lines: &[Line<'_>]) {
    let asks = lines.first().is_some_and(|line| line.2 == GET_HOME) && !cfg!(feature = "jwt");
    let ask = [(0.0, Poll, "GET /api/v2/user"), (0.0, Answer(200, ACCOUNT), "")];
    let lines: Vec<Line<'_>> = ask.iter().filter(|_| asks).chain(lines).copied().collect();
    play(flow, |token| token.expose().to_owned(), &lines);
}

/// The error at the end of a flow. The answers are to the requests after that for the account.
fn error(flow: &mut ServerToken, answers: &[(u16, &str)]) -> Error {
    let (now, mut answers) = (at(0.0), answers.iter());
    loop {
        match flow.poll(now) {
            Step::Done(result) => return result.unwrap_err(),
            Step::Wait(time) => panic!("{time:?}"),
            Step::Send(outgoing) => {
                let is_account = outgoing.request.uri().path() == "/api/v2/user";
                let (status, body) = if is_account { (200, ACCOUNT) } else { *answers.next().unwrap() };
                flow.handle(Ok(response(status, None, body)), now);
            }
        }
    }
}

#[test]
fn legacy_access_token_needs_no_request() {
    for owned in [true, false] {
        script(&mut flow_of("fits", owned, JWT), &[(0.0, Poll, "ok fits"), (0.0, Poll, "OutOfTurn")]);
    }
}

#[test]
fn own_home_user_gives_a_token() {
    script(
        &mut flow(),
        &[
            (0.0, Poll, GET_HOME),
            (0.0, Answer(200, HOME), ""),
            (0.0, Poll, SWITCH),
            (0.0, Answer(201, SWITCHED), ""),
            (0.0, Poll, "ok of the user"),
            (0.0, Poll, "OutOfTurn"),
        ],
    );
}

#[test]
fn own_legacy_token_opens_an_owned_server() {
    script(&mut flow_of("", true, "legacy"), &[(0.0, Poll, "ok legacy")]);
    script(&mut flow_of(JWT, true, "legacy"), &[(0.0, Poll, "ok legacy")]);
}

#[test]
fn account_is_asked_for_if_the_token_does_not_name_it() {
    script(
        &mut flow_of("", true, "eyJhbGciOiJFZERTQSJ9.e30.c2ln"),
        &[
            (0.0, Poll, "GET /api/v2/user"),
            (0.0, Answer(200, ACCOUNT), ""),
            (0.0, Poll, GET_HOME),
            (0.0, Answer(200, HOME), ""),
            (0.0, Poll, SWITCH),
        ],
    );
}

/// Plex may let a protected user in if no PIN is sent, which would bypass the lock.
#[test]
fn protected_user_continues_with_the_pin() {
    let mut flow = flow();
    assert_eq!(error(&mut flow, &[(200, PROTECTED)]).kind(), Some(ErrorKind::HomePinWanted));
    script(&mut flow, &[(0.0, Poll, "Request")]);
    flow.set_home_pin("1111");
    let (wrong, right) = (format!("{SWITCH} pin=1111"), format!("{SWITCH} pin=1234"));
    let refusal = r#"{"errors":[{"code":1041,"message":"A valid PIN is required"}]}"#;
    script(
        &mut flow,
        &[
            (1.0, Poll, &wrong),
            (1.0, Answer(403, refusal), ""),
            (1.0, Poll, "Response WrongHomePin"),
            (1.0, Poll, "Request"),
        ],
    );
    flow.set_home_pin("1234");
    script(
        &mut flow,
        &[(2.0, Poll, &right), (2.0, Answer(201, SWITCHED), ""), (2.0, Poll, "ok of the user")],
    );
}

#[test]
fn device_of_the_server_is_the_last_resort() {
    let devices =
        [(0.0, Poll, GET_DEVICES), (0.0, Answer(200, DEVICES), ""), (0.0, Poll, "ok of the server")];
    for (status, home) in
        [(404, NO_HOME), (200, r#"{"users":[{"id":8,"uuid":"a8"}]}"#), (200, r#"{"users":[{"id":7}]}"#)]
    {
        let home = [(0.0, Poll, GET_HOME), (0.0, Answer(status, home), "")];
        script(&mut flow(), &[&home[..], &devices].concat());
    }
    let refusal = r#"{"errors":[{"code":1043,"message":"Forbidden"}]}"#;
    let managed = r#"{"errors":[{"code":1009,"message":"no"}]}"#;
    for (status, switched) in [(403, refusal), (403, managed), (201, WITH_JWT)] {
        let switch = [
            (0.0, Poll, GET_HOME),
            (0.0, Answer(200, HOME), ""),
            (0.0, Poll, SWITCH),
            (0.0, Answer(status, switched), ""),
        ];
        script(&mut flow(), &[&switch[..], &devices].concat());
    }
}

#[test]
fn error_names_what_was_tried() {
    let tried = |mut flow: ServerToken, answers: &[(u16, &str)]| match error(&mut flow, answers) {
        Error::NoServerToken(tried) => tried.join("; "),
        error => panic!("{error}"),
    };
    assert_eq!(
        tried(flow_of("", false, "legacy"), &[]),
        "it has no access token; the account does not own the server"
    );
    assert_eq!(
        tried(flow(), &[(404, NO_HOME), (200, "[]")]),
        "its access token is a JWT; the account has no Home; the list of devices does not contain the server's token"
    );
    let jwt_of_device = format!(r#"[{{"clientIdentifier":"9f0b","token":"{JWT}"}}]"#);
    assert_eq!(
        tried(flow(), &[(200, r#"{"users":[]}"#), (200, &jwt_of_device)]),
        "its access token is a JWT; the account is not a user of its Home; the list of devices does not contain the server's \
         token"
    );
    assert_eq!(
        tried(flow().without_device_token(), &[(404, NO_HOME)]),
        "its access token is a JWT; the account has no Home; the token of the server's own device is not allowed"
    );
    let (managed, forbidden) =
        (r#"{"errors":[{"code":1009,"message":"no"}]}"#, r#"{"errors":[{"code":1043,"message":"no"}]}"#);
    assert_eq!(
        tried(flow(), &[(403, managed), (403, forbidden)]),
        "its access token is a JWT; the request for the users of the Home was refused; the request for the list of devices \
         was refused"
    );
}

#[test]
fn other_errors_end_the_flow() {
    script(
        &mut flow().retry(RetryPolicy::none()),
        &[
            (0.0, Poll, GET_HOME),
            (0.0, Answer(200, HOME), ""),
            (0.0, Poll, SWITCH),
            (0.0, Fail(TransportErrorKind::Broken), ""),
            (0.0, Poll, "Transport Broken"),
            (0.0, Poll, "OutOfTurn"),
        ],
    );
    script(
        &mut flow().retry(RetryPolicy::none()),
        &[
            (0.0, Poll, GET_HOME),
            (0.0, Fail(TransportErrorKind::Broken), ""),
            (0.0, Poll, "Transport Broken"),
            (0.0, Poll, "OutOfTurn"),
        ],
    );
    script(
        &mut flow().retry(RetryPolicy::none()),
        &[
            (0.0, Poll, GET_HOME),
            (0.0, Answer(404, NO_HOME), ""),
            (0.0, Poll, GET_DEVICES),
            (0.0, Fail(TransportErrorKind::Broken), ""),
            (0.0, Poll, "Transport Broken"),
            (0.0, Poll, "OutOfTurn"),
        ],
    );
    script(
        &mut flow(),
        &[
            (0.0, Poll, GET_HOME),
            (0.0, Answer(498, ""), ""),
            (0.0, Poll, "Response TokenExpired"),
            (0.0, Poll, "OutOfTurn"),
        ],
    );
}

#[test]
fn debug_hides_tokens_and_pin() {
    let mut flow = flow();
    flow.set_home_pin("9876");
    let shown = format!("{flow:?}");
    assert!(!shown.contains("eyJ") && !shown.contains("9876"), "{shown}");
}
