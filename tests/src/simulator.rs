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
use crate::{auth_app, fault, media_server, plex_tv};

/// The path below which plex.tv serves its API.
const API: &str = "/api/v2";
/// The page on which a person approves a login.
const AUTH: &str = "/auth";

/// plex.tv and a Media Server behind a reverse proxy that serves it under a prefix. Stops when it is dropped.
#[derive(Debug)]
pub struct Simulator {
    world: Arc<Mutex<World>>,
    plex_tv: String,
    media_server: String,
    /// Dropped first, which ends the thread.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Which of the two a request went to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Host {
    PlexTv,
    MediaServer,
}

impl Simulator {
    /// The prefix under which the Media Server is served.
    pub const PREFIX: &str = "/plex";

    /// Starts both on free ports of this machine.
    #[must_use]
    pub fn start() -> Self {
        Self::start_on(0, 0)
    }

    /// Starts both on given ports of this machine; 0 takes a free one.
    ///
    /// # Panics
    ///
    /// If a port is taken.
    #[must_use]
    pub fn start_on(plex_tv_port: u16, media_server_port: u16) -> Self {
        let mut simulator = Self::in_memory();
        let plex_tv = listen(plex_tv_port);
        let media_server = listen(media_server_port);
        let address = |listener: &std::net::TcpListener| listener.local_addr().expect("a bound listener");
        simulator.plex_tv = format!("http://{}", address(&plex_tv));
        simulator.media_server = format!("http://{}", address(&media_server));
        simulator.world().media_server_origin.clone_from(&simulator.media_server);
        let (stop, stopped) = oneshot::channel();
        let world = Arc::clone(&simulator.world);
        simulator.stop = Some(stop);
        simulator.thread = Some(std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                tokio::spawn(serve(plex_tv, Arc::clone(&world), Host::PlexTv));
                tokio::spawn(serve(media_server, world, Host::MediaServer));
                let _ = stopped.await;
            });
        }));
        simulator
    }

    /// The same without a socket or a thread: use [`router`](Self::router) or [`answer`](Self::answer).
    #[must_use]
    pub fn in_memory() -> Self {
        let media_server = "http://media-server.localhost:32400";
        let mut world = World::default();
        world.media_server_origin = media_server.into();
        Self {
            world: Arc::new(Mutex::new(world)),
            plex_tv: "http://plex-tv.localhost".into(),
            media_server: media_server.into(),
            stop: None,
            thread: None,
        }
    }

    /// The base of plex.tv's API.
    #[must_use]
    pub fn plex_tv_url(&self) -> String {
        format!("{}{API}", self.plex_tv)
    }

    /// The page on which a person approves a login, in the place of app.plex.tv: open it with what an application adds.
    #[must_use]
    pub fn app_plex_tv_url(&self) -> String {
        format!("{}{AUTH}", self.plex_tv)
    }

    /// The base of the Media Server, with the prefix of its reverse proxy.
    #[must_use]
    pub fn media_server_url(&self) -> String {
        format!("{}{}", self.media_server, Self::PREFIX)
    }

    /// What the simulated Plex knows, to look at and to change.
    ///
    /// # Panics
    ///
    /// If somebody panicked while holding it.
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().expect("nobody panicked with it")
    }

    /// Every request that came in, oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<Received> {
        self.world().requests.clone()
    }

    /// Approves a PIN in the name of alice in a while, as a person would. Nothing happens if it is gone by then.
    pub fn approve_pin_in(&self, time: Duration, id: u64) {
        let world = Arc::clone(&self.world);
        std::thread::spawn(move || {
            std::thread::sleep(time);
            let mut world = world.lock().expect("nobody panicked with it");
            if world.pins().iter().any(|pin| pin.id == id) {
                world.approve_pin(id, 0);
            }
        });
    }

    /// Both hosts as one tower service, told apart by the host of the URL.
    pub fn router(&self) -> Router {
        let media_server = self.media_server.clone();
        let world = Arc::clone(&self.world);
        Router::new().fallback(move |request: Request| {
            let at =
                format!("http://{}", request.uri().authority().map_or("", |authority| authority.as_str()));
            let host = if at == media_server { Host::MediaServer } else { Host::PlexTv };
            handle(State((Arc::clone(&world), host)), request)
        })
    }

    /// The answer to a request, without any HTTP stack.
    ///
    /// # Panics
    ///
    /// If somebody panicked while holding the world.
    #[must_use]
    pub fn answer(&self, request: http::Request<Vec<u8>>) -> http::Response<Vec<u8>> {
        let at_media_server = request.uri().to_string().starts_with(&self.media_server);
        let host = if at_media_server { Host::MediaServer } else { Host::PlexTv };
        let (parts, body) = request.into_parts();
        let from = IpAddr::V4(Ipv4Addr::LOCALHOST);
        answer(&mut self.world(), host, Received::new(&parts, body, from))
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been printed, and a panic in `drop` would abort.
            let _ = thread.join();
        }
    }
}

fn listen(port: u16) -> std::net::TcpListener {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).expect("a free port");
    listener.set_nonblocking(true).expect("a listener that tokio can use");
    listener
}

async fn serve(listener: std::net::TcpListener, world: Arc<Mutex<World>>, host: Host) {
    let listener = TcpListener::from_std(listener).expect("a listener that tokio can use");
    let router = Router::new().fallback(handle).with_state((world, host));
    let served = axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>()).await;
    served.expect("axum serves until it is dropped");
}

async fn handle(State((world, host)): State<(Arc<Mutex<World>>, Host)>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let from = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    let from = from.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |from| from.0.ip());
    let body = to_bytes(body, 1 << 20).await.unwrap_or_default();
    let received = Received::new(&parts, body.into(), from);
    let mut world = world.lock().expect("nobody panicked with it");
    match fault::next(&mut world) {
        Some(fault) => {
            world.requests.push(received);
            fault
        }
        None => answer(&mut world, host, received).map(Body::from),
    }
}

fn answer(world: &mut World, host: Host, received: Received) -> http::Response<Vec<u8>> {
    world.requests.push(received.clone());
    if let Some(scripted) = world.take_scripted(&received) {
        return Scripted::response(&scripted);
    }
    let mut response = match (host, received.path.strip_prefix(API)) {
        (Host::MediaServer, _) => media_server::answer(world, &received),
        (Host::PlexTv, Some(path)) => plex_tv::answer(world, path, &received),
        (Host::PlexTv, None) if received.path == "/api/claim/token.json" => plex_tv::claim(world, &received),
        (Host::PlexTv, None) => match received.path.strip_prefix(AUTH) {
            Some(path) => auth_app::answer(world, path, &received),
            None => html_response(404),
        },
    };
    let date = HeaderValue::from_str(&httpdate::fmt_http_date(world.now())).expect("a header value");
    response.headers_mut().insert(DATE, date);
    response
}
