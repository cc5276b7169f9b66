import createClient from "openapi-fetch";
import type { paths } from "./schema";
import type { Notice, Problem, Sent } from "./types";

/** What went wrong with one request, in the form in which every screen shows it. */
export class ApiError extends Error {
  /** 0 when there was no answer at all. */
  readonly status: number;
  readonly notice: Notice;

  constructor(status: number, notice: Notice) {
    super(notice.detail);
    this.name = "ApiError";
    this.status = status;
    this.notice = notice;
  }
}

/** Every route of the server, typed by its own description. */
export const server = createClient<paths>({ baseUrl: location.origin, fetch: (request) => fetch(declared(request)) });

/** The server takes no POST that does not say what it contains, not even an empty one. */
function declared(request: Request): Request {
  if (request.method === "POST" && !request.headers.has("content-type")) request.headers.set("content-type", "application/json");
  return request;
}

/** The server did not answer at all: it was stopped, or this tab outlived it. */
export function unreachable(): ApiError {
  return new ApiError(0, {
    code: "server_unreachable",
    params: {},
    detail: "Majlis does not answer.",
    hint: "Start it again with `majlis serve`; this page reconnects by itself.",
  });
}

export function problemOf(status: number, body: unknown): ApiError {
  // A proxy's page or an empty body is no problem document: then the status alone must do.
  const problem: Partial<Problem> = typeof body === "object" && body !== null ? body : {};
  return new ApiError(status, {
    code: problem.code ?? `http_${status}`,
    params: problem.params ?? {},
    detail: problem.detail ?? problem.title ?? `The server answered ${status}.`,
    hint: problem.hint ?? null,
  });
}

type Pending<Data> = Promise<{ data?: Data; error?: unknown; response: Response }>;

/** The body of an answer; rejects with `ApiError` only. Without a body (204) it is undefined. */
export async function answer<Data>(pending: Pending<Data>): Promise<Sent<Data>> {
  let result: Awaited<Pending<Data>>;
  try {
    result = await pending;
  } catch {
    throw unreachable();
  }
  if (!result.response.ok) throw problemOf(result.response.status, result.error);
  return result.data as Sent<Data>;
}

/** Any thrown value as something that can be shown. */
export function noticeOf(thrown: unknown): Notice {
  if (thrown instanceof ApiError) return thrown.notice;
  const detail = thrown instanceof Error ? thrown.message : String(thrown);
  return { code: "unexpected", params: {}, detail, hint: null };
}
