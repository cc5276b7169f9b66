//! The model in memory: loading it, and one answer token by token.

use std::io::{Read, Seek};

use candle_core::quantized::gguf_file::Content;
use candle_core::{Device, Result, Tensor};
use candle_transformers::generation::LogitsProcessor;
use candle_transformers::models::quantized_llama::ModelWeights;
use majlis_llm::Message;

use super::CONTEXT_TOKENS;
use super::tokens::ChatTokenizer;

/// Tokens of the prompt evaluated in one go: large enough for the matrix kernels, small enough that
/// attention stays within some megabytes and a cancelled request ends within about a second.
const PROMPT_BATCH_TOKENS: usize = 128;

/// A loaded model.
pub(super) struct Model {
    weights: ModelWeights,
    tokenizer: ChatTokenizer,
    context_tokens: usize,
}

/// How tokens are chosen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sampling {
    /// 0.0–2.0; `None` and 0 always take the likeliest token.
    pub(super) temperature: Option<f64>,
    /// Nucleus mass; used only with a temperature.
    pub(super) top_p: Option<f64>,
    pub(super) seed: u64,
}

impl Model {
    /// Reads a GGUF file of the Llama architecture with a `ChatML` vocabulary.
    pub(super) fn load<R: Read + Seek>(file: &mut R) -> Result<Self> {
        let content = Content::read(file)?;
        let tokenizer = ChatTokenizer::from_gguf(&content)?;
        let most = usize::from(CONTEXT_TOKENS);
        let stated = match content.metadata.get("llama.context_length") {
            Some(value) => usize::try_from(value.to_u64()?).unwrap_or(most),
            None => most,
        };
        Ok(Self {
            weights: ModelWeights::from_gguf(content, file, &Device::Cpu)?,
            tokenizer,
            context_tokens: stated.min(most),
        })
    }

    /// Most tokens a prompt and its answer can have together.
    pub(super) fn context_tokens(&self) -> usize {
        self.context_tokens
    }

    /// The tokens of a prompt.
    pub(super) fn prompt(&self, messages: &[Message]) -> Result<Vec<u32>> {
        self.tokenizer.prompt(messages)
    }

    /// Begins an answer. The state is the answer's own; the weights are shared.
    pub(super) fn answer(&self, prompt: Vec<u32>, sampling: Sampling) -> Answer<'_> {
        Answer {
            weights: self.weights.clone(),
            tokenizer: &self.tokenizer,
            pending: prompt,
            position: 0,
            sampler: LogitsProcessor::new(sampling.seed, sampling.temperature, sampling.top_p),
        }
    }
}

/// An answer being made.
pub(super) struct Answer<'model> {
    weights: ModelWeights,
    tokenizer: &'model ChatTokenizer,
    /// Tokens the model has not read yet; never empty.
    pending: Vec<u32>,
    /// Tokens the model has read.
    position: usize,
    sampler: LogitsProcessor,
}

/// What one step led to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A part of the prompt was read.
    Read,
    /// A token was chosen; these are its bytes.
    Token(Vec<u8>),
    /// The model ended its answer.
    End,
}

impl Answer<'_> {
    /// Reads one batch of the prompt, or chooses one token. A moment to look for cancellation
    /// lies between any two steps.
    pub(super) fn step(&mut self) -> Result<Step> {
        let length = self.pending.len().min(PROMPT_BATCH_TOKENS);
        let batch: Vec<u32> = self.pending.drain(..length).collect();
        let input = Tensor::new(batch.as_slice(), &Device::Cpu)?.unsqueeze(0)?;
        let logits = self.weights.forward(&input, self.position)?;
        self.position += length;
        if !self.pending.is_empty() {
            return Ok(Step::Read);
        }
        let token = self.sampler.sample(&logits.squeeze(0)?)?;
        if self.tokenizer.is_end(token) {
            return Ok(Step::End);
        }
        self.pending.push(token);
        Ok(Step::Token(self.tokenizer.bytes(token)))
    }
}
