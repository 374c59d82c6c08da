use std::fmt;
use std::time::{Duration, SystemTime};

use http::{Request, Response};

use crate::exchange::type_name;
use crate::model::Resource;
use crate::operations::ServerIdentity;
use crate::{
    BaseUrl, ClientInfo, Error, ErrorKind, Exchange, Failure, Flow, GetServerIdentity, Operation,
    RequestError, RequestTimeout, Step, Token, Verdict,
};

/// How long a server may take to say who it is.
const CANDIDATE_TIMEOUT: Duration = Duration::from_secs(5);

/// Finds out which of a server's connections works from here: tries them one after the other, in
/// [their order](Resource::connections_in_order), and takes the first at which the server itself answers.
///
/// No token is sent: whoever answers at an address is asked who it is, and only if that is the server, its address is
/// handed out together with the token for it. What an unencrypted answer says is no proof, though; in networks that you
/// do not trust, take [`https_only`](FindServer::https_only). It never waits, but one connection may take as long as
/// [`candidate_timeout`](FindServer::candidate_timeout) says.
///
/// # Errors
///
/// [`Error::ServerNotFound`], which tells what became of each connection; [`Error::DeadlineReached`] if some were not tried.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use plexauth_proto::model::Resource;
/// use plexauth_proto::{ClientInfo, FindServer};
///
/// /// For an adapter's `run`, or a loop of your own: of what [`GetResources`](plexauth_proto::GetResources) gave.
/// fn find(resources: &[Resource], name: &str, client: &ClientInfo) -> Option<FindServer> {
///     let named = |resource: &&Resource| resource.is_server() && resource.name.as_deref() == Some(name);
///     let server = resources.iter().find(named)?;
///     Some(FindServer::new(server, client).https_only().candidate_timeout(Duration::from_secs(3)))
/// }
/// ```
#[derive(Debug)]
#[must_use = "a flow does nothing until it is driven"]
pub struct FindServer {
    client: ClientInfo,
    machine_identifier: String,
    access_token: Option<Token>,
    candidates: std::vec::IntoIter<Candidate>,
    candidate_timeout: Duration,
    deadline: Option<SystemTime>,
    tried: Vec<TriedConnection>,
    state: State,
}

#[derive(Debug, Clone)]
struct Candidate {
    base_url: BaseUrl,
    is_relay: bool,
}

#[derive(Debug)]
enum State {
    Ready,
    Asking(Candidate),
    Found(FoundServer),
    Done,
}

/// A server that can be reached, and with what.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FoundServer {
    /// Its address.
    pub base_url: BaseUrl,
    /// The token for this server, and for no other.
    pub access_token: Option<Token>,
    /// Who it says that it is.
    pub identity: ServerIdentity,
    /// Whether the connection goes through Plex's relay, which is slow.
    pub is_relay: bool,
}

/// A connection that did not lead to the server.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TriedConnection {
    /// The address.
    pub base_url: BaseUrl,
    /// What became of it.
    pub outcome: ConnectionOutcome,
}

/// Why a connection does not lead to the server.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConnectionOutcome {
    /// Nobody answered.
    NoAnswer(Failure),
    /// Something answered, but not as a Media Server does.
    Refused(ErrorKind),
    /// Another server answered: its machine identifier.
    AnotherServer(String),
}

impl fmt::Display for TriedConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.base_url)?;
        match &self.outcome {
            ConnectionOutcome::NoAnswer(failure) => failure.fmt(f),
            ConnectionOutcome::Refused(kind) => kind.fmt(f),
            ConnectionOutcome::AnotherServer(identifier) => {
                write!(f, "another server answered, {}", identifier.escape_debug())
            }
        }
    }
}

impl FindServer {
    /// Looks for the server that `resource` is.
    pub fn new(resource: &Resource, client: &ClientInfo) -> Self {
        let candidates: Vec<_> = resource
            .connections_in_order()
            .into_iter()
            .filter_map(|connection| {
                Some(Candidate { base_url: connection.base_url()?, is_relay: connection.relay })
            })
            .collect();
        Self {
            client: client.clone(),
            machine_identifier: resource.client_identifier.clone().unwrap_or_default(),
            access_token: resource.access_token.clone(),
            candidates: candidates.into_iter(),
            candidate_timeout: CANDIDATE_TIMEOUT,
            deadline: None,
            tried: Vec::new(),
            state: State::Ready,
        }
    }

    /// Leaves out plain http, on which anybody in between can answer in the place of the server.
    pub fn https_only(mut self) -> Self {
        let candidates: Vec<_> = self.candidates.filter(|candidate| candidate.base_url.is_https()).collect();
        self.candidates = candidates.into_iter();
        self
    }

    /// How long each connection may take. 5 seconds unless set.
    pub fn candidate_timeout(mut self, timeout: Duration) -> Self {
        self.candidate_timeout = timeout;
        self
    }

    /// Gives up at that moment.
    pub fn deadline(mut self, deadline: SystemTime) -> Self {
        self.deadline = Some(deadline);
        self
    }

    fn request(&mut self, now: SystemTime) -> Result<Request<Vec<u8>>, Error> {
        if self.machine_identifier.is_empty() {
            return Err(RequestError::Empty { what: "the client identifier of the resource" }.into());
        }
        let left = self.deadline.map(|deadline| deadline.duration_since(now).unwrap_or_default());
        let Some(candidate) = self.candidates.next() else {
            return Err(Error::ServerNotFound(std::mem::take(&mut self.tried)));
        };
        if left == Some(Duration::ZERO) {
            return Err(Error::DeadlineReached);
        }
        let mut request = GetServerIdentity::new(&candidate.base_url).request(&self.client)?;
        let timeout = left.map_or(self.candidate_timeout, |left| left.min(self.candidate_timeout));
        request.extensions_mut().insert(RequestTimeout(timeout));
        self.state = State::Asking(candidate);
        Ok(request)
    }

    fn pass_over(&mut self, candidate: Candidate, outcome: ConnectionOutcome) {
        self.tried.push(TriedConnection { base_url: candidate.base_url, outcome });
        self.state = State::Ready;
    }
}

impl Flow for FindServer {
    type Output = FoundServer;

    fn poll(&mut self, now: SystemTime) -> Step<FoundServer> {
        match std::mem::replace(&mut self.state, State::Done) {
            State::Ready => match self.request(now) {
                Ok(request) => Step::Send(request),
                Err(error) => Step::Done(Err(error)),
            },
            State::Found(server) => Step::Done(Ok(server)),
            State::Asking(_) | State::Done => Step::Done(Err(Error::OutOfTurn)),
        }
    }

    fn on_response<B: AsRef<[u8]>>(&mut self, response: Response<B>, _: SystemTime) {
        match std::mem::replace(&mut self.state, State::Done) {
            State::Asking(candidate) => {
                match GetServerIdentity::new(&candidate.base_url).parse(&response) {
                    Ok(identity) if identity.machine_identifier == self.machine_identifier => {
                        self.state = State::Found(FoundServer {
                            base_url: candidate.base_url,
                            access_token: self.access_token.take(),
                            identity,
                            is_relay: candidate.is_relay,
                        });
                    }
                    Ok(other) => {
                        // Whoever that is may call itself what it likes.
                        let identifier = other.machine_identifier.chars().take(100).collect();
                        self.pass_over(candidate, ConnectionOutcome::AnotherServer(identifier));
                    }
                    Err(error) => self.pass_over(candidate, ConnectionOutcome::Refused(error.kind())),
                }
            }
            other => self.state = other,
        }
    }

    fn on_failure(&mut self, failure: Failure, _: SystemTime) -> Verdict {
        match std::mem::replace(&mut self.state, State::Done) {
            State::Asking(candidate) => {
                self.pass_over(candidate, ConnectionOutcome::NoAnswer(failure));
                Verdict::GoOn
            }
            other => {
                self.state = other;
                Verdict::GiveUp
            }
        }
    }

    fn current_exchange(&self) -> Exchange {
        Exchange::new(type_name::<GetServerIdentity>())
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Event::{Answer, Fail, Name, Poll};
    use super::super::testing::{Line, at, play};
    use super::*;

    const RIGHT: &str = r#"{"MediaContainer":{"machineIdentifier":"9f0b","version":"1.41","claimed":true}}"#;
    const OTHER: &str = r#"{"MediaContainer":{"machineIdentifier":"other"}}"#;

    /// A server with a connection of each kind, told apart by their prefixes.
    fn resource() -> Resource {
        serde_json::from_str(
            r#"{"clientIdentifier":"9f0b","accessToken":"hushhush","owned":true,"connections":[
                {"uri":"https://r.example/relay","relay":true},{"uri":"http://a.example/plain","local":true},
                {"uri":"https://b.example/remote"},{"uri":"https://a.example/local","local":true}]}"#,
        )
        .unwrap()
    }

    fn flow() -> FindServer {
        FindServer::new(&resource(), &ClientInfo::new("id-1", "App").unwrap())
    }

    fn show(server: &FoundServer) -> String {
        let token = server.access_token.as_ref().map_or("none", Token::expose);
        format!("{} {token} {}", server.base_url, server.is_relay)
    }

    fn script(mut flow: FindServer, lines: &[Line<'_>]) {
        play(&mut flow, show, lines);
    }

    #[test]
    fn the_first_connection_at_which_the_server_answers_is_taken() {
        script(
            flow(),
            &[
                (0.0, Poll, "GET /local/identity"),
                (0.0, Name, "GetServerIdentity, attempt 1"),
                (5.0, Fail(Failure::ConnectTimeout), "GoOn"),
                (5.0, Poll, "GET /plain/identity"),
                (5.1, Answer(200, OTHER), ""),
                (5.1, Poll, "GET /remote/identity"),
                (5.2, Answer(200, RIGHT), ""),
                (5.2, Poll, "ok https://b.example/remote hushhush false"),
                (5.2, Poll, "OutOfTurn"),
                (5.2, Answer(200, RIGHT), ""),
                (5.2, Fail(Failure::Broken), "GiveUp"),
                (5.2, Poll, "OutOfTurn"),
            ],
        );
    }

    #[test]
    fn the_relay_comes_last() {
        script(
            flow(),
            &[
                (0.0, Poll, "GET /local/identity"),
                (0.0, Fail(Failure::Connect), "GoOn"),
                (0.0, Poll, "GET /plain/identity"),
                (0.0, Fail(Failure::Connect), "GoOn"),
                (0.0, Poll, "GET /remote/identity"),
                (0.0, Fail(Failure::Connect), "GoOn"),
                (0.0, Poll, "GET /relay/identity"),
                (0.0, Answer(200, RIGHT), ""),
                (0.0, Poll, "ok https://r.example/relay hushhush true"),
            ],
        );
    }

    #[test]
    fn no_request_carries_a_token_and_each_has_its_time() {
        let mut flow = flow().candidate_timeout(Duration::from_secs(2)).deadline(at(3.0));
        for (seconds, timeout) in [(0.0, 2.0), (1.5, 1.5), (2.75, 0.25)] {
            let Step::Send(request) = flow.poll(at(seconds)) else { panic!("a request at {seconds}") };
            let names: Vec<_> = request.headers().keys().map(|name| name.as_str()).collect();
            assert_eq!(names.len(), 3, "{names:?}");
            assert!(!names.contains(&"x-plex-token") && request.uri().query().is_none());
            let RequestTimeout(time) = request.extensions().get().unwrap();
            assert_eq!(time.as_secs_f64(), timeout);
            assert_eq!(flow.on_failure(Failure::Timeout, at(seconds)), Verdict::GoOn);
        }
        assert!(matches!(flow.poll(at(3.0)), Step::Done(Err(Error::DeadlineReached))));
    }

    /// That says more than that time was up.
    #[test]
    fn where_all_were_tried_by_the_deadline_the_error_tells_of_each() {
        let mut flow = flow().deadline(at(4.0));
        for seconds in [0.0, 1.0, 2.0, 3.0] {
            assert!(matches!(flow.poll(at(seconds)), Step::Send(_)));
            assert_eq!(flow.on_failure(Failure::Timeout, at(seconds + 1.0)), Verdict::GoOn);
        }
        assert!(
            matches!(flow.poll(at(4.0)), Step::Done(Err(Error::ServerNotFound(tried))) if tried.len() == 4)
        );
    }

    #[test]
    fn where_none_fits_the_error_tells_of_each() {
        let mut flow = flow();
        let answers = [(200, OTHER), (404, "<html>"), (200, "<html>")];
        for (status, body) in answers {
            assert!(matches!(flow.poll(at(0.0)), Step::Send(_)));
            flow.on_response(Response::builder().status(status).body(body).unwrap(), at(0.0));
        }
        assert!(matches!(flow.poll(at(0.0)), Step::Send(_)));
        assert_eq!(flow.on_failure(Failure::Connect, at(0.0)), Verdict::GoOn);
        let Step::Done(Err(error)) = flow.poll(at(0.0)) else { panic!("an error") };
        assert_eq!(
            error.to_string(),
            "the server cannot be reached from here (https://a.example/local: another server answered, other; \
             http://a.example/plain: there is no such thing; https://b.example/remote: the answer is not JSON; \
             https://r.example/relay: no connection to the server); check that it is running and remote access is on"
        );
    }

    #[test]
    fn https_only_leaves_out_what_anybody_can_answer() {
        script(
            flow().https_only(),
            &[
                (0.0, Poll, "GET /local/identity"),
                (0.0, Fail(Failure::Connect), "GoOn"),
                (0.0, Poll, "GET /remote/identity"),
            ],
        );
    }

    #[test]
    fn without_a_connection_or_an_identifier_there_is_nothing_to_find() {
        let client = ClientInfo::new("id-1", "App").unwrap();
        let resource = |json: &str| serde_json::from_str::<Resource>(json).unwrap();
        let nowhere = FindServer::new(&resource(r#"{"clientIdentifier":"9f0b"}"#), &client);
        script(nowhere, &[(0.0, Poll, "ServerNotFound"), (0.0, Poll, "OutOfTurn")]);
        let nobody = FindServer::new(&resource(r#"{"connections":[{"uri":"https://a"}]}"#), &client);
        script(nobody, &[(0.0, Poll, "Request")]);
    }

    #[test]
    fn what_another_server_calls_itself_is_cut_short() {
        let mut flow = flow();
        assert!(matches!(flow.poll(at(0.0)), Step::Send(_)));
        let long =
            format!(r#"{{"MediaContainer":{{"machineIdentifier":"\u001b[31m{}"}}}}"#, "x".repeat(5000));
        flow.on_response(Response::new(long), at(0.0));
        let shown = flow.tried[0].to_string();
        assert!(shown.len() < 250 && !shown.contains('\u{1b}'), "{shown}");
        assert!(!format!("{flow:?}").contains("hushhush"));
    }
}
