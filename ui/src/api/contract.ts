import { problemOf, unreachable } from "./client";

/**
 * The routes of history, cost and keeping, as agreed with the server (one place, typed by hand until
 * `openapi.json` has them all). Money is a decimal string in US dollars, null when unknown.
 */
type Call = { method?: "GET" | "POST" | "PUT"; query?: Query; json?: unknown; accept?: string; signal?: AbortSignal };
type Query = Record<string, string | number | boolean | null | undefined>;

/** A path of the server with the parameters that have a value. */
export function address(path: string, query: Query = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return `/api/v1${path}${text ? `?${text}` : ""}`;
}

async function respond(path: string, { method = "GET", query, json, accept, signal }: Call): Promise<Response> {
  const headers = {
    accept: accept ?? "application/json",
    ...(json === undefined ? {} : { "content-type": "application/json" }),
  };
  let response: Response;
  try {
    response = await fetch(address(path, query), {
      method,
      headers,
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      ...(signal ? { signal } : {}),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw unreachable();
  }
  if (response.ok) return response;
  throw problemOf(response.status, await response.json().catch(() => null));
}

async function call<Data>(path: string, request: Call = {}): Promise<Data> {
  return (await respond(path, request)).json() as Promise<Data>;
}

export const searchKinds = ["question", "answer", "synthesis", "finding"] as const;
export type SearchKind = (typeof searchKinds)[number];

export type SearchQuery = {
  q: string;
  kind?: SearchKind | null;
  model?: string | null;
  language?: string | null;
  since?: string | null;
  until?: string | null;
  min_cost_usd?: string | null;
  max_cost_usd?: string | null;
};

export type SearchHit = {
  kind: SearchKind;
  conversation_id: string | null;
  channel_id: string | null;
  message_id: string | null;
  consultation_id: string | null;
  member_id: string | null;
  model: string | null;
  language: string | null;
  title: string;
  snippet: { text: string; mark: boolean }[];
  cost_usd: string | null;
  created_at: string;
};

export type SearchPage = { items: SearchHit[]; next: string | null };

export const search = (query: SearchQuery & { before?: string | null; limit?: number }, signal?: AbortSignal) =>
  call<SearchPage>("/search", { query, ...(signal ? { signal } : {}) });

export const groupings = ["day", "month", "model", "provider", "kind"] as const;
export type Grouping = (typeof groupings)[number];

export type CostFigures = {
  cost_usd: string | null;
  calls: number;
  unknown_calls: number;
  /** What calls whose end is unknown may have cost, by their estimate. */
  estimated_usd: string | null;
};
export type CostGroup = CostFigures & { key: string; label: string };
export type Costs = {
  as_of: string;
  since: string | null;
  until: string | null;
  timezone_offset_min: number;
  total: CostFigures;
  groups: CostGroup[];
};
export type CostQuery = {
  since?: string | null;
  until?: string | null;
  group_by: Grouping;
  timezone_offset_min: number;
};

export const readCosts = (query: CostQuery) => call<Costs>("/costs", { query });

export async function readCostsCsv(query: CostQuery): Promise<Blob> {
  return (await respond("/costs", { query, accept: "text/csv" })).blob();
}

export type Budget = { limit_usd: string | null; spent_usd: string | null; reserved_usd: string | null };
export type Budgets = {
  run: { limit_usd: string | null };
  day: Budget;
  month: Budget;
  /** Models that may be asked although their price is unknown. */
  uncapped_models: string[];
};
export type BudgetChange = {
  run_usd?: string | null;
  day_usd?: string | null;
  month_usd?: string | null;
  uncapped_models?: string[];
};

export const readBudgets = () => call<Budgets>("/budgets");
export const writeBudgets = (change: BudgetChange) => call<Budgets>("/budgets", { method: "PUT", json: change });

export type Estimate = { low_usd: string | null; high_usd: string | null; unknown_models: string[] };

export const estimateConsultation = (body: unknown, signal?: AbortSignal) =>
  call<Estimate>("/consultations/estimate", { method: "POST", json: body, ...(signal ? { signal } : {}) });
export const estimateMessage = (conversation: string, body: unknown, signal?: AbortSignal) =>
  call<Estimate>(`/conversations/${conversation}/messages/estimate`, {
    method: "POST",
    json: body,
    ...(signal ? { signal } : {}),
  });
