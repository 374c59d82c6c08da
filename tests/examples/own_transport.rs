//! A transport of your own: attohttpc, in the 30 lines of `exchange`. `drive` is the loop of any adapter.
//!
//! `cargo run --example own_transport`, against a simulated Plex.

#![allow(clippy::print_stdout, reason = "it talks to a person")]

use std::io::{self, Read};
use std::time::SystemTime;

use attohttpc::{ErrorKind, ProxySettings, RequestBuilder};
use http::{Request, Response};
use plexauth_proto::{
    Attempt, ClientInfo, CreatePin, Error, Failure, Flow, GetUserDetails, Limits, RetryPolicy, Step,
    TransportError,
};
use plexauth_tests::Simulator;

/// Sends one request. It follows no redirect, which would carry the token along, and holds to limits on time and length.
fn exchange(limits: Limits, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Error> {
    let timeout = limits.timeout_of(&request);
    let (parts, body) = request.into_parts();
    let mut builder = RequestBuilder::try_new(parts.method, parts.uri.to_string())
        .map_err(failed)?
        .follow_redirects(false)
        .proxy_settings(ProxySettings::builder().build())
        .connect_timeout(limits.connect_timeout)
        .timeout(timeout);
    for (name, value) in &parts.headers {
        builder = builder.header(name, value);
    }
    let (status, headers, mut body) = builder.bytes(body).send().map_err(failed)?.split();
    let (mut parts, ()) = Response::new(()).into_parts();
    (parts.status, parts.headers) = (status, headers);
    let mut response = limits.read(parts);
    let mut piece = [0; 8192];
    loop {
        let length = body.read(&mut piece).map_err(|error| TransportError::new(Failure::Broken, error))?;
        match piece.get(..length) {
            None | Some([]) => return Ok(response.finish()),
            Some(piece) => response.push(piece)?,
        }
    }
}

/// What an error means for another try.
fn failed(error: attohttpc::Error) -> Error {
    let failure = match error.kind() {
        ErrorKind::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused => Failure::Connect,
        ErrorKind::Io(error) if error.kind() == io::ErrorKind::TimedOut => Failure::Timeout,
        ErrorKind::Tls(_) => Failure::Tls,
        _ => Failure::Broken,
    };
    TransportError::new(failure, error).into()
}

fn drive<F: Flow>(limits: Limits, mut flow: F) -> Result<F::Output, Error> {
    loop {
        match flow.poll(SystemTime::now()) {
            Step::Send(request) => flow.on_exchange(exchange(limits, request), SystemTime::now())?,
            Step::Wait(time) => std::thread::sleep(time),
            Step::Done(result) => return result,
        }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let simulator = Simulator::start();
    let info = ClientInfo::builder("3381b62b-9ab7-4e37-827b-203e9809eb58", "plexauth transport");
    let info = info.api_at(simulator.plex_tv_url().parse()?).build()?;
    let (limits, policy) = (Limits::default(), RetryPolicy::default());

    let pin = drive(limits, Attempt::new(CreatePin::short(), &info, policy))?;
    simulator.world().approve_pin(pin.id, 0);
    let token = drive(limits, pin.login(&info))?;
    let account = drive(limits, Attempt::new(GetUserDetails::new(&token), &info, policy))?;
    println!("Hello, {}.", account.display_name().unwrap_or("whoever you are"));
    Ok(())
}
