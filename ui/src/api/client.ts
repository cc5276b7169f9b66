import type { Notice, Problem } from "./types";

/** What went wrong with one request, in the form in which every screen shows it. */
export class ApiError extends Error {
  readonly status: number;
  readonly notice: Notice;

  constructor(status: number, notice: Notice) {
    super(notice.detail);
    this.name = "ApiError";
    this.status = status;
    this.notice = notice;
  }
}

const root = "/api/v1";

/** The server did not answer at all: it was stopped, or this tab outlived it. */
function unreachable(): ApiError {
  return new ApiError(0, {
    code: "server_unreachable",
    params: {},
    detail: "Majlis does not answer.",
    hint: "Start it again with `majlis serve`; this page reconnects by itself.",
  });
}

async function problemOf(response: Response): Promise<ApiError> {
  let problem: Partial<Problem> = {};
  try {
    problem = (await response.json()) as Problem;
  } catch {
    // Not a problem document (a proxy's page, an empty body): the status alone must do.
  }
  return new ApiError(response.status, {
    code: problem.code ?? `http_${response.status}`,
    params: problem.params ?? {},
    detail: problem.detail ?? problem.title ?? `The server answered ${response.status}.`,
    hint: problem.hint ?? null,
  });
}

type Method = "GET" | "POST" | "PATCH" | "DELETE";

/** Sends one request; rejects with `ApiError` only. A 204 resolves to undefined. */
export async function request<Answer>(method: Method, path: string, body?: unknown): Promise<Answer> {
  let response: Response;
  try {
    response = await fetch(root + path, {
      method,
      ...(body === undefined
        ? {}
        : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    });
  } catch {
    throw unreachable();
  }
  if (!response.ok) throw await problemOf(response);
  return (response.status === 204 ? undefined : await response.json()) as Answer;
}

/** Any thrown value as something that can be shown. */
export function noticeOf(thrown: unknown): Notice {
  if (thrown instanceof ApiError) return thrown.notice;
  const detail = thrown instanceof Error ? thrown.message : String(thrown);
  return { code: "unexpected", params: {}, detail, hint: null };
}
