import { afterEach, expect, it, vi } from "vitest";
import { answer, ApiError, noticeOf } from "./client";

afterEach(() => {
  vi.restoreAllMocks();
});

const response = (status: number) => new Response(null, { status });

async function thrownBy(pending: Promise<unknown>): Promise<ApiError> {
  const thrown = await pending.then(
    () => null,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(ApiError);
  return thrown as ApiError;
}

it("gives the body of an answer", async () => {
  expect(await answer(Promise.resolve({ data: { id: "x" }, response: response(200) }))).toEqual({ id: "x" });
});

it("says that the server is gone when nothing answers", async () => {
  const error = await thrownBy(answer(Promise.reject(new TypeError("Failed to fetch"))));
  expect([error.status, error.notice.code]).toEqual([0, "server_unreachable"]);
});

it("keeps code, detail and hint of a problem", async () => {
  const problem = { title: "Gone", detail: "It is gone.", code: "gone", hint: "Look elsewhere.", params: { id: "x" } };
  const error = await thrownBy(answer(Promise.resolve({ error: problem, response: response(404) })));
  expect(error.notice).toEqual({ code: "gone", detail: "It is gone.", hint: "Look elsewhere.", params: { id: "x" } });
});

it("makes do with the status when the body is no problem document", async () => {
  const error = await thrownBy(answer(Promise.resolve({ error: "<html>", response: response(502) })));
  expect(error.notice).toEqual({ code: "http_502", detail: "The server answered 502.", hint: null, params: {} });
});

it("shows any thrown value", () => {
  expect(noticeOf(new Error("odd")).detail).toBe("odd");
  expect(noticeOf("odder").detail).toBe("odder");
});
