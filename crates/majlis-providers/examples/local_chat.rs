//! Asks the embedded model by hand and shows how fast it is.
//!
//! `cargo run -p majlis-providers --example local_chat -- MODELS_DIR "QUESTION"`, where the folder
//! holds what `cargo xtask models` imported.
#![allow(clippy::print_stdout)] // Printing is what this is for.

use std::error::Error;
use std::io::Write;
use std::time::Instant;

use futures_util::StreamExt;
use majlis_llm::{ChatEvent, ChatRequest, Message, ModelId, Provider, Role};
use majlis_providers::local::{LocalProvider, MODEL_NAME, PROVIDER_NAME};
use majlis_providers::model_files::ModelFiles;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [dir, question] = arguments.as_slice() else {
        return Err("usage: local_chat MODELS_DIR QUESTION".into());
    };
    let provider = LocalProvider::new(ModelFiles::new(dir));
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    // The second answer shows the speed of a model that is loaded.
    runtime.block_on(answer(&provider, question))?;
    runtime.block_on(answer(&provider, question))
}

async fn answer(provider: &LocalProvider, question: &str) -> Result<(), Box<dyn Error>> {
    let model = ModelId::new(PROVIDER_NAME, MODEL_NAME)?;
    let request = ChatRequest::new(model, vec![Message::text(Role::User, question)]);
    let asked = Instant::now();
    let mut events = provider.chat(request).await?;
    let loaded = asked.elapsed();
    let mut first_token = None;
    while let Some(event) = events.next().await {
        match event? {
            ChatEvent::TextDelta { text } => {
                first_token.get_or_insert_with(Instant::now);
                print!("{text}");
                std::io::stdout().flush()?;
            }
            ChatEvent::Usage { usage } => {
                let first_token = first_token.unwrap_or(asked);
                let prompt = first_token.duration_since(asked).saturating_sub(loaded);
                let seconds = first_token.elapsed().as_secs_f64();
                #[allow(clippy::cast_precision_loss)] // Token counts are small.
                let rate = |tokens: u64, seconds: f64| tokens as f64 / seconds;
                println!(
                    "\n— ready after {loaded:.2?}; {} prompt tokens in {prompt:.2?} ({:.0}/s); {} tokens ({:.1}/s)\n",
                    usage.fresh_tokens,
                    rate(usage.fresh_tokens, prompt.as_secs_f64()),
                    usage.output_tokens,
                    rate(usage.output_tokens.saturating_sub(1), seconds),
                );
            }
            _ => {}
        }
    }
    Ok(())
}
