//! [`InBrowser`]: plexauth-reqwest in a page, as a transport of this program.

use std::time::{Duration, SystemTime};

use fantoccini::Client;
use http::{HeaderName, HeaderValue, Response};
use plexauth_proto::{ClientInfo, Limits, Outgoing, Transport, TransportError, TransportErrorKind};
use serde_json::{Value, json};

/// A page with the module `tests/in_browser`.
pub(crate) struct InBrowser {
    pub(crate) info: ClientInfo,
    pub(crate) limits: Limits,
    pub(crate) browser: Client,
}

impl Transport for InBrowser {
    fn info(&self) -> &ClientInfo {
        &self.info
    }

    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    async fn sleep(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    async fn exchange(&self, outgoing: Outgoing) -> Result<Response<Vec<u8>>, TransportError> {
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let request = &outgoing.request;
        let headers: Vec<_> =
            request.headers().iter().map(|(name, value)| (name.as_str(), text(value))).collect();
        let sent = json!({
            "method": request.method().as_str(),
            "uri": request.uri().to_string(),
            "headers": headers,
            "body": request.body(),
            "millis": self.limits.timeout_for(&outgoing).as_millis() as u64,
            "longest": self.limits.body,
        });
        let script = "const done = arguments[1];
            import('./plexauth_in_browser.js')
                .then(async module => { await module.default(); return module.exchange(arguments[0]); })
                .then(done, error => done(`failed: ${error}`));";
        let answer = self.browser.execute_async(script, vec![sent.to_string().into()]).await.unwrap();
        read(&serde_json::from_str(answer.as_str().unwrap()).unwrap())
    }
}

/// The answer of the module.
fn read(answer: &Value) -> Result<Response<Vec<u8>>, TransportError> {
    use TransportErrorKind::{BodyTooLarge, Broken, RedirectFollowed, Setup, Timeout};
    if let Some(name) = answer["error"].as_str() {
        let kinds = [BodyTooLarge, Broken, RedirectFollowed, Setup, Timeout];
        let kind = kinds.into_iter().find(|kind| kind.as_str() == name);
        return Err(TransportError::new(kind.unwrap(), answer["source"].as_str().unwrap_or_default()));
    }
    let mut response = Response::new(serde_json::from_value(answer["body"].clone()).unwrap());
    *response.status_mut() =
        serde_json::from_value::<u16>(answer["status"].clone()).unwrap().try_into().unwrap();
    for (name, value) in serde_json::from_value::<Vec<(String, String)>>(answer["headers"].clone()).unwrap() {
        response
            .headers_mut()
            .append(HeaderName::try_from(name).unwrap(), HeaderValue::try_from(value).unwrap());
    }
    Ok(response)
}
