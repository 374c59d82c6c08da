use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::response::Response;
use http::header::{DATE, HeaderValue};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::reply::{Received, Scripted, html_response};
use crate::world::World;
use crate::{auth_app, cors, fault, legacy, media_server, plex_tv};

/// The base path of plex.tv's API.
const API: &str = "/api/v2";
/// The path of the page on which users approve logins.
const AUTH: &str = "/auth";

/// plex.tv, and a Media Server under a prefix as behind a reverse proxy. Dropping the simulator stops both.
#[derive(Debug)]
pub struct Plex {
    world: Arc<Mutex<World>>,
    plex_tv: String,
    media_server: String,
    /// Dropping this ends the thread.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// The host that a request was sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Host {
    PlexTv,
    MediaServer,
}

impl Plex {
    /// The path prefix of the Media Server.
    pub const PREFIX: &str = "/plex";

    /// Starts both servers on free loopback ports.
    ///
    /// # Panics
    ///
    /// If no port is free.
    #[must_use]
    pub fn start() -> Self {
        Self::start_on(0, 0).expect("free loopback ports")
    }

    /// Starts both servers on the given loopback ports. Port 0 selects a free port.
    ///
    /// # Errors
    ///
    /// If a port is in use.
    pub fn start_on(plex_tv_port: u16, media_server_port: u16) -> io::Result<Self> {
        Self::start_at(Ipv4Addr::LOCALHOST.into(), "127.0.0.1", [plex_tv_port, media_server_port])
    }

    /// Starts both servers on these ports of an address, such as 0.0.0.0 in a container. Others reach them by the name `host`. The
    /// accounts are public knowledge: let nobody reach them who should not.
    ///
    /// # Errors
    ///
    /// If a port is in use.
    pub fn start_at(address: IpAddr, host: &str, ports: [u16; 2]) -> io::Result<Self> {
        let mut simulator = Self::in_memory();
        let plex_tv = listen(address, ports[0])?;
        let media_server = listen(address, ports[1])?;
        let origin = |listener: &std::net::TcpListener| {
            let port = listener.local_addr().expect("the listener is bound").port();
            format!("http://{host}:{port}")
        };
        simulator.plex_tv = origin(&plex_tv);
        simulator.media_server = origin(&media_server);
        simulator.world().media_server_origin.clone_from(&simulator.media_server);
        let (stop, stopped) = oneshot::channel();
        let world = Arc::clone(&simulator.world);
        simulator.stop = Some(stop);
        simulator.thread = Some(std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("the runtime can be built");
            runtime.block_on(async {
                tokio::spawn(serve(plex_tv, Arc::clone(&world), Host::PlexTv));
                tokio::spawn(serve(media_server, world, Host::MediaServer));
                let _ = stopped.await;
            });
        }));
        Ok(simulator)
    }

    /// Creates a simulator without sockets or threads. Use [`router`](Self::router) or [`answer`](Self::answer).
    #[must_use]
    pub fn in_memory() -> Self {
        let media_server = "http://127.0.0.3:32400";
        let mut world = World::default();
        world.media_server_origin = media_server.into();
        Self {
            world: Arc::new(Mutex::new(world)),
            plex_tv: "http://127.0.0.2".into(),
            media_server: media_server.into(),
            stop: None,
            thread: None,
        }
    }

    /// Returns the base URL of plex.tv's API.
    #[must_use]
    pub fn plex_tv_url(&self) -> String {
        format!("{}{API}", self.plex_tv)
    }

    /// Returns the URL of the page that replaces app.plex.tv. Applications append the parameters of a login.
    #[must_use]
    pub fn app_plex_tv_url(&self) -> String {
        format!("{}{AUTH}", self.plex_tv)
    }

    /// Returns the base URL of the Media Server, including its prefix.
    #[must_use]
    pub fn media_server_url(&self) -> String {
        format!("{}{}", self.media_server, Self::PREFIX)
    }

    /// Locks the state of the simulated Plex, to inspect or change it.
    ///
    /// # Panics
    ///
    /// If the lock is poisoned.
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().expect("the lock is not poisoned")
    }

    /// Returns all requests received so far, oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<Received> {
        self.world().requests.clone()
    }

    /// Approves a PIN on behalf of alice after a delay. Does nothing if the PIN no longer exists by then.
    pub fn approve_pin_in(&self, time: Duration, id: u64) {
        let world = Arc::clone(&self.world);
        std::thread::spawn(move || {
            std::thread::sleep(time);
            let mut world = world.lock().expect("the lock is not poisoned");
            if world.pins().iter().any(|pin| pin.id == id) {
                world.approve_pin(id, 0);
            }
        });
    }

    /// Returns a tower service for both hosts, which the authority of the URL tells apart.
    pub fn router(&self) -> Router {
        let media_server = self.media_server.clone();
        let world = Arc::clone(&self.world);
        Router::new().fallback(move |request: Request| {
            let origin =
                format!("http://{}", request.uri().authority().map_or("", |authority| authority.as_str()));
            let host = if origin == media_server { Host::MediaServer } else { Host::PlexTv };
            handle(State((Arc::clone(&world), host)), request)
        })
    }

    /// Returns the response to a request, without an HTTP stack.
    ///
    /// # Panics
    ///
    /// If the lock is poisoned.
    #[must_use]
    pub fn answer(&self, request: http::Request<Vec<u8>>) -> http::Response<Vec<u8>> {
        let at_media_server = request.uri().to_string().starts_with(&self.media_server);
        let host = if at_media_server { Host::MediaServer } else { Host::PlexTv };
        let (parts, body) = request.into_parts();
        let from = IpAddr::V4(Ipv4Addr::LOCALHOST);
        respond(&mut self.world(), host, Received::new(&parts, body, from))
    }
}

impl Drop for Plex {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // If the thread panicked, the message has been printed. A panic in `drop` could abort the process.
            let _ = thread.join();
        }
    }
}

fn listen(address: IpAddr, port: u16) -> io::Result<std::net::TcpListener> {
    let in_words =
        |error| io::Error::new(io::Error::kind(&error), format!("port {port} of {address}: {error}"));
    let listener = std::net::TcpListener::bind((address, port)).map_err(in_words)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

async fn serve(listener: std::net::TcpListener, world: Arc<Mutex<World>>, host: Host) {
    let listener = TcpListener::from_std(listener).expect("tokio can use the listener");
    let router = Router::new().fallback(handle).with_state((world, host));
    let served = axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>()).await;
    served.expect("axum serves until dropped");
}

async fn handle(State((world, host)): State<(Arc<Mutex<World>>, Host)>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let from = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    let from = from.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |from| from.0.ip());
    let body = to_bytes(body, 1 << 20).await.unwrap_or_default();
    if let Some(allowed) = cors::preflight(&parts) {
        return allowed.map(Body::from);
    }
    let received = Received::new(&parts, body.into(), from);
    let mut world = world.lock().expect("the lock is not poisoned");
    let mut response = match fault::next(&mut world) {
        Some(fault) => {
            world.requests.push(received);
            fault
        }
        None => respond(&mut world, host, received).map(Body::from),
    };
    cors::allow(&parts, response.headers_mut());
    response
}

fn respond(world: &mut World, host: Host, received: Received) -> http::Response<Vec<u8>> {
    let number = world.requests.len();
    world.requests.push(received.clone());
    let response = response_to(world, host, &received);
    // None, if a test has forgotten the requests meanwhile.
    if let Some(request) = world.requests.get_mut(number) {
        request.status = Some(response.status().as_u16());
        let is_refusal = response.status().is_client_error() || response.status().is_server_error();
        request.refusal = is_refusal.then(|| String::from_utf8_lossy(response.body()).into_owned());
    }
    response
}

fn response_to(world: &mut World, host: Host, received: &Received) -> http::Response<Vec<u8>> {
    if let Some(scripted) = world.take_scripted(received) {
        return Scripted::response(&scripted);
    }
    let mut response = match (host, received.path.strip_prefix(API)) {
        (Host::MediaServer, _) => media_server::respond(world, received),
        (Host::PlexTv, Some(path)) => plex_tv::respond(world, path, received),
        (Host::PlexTv, None) => match received.path.strip_prefix(AUTH) {
            Some(path) => auth_app::respond(world, path, received),
            None => legacy::respond(world, received).unwrap_or_else(|| html_response(404)),
        },
    };
    let date = HeaderValue::from_str(&httpdate::fmt_http_date(world.now()))
        .expect("the date is a valid header value");
    response.headers_mut().insert(DATE, date);
    response
}
