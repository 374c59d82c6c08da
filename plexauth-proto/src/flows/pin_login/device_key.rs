use super::{PinLogin, Sign};
use crate::client::Secret;
use crate::jwt::{DeviceKey, Scopes};

impl PinLogin {
    /// For a PIN that was [created with this key](crate::CreatePin::device_key): the token will be a JWT, which contains
    /// the data about the account that `scopes` selects.
    pub fn device_key(mut self, key: &DeviceKey, scopes: Scopes) -> Self {
        let key = key.clone();
        let sign: Sign = Box::new(move |info, now| {
            let jwt = key.sign(info, None, scopes, now);
            (Secret::from(jwt.expose()), DeviceKey::JWT_LIFETIME)
        });
        self.sign = Some(sign);
        self
    }
}
