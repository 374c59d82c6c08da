use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::response::Response;
use http::header::{CONTENT_LENGTH, RETRY_AFTER};
use http_body::Frame;

use crate::world::World;

/// Returns the fault to inject if the next request is to fail.
pub(crate) fn next(world: &mut World) -> Option<Response> {
    let (every, number) = (world.fault_every?, world.requests.len() + 1);
    if number % every != 0 {
        return None;
    }
    let kind = number / every % 4;
    world.faults[kind] += 1;
    let response = Response::builder();
    let response = match kind {
        0 => response.status(503).body(Body::empty()),
        1 => response.status(429).header(RETRY_AFTER, "1").body(Body::empty()),
        2 => response.body(Body::new(CutOff(None))),
        _ => response.header(CONTENT_LENGTH, "1000").body(Body::new(CutOff(Some(Bytes::from_static(b"{"))))),
    };
    Some(response.expect("the response is valid"))
}

/// A body that ends with an error, which also closes the connection.
struct CutOff(Option<Bytes>);

impl HttpBody for CutOff {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let broken = || Err(io::ErrorKind::ConnectionReset.into());
        Poll::Ready(Some(self.0.take().map_or_else(broken, |bytes| Ok(Frame::data(bytes)))))
    }
}
