use std::time::{Duration, SystemTime};

use http::Response;

use crate::client::{BaseUrl, ClientInfo, Token};
use crate::error::{ConnectionOutcome, Error, RequestError, TransportError, TriedConnection};
use crate::flow::{Flow, Label, Outgoing, Step};
use crate::model::Resource;
use crate::operation::Operation;
use crate::operations::{GetServerIdentity, ServerIdentity};

/// The time limit for each connection.
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

impl FindServer {
    /// Looks for the server that `resource` is.
    pub fn new(resource: &Resource, info: &ClientInfo) -> Self {
        let candidates: Vec<_> = resource
            .connections_in_order()
            .into_iter()
            .filter_map(|connection| {
                Some(Candidate { base_url: connection.base_url()?, is_relay: connection.relay })
            })
            .collect();
        Self {
            info: info.clone(),
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
        self.state = State::Asking(candidate);
        Ok(Outgoing::new(request, Label::new(get_identity.name())).with_timeout(timeout))
    }

    /// The identity of the server, or why the connection does not lead to it.
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
            // A stranger may claim an identifier of any length.
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
            State::Asking(_) | State::Done => Step::Done(Err(Error::OutOfTurn)),
        }
    }

    fn handle(&mut self, result: Result<Response<Vec<u8>>, TransportError>, _: SystemTime) {
        self.state = match std::mem::replace(&mut self.state, State::Done) {
            State::Asking(candidate) => match self.identify(&candidate, result) {
                Ok(identity) => State::Found(FoundServer {
                    base_url: candidate.base_url,
                    access_token: self.access_token.take(),
                    identity,
                    is_relay: candidate.is_relay,
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

    fn lost(kind: TransportErrorKind) -> TransportError {
        TransportError::new(kind, "lost")
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
                (5.0, Fail(TransportErrorKind::ConnectTimeout), ""),
                (5.0, Poll, "GET /plain/identity"),
                (5.1, Answer(200, OTHER), ""),
                (5.1, Poll, "GET /remote/identity"),
                (5.2, Answer(200, RIGHT), ""),
                (5.2, Poll, "ok https://b.example/remote hushhush false"),
                (5.2, Poll, "OutOfTurn"),
                (5.2, Answer(200, RIGHT), ""),
                (5.2, Fail(TransportErrorKind::Broken), ""),
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
                (0.0, Fail(TransportErrorKind::Connect), ""),
                (0.0, Poll, "GET /plain/identity"),
                (0.0, Fail(TransportErrorKind::Connect), ""),
                (0.0, Poll, "GET /remote/identity"),
                (0.0, Fail(TransportErrorKind::Connect), ""),
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
            let Step::Send(outgoing) = flow.poll(at(seconds)) else { panic!("a request at {seconds}") };
            let names: Vec<_> = outgoing.request.headers().keys().map(|name| name.as_str()).collect();
            assert_eq!(names.len(), 3, "{names:?}");
            assert!(!names.contains(&"x-plex-token") && outgoing.request.uri().query().is_none());
            assert_eq!(outgoing.timeout.map(|time| time.as_secs_f64()), Some(timeout));
            flow.handle(Err(lost(TransportErrorKind::Timeout)), at(seconds));
        }
        assert!(matches!(flow.poll(at(3.0)), Step::Done(Err(Error::DeadlineReached))));
    }

    /// That says more than that time was up.
    #[test]
    fn where_all_were_tried_by_the_deadline_the_error_tells_of_each() {
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
    fn where_none_fits_the_error_tells_of_each() {
        let mut flow = flow();
        let answers = [(200, OTHER), (404, "<html>"), (200, "<html>")];
        for (status, body) in answers {
            assert!(matches!(flow.poll(at(0.0)), Step::Send(_)));
            flow.handle(Ok(response(status, None, body)), at(0.0));
        }
        assert!(matches!(flow.poll(at(0.0)), Step::Send(_)));
        flow.handle(Err(lost(TransportErrorKind::Connect)), at(0.0));
        let Step::Done(Err(error)) = flow.poll(at(0.0)) else { panic!("an error") };
        assert_eq!(
            error.to_string(),
            "the server cannot be reached (https://a.example/local: another server responded, other; \
             http://a.example/plain: the resource does not exist; https://b.example/remote: the response is not JSON; \
             https://r.example/relay: could not connect to the server); check that it is running and that remote access is on"
        );
    }

    #[test]
    fn https_only_leaves_out_what_anybody_can_answer() {
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
    fn without_a_connection_or_an_identifier_there_is_nothing_to_find() {
        let info = ClientInfo::new("id-1", "App").unwrap();
        let resource = |json: &str| serde_json::from_str::<Resource>(json).unwrap();
        let nowhere = FindServer::new(&resource(r#"{"clientIdentifier":"9f0b"}"#), &info);
        script(nowhere, &[(0.0, Poll, "ServerNotFound"), (0.0, Poll, "OutOfTurn")]);
        let nobody = FindServer::new(&resource(r#"{"connections":[{"uri":"https://a"}]}"#), &info);
        script(nobody, &[(0.0, Poll, "Request")]);
    }

    #[test]
    fn what_another_server_calls_itself_is_cut_short() {
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
