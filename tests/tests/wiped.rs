//! Secrets are wiped on drop: searches the memory of this process for them.
//!
//! The stack is not searched: Rust leaves copies of moved values there.

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
fn main() {
    let mut arguments = libtest_mimic::Arguments::from_args();
    // Other threads would have memory of their own, with secrets that are in use.
    arguments.test_threads = Some(1);
    let trials = linux::CASES.iter().map(|&(name, case)| {
        libtest_mimic::Trial::test(name, move || {
            case();
            Ok(())
        })
    });
    libtest_mimic::run(&arguments, trials.collect()).exit();
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs::{self, File};
    use std::os::unix::fs::FileExt;
    use std::time::SystemTime;

    use http::Response;
    use plexauth_proto::jwt::{DeviceKey, Scopes};
    use plexauth_proto::{
        CheckPin, ClientInfo, CreatePin, ErrorKind, Operation, SavedSession, Session, SignIn, SwitchHomeUser,
        Token,
    };
    use zeroize::{Zeroize, Zeroizing};

    pub(super) const CASES: &[(&str, fn())] = &[
        ("text_that_is_not_wiped_is_found", text_that_is_not_wiped_is_found),
        ("tokens_are_wiped", tokens_are_wiped),
        ("passwords_and_pins_are_wiped", passwords_and_pins_are_wiped),
        ("device_keys_are_wiped", device_keys_are_wiped),
        ("device_jwts_are_wiped", device_jwts_are_wiped),
        ("tokens_of_responses_are_wiped", tokens_of_responses_are_wiped),
        ("saved_sessions_are_wiped", saved_sessions_are_wiped),
        ("damaged_saved_sessions_are_wiped", damaged_saved_sessions_are_wiped),
    ];

    /// The middle of a secret, masked so that the search does not find itself. An allocator overwrites the beginning of a block
    /// that is no longer in use.
    struct Masked([u8; 16]);

    const MASK: u8 = 0x55;

    impl Masked {
        fn new(secret: &[u8]) -> Self {
            let middle = secret.len() / 2 - 8;
            Self(std::array::from_fn(|place| secret[middle + place] ^ MASK))
        }

        /// How often it occurs in memory that is writable and not a stack.
        fn count(&self) -> usize {
            let maps = fs::read_to_string("/proc/self/maps").unwrap();
            let memory = File::open("/proc/self/mem").unwrap();
            let mut buffer = Zeroizing::new(vec![0; 1 << 16]);
            let mut count = 0;
            for line in maps.lines().filter(|line| line.contains(" rw") && !line.contains("[stack")) {
                let (start, end) = line.split_once(' ').unwrap().0.split_once('-').unwrap();
                let hex = |text| u64::from_str_radix(text, 16).unwrap();
                let (mut place, end) = (hex(start), hex(end));
                while place < end {
                    // The next read overlaps this one, for a secret at the border.
                    let wanted = buffer.len().min((end - place) as usize);
                    let Ok(read) = memory.read_at(&mut buffer[..wanted], place) else { break };
                    count += buffer[..read].windows(16).filter(|window| self.is(window)).count();
                    buffer.zeroize();
                    buffer.resize(1 << 16, 0);
                    place += if read < wanted || place + read as u64 == end { end } else { read as u64 - 15 };
                }
            }
            count
        }

        fn is(&self, bytes: &[u8]) -> bool {
            bytes.iter().zip(self.0).all(|(byte, masked)| byte ^ MASK == masked)
        }
    }

    /// A different secret for each seed, in memory that is wiped.
    fn secret(seed: u64) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(96));
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for _ in 0..96 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text.push(char::from(b'a' + ((state >> 33) % 26) as u8));
        }
        text
    }

    fn info() -> ClientInfo {
        ClientInfo::new("id-1", "App").unwrap()
    }

    /// Panics if the secret is found after `use_up` has dropped it.
    fn is_wiped(seed: u64, use_up: impl FnOnce(&str)) {
        let text = secret(seed);
        let masked = Masked::new(text.as_bytes());
        assert_ne!(masked.count(), 0, "the search does not find what is in use");
        use_up(&text);
        drop(text);
        assert_eq!(masked.count(), 0, "found after the drop");
    }

    fn text_that_is_not_wiped_is_found() {
        let text = secret(1);
        let masked = Masked::new(text.as_bytes());
        let copy = text.as_str().to_owned();
        drop((text, copy));
        assert_ne!(masked.count(), 0);
    }

    fn tokens_are_wiped() {
        is_wiped(2, |text| {
            let token = Token::new(text);
            drop((token.clone(), Token::from(text.to_owned()), text.parse::<Token>()));
        });
        is_wiped(3, |text| drop(Session::new(&info(), text)));
    }

    fn passwords_and_pins_are_wiped() {
        is_wiped(4, |text| drop(SignIn::new("me", text).verification_code(text)));
        is_wiped(5, |text| drop(SignIn::new("me", text.to_owned())));
        is_wiped(6, |text| drop(SwitchHomeUser::new("hushhush", "9f0b").pin(text)));
    }

    fn device_keys_are_wiped() {
        is_wiped(7, |text| {
            let bytes = Zeroizing::new(<[u8; 32]>::try_from(&text.as_bytes()[32..64]).unwrap());
            let key = DeviceKey::from_bytes(*bytes);
            drop((CreatePin::strong().device_key(&key), key.to_bytes(), key));
        });
    }

    fn device_jwts_are_wiped() {
        let key = DeviceKey::from_bytes([7; 32]);
        let jwt = key.sign(&info(), Some("a nonce"), Scopes::all(), SystemTime::UNIX_EPOCH);
        let signature = jwt.expose().rsplit_once('.').unwrap().1;
        let masked = Masked::new(signature.as_bytes());
        drop((CheckPin::new(7).device_jwt(&jwt), jwt));
        assert_eq!(masked.count(), 0);
    }

    /// A response whose body is wiped, which is the caller's part.
    fn response(start: &str, secret: &str, end: &[u8]) -> Response<Zeroizing<Vec<u8>>> {
        let mut body = Zeroizing::new(Vec::with_capacity(1024));
        for part in [start.as_bytes(), secret.as_bytes(), end] {
            body.extend_from_slice(part);
        }
        Response::new(body)
    }

    fn tokens_of_responses_are_wiped() {
        let pin = CheckPin::new(7);
        is_wiped(8, |text| {
            pin.parse(&unzeroized(&response(r#"{"authToken":""#, text, b"\"}"))).unwrap();
        });
        // With a byte that is not UTF-8.
        is_wiped(9, |text| {
            pin.parse(&unzeroized(&response(r#"{"authToken":""#, text, b"\",\"new\":\"\xff\"}"))).unwrap();
        });
        // Of another shape after the token.
        is_wiped(10, |text| {
            let response = response(r#"{"authToken":""#, text, b"\",\"authToken\":7}");
            let error = pin.parse(&unzeroized(&response)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NotUnderstood);
        });
    }

    fn unzeroized(response: &Response<Zeroizing<Vec<u8>>>) -> Response<&[u8]> {
        Response::new(response.body().as_slice())
    }

    fn saved_sessions_are_wiped() {
        is_wiped(11, |text| {
            let session = Session::new(&info(), text);
            let saved = session.to_saved();
            drop(Session::from_saved(&saved, &info()).unwrap());
        });
    }

    fn damaged_saved_sessions_are_wiped() {
        is_wiped(12, |text| {
            let start = r#"{"version":1,"client_identifier":"id-1","token":""#;
            let saved = response(start, text, b"\",\"unknown\":1}");
            assert!(serde_json::from_slice::<SavedSession>(saved.body()).is_err());
        });
    }
}
