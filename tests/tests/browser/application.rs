//! [`Application`]: the application and the simulated Plex, without a browser.

use std::time::Duration;

use axum::http::StatusCode;
use axum::http::header::{COOKIE, LOCATION, SET_COOKIE};
use plexauth_reqwest::{BaseUrl, ClientInfo};
use plexauth_testing::Plex;
use reqwest::redirect::Policy;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::common::anybodys_reqwest;

/// The response to a browser that comes back, if it signs the user in.
pub(crate) const SIGNED_IN: (StatusCode, bool) = (StatusCode::SEE_OTHER, true);

pub(crate) struct Application {
    pub(crate) simulator: Plex,
    /// The origin of the application.
    pub(crate) origin: String,
    serving: JoinHandle<std::io::Result<()>>,
}

impl Application {
    /// Starts it on loopback, which it calls by this host name.
    pub(crate) async fn start(host: &str) -> Self {
        Self::start_for(host, None).await
    }

    /// With a server, only its users may sign in.
    pub(crate) async fn start_for(host: &str, server: Option<&str>) -> Self {
        let simulator = Plex::start();
        let base: BaseUrl = simulator.plex_tv_url().parse().unwrap();
        let info = ClientInfo::builder("id 1&2", "My Cool App & Søns").api_at(base);
        let info = info.app_plex_tv(simulator.app_plex_tv_url().parse().unwrap()).build().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{host}:{}", listener.local_addr().unwrap().port());
        let plex = plexauth_reqwest::Client::new(info).unwrap();
        let routes =
            crate::sign_in::routes(plex, origin.clone(), Duration::from_secs(6), server.map(str::to_owned));
        let serving = tokio::spawn(async { axum::serve(listener, routes).await });
        Self { simulator, origin, serving }
    }

    /// Starts a sign-in in another browser.
    pub(crate) async fn start_sign_in(&self) -> Visitor {
        let http = anybodys_reqwest().redirect(Policy::none()).build().unwrap();
        let response = http.post(format!("{}/sign-in", self.origin)).send().await.unwrap();
        let header = |name| response.headers()[name].to_str().unwrap().to_owned();
        let cookie = header(SET_COOKIE).split_once(';').unwrap().0.to_owned();
        let back = header(LOCATION).split_once("forwardUrl=").unwrap().1.to_owned();
        let back = percent_encoding::percent_decode_str(&back).decode_utf8().unwrap().into_owned();
        Visitor { http, back, cookie }
    }

    /// Approves the only PIN that waits, as the account of this number.
    pub(crate) fn approve(&self, account: usize) {
        let ids: Vec<u64> = self.simulator.world().pins().iter().map(|pin| pin.id).collect();
        assert_eq!(ids.len(), 1);
        self.simulator.world().approve_pin(ids[0], account);
    }

    /// Counts the requests to the simulated Plex that start with `prefix`, such as `GET /api/v2/pins/`.
    pub(crate) fn count_requests(&self, prefix: &str) -> usize {
        let requests = self.simulator.requests();
        let matches = |request: String| request.starts_with(prefix);
        requests.iter().filter(|request| matches(format!("{} {}", request.method, request.path))).count()
    }
}

impl Drop for Application {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// A browser that has started a sign-in.
pub(crate) struct Visitor {
    http: reqwest::Client,
    /// The address to come back to.
    pub(crate) back: String,
    cookie: String,
}

impl Visitor {
    /// Comes back from Plex. Returns the status, and whether there is a cookie of a session.
    pub(crate) fn come_back(&self) -> impl Future<Output = (StatusCode, bool)> + Send + 'static {
        let request = self.http.get(&self.back).header(COOKIE, &self.cookie);
        async {
            let response = request.send().await.unwrap();
            let cookies = response.headers().get_all(SET_COOKIE).iter();
            let has_session = cookies
                .filter_map(|cookie| cookie.to_str().ok())
                .any(|cookie| cookie.starts_with("session="));
            (response.status(), has_session)
        }
    }
}
