/** The shapes of /api/v1. Thin names over what the server describes; see tools/openapi. */

/** A message with a code that the page translates; `detail` is the English text to fall back on. */
export type Notice = {
  code: string;
  params: Record<string, string>;
  detail: string;
  hint: string | null;
};

export type Availability = "ready" | "unavailable" | "unknown";

/** US dollars per million tokens, as exact decimal strings; null = unknown. */
export type Price = {
  input_usd_per_mtok: string | null;
  output_usd_per_mtok: string | null;
  source: string;
  as_of: string;
};

export type Model = {
  /** `provider/name` */
  id: string;
  provider: string;
  name: string;
  display_name: string | null;
  state: Availability;
  reason: Notice | null;
  price: Price | null;
  context_tokens: number | null;
  max_output_tokens: number | null;
  local: boolean;
  /** The embedded model: shown as a demonstration, never counted beside real ones. */
  demo: boolean;
};

export type Usage = {
  fresh_tokens: number | null;
  cache_read_tokens: number | null;
  cache_write_5m_tokens: number | null;
  cache_write_1h_tokens: number | null;
  output_tokens: number | null;
  reasoning_tokens: number | null;
};

export type Call = {
  id: string;
  model: string;
  response_model: string | null;
  state: "intent" | "settled" | "failed" | "cancelled" | "unknown";
  usage: Usage | null;
  /** Exact decimal string; null = unknown, which is not zero. */
  cost_usd: string | null;
  cost_pusd: string | null;
  first_token_ms: number | null;
  duration_ms: number | null;
  finish_reason: string | null;
};

export type MessageState = "complete" | "streaming" | "cancelled" | "failed" | "interrupted";

export type Message = {
  id: string;
  role: "user" | "assistant" | "system";
  text: string;
  reasoning: string | null;
  state: MessageState;
  error: Notice | null;
  call: Call | null;
  created_at: string;
};

export type Channel = { id: string; model: string; position: number; messages: Message[] };

export type Conversation = {
  id: string;
  title: string;
  pinned: boolean;
  created_at: string;
  updated_at: string;
  channels: Channel[];
  run_id: string | null;
};

export type ConversationSummary = {
  id: string;
  title: string;
  pinned: boolean;
  created_at: string;
  updated_at: string;
  models: string[];
};

export type Page<Item> = { items: Item[]; next: string | null };

export type SentMessage = {
  run_id: string;
  replies: { channel_id: string; user_message_id: string; message_id: string }[];
};

export type MemberRequest =
  | { type: "model"; model: string; samples?: number }
  | { type: "pasted"; name: string; text: string };

export type ConsultationRequest = { question: string; context?: string; members: MemberRequest[] };

export type ConsultationStatus =
  | "running"
  | "complete"
  | "degraded"
  | "single"
  | "failed"
  | "interrupted"
  | "cancelled";

export type ConsultationSummary = {
  id: string;
  question: string;
  status: ConsultationStatus;
  created_at: string;
  finished_at: string | null;
  members: number;
};

export type MemberState = MessageState | "waiting";

export type Member = {
  message_id: string;
  position: number;
  label: string;
  kind: "model" | "pasted";
  model: string | null;
  sample: number | null;
  demo: boolean;
  state: MemberState;
  text: string;
  reasoning: string | null;
  error: Notice | null;
  call: Call | null;
};

export type Consultation = {
  id: string;
  question: string;
  context: string | null;
  /** What each member was sent, to the byte. */
  prompt: string;
  status: ConsultationStatus;
  created_at: string;
  finished_at: string | null;
  members: Member[];
  analysis: Analysis | null;
  cost_usd: string | null;
  cost_pusd: string | null;
  unknown_costs: number;
  run_id: string | null;
};

export type CouncilSample = { question: string; answers: { name: string; text: string }[] };

export type Settings = {
  language: "en" | "ar" | null;
  theme: "system" | "light" | "dark" | null;
};

/** RFC 9457 */
export type Problem = {
  type?: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  hint?: string | null;
  params?: Record<string, string>;
  request_id?: string;
  errors?: { field?: string; detail?: string }[];
};

export type RunEvent =
  | {
      type: "started";
      kind: "chat" | "consultation";
      replies: { message_id: string; label: string; model: string | null; channel_id: string | null }[];
    }
  | { type: "reply_started"; message_id: string; response_model: string | null }
  | { type: "text_delta"; message_id: string; text: string }
  | { type: "reasoning_delta"; message_id: string; text: string }
  | {
      type: "reply_finished";
      message_id: string;
      state: Exclude<MessageState, "streaming">;
      error: Notice | null;
      call: Call | null;
    }
  | { type: "measured"; analysis: Analysis }
  | { type: "finished"; status: string };

export type ServerFrame =
  | { type: "hello"; epoch: string | number }
  | { type: "event"; run_id: string; epoch: string | number; sequence: number; event: RunEvent }
  | { type: "gap" | "lagged" | "unknown_run"; run_id: string }
  | { type: "heartbeat" };

export type ClientFrame =
  | { type: "subscribe"; run_id: string; after: { epoch: string | number; sequence: number } | null }
  | { type: "unsubscribe"; run_id: string };

/** Bytes of the UTF-8 text of an answer (not UTF-16 units), end exclusive. */
export type Span = { start: number; end: number };

export type Quote = { span: Span; text: string };

export type Stance = "asserts" | "denies" | "different_value" | "silent";

export type MemberStance = {
  member: number;
  /** null: not measured (another language, compared by words). */
  stance: Stance | null;
  position: number | null;
  value: string | null;
  quotes: Quote[];
};

export type ClaimRow = {
  id: string;
  text: string;
  language: string | null;
  member: number;
  context: string | null;
  stances: MemberStance[];
  agreement: number | null;
  coverage: number | null;
};

export type Pair = {
  first: number;
  second: number;
  similarity: number | null;
  agreement: number | null;
  shared_claims: number;
};

export type ContradictionSide = { member: number; quote: Quote; marks: Span[] };

export type Contradiction = {
  claim: string;
  evidence: string;
  first: ContradictionSide;
  second: ContradictionSide;
  similarity: number;
};

/** What was measured between the answers; every `member` is a member's position. */
export type Analysis = {
  schema: number;
  method: string;
  engine: string;
  limits: string[];
  members: {
    member: number;
    label: string;
    apart: boolean;
    language: string | null;
    words: number;
    claims: number;
    coverage: number | null;
  }[];
  agreement: number | null;
  shared_claims: number;
  coverage: number | null;
  pairs: Pair[];
  claims: ClaimRow[];
  patterns: { claim: string; members: number[] }[];
  gaps: { claim: string; said_by: number[]; missed_by: number[] }[];
  unique: { claim: string; member: number }[];
  contradictions: Contradiction[] | null;
};
