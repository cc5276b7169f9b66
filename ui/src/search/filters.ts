import type { SearchHit, SearchKind, SearchQuery } from "../api/types";

/** What a text can be. */
export const searchKinds = ["question", "answer", "synthesis", "finding"] as const satisfies readonly SearchKind[];

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
  const given = {
    kind: filters.kind,
    model: filters.model,
    language: filters.language,
    since: startOfDay(filters.since),
    until: startOfDay(filters.until, 1),
    min_cost_usd: filters.min,
    max_cost_usd: filters.max,
  };
  const narrowed = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== "" && value !== null));
  return { q: filters.q.trim(), ...narrowed };
}

type PlaceId = "conversation_id" | "consultation_id" | "message_id" | "member_id";

/** Where a hit lives: its conversation or consultation, at that text. Null when it lives nowhere to go to. */
export function placeOf({ conversation_id, consultation_id, message_id, member_id }: Pick<SearchHit, PlaceId>): string | null {
  const text = message_id ?? member_id;
  const at = text === null ? "" : `?message=${encodeURIComponent(text)}`;
  if (conversation_id !== null) return `/chat/${conversation_id}${at}`;
  if (consultation_id !== null) return `/council/${consultation_id}${at}`;
  return null;
}
