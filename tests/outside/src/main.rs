use plexauth_reqwest::{Client, ClientInfo, Error};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let plex = Client::new(ClientInfo::new("2a5c8b0e-6f0e-4f0a-9a51-0d5c1e7f3b86", "Outside")?)?;
    let greeting = outside::log_in(&plex, |_, url| println!("Open {url}")).await?;
    println!("{greeting}");
    Ok(())
}
