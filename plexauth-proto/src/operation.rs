//! [`Operation`]: one Plex endpoint as a value.

use http::{Request, Response};

use crate::{ClientInfo, RequestError, ResponseError, exchange};

/// One Plex endpoint: how to ask, and how to understand the answer.
///
/// An operation is a plain struct that holds its inputs. It opens no socket: give the request to any HTTP client,
/// and the response back to [`parse`](Operation::parse). The operations of this crate are in
/// [`operations`](crate::operations); anybody can write another: [`decode`](crate::decode) reads responses, and shows how.
///
/// ```
/// use plexauth_proto::{ClientInfo, Operation, SignIn};
///
/// # fn send(_: http::Request<Vec<u8>>) -> http::Response<Vec<u8>> {
/// #     let body = r#"{"id":1,"uuid":"9f0b","authToken":"hushhush"}"#;
/// #     http::Response::builder().status(201).body(body.into()).unwrap()
/// # }
/// let client = ClientInfo::new("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")?;
/// let sign_in = SignIn::new("me@example.com", "correct horse");
/// let request = sign_in.request(&client)?; // http::Request<Vec<u8>>
/// let response: http::Response<Vec<u8>> = send(request); // yours
/// let signed_in = sign_in.parse(&response)?; // SignedIn { token, account }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Whoever sends the request must not follow redirects: HTTP libraries carry `X-Plex-Token` along to the other host.
/// Hand a 3xx to `parse`, which makes it the error [`Redirected`](crate::ErrorKind::Redirected).
pub trait Operation {
    /// What a successful response means.
    type Output;

    /// The request to send: complete, with its URL, headers and body.
    ///
    /// # Errors
    ///
    /// A [`RequestError`] if the inputs cannot be put into a request; nothing needs to be sent to find that out.
    fn request(&self, client: &ClientInfo) -> Result<Request<Vec<u8>>, RequestError>;

    /// What it is called in logs: the name of its type unless it says otherwise.
    fn name(&self) -> &'static str {
        exchange::type_name::<Self>()
    }

    /// Whether the request may be sent again where nobody knows if it arrived. What is not idempotent by its HTTP method
    /// is never sent again, whatever this says.
    fn is_repeatable(&self) -> bool {
        true
    }

    /// What the response to that request means.
    ///
    /// # Errors
    ///
    /// A [`ResponseError`] if Plex refused, or answered something that the output cannot be had from.
    fn parse<B: AsRef<[u8]>>(&self, response: &Response<B>) -> Result<Self::Output, ResponseError>;
}

impl<O: Operation> Operation for &O {
    type Output = O::Output;

    fn request(&self, client: &ClientInfo) -> Result<Request<Vec<u8>>, RequestError> {
        (**self).request(client)
    }

    fn name(&self) -> &'static str {
        (**self).name()
    }

    fn is_repeatable(&self) -> bool {
        (**self).is_repeatable()
    }

    fn parse<B: AsRef<[u8]>>(&self, response: &Response<B>) -> Result<O::Output, ResponseError> {
        (**self).parse(response)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{LinkPin, Ping};

    #[test]
    fn a_reference_is_as_good_as_the_operation() {
        let client = ClientInfo::new("id-1", "App").unwrap();
        let (ping, link) = (&&Ping::new("t"), &&LinkPin::new("t", "AB12"));
        let request = Operation::request(ping, &client).unwrap();
        assert_eq!((request.method().as_str(), request.uri().path()), ("GET", "/api/v2/ping"));
        let request = Operation::request(link, &client).unwrap();
        assert_eq!(request.body(), b"code=AB12");
        assert_eq!((Operation::is_repeatable(ping), Operation::is_repeatable(link)), (true, false));
        assert_eq!(Operation::name(ping), "Ping");
        assert!(Operation::parse(ping, &Response::new("")).is_ok());
    }
}
