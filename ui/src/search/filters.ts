import { searchKinds, type SearchHit, type SearchKind, type SearchQuery } from "../api/contract";

/** What the address says is looked for. Days are `YYYY-MM-DD` in this browser's timezone, "" when open. */
export type Filters = {
  q: string;
  kind: SearchKind | "";
  model: string;
  language: string;
  since: string;
  until: string;
  min: string;
  max: string;
};

const names = ["q", "kind", "model", "language", "since", "until", "min", "max"] as const;

export const noFilters: Filters = { q: "", kind: "", model: "", language: "", since: "", until: "", min: "", max: "" };

const isKind = (text: string): text is SearchKind => (searchKinds as readonly string[]).includes(text);
const day = /^\d{4}-\d{2}-\d{2}$/;
const amount = /^\d+(?:\.\d+)?$/;

/** The filters of an address; what makes no sense is left out rather than sent. */
export function filtersOf(params: URLSearchParams): Filters {
  const read = (name: string) => params.get(name) ?? "";
  const valid = (name: string, form: RegExp) => (form.test(read(name)) ? read(name) : "");
  const kind = read("kind");
  return {
    q: read("q"),
    kind: isKind(kind) ? kind : "",
    model: read("model"),
    language: read("language"),
    since: valid("since", day),
    until: valid("until", day),
    min: valid("min", amount),
    max: valid("max", amount),
  };
}

export function paramsOf(filters: Filters): URLSearchParams {
  return new URLSearchParams(names.filter((name) => filters[name] !== "").map((name) => [name, filters[name]]));
}

/** How many filters narrow the words looked for. */
export const countOf = (filters: Filters): number =>
  names.filter((name) => name !== "q" && filters[name] !== "").length;

/** The beginning of a local day, `plus` days later, as the server reads times. Null for no day. */
export function startOfDay(text: string, plus = 0): string | null {
  const [year, month, date] = text.split("-").map(Number);
  if (year === undefined || month === undefined || date === undefined) return null;
  const start = new Date(year, month - 1, date + plus);
  return Number.isNaN(start.getTime()) ? null : start.toISOString();
}

/** What the server is asked. The last day counts whole. */
export function queryOf(filters: Filters): SearchQuery {
  const orNull = (text: string) => (text === "" ? null : text);
  return {
    q: filters.q.trim(),
    kind: filters.kind === "" ? null : filters.kind,
    model: orNull(filters.model),
    language: orNull(filters.language),
    since: startOfDay(filters.since),
    until: startOfDay(filters.until, 1),
    min_cost_usd: orNull(filters.min),
    max_cost_usd: orNull(filters.max),
  };
}

/** Where a hit lives: its conversation or consultation, at that message. Null when it lives nowhere to go to. */
export function placeOf(hit: Pick<SearchHit, "conversation_id" | "consultation_id" | "message_id">): string | null {
  const at = hit.message_id === null ? "" : `?message=${encodeURIComponent(hit.message_id)}`;
  if (hit.conversation_id !== null) return `/chat/${hit.conversation_id}${at}`;
  if (hit.consultation_id !== null) return `/council/${hit.consultation_id}${at}`;
  return null;
}
