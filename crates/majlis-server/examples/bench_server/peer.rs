//! The proxy of `litellm` in front of the same mock, where it is installed (`pip install 'litellm[proxy]'`).

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::client::Client;

/// It imports much before it listens.
const START_LIMIT: Duration = Duration::from_secs(90);
const START_POLL: Duration = Duration::from_millis(200);

/// The proxy while it runs; it ends with this value.
pub(crate) struct Peer {
    child: Child,
    pub(crate) address: String,
    _folder: tempfile::TempDir,
}

impl Peer {
    /// Starts it with the mock's model as `mock/m`; `None` where it is not installed.
    pub(crate) async fn start(mock: &str) -> Outcome<Option<Self>> {
        let folder = tempfile::tempdir()?;
        let config = folder.path().join("config.yaml");
        let text = format!(
            "model_list:\n  - model_name: mock/m\n    litellm_params:\n      model: openai/m\n      api_base: {mock}\n      api_key: none\nlitellm_settings:\n  telemetry: false\n"
        );
        fs::write(&config, text)?;
        let port = std::net::TcpListener::bind("127.0.0.1:0")?
            .local_addr()?
            .port();
        let started = Command::new("litellm")
            .arg("--config")
            .arg(&config)
            .args(["--host", "127.0.0.1", "--port", &port.to_string()])
            // It asks for a key of its own even on loopback, and for prices on the network.
            .env("LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY", "true")
            .env("LITELLM_LOCAL_MODEL_COST_MAP", "true")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let Ok(child) = started else {
            return Ok(None);
        };
        let peer = Self {
            child,
            address: format!("http://127.0.0.1:{port}"),
            _folder: folder,
        };
        peer.listening().await?;
        Ok(Some(peer))
    }

    async fn listening(&self) -> Outcome<()> {
        let end = Instant::now() + START_LIMIT;
        while Client::connect(&self.address).await.is_err() {
            if Instant::now() > end {
                return Err("litellm does not listen".into());
            }
            tokio::time::sleep(START_POLL).await;
        }
        Ok(())
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
