//! Deserializes one small struct with a derived `Deserialize`.

#[derive(serde::Deserialize)]
struct Account {
    id: u64,
    uuid: String,
}

fn main() {
    let body = std::env::args().nth(1).unwrap_or_default();
    if let Ok(account) = serde_json::from_str::<Account>(&body) {
        println!("{} {}", account.id, account.uuid);
    }
}
