import type { components, operations } from "./schema";

type Schema = components["schemas"];

/**
 * What the server sends. It always writes null for what is absent; the description calls such a field
 * optional, which would let a forgotten field pass.
 */
type Sent<Value> = Value extends (infer Item)[]
  ? Sent<Item>[]
  : Value extends object
    ? { [Key in keyof Value]-?: Sent<Exclude<Value[Key], undefined>> }
    : Value;

/** A message with a code that the page translates; `detail` is the English text to fall back on. */
export type Notice = Sent<Schema["NoticeJson"]>;
export type Model = Sent<Schema["ModelJson"]>;
export type Provider = Sent<Schema["ProviderJson"]>;
/** Where a provider's key comes from; never the key. */
export type ProviderKey = Sent<Schema["KeyJson"]>;
export type Call = Sent<Schema["CallJson"]>;
export type MessageState = Schema["ReplyStateJson"];
export type Message = Sent<Schema["MessageJson"]>;
export type Channel = Sent<Schema["ChannelJson"]>;
export type Conversation = Sent<Schema["ConversationJson"]>;
export type ConversationSummary = Sent<Schema["ConversationSummaryJson"]>;
export type SentMessage = Sent<Schema["TurnJson"]>;
export type MemberRequest = Schema["MemberBody"];
export type ConsultationRequest = Schema["CreateConsultation"];
export type ConsultationStatus = Schema["RunStatusJson"];
export type Member = Sent<Schema["MemberJson"]>;
export type ConsultationSummary = Sent<Schema["ConsultationSummaryJson"]>;
export type Consultation = Sent<Schema["ConsultationJson"]>;
/** What asking the missing members again would do. */
export type Resumable = Sent<Schema["ResumableJson"]>;
/** What came after the first round; members are named by their position. */
export type Deliberation = Sent<Schema["DeliberationJson"]>;
export type Synthesis = Sent<Schema["SynthesisJson"]>;
export type Stage = Schema["StageJson"];
export type Mode = Schema["ModeJson"];
/** A council of the configuration that has a name. */
export type Preset = Sent<Schema["PresetJson"]>;
export type PresetText = Schema["KeepPreset"];
export type Template = Sent<Schema["TemplateJson"]>;
export type TemplateText = Schema["WriteTemplate"];
/** What happens here; counts and durations since the server started. */
export type MetricsSummary = Sent<Schema["MetricsSummaryJson"]>;
export type ChannelReport = Sent<Schema["ChannelReportJson"]>;
export type CouncilSample = Sent<Schema["SampleJson"]>;
export type Settings = Sent<Schema["SettingsJson"]>;
export type Problem = Schema["Problem"];

/** Bytes of the UTF-8 text of an answer (not UTF-16 units), end exclusive. */
export type Span = Sent<Schema["SpanJson"]>;
export type Stance = Schema["StanceKindJson"];
export type MemberStance = Sent<Schema["StanceJson"]>;
export type ClaimRow = Sent<Schema["ClaimJson"]>;
export type Pair = Sent<Schema["PairJson"]>;
export type Contradiction = Sent<Schema["ContradictionJson"]>;
/** A check that failed; without a claim it is about code. */
export type FailedCheck = Sent<Schema["FailedCheckJson"]>;
export type CheckKind = Schema["CheckKindJson"];
export type Topic = Sent<Schema["TopicJson"]>;
export type ContradictionSide = Sent<Schema["SideJson"]>;
/** What was measured between the answers; every `member` is a member's position. */
export type Analysis = Sent<Schema["AnalysisJson"]>;

/** What one's own history says of models. */
export type CouncilStats = Sent<Schema["CouncilStatsJson"]>;
export type JudgeRecord = Sent<Schema["JudgeRecordJson"]>;
export type ModelRecord = Sent<Schema["ModelRecordJson"]>;

/** A text that was found; of the ids those are there that say where it stands. */
export type SearchHit = Sent<Schema["FoundJson"]>;
export type SearchKind = Schema["FoundKindJson"];
export type SearchQuery = NonNullable<operations["search"]["parameters"]["query"]>;

export type Backup = Sent<Schema["BackupJson"]>;
export type HealthStatus = Schema["HealthStatusJson"];
export type HealthCheck = Sent<Schema["HealthCheckJson"]>;

/** A sum over calls; with `unknown_calls` it reads "at least". */
export type CostFigures = Sent<Schema["FiguresJson"]>;
export type CostGroup = Sent<Schema["CostGroupJson"]>;
export type Costs = Sent<Schema["CostsJson"]>;
export type CostQuery = NonNullable<operations["get_costs"]["parameters"]["query"]>;
export type Budget = Sent<Schema["PeriodJson"]>;
export type Budgets = Sent<Schema["BudgetsJson"]>;
export type BudgetChange = Schema["SetBudgets"];
/** What sending would cost. */
export type Estimate = Sent<Schema["EstimateJson"]>;

export type RetentionRule = Sent<Schema["RetentionRuleJson"]>;
/** What rules would delete, or deleted. */
export type RetentionCounts = Sent<Schema["RetentionCountsJson"]>;

export type RunEvent = Sent<Schema["EventJson"]>;
export type ServerFrame = Sent<Schema["ServerFrame"]>;
export type ClientFrame = Schema["ClientFrame"];
export type { Sent };
