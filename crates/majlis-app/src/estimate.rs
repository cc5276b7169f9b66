//! What a request may cost, before it is sent: a range, shown with "~".

use std::collections::HashMap;

use majlis_council::Effect;
use majlis_llm::{
    ChatRequest, Message, ModelId, Part, PicoUsd, PriceRow, PriceSource, ResponseFormat, Role,
    ToolSpec,
};
use majlis_store::OutputHistory;

use crate::chat::check_text;
use crate::turn::{choose, find, history};
use crate::{App, AppError, ConsultRequest, StageEstimate, TurnRequest, ambient, consult};

/// The most a model is taken to answer where nobody says, in tokens. Chosen, not measured.
const MOST_OUTPUT_OTHERWISE: u64 = 16_384;
/// What a model without a history is taken to answer at least, in tokens. Chosen, not measured.
const USUAL_OUTPUT_OTHERWISE: u64 = 400;
/// Tokens around a message in chat formats at most.
const MESSAGE_BOUND: u64 = 16;
/// Tokens of an image at most. Anthropic's stop below 1,600 (its page on images, November 2025);
/// others are taken to be alike.
const IMAGE_BOUND: u64 = 2_000;

/// What a question will cost.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CostEstimate {
    /// The least, of the models whose price is known; `None` when none is known.
    pub low: Option<PicoUsd>,
    /// The most, of the models whose price is known; `None` when none is known. Caps hold so much
    /// back.
    pub high: Option<PicoUsd>,
    /// Models whose price is not known, each once.
    pub unknown_models: Vec<ModelId>,
    /// Each request of the first round, or of the turn.
    pub members: Vec<MemberEstimate>,
    /// Each stage of a consultation, the first round first; empty for a turn.
    pub stages: Vec<StageEstimate>,
}

/// What one request will cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberEstimate {
    /// The model.
    pub model: ModelId,
    /// With an answer of the usual length; `None` when no price is known.
    pub low: Option<PicoUsd>,
    /// With the longest answer; `None` when no price is known.
    pub high: Option<PicoUsd>,
    /// Input in tokens, about.
    pub input_tokens: u64,
    /// Output in tokens, usually.
    pub usual_output_tokens: u64,
    /// Output in tokens, at most.
    pub max_output_tokens: u64,
    /// Where the usual length is from.
    pub basis: EstimateBasis,
}

/// Where the usual length of an answer is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EstimateBasis {
    /// The model runs on this machine and costs nothing.
    Free,
    /// The median of its newest answers.
    History {
        /// How many.
        answers: u64,
    },
    /// It has not answered yet; 400 tokens were taken.
    Assumed,
}

impl App {
    /// What a consultation will cost, stage by stage. Nothing is sent or stored.
    ///
    /// # Errors
    /// `Invalid` as [`App::consult`].
    pub async fn estimate_consultation(
        &self,
        request: ConsultRequest,
    ) -> Result<CostEstimate, AppError> {
        consult::check(&request)?;
        for editor in &request.editors {
            self.require_editor(editor)?;
        }
        let (council, effects) = consult::open(request)?;
        let requests = effects.into_iter().filter_map(|effect| match effect {
            Effect::Ask { request, .. } => Some(request),
            _ => None,
        });
        let estimate = self.estimate(requests.collect()).await?;
        Ok(self.with_stages(council.spec(), estimate))
    }

    /// What a turn of a conversation will cost. Nothing is sent or stored.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` as [`App::send`].
    pub async fn estimate_turn(
        &self,
        conversation_id: &str,
        turn: TurnRequest,
    ) -> Result<CostEstimate, AppError> {
        check_text("message", &turn.text)?;
        let conversation = self.load(conversation_id).await?;
        let channels = match &turn.replaces {
            None => choose(conversation.channels, turn.channels)?,
            Some(id) => {
                let (mut channel, place) = find(conversation.channels, id, Role::User)?;
                channel.messages.truncate(place);
                vec![channel]
            }
        };
        let requests = channels.into_iter().map(|channel| {
            let mut sent = history(&channel.messages);
            sent.push(Message::text(Role::User, turn.text.clone()));
            ChatRequest::new(channel.row.model, sent)
        });
        self.estimate(requests.collect()).await
    }

    /// How many tokens a request has, about. Nothing is sent.
    ///
    /// # Errors
    /// `Internal` when counting fails, which is a bug.
    pub async fn count_input_tokens(&self, request: ChatRequest) -> Result<u64, AppError> {
        let count = move || input_tokens(&request);
        self.inner.cpu.run("count tokens", count).await
    }

    pub(crate) async fn estimate(
        &self,
        requests: Vec<ChatRequest>,
    ) -> Result<CostEstimate, AppError> {
        let mut histories: HashMap<ModelId, Option<OutputHistory>> = HashMap::new();
        for request in &requests {
            self.require_provider(&request.model)?;
            if !histories.contains_key(&request.model) {
                let history = self.inner.store.output_history(&request.model).await?;
                histories.insert(request.model.clone(), history);
            }
        }
        let app = self.clone();
        let at_ms = ambient::now_ms();
        let estimate = move || {
            let mut members: Vec<MemberEstimate> = Vec::with_capacity(requests.len());
            let mut last: Option<&ChatRequest> = None;
            for request in &requests {
                // Samples of one model read the same.
                let same = last
                    .filter(|last| *last == request)
                    .and(members.last())
                    .cloned();
                let history = histories.get(&request.model).copied().flatten();
                let price = app.prices().lookup(&request.model, at_ms);
                members.push(same.unwrap_or_else(|| {
                    member(request, price.as_ref(), history, app.most_output(request))
                }));
                last = Some(request);
            }
            total(members)
        };
        self.inner.cpu.run("estimate costs", estimate).await
    }

    /// The most a request is answered with, in tokens.
    pub(crate) fn most_output(&self, request: &ChatRequest) -> u64 {
        request
            .max_output_tokens
            .map(u64::from)
            .or_else(|| self.inner.catalog.max_output_tokens(&request.model))
            .unwrap_or(MOST_OUTPUT_OTHERWISE)
    }
}

fn member(
    request: &ChatRequest,
    price: Option<&PriceRow>,
    history: Option<OutputHistory>,
    max_output_tokens: u64,
) -> MemberEstimate {
    let is_free = price.is_some_and(|row| row.source == PriceSource::Local);
    let basis = match history {
        _ if is_free => EstimateBasis::Free,
        Some(history) => EstimateBasis::History {
            answers: history.answers,
        },
        None => EstimateBasis::Assumed,
    };
    let usual = history.map_or(USUAL_OUTPUT_OTHERWISE, |history| history.median_tokens);
    let usual_output_tokens = usual.min(max_output_tokens);
    let input_tokens = input_tokens(request);
    let low =
        price.and_then(|row| row.estimate(input_tokens, usual_output_tokens, usual_output_tokens));
    MemberEstimate {
        model: request.model.clone(),
        low: low.map(|range| range.low),
        high: price.and_then(|row| {
            most(
                row,
                input_tokens.min(input_bound(request)),
                max_output_tokens,
            )
        }),
        input_tokens,
        usual_output_tokens,
        max_output_tokens,
        basis,
    }
}

fn total(members: Vec<MemberEstimate>) -> CostEstimate {
    let mut unknown_models: Vec<ModelId> = members
        .iter()
        .filter(|member| member.high.is_none())
        .map(|member| member.model.clone())
        .collect();
    unknown_models.sort();
    unknown_models.dedup();
    // A council of nothing but brought answers costs nothing; one of unknown prices, nobody knows.
    let is_known = members.is_empty() || members.iter().any(|member| member.high.is_some());
    let sum = |amounts: Vec<Option<PicoUsd>>| is_known.then(|| amounts.into_iter().flatten().sum());
    CostEstimate {
        low: sum(members.iter().map(|member| member.low).collect()),
        high: sum(members.iter().map(|member| member.high).collect()),
        unknown_models,
        members,
        stages: Vec::new(),
    }
}

/// The most a request with so much input can cost; what does not fit 64 bits is the most that does.
pub(crate) fn most(price: &PriceRow, input_tokens: u64, max_output_tokens: u64) -> Option<PicoUsd> {
    let range = price.estimate(input_tokens, 0, max_output_tokens)?;
    Some(range.high.min(PicoUsd::from(i64::MAX)))
}

/// Input in tokens, about. The first call loads a vocabulary, which takes a while: off the runtime.
pub(crate) fn input_tokens(request: &ChatRequest) -> u64 {
    let estimate = majlis_providers::estimate_input_tokens(request);
    estimate
        .input_tokens
        .saturating_add(u64::from(estimate.images) * IMAGE_BOUND)
        .saturating_add(form_bound(request))
}

/// Tokens of functions and of the answer's form at most: what describes them is sent too.
fn form_bound(request: &ChatRequest) -> u64 {
    let of_tool = |tool: &ToolSpec| {
        MESSAGE_BOUND
            + (tool.name.len() + tool.description.len() + tool.parameters.to_string().len()) as u64
    };
    let of_format = match &request.response_format {
        Some(ResponseFormat::JsonSchema { schema, .. }) => schema.to_string().len() as u64,
        Some(ResponseFormat::Json) | None => 0,
    };
    request.tools.iter().map(of_tool).sum::<u64>() + of_format
}

/// Input in tokens at most, without a vocabulary: no tokeniser makes more tokens than bytes.
pub(crate) fn input_bound(request: &ChatRequest) -> u64 {
    let of_part = |part: &Part| match part {
        Part::Text { text } | Part::Reasoning { text, .. } => text.len() as u64,
        Part::ToolCall {
            name, arguments, ..
        } => (name.len() + arguments.len()) as u64,
        Part::ToolResult { content, .. } => content.len() as u64,
        Part::Image { .. } => IMAGE_BOUND,
    };
    let of_message =
        |message: &Message| MESSAGE_BOUND + message.parts.iter().map(of_part).sum::<u64>();
    MESSAGE_BOUND + request.messages.iter().map(of_message).sum::<u64>() + form_bound(request)
}

#[cfg(test)]
mod tests {
    use majlis_llm::{PriceTable, Usage};

    use super::*;

    fn request(model: &str, text: &str) -> ChatRequest {
        ChatRequest::new(
            model.parse().unwrap(),
            vec![Message::text(Role::User, text)],
        )
    }

    fn price(model: &str) -> Option<PriceRow> {
        PriceTable::builtin().lookup(&model.parse().unwrap(), 1_790_000_000_000)
    }

    #[test]
    fn a_texts_length_bounds_its_tokens_in_every_script() {
        for text in [
            "The council meets.",
            "المجلس يجتمع غدًا",
            "語言模型",
            "🦀🦀",
            "",
        ] {
            for model in [
                "openai/gpt-4",
                "openai/gpt-5",
                "anthropic/claude-sonnet-4-6",
            ] {
                let request = request(model, text);
                assert!(input_tokens(&request) <= input_bound(&request), "{text}");
            }
        }
    }

    #[test]
    fn a_range_goes_from_the_usual_answer_to_the_longest() {
        let (request, row) = (
            request("openai/gpt-4o", "Why?"),
            price("openai/gpt-4o").unwrap(),
        );
        let history = OutputHistory {
            median_tokens: 100,
            answers: 7,
        };
        let found = member(&request, Some(&row), Some(history), 1_000);
        let cost = |output_tokens| {
            row.cost(&Usage {
                fresh_tokens: found.input_tokens,
                output_tokens,
                ..Usage::default()
            })
        };
        assert_eq!((found.low, found.high), (cost(100), cost(1_000)));
        assert_eq!(found.basis, EstimateBasis::History { answers: 7 });
        let assumed = member(&request, Some(&row), None, 1_000);
        assert_eq!(
            (assumed.low, assumed.basis),
            (cost(400), EstimateBasis::Assumed)
        );
    }

    #[test]
    fn unknown_prices_are_named_and_what_is_known_is_added_up() {
        let of = |model: &str| member(&request(model, "Why?"), price(model).as_ref(), None, 1_000);
        let (known, free) = (of("openai/gpt-4o"), of("local/x"));
        let unknown = of("x/unheard-of");
        assert_eq!(
            (free.high, free.basis),
            (Some(PicoUsd::ZERO), EstimateBasis::Free)
        );
        let mixed = total(vec![known.clone(), unknown.clone(), unknown.clone()]);
        assert_eq!((mixed.low, mixed.high), (known.low, known.high));
        assert_eq!(mixed.unknown_models, std::slice::from_ref(&unknown.model));
        assert_eq!(total(vec![unknown]).high, None);
        assert_eq!(total(Vec::new()).high, Some(PicoUsd::ZERO));
    }
}
