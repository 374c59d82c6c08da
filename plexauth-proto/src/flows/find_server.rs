use std::time::{Duration, SystemTime};

use http::Response;

use crate::client::{BaseUrl, ClientInfo, Token};
use crate::error::{ConnectionOutcome, Error, RequestError, TransportError, TriedConnection};
use crate::flow::{Flow, Label, Outgoing, Step};
use crate::model::{Connection, Resource};
use crate::operation::Operation;
use crate::operations::{GetServerIdentity, ServerIdentity};

/// The default time limit for each connection.
const CANDIDATE_TIMEOUT: Duration = Duration::from_secs(5);

/// Finds the first of a server's connections that works from here.
///
/// It tries the connections one after the other, [best first](Resource::connections_in_order), and ends as soon as the
/// server itself responds.
///
/// No token is sent. The flow requests the identity of the server at each address, and returns the address and the
/// token only if it is the expected server. An unencrypted response is no proof, so use
/// [`https_only`](FindServer::https_only) on networks that you do not trust. The flow never waits, but each connection
/// may take up to [`candidate_timeout`](FindServer::candidate_timeout).
///
/// # Errors
///
/// [`Error::ServerNotFound`] with the outcome of each connection, [`Error::DeadlineReached`] if the deadline passed
/// before all were tried, [`Error::Request`] if the resource has no client identifier.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use plexauth_proto::model::Resource;
/// use plexauth_proto::{ClientInfo, FindServer};
///
/// /// For an adapter's `run`. `resources` is the output of [`GetResources`](plexauth_proto::GetResources).
/// fn find(resources: &[Resource], name: &str, info: &ClientInfo) -> Option<FindServer> {
///     let named = |resource: &&Resource| resource.is_server() && resource.name.as_deref() == Some(name);
///     let server = resources.iter().find(named)?;
///     Some(FindServer::new(server, info).https_only().candidate_timeout(Duration::from_secs(3)))
/// }
/// ```
#[derive(Debug)]
#[must_use = "a flow does nothing until it is driven"]
pub struct FindServer {
    info: ClientInfo,
    machine_identifier: String,
    token: Option<Token>,
    candidates: std::vec::IntoIter<Candidate>,
    candidate_timeout: Duration,
    deadline: Option<SystemTime>,
    tried: Vec<TriedConnection>,
    state: State,
}

#[derive(Debug, Clone)]
struct Candidate {
    base_url: BaseUrl,
    tier: ConnectionTier,
}

#[derive(Debug)]
enum State {
    Ready,
    Probing(Candidate),
    Found(FoundServer),
    Done,
}

/// A server that responded, with the address and the token to use.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FoundServer {
    /// The address that works.
    pub base_url: BaseUrl,
    /// The kind of the connection.
    pub tier: ConnectionTier,
    /// The token for this server only. Do not send it to any other. `None` if the resource has none that is likely to be
    /// accepted: [`ServerToken`](crate::ServerToken) obtains one.
    pub token: Option<Token>,
    /// The identity that the server reported.
    pub identity: ServerIdentity,
}

/// The kind of a connection, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ConnectionTier {
    /// An address on the server's local network.
    Local,
    /// A public address.
    Remote,
    /// Plex's relay, which is slow.
    Relay,
}

impl ConnectionTier {
    fn of(connection: &Connection) -> Self {
        if connection.relay {
            Self::Relay
        } else if connection.local {
            Self::Local
        } else {
            Self::Remote
        }
    }
}

impl FindServer {
    /// Looks for the server that `resource` describes.
    pub fn new(resource: &Resource, info: &ClientInfo) -> Self {
        let candidates: Vec<_> = resource
            .candidates()
            .into_iter()
            .map(|(connection, base_url)| Candidate { base_url, tier: ConnectionTier::of(connection) })
            .collect();
        Self {
            info: info.clone(),
            machine_identifier: resource.client_identifier.clone().unwrap_or_default(),
            token: resource.server_token().cloned(),
            candidates: candidates.into_iter(),
            candidate_timeout: CANDIDATE_TIMEOUT,
            deadline: None,
            tried: Vec::new(),
            state: State::Ready,
        }
    }

    /// Skips plain http, where anybody on the network can impersonate the server.
    pub fn https_only(mut self) -> Self {
        let candidates: Vec<_> = self.candidates.filter(|candidate| candidate.base_url.is_https()).collect();
        self.candidates = candidates.into_iter();
        self
    }

    /// Sets the time limit for each connection. 5 seconds by default.
    pub fn candidate_timeout(mut self, timeout: Duration) -> Self {
        self.candidate_timeout = timeout;
        self
    }

    /// Sets a deadline.
    pub fn deadline(mut self, deadline: SystemTime) -> Self {
        self.deadline = Some(deadline);
        self
    }

    fn probe(&mut self, now: SystemTime) -> Result<Outgoing, Error> {
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
        let get_identity = GetServerIdentity::new(&candidate.base_url);
        let request = get_identity.request(&self.info)?;
        let timeout = left.map_or(self.candidate_timeout, |left| left.min(self.candidate_timeout));
        self.state = State::Probing(candidate);
        Ok(Outgoing::new(request, Label::new(get_identity.name())).with_timeout(timeout))
    }

    /// The identity of the server, or the reason why the connection does not lead to it.
    fn identify(
        &self,
        candidate: &Candidate,
        result: Result<Response<Vec<u8>>, TransportError>,
    ) -> Result<ServerIdentity, ConnectionOutcome> {
        let response = result.map_err(|error| ConnectionOutcome::NoResponse(error.kind()))?;
        let identity = GetServerIdentity::new(&candidate.base_url)
            .parse(&response)
            .map_err(|error| ConnectionOutcome::Refused(error.kind()))?;
        if identity.machine_identifier == self.machine_identifier {
            Ok(identity)
        } else {
            // Another server may report an identifier of any length.
            Err(ConnectionOutcome::AnotherServer(identity.machine_identifier.chars().take(100).collect()))
        }
    }
}

impl Flow for FindServer {
    type Output = FoundServer;

    fn poll(&mut self, now: SystemTime) -> Step<FoundServer> {
        match std::mem::replace(&mut self.state, State::Done) {
            State::Ready => match self.probe(now) {
                Ok(outgoing) => Step::Send(outgoing),
                Err(error) => Step::Done(Err(error)),
            },
            State::Found(server) => Step::Done(Ok(server)),
            State::Probing(_) | State::Done => Step::Done(Err(Error::OutOfTurn)),
        }
    }

    fn handle(&mut self, result: Result<Response<Vec<u8>>, TransportError>, _: SystemTime) {
        self.state = match std::mem::replace(&mut self.state, State::Done) {
            State::Probing(candidate) => match self.identify(&candidate, result) {
                Ok(identity) => State::Found(FoundServer {
                    base_url: candidate.base_url,
                    tier: candidate.tier,
                    token: self.token.take(),
                    identity,
                }),
                Err(outcome) => {
                    self.tried.push(TriedConnection::new(candidate.base_url, outcome));
                    State::Ready
                }
            },
            state => state,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Event::{Answer, Fail, Name, Poll};
    use super::super::testing::{Line, at, play, response};
    use super::*;
    use crate::error::TransportErrorKind;

    const RIGHT: &str = r#"{"MediaContainer":{"machineIdentifier":"9f0b","version":"1.41","claimed":true}}"#;
    const OTHER: &str = r#"{"MediaContainer":{"machineIdentifier":"other"}}"#;

    /// A server with one connection of each kind. They differ in their path prefixes.
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
        let token = server.token.as_ref().map_or("none", Token::expose);
        format!("{} {token} {:?}", server.base_url, server.tier)
    }

    fn lost(kind: TransportErrorKind) -> TransportError {
        TransportError::new(kind, "lost")
    }

    fn script(mut flow: FindServer, lines: &[Line<'_>]) {
        play(&mut flow, show, lines);
    }

    #[test]
    fn first_connection_to_the_server_is_taken() {
        script(
            flow(),
            &[
                (0.0, Poll, "GET /local/identity"),
                (0.0, Name, "GetServerIdentity, attempt 1"),
                (5.0, Fail(TransportErrorKind::ConnectTimeout), ""),
                (5.0, Poll, "GET /plain/identity"),
                (5.1, Answer(200, OTHER), ""),
                (5.1, Poll, "GET /remote/identity"),
                (5.2, Answer(200, RIGHT), ""),
                (5.2, Poll, "ok https://b.example/remote hushhush Remote"),
                (5.2, Poll, "OutOfTurn"),
                (5.2, Answer(200, RIGHT), ""),
                (5.2, Fail(TransportErrorKind::Broken), ""),
                (5.2, Poll, "OutOfTurn"),
            ],
        );
    }

    #[test]
    fn relay_is_tried_last() {
        script(
            flow(),
            &[
                (0.0, Poll, "GET /local/identity"),
                (0.0, Fail(TransportErrorKind::Connect), ""),
                (0.0, Poll, "GET /plain/identity"),
                (0.0, Fail(TransportErrorKind::Connect), ""),
                (0.0, Poll, "GET /remote/identity"),
                (0.0, Fail(TransportErrorKind::Connect), ""),
                (0.0, Poll, "GET /relay/identity"),
                (0.0, Answer(200, RIGHT), ""),
                (0.0, Poll, "ok https://r.example/relay hushhush Relay"),
            ],
        );
    }

    #[test]
    fn requests_have_a_timeout_and_no_token() {
        let mut flow = flow().candidate_timeout(Duration::from_secs(2)).deadline(at(3.0));
        for (seconds, timeout) in [(0.0, 2.0), (1.5, 1.5), (2.75, 0.25)] {
            let Step::Send(outgoing) = flow.poll(at(seconds)) else {
                panic!("expected a request at {seconds}")
            };
            let names: Vec<_> = outgoing.request.headers().keys().map(|name| name.as_str()).collect();
            assert_eq!(names.len(), 3, "{names:?}");
            assert!(!names.contains(&"x-plex-token") && outgoing.request.uri().query().is_none());
            assert_eq!(outgoing.timeout.map(|time| time.as_secs_f64()), Some(timeout));
            flow.handle(Err(lost(TransportErrorKind::Timeout)), at(seconds));
        }
        assert!(matches!(flow.poll(at(3.0)), Step::Done(Err(Error::DeadlineReached))));
    }

    /// The outcomes say more than [`Error::DeadlineReached`].
    #[test]
    fn deadline_after_all_attempts_keeps_the_outcomes() {
        let mut flow = flow().deadline(at(4.0));
        for seconds in [0.0, 1.0, 2.0, 3.0] {
            assert!(matches!(flow.poll(at(seconds)), Step::Send(_)));
            flow.handle(Err(lost(TransportErrorKind::Timeout)), at(seconds + 1.0));
        }
        assert!(
            matches!(flow.poll(at(4.0)), Step::Done(Err(Error::ServerNotFound(tried))) if tried.len() == 4)
        );
    }

    #[test]
    fn error_lists_the_outcome_of_each_connection() {
        let mut flow = flow();
        let answers = [(200, OTHER), (404, "<html>"), (200, "hello")];
        for (status, body) in answers {
            assert!(matches!(flow.poll(at(0.0)), Step::Send(_)));
            flow.handle(Ok(response(status, None, body)), at(0.0));
        }
        assert!(matches!(flow.poll(at(0.0)), Step::Send(_)));
        flow.handle(Err(lost(TransportErrorKind::Connect)), at(0.0));
        let Step::Done(Err(error)) = flow.poll(at(0.0)) else { panic!("expected an error") };
        assert_eq!(
            error.to_string(),
            "the server cannot be reached (https://a.example/local: another server responded, other; \
             http://a.example/plain: the response is not from Plex, but from a proxy or a captive portal; \
             https://b.example/remote: the response is not JSON; \
             https://r.example/relay: could not connect to the server); check that it is running and that remote access is on"
        );
    }

    #[test]
    fn https_only_skips_plain_http() {
        script(
            flow().https_only(),
            &[
                (0.0, Poll, "GET /local/identity"),
                (0.0, Fail(TransportErrorKind::Connect), ""),
                (0.0, Poll, "GET /remote/identity"),
            ],
        );
    }

    #[test]
    fn resource_without_connection_or_id_is_an_error() {
        let info = ClientInfo::new("id-1", "App").unwrap();
        let resource = |json: &str| serde_json::from_str::<Resource>(json).unwrap();
        let without_connections = FindServer::new(&resource(r#"{"clientIdentifier":"9f0b"}"#), &info);
        script(without_connections, &[(0.0, Poll, "ServerNotFound"), (0.0, Poll, "OutOfTurn")]);
        let without_id = FindServer::new(&resource(r#"{"connections":[{"uri":"https://a"}]}"#), &info);
        script(without_id, &[(0.0, Poll, "Request")]);
    }

    #[test]
    fn identifier_of_another_server_is_truncated() {
        let mut flow = flow();
        assert!(matches!(flow.poll(at(0.0)), Step::Send(_)));
        let long =
            format!(r#"{{"MediaContainer":{{"machineIdentifier":"\u001b[31m{}"}}}}"#, "x".repeat(5000));
        flow.handle(Ok(response(200, None, &long)), at(0.0));
        let shown = flow.tried[0].to_string();
        assert!(shown.len() < 250 && !shown.contains('\u{1b}'), "{shown}");
        assert!(!format!("{flow:?}").contains("hushhush"));
    }
}
