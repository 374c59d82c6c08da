use std::fmt;
use std::time::{Duration, SystemTime};

use http::Response;

use crate::client::{ClientInfo, Token};
use crate::error::{Error, RequestError, TransportError};
use crate::flow::{Flow, Step};
use crate::flows::attempt::Attempt;
use crate::flows::pin_login::PinLogin;
use crate::jwt::{DeviceKey, Scopes};
use crate::model::Pin;
use crate::operations::{CreatePin, LinkPin};
use crate::retry::RetryPolicy;

/// The PIN has been approved, so its token comes at once.
const MOST_AFTER_LINK: Duration = Duration::from_secs(60);

/// Logs a second device in with a device key, on behalf of a first one: gives a JWT, and the first device keeps its token.
///
/// Nobody is asked. The second device creates a PIN with its key, the first approves it with its legacy token, and the second
/// receives the JWT. For an application with a legacy token, this is the way to a JWT beside it: the new device opens plex.tv
/// with tokens that expire, the old one opens Media Servers. [`RegisterDeviceKey`](crate::RegisterDeviceKey) would end the
/// legacy token.
///
/// Source: clients in production.
///
/// # Errors
///
/// [`RequestError::SameDevice`] if both have the same client identifier; those of [`CreatePin`], [`LinkPin`] and
/// [`PinLogin`], which may take a minute here. A failure leaves the first device as it was.
///
/// # Examples
///
/// ```
/// use plexauth_proto::jwt::{DeviceKey, Scopes};
/// use plexauth_proto::{ClientInfo, LinkDevice, Session, Token};
///
/// /// `first` is the client that `token` belongs to. `second` has another identifier, generated once and stored.
/// fn link(token: &Token, first: &ClientInfo, second: &ClientInfo, key: &DeviceKey) -> LinkDevice {
///     LinkDevice::new(token, first, second, key) // for an adapter's `run`
/// }
///
/// fn session(jwt: Token, second: &ClientInfo, key: &DeviceKey) -> Session {
///     Session::with_key(second, jwt, key, Scopes::default())
/// }
/// ```
#[must_use = "a flow does nothing until it is driven"]
pub struct LinkDevice {
    token: Token,
    first: ClientInfo,
    second: ClientInfo,
    key: DeviceKey,
    scopes: Scopes,
    state: State,
}

enum State {
    Ready,
    Creating(Attempt<CreatePin>),
    Linking(Attempt<LinkPin>, Box<Pin>),
    LoggingIn(Box<PinLogin>),
    Done,
}

impl LinkDevice {
    /// Logs the client `second` in, with `key`, to the account that the legacy `token` of the client `first` belongs to.
    pub fn new(token: impl Into<Token>, first: &ClientInfo, second: &ClientInfo, key: &DeviceKey) -> Self {
        Self {
            token: token.into(),
            first: first.clone(),
            second: second.clone(),
            key: key.clone(),
            scopes: Scopes::default(),
            state: State::Ready,
        }
    }

    /// The data about the account that the JWT contains. All of it by default.
    pub fn scopes(mut self, scopes: Scopes) -> Self {
        self.scopes = scopes;
        self
    }

    fn start(&self) -> Result<State, Error> {
        if self.first.identifier() == self.second.identifier() {
            return Err(RequestError::SameDevice.into());
        }
        let create = CreatePin::strong().device_key(&self.key);
        Ok(State::Creating(Attempt::new(create, &self.second, RetryPolicy::none())))
    }

    fn on_created(&self, pin: Pin) -> State {
        let link = LinkPin::new(&self.token, &pin.code);
        State::Linking(Attempt::new(link, &self.first, RetryPolicy::none()), Box::new(pin))
    }

    fn on_linked(&self, pin: &Pin) -> State {
        let login = pin.login(&self.second).device_key(&self.key, self.scopes);
        State::LoggingIn(Box::new(login.timeout(MOST_AFTER_LINK)))
    }
}

impl Flow for LinkDevice {
    type Output = Token;

    fn poll(&mut self, now: SystemTime) -> Step<Token> {
        loop {
            let next = match std::mem::replace(&mut self.state, State::Done) {
                State::Ready => self.start(),
                State::Creating(mut attempt) => match attempt.poll(now) {
                    Step::Done(result) => result.map(|pin| self.on_created(pin)),
                    Step::Send(outgoing) => {
                        self.state = State::Creating(attempt);
                        return Step::Send(outgoing);
                    }
                    Step::Wait(time) => {
                        self.state = State::Creating(attempt);
                        return Step::Wait(time);
                    }
                },
                State::Linking(mut attempt, pin) => match attempt.poll(now) {
                    Step::Done(result) => result.map(|()| self.on_linked(&pin)),
                    Step::Send(outgoing) => {
                        self.state = State::Linking(attempt, pin);
                        return Step::Send(outgoing);
                    }
                    Step::Wait(time) => {
                        self.state = State::Linking(attempt, pin);
                        return Step::Wait(time);
                    }
                },
                State::LoggingIn(mut login) => {
                    let step = login.poll(now);
                    if !matches!(step, Step::Done(_)) {
                        self.state = State::LoggingIn(login);
                    }
                    return step;
                }
                State::Done => Err(Error::OutOfTurn),
            };
            match next {
                Ok(state) => self.state = state,
                Err(error) => return Step::Done(Err(error)),
            }
        }
    }

    fn handle(&mut self, result: Result<Response<Vec<u8>>, TransportError>, now: SystemTime) {
        match &mut self.state {
            State::Creating(attempt) => attempt.handle(result, now),
            State::Linking(attempt, _) => attempt.handle(result, now),
            State::LoggingIn(login) => login.handle(result, now),
            State::Ready | State::Done => {}
        }
    }
}

impl fmt::Debug for LinkDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match &self.state {
            State::Ready => "Ready",
            State::Creating(_) => "Creating",
            State::Linking(..) => "Linking",
            State::LoggingIn(_) => "LoggingIn",
            State::Done => "Done",
        };
        f.debug_struct("LinkDevice").field("state", &state).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Event::{Answer, Fail, Name, Poll};
    use super::super::testing::{Line, play};
    use super::*;
    use crate::error::TransportErrorKind;

    const PIN: &str = r#"{"id":7,"code":"8lzjqnq8lye02n52jq3fqxf8e","expiresIn":1800}"#;

    fn info(identifier: &str) -> ClientInfo {
        ClientInfo::new(identifier, "App").unwrap()
    }

    #[test]
    fn debug_shows_the_state_alone() {
        assert_eq!(format!("{:?}", flow("id-2")), r#"LinkDevice { state: "Ready", .. }"#);
    }

    fn flow(second: &str) -> LinkDevice {
        let key = DeviceKey::from_bytes([7; 32]);
        LinkDevice::new("hushhush", &info("id-1"), &info(second), &key)
    }

    fn script(second: &str, lines: &[Line<'_>]) {
        play(&mut flow(second), |token| token.expose().to_owned(), lines);
    }

    #[test]
    fn second_device_gets_a_jwt() {
        let mut flow = flow("id-2");
        let mut requests = Vec::new();
        let now = super::super::testing::at(0.0);
        for body in [PIN, "", r#"{"authToken":"eyJ"}"#] {
            let Step::Send(outgoing) = flow.poll(now) else { panic!("expected a request") };
            let header = |name: &str| {
                outgoing.request.headers().get(name).map_or("-", |value| value.to_str().unwrap()).to_owned()
            };
            requests.push(format!(
                "{} {} {} {}",
                outgoing.request.method(),
                outgoing.request.uri().path(),
                header("x-plex-client-identifier"),
                header("x-plex-token")
            ));
            flow.handle(Ok(super::super::testing::response(200, None, body)), now);
        }
        assert_eq!(
            requests,
            ["POST /api/v2/pins id-2 -", "PUT /api/v2/pins/link id-1 hushhush", "GET /api/v2/pins/7 id-2 -"]
        );
        assert!(matches!(flow.poll(now), Step::Done(Ok(token)) if token.expose() == "eyJ"));
        assert!(matches!(flow.poll(now), Step::Done(Err(Error::OutOfTurn))));
    }

    #[test]
    fn any_failed_step_ends_the_flow() {
        let create = format!(
            r#"POST /api/v2/pins {{"jwk":{},"strong":true}}"#,
            DeviceKey::from_bytes([7; 32]).public_jwk()
        );
        let link = "PUT /api/v2/pins/link code=8lzjqnq8lye02n52jq3fqxf8e";
        script(
            "id-2",
            &[
                (0.0, Poll, &create),
                (0.0, Name, "CreatePin, attempt 1"),
                (0.0, Answer(422, r#"{"error":"taken"}"#), ""),
                (0.0, Poll, "Response KeyTaken"),
                (0.0, Poll, "OutOfTurn"),
            ],
        );
        script(
            "id-2",
            &[
                (0.0, Poll, &create),
                (0.0, Answer(201, PIN), ""),
                (0.0, Poll, link),
                (0.0, Fail(TransportErrorKind::Broken), ""),
                (0.0, Poll, "Transport Broken"),
            ],
        );
    }

    #[test]
    fn same_identifier_is_rejected() {
        script("id-1", &[(0.0, Poll, "Request"), (0.0, Poll, "OutOfTurn")]);
    }
}
