use std::time::SystemTime;

use http::Response;

use crate::client::{ClientInfo, Secret, Token};
use crate::error::{Error, ErrorKind, RequestError, TransportError};
use crate::flow::{Flow, Step};
use crate::flows::attempt::Attempt;
use crate::model::{Account, AuthorizedDevice, Home, HomeUser, Resource};
use crate::operation::Operation;
use crate::operations::{GetDevices, GetHomeUsers, GetUserDetails, SignedIn, SwitchHomeUser};
use crate::retry::RetryPolicy;

/// Obtains a token that a Media Server accepts.
///
/// After a login without a device key, that is the [access token](Resource::access_token) of the server's resource, or the
/// account's own token if the account owns the server, and this flow sends nothing. After a login with a key, the access
/// token of an owned server is the account's JWT, which most servers refuse. Then the flow tries, in this order:
///
/// 1. to switch to the account's own user in its Plex Home, which gives a legacy token;
/// 2. the token of the server's own device in the [list of devices](GetDevices). To rule this out, because that token grants
///    full access to the server, call [`without_device_token`](ServerToken::without_device_token).
///
/// If the Home user is protected, the flow ends with [`HomePinWanted`](ErrorKind::HomePinWanted). Ask for the PIN, pass it to
/// [`set_home_pin`](ServerToken::set_home_pin), and run the same flow again: it continues.
///
/// Source: clients in production.
///
/// # Errors
///
/// [`Error::NoServerToken`] if nothing gives a token, [`HomePinWanted`](ErrorKind::HomePinWanted),
/// [`WrongHomePin`](ErrorKind::WrongHomePin), and those of the operations above.
///
/// # Examples
///
/// ```
/// use plexauth_proto::model::Resource;
/// use plexauth_proto::{ClientInfo, Error, ErrorKind, ServerToken, Token};
///
/// /// `token` is the one that listed the resource. `run` is an adapter's.
/// fn token_of(
///     server: &Resource,
///     token: &Token,
///     info: &ClientInfo,
///     run: impl Fn(&mut ServerToken) -> Result<Token, Error>,
///     ask_for_pin: impl Fn() -> String,
/// ) -> Result<Token, Error> {
///     let mut flow = ServerToken::new(server, token, info);
///     match run(&mut flow) {
///         Err(error) if error.kind() == Some(ErrorKind::HomePinWanted) => {
///             flow.set_home_pin(ask_for_pin());
///             run(&mut flow)
///         }
///         result => result,
///     }
/// }
/// ```
#[derive(Debug)]
#[must_use = "a flow does nothing until it is driven"]
pub struct ServerToken {
    info: ClientInfo,
    /// The account's token.
    token: Token,
    access_token: Option<Token>,
    is_owned: bool,
    machine_identifier: Option<String>,
    allows_device_token: bool,
    policy: RetryPolicy,
    home_pin: Option<Secret>,
    account: Option<u64>,
    own_user: Option<HomeUser>,
    tried: Vec<&'static str>,
    state: State,
}

#[derive(Debug)]
enum State {
    Ready,
    GettingAccount(Box<Attempt<GetUserDetails>>),
    GettingHome(Box<Attempt<GetHomeUsers>>),
    /// Before the switch, and after a PIN that was missing or wrong.
    Switch,
    Switching(Box<Attempt<SwitchHomeUser>>),
    GetDevices,
    GettingDevices(Box<Attempt<GetDevices>>),
    /// Nothing gave a token.
    Exhausted,
    Done,
}

impl ServerToken {
    /// For the server that `resource` describes. `token` is the account's, with which the resource was listed.
    pub fn new(resource: &Resource, token: impl Into<Token>, info: &ClientInfo) -> Self {
        let token = token.into();
        // A legacy token of the account opens its own servers.
        let own = Some(&token).filter(|token| resource.owned && !token.is_jwt());
        let mut tried = Vec::new();
        if resource.server_token().is_none() {
            let is_jwt = resource.access_token.is_some();
            tried.push(if is_jwt { "its access token is a JWT" } else { "it has no access token" });
        }
        Self {
            info: info.clone(),
            access_token: resource.server_token().or(own).cloned(),
            token: token.clone(),
            is_owned: resource.owned,
            machine_identifier: resource.client_identifier.clone(),
            allows_device_token: true,
            policy: RetryPolicy::default(),
            home_pin: None,
            account: None,
            own_user: None,
            tried,
            state: State::Ready,
        }
    }

    /// Rules out the token of the server's own device, which grants full access to the server.
    pub fn without_device_token(mut self) -> Self {
        self.allows_device_token = false;
        self
    }

    /// When to retry. [`RetryPolicy::default`] by default.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Sets the PIN of the account's own Home user: in advance, or after [`HomePinWanted`](ErrorKind::HomePinWanted) or
    /// [`WrongHomePin`](ErrorKind::WrongHomePin).
    pub fn set_home_pin(&mut self, pin: impl Into<String>) {
        self.home_pin = Some(pin.into().into());
    }

    fn start(&mut self) -> State {
        if !self.is_owned {
            self.tried.push("the account does not own the server");
            return State::Exhausted;
        }
        self.account = account_of(&self.token);
        match self.account {
            Some(_) => self.get_home(),
            None => State::GettingAccount(self.attempt(GetUserDetails::new(&self.token))),
        }
    }

    fn get_home(&self) -> State {
        State::GettingHome(self.attempt(GetHomeUsers::new(&self.token)))
    }

    fn attempt<O: Operation>(&self, operation: O) -> Box<Attempt<O>> {
        Box::new(Attempt::new(operation, &self.info, self.policy))
    }

    fn on_account(&mut self, account: &Account) -> State {
        self.account = Some(account.id);
        self.get_home()
    }

    fn on_home(&mut self, home: Home) -> State {
        self.own_user = home.users.into_iter().find(|user| user.id.is_some() && user.id == self.account);
        if self.own_user.as_ref().is_some_and(|user| user.uuid.is_some()) {
            return State::Switch;
        }
        self.without_home("the account is not a user of its Home")
    }

    fn without_home(&mut self, reason: &'static str) -> State {
        self.tried.push(reason);
        State::GetDevices
    }

    /// Switches to the own user, but not past its lock: Plex may let a protected user in if no PIN is sent.
    fn switch(&mut self) -> Result<State, Error> {
        let (uuid, is_protected) = match &self.own_user {
            Some(HomeUser { uuid: Some(uuid), protected, .. }) => (uuid.clone(), *protected),
            _ => return Ok(State::GetDevices),
        };
        let mut switch = SwitchHomeUser::new(&self.token, uuid);
        match &self.home_pin {
            Some(pin) => switch = switch.pin(pin.expose()),
            None if is_protected => {
                self.state = State::Switch;
                return Err(RequestError::HomePinWanted.into());
            }
            None => {}
        }
        Ok(State::Switching(self.attempt(switch)))
    }

    fn on_switched(&mut self, switched: SignedIn) -> Result<Token, State> {
        if switched.token.is_jwt() {
            return Err(self.without_home("the token of the Home user is a JWT"));
        }
        Ok(switched.token)
    }

    fn get_devices(&mut self) -> State {
        if !self.allows_device_token {
            self.tried.push("the token of the server's own device is not allowed");
            return State::Exhausted;
        }
        State::GettingDevices(self.attempt(GetDevices::new(&self.token)))
    }

    fn on_devices(&mut self, devices: Vec<AuthorizedDevice>) -> Result<Token, State> {
        let is_server = |device: &AuthorizedDevice| {
            device.client_identifier.is_some() && device.client_identifier == self.machine_identifier
        };
        let own = devices.into_iter().find(is_server).and_then(|device| device.token);
        own.filter(|token| !token.is_jwt()).ok_or_else(|| {
            self.tried.push("the list of devices does not contain the server's token");
            State::Exhausted
        })
    }

    /// What a failed switch means: that this way is closed, or an error.
    fn on_switch_error(&mut self, error: Error) -> Result<State, Error> {
        match error.kind() {
            Some(ErrorKind::HomePinWanted | ErrorKind::WrongHomePin) => {
                self.home_pin = None;
                self.state = State::Switch;
                Err(error)
            }
            _ if is_closed(&error) => {
                Ok(self.without_home("the switch to the account's own Home user was refused"))
            }
            _ => Err(error),
        }
    }
}

/// Whether an error closes one way and leaves the others open.
fn is_closed(error: &Error) -> bool {
    matches!(
        error.kind(),
        Some(
            ErrorKind::Forbidden
                | ErrorKind::ManagedUser
                | ErrorKind::NotFound
                | ErrorKind::BadRequest
                | ErrorKind::NotUnderstood
        )
    )
}

/// The account that a JWT names.
fn account_of(token: &Token) -> Option<u64> {
    #[cfg(feature = "jwt")]
    return crate::jwt::PlexJwt::read(token).ok()??.claims().user_id;
    #[cfg(not(feature = "jwt"))]
    {
        let _ = token;
        None
    }
}

/// The step of an attempt that goes on, or its result.
#[expect(clippy::result_large_err, reason = "a step is matched at once, and a box would be an allocation")]
fn drive<O: Operation>(
    attempt: &mut Attempt<O>,
    now: SystemTime,
) -> Result<Result<O::Output, Error>, Step<Token>> {
    match attempt.poll(now) {
        Step::Send(outgoing) => Err(Step::Send(outgoing)),
        Step::Wait(time) => Err(Step::Wait(time)),
        Step::Done(result) => Ok(result),
    }
}

impl Flow for ServerToken {
    type Output = Token;

    fn poll(&mut self, now: SystemTime) -> Step<Token> {
        if let (State::Ready, Some(token)) = (&self.state, &self.access_token) {
            let token = token.clone();
            self.state = State::Done;
            return Step::Done(Ok(token));
        }
        loop {
            let next = match std::mem::replace(&mut self.state, State::Done) {
                State::Ready => Ok(self.start()),
                State::GettingAccount(mut attempt) => match drive(&mut attempt, now) {
                    Ok(result) => result.map(|account| self.on_account(&account)),
                    Err(step) => {
                        self.state = State::GettingAccount(attempt);
                        return step;
                    }
                },
                State::GettingHome(mut attempt) => match drive(&mut attempt, now) {
                    Ok(Ok(home)) => Ok(self.on_home(home)),
                    Ok(Err(error)) if error.kind() == Some(ErrorKind::NoHome) => {
                        Ok(self.without_home("the account has no Home"))
                    }
                    Ok(Err(error)) if is_closed(&error) => {
                        Ok(self.without_home("the request for the users of the Home was refused"))
                    }
                    Ok(Err(error)) => Err(error),
                    Err(step) => {
                        self.state = State::GettingHome(attempt);
                        return step;
                    }
                },
                State::Switch => self.switch(),
                State::Switching(mut attempt) => match drive(&mut attempt, now) {
                    Ok(Ok(switched)) => match self.on_switched(switched) {
                        Ok(token) => return Step::Done(Ok(token)),
                        Err(state) => Ok(state),
                    },
                    Ok(Err(error)) => self.on_switch_error(error),
                    Err(step) => {
                        self.state = State::Switching(attempt);
                        return step;
                    }
                },
                State::GetDevices => Ok(self.get_devices()),
                State::GettingDevices(mut attempt) => match drive(&mut attempt, now) {
                    Ok(Ok(devices)) => match self.on_devices(devices) {
                        Ok(token) => return Step::Done(Ok(token)),
                        Err(state) => Ok(state),
                    },
                    Ok(Err(error)) if is_closed(&error) => {
                        self.tried.push("the request for the list of devices was refused");
                        Ok(State::Exhausted)
                    }
                    Ok(Err(error)) => Err(error),
                    Err(step) => {
                        self.state = State::GettingDevices(attempt);
                        return step;
                    }
                },
                State::Exhausted => Err(Error::NoServerToken(std::mem::take(&mut self.tried))),
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
            State::GettingAccount(attempt) => attempt.handle(result, now),
            State::GettingHome(attempt) => attempt.handle(result, now),
            State::Switching(attempt) => attempt.handle(result, now),
            State::GettingDevices(attempt) => attempt.handle(result, now),
            State::Ready | State::Switch | State::GetDevices | State::Exhausted | State::Done => {}
        }
    }
}

#[cfg(test)]
mod tests;
