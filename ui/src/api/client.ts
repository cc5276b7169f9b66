import createClient from "openapi-fetch";
import { heldSession, lock, locksOut } from "../access/held";
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

/** The server takes no POST that does not say what it contains, not even an empty one; some ask who it is. */
function declared(request: Request): Request {
  const session = heldSession();
  if (session !== null) request.headers.set("authorization", `Bearer ${session}`);
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
  const notice: Notice = {
    code: problem.code ?? `http_${status}`,
    params: problem.params ?? {},
    detail: problem.detail ?? problem.title ?? `The server answered ${status}.`,
    hint: problem.hint ?? null,
  };
  if (locksOut(status, notice)) lock(notice);
  return new ApiError(status, notice);
}

/** A file of the server with the name it gives; rejects with `ApiError` only. */
export async function download(address: string): Promise<{ content: Blob; name: string }> {
  let response: Response;
  let content: Blob;
  try {
    response = await fetch(declared(new Request(new URL(address, location.origin))));
    content = await response.blob();
  } catch {
    throw unreachable();
  }
  if (!response.ok) throw problemOf(response.status, await parsed(content));
  const named = /filename="([^"]+)"/.exec(response.headers.get("content-disposition") ?? "");
  return { content, name: named?.[1] ?? "majlis" };
}

async function parsed(content: Blob): Promise<unknown> {
  try {
    return JSON.parse(await content.text());
  } catch {
    return null;
  }
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
