//! One pure codec per wire format: a request to JSON, frames to events, an error body to a kind.
//!
//! **Invariant:** no IO, no clock, no credentials. Every decoder accepts any bytes without a panic
//! and gives the same events however the bytes were cut.

mod anthropic;
mod failure;
mod gemini;
mod json;
mod models;
mod ollama;
mod openai_chat;
mod openai_responses;
mod quirks;
mod system;
mod turn;

use std::fmt;
use std::str::FromStr;

use majlis_llm::{ChatEvent, ChatRequest, ErrorKind, ModelInfo, ProviderError};
use serde_json::Value;

use crate::framing::{Frame, Framer, Framing};

pub use quirks::{OutputLimitField, Quirks, SystemRole};

pub(crate) use failure::{BodyHints, body_hints};

/// One step of a decoded answer.
pub type Decoded = Result<ChatEvent, ProviderError>;

/// A request as it goes over the wire, without credentials.
#[derive(Debug, Clone, PartialEq)]
pub struct WireRequest {
    /// Path and query below the base URL, beginning with `/`.
    pub path: String,
    /// Headers beside content type and credentials, names in lower case.
    pub headers: Vec<(&'static str, &'static str)>,
    /// The JSON body.
    pub body: Value,
}

/// A wire format.
pub trait Codec: Send + Sync {
    /// Writes a request down.
    ///
    /// # Errors
    /// Kind `Invalid` when the format has no way to say what the request asks for.
    fn encode(&self, request: &ChatRequest, quirks: &Quirks) -> Result<WireRequest, ProviderError>;

    /// A decoder for one answer.
    fn decoder(&self) -> Box<dyn Decoder>;

    /// How the stream is cut into frames.
    fn framing(&self) -> Framing {
        Framing::ServerSentEvents
    }

    /// Reads the body of an answer whose HTTP status is not 2xx. The message is what the provider
    /// said; who said it is added by the driver.
    fn error(&self, status: u16, body: &[u8]) -> ProviderError {
        failure::from_http(status, body)
    }

    /// Path and query of the list of models below the base URL.
    fn models_path(&self) -> &'static str {
        "/models"
    }

    /// Reads the list of models.
    ///
    /// # Errors
    /// Kind `Malformed` when the body is no such list.
    fn models(&self, provider: &str, body: &[u8]) -> Result<Vec<ModelInfo>, ProviderError>;
}

/// The state between the frames of one answer.
pub trait Decoder: Send {
    /// Reads one frame. An `Err` is the last item; later frames give nothing.
    fn on_frame(&mut self, frame: &Frame) -> Vec<Decoded>;

    /// The stream has ended: `Finished` when the answer was whole, else an error of kind
    /// `Malformed`. Gives nothing when the end was already said.
    fn on_end(&mut self) -> Vec<Decoded>;
}

/// The wire formats by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WireFormat {
    /// `POST /chat/completions` of OpenAI and everything compatible.
    OpenAiChat,
    /// `POST /responses` of OpenAI.
    OpenAiResponses,
    /// `POST /v1/messages` of Anthropic.
    Anthropic,
    /// `POST /models/NAME:streamGenerateContent` of Google.
    Gemini,
    /// `POST /api/chat` of Ollama.
    Ollama,
}

impl WireFormat {
    /// Every format, in the order of the documentation.
    pub const ALL: [Self; 5] = [
        Self::OpenAiChat,
        Self::OpenAiResponses,
        Self::Anthropic,
        Self::Gemini,
        Self::Ollama,
    ];

    /// The name in the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OpenAiChat => "openai-chat",
            Self::OpenAiResponses => "openai-responses",
            Self::Anthropic => "anthropic",
            Self::Gemini => "gemini",
            Self::Ollama => "ollama",
        }
    }

    /// The codec that speaks it.
    pub fn codec(self) -> &'static dyn Codec {
        match self {
            Self::OpenAiChat => &openai_chat::OpenAiChat,
            Self::OpenAiResponses => &openai_responses::OpenAiResponses,
            Self::Anthropic => &anthropic::Anthropic,
            Self::Gemini => &gemini::Gemini,
            Self::Ollama => &ollama::Ollama,
        }
    }
}

impl fmt::Display for WireFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A name that is no wire format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no wire format: use openai-chat, openai-responses, anthropic, gemini or ollama")]
pub struct UnknownFormat(String);

impl FromStr for WireFormat {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|format| format.as_str() == name)
            .ok_or_else(|| UnknownFormat(name.to_owned()))
    }
}

/// Bytes of one answer in, events out: a [`Framer`] and a [`Decoder`] together.
pub struct AnswerDecoder {
    framer: Option<Framer>,
    decoder: Box<dyn Decoder>,
}

impl AnswerDecoder {
    /// A decoder at the start of an answer.
    pub fn new(codec: &dyn Codec, framing: Framing) -> Self {
        Self {
            framer: Some(Framer::new(framing)),
            decoder: codec.decoder(),
        }
    }

    /// Reads one network chunk. An `Err` is the last item.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Decoded> {
        let Some(framer) = &mut self.framer else {
            return Vec::new();
        };
        let mut complete = Vec::new();
        let outcome = framer.push(bytes, &mut complete);
        let mut events = self.decode(&complete);
        if let (Err(error), Some(_)) = (outcome, &self.framer) {
            self.framer = None;
            events.push(Err(ProviderError::new(
                ErrorKind::Malformed,
                error.to_string(),
            )));
        }
        events
    }

    /// The stream has ended.
    pub fn finish(&mut self) -> Vec<Decoded> {
        let Some(framer) = self.framer.take() else {
            return Vec::new();
        };
        // A last frame that is no JSON is one that was cut: the decoder says so in `on_end`.
        let last = framer
            .finish()
            .filter(|frame| frame.data == openai_chat::DONE || json::parse(&frame.data).is_some());
        let mut events = Vec::new();
        if let Some(frame) = last {
            events = self.decoder.on_frame(&frame);
        }
        if !events.iter().any(Result::is_err) {
            events.extend(self.decoder.on_end());
        }
        events
    }

    fn decode(&mut self, frames: &[Frame]) -> Vec<Decoded> {
        let mut events = Vec::new();
        for frame in frames {
            events.extend(self.decoder.on_frame(frame));
            if events.last().is_some_and(Result::is_err) {
                self.framer = None;
                break;
            }
        }
        events
    }
}
