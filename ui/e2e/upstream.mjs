// An OpenAI-compatible server on loopback, so that the page can be tried against real streams without a network.
import { createServer } from "node:http";

export const english = {
  alpha: `## Short answer

Yes. WAL mode lets readers work while one writer commits. The automatic checkpoint runs after 1000 pages. WAL mode does not work over a network file system.

\`\`\`sql
PRAGMA journal_mode = wal;
SELECT count(*) FROM log;
\`\`\`

| mode | readers | writers |
|:-----|:-------:|--------:|
| WAL | never blocked | 1 |
| DELETE | blocked | 1 |

See [the manual](https://sqlite.org/wal.html).`,
  beta: `Yes, with care:

1. Readers do not block the writer, and the writer does not block readers.
2. The automatic checkpoint runs after 4000 pages.
3. WAL mode does not work over a network file system.

> A long-running reader keeps the log from shrinking.

Run \`PRAGMA wal_checkpoint(TRUNCATE)\` from time to time.`,
};
const arabic = {
  alpha: `## باختصار

نعم. يسمح وضع WAL للقرّاء بالعمل بينما يكتب كاتب واحد. تُنقل الصفحات إلى الملف بعد 1000 صفحة. لا يعمل وضع WAL على نظام ملفات شبكي.

\`\`\`sql
PRAGMA journal_mode = wal;
\`\`\``,
  beta: `نعم، مع الانتباه إلى ما يلي:

- لا يحجب القرّاء الكاتب.
- تُنقل الصفحات إلى الملف بعد 4000 صفحة.
- لا يعمل وضع WAL على نظام ملفات شبكي.

ونفّذ \`PRAGMA wal_checkpoint\` من حين إلى آخر.`,
};

const gaps_ms = { alpha: 6, beta: 9, slow: 120 };

/** What a judge, an author whose words are contested, or an editor answers; undefined to a plain question. */
function laterAnswer(prompt) {
  if (prompt.includes("independent reviewers")) {
    const names = [...prompt.matchAll(/<answer name="(\w+)">/g)].map(([, name]) => name);
    const scores = (place) => ({ correct: 9 - place, complete: 7, clear: 8, grounded: 5 });
    const review = (answer, place) => ({ answer, reasons: "Checked against the manual.", scores: scores(place), fatal_error: null, quote: null });
    return { reviews: names.map(review) };
  }
  if (prompt.includes("Another answer says")) {
    const claims = [...prompt.matchAll(/<point claim="(\w+)">/g)].map(([, claim]) => claim);
    return { points: claims.map((claim) => ({ claim, decision: "withdraw", evidence: "The others agree.", revised: null })) };
  }
  if (prompt.includes("editor of a council")) {
    const text = "The automatic checkpoint runs after 1000 pages.";
    return { agreed: [{ text, cites: ["A1"] }], missing: [{ text: "Nobody speaks of penguins in harbours.", cites: ["A1"] }] };
  }
  return undefined;
}

function answerOf(model, messages) {
  const later = laterAnswer(String(messages[0]?.content ?? ""));
  if (later) return JSON.stringify(later);
  const question = String(messages.at(-1)?.content ?? "");
  const set = /[\u0600-\u06ff]/.test(question) ? arabic : english;
  return model === "beta" ? set.beta : set.alpha;
}

async function complete(body, response) {
  const { model, messages, stream } = JSON.parse(body);
  if (model === "broken") {
    response.writeHead(500, { "content-type": "application/json" });
    response.end(JSON.stringify({ error: { message: "the test server refuses", type: "server_error" } }));
    return;
  }
  const text = answerOf(model, messages);
  const usage = { prompt_tokens: 42, completion_tokens: Math.ceil(text.length / 4), total_tokens: 42 + Math.ceil(text.length / 4) };
  const head = { id: "chatcmpl-e2e", created: 1_760_000_000, model };
  if (!stream) {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ ...head, object: "chat.completion", choices: [{ index: 0, message: { role: "assistant", content: text }, finish_reason: "stop" }], usage }));
    return;
  }
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
  const say = (choices, more = {}) => response.write(`data: ${JSON.stringify({ ...head, object: "chat.completion.chunk", choices, ...more })}\n\n`);
  for (const piece of text.match(/.{1,6}/gsu) ?? []) {
    if (response.destroyed) return;
    say([{ index: 0, delta: { content: piece }, finish_reason: null }]);
    await new Promise((resolve) => setTimeout(resolve, gaps_ms[model] ?? 5));
  }
  say([{ index: 0, delta: {}, finish_reason: "stop" }]);
  say([], { usage });
  response.end("data: [DONE]\n\n");
}

export const models = ["alpha", "beta", "slow", "broken"];

/** Starts it on a free port; resolves to its address and the function that ends it. */
export async function startUpstream() {
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    if (request.url?.endsWith("/models")) {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ object: "list", data: models.map((id) => ({ id, object: "model", owned_by: "e2e" })) }));
    } else if (request.url?.endsWith("/chat/completions")) {
      await complete(body, response);
    } else {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  return { url: `http://127.0.0.1:${port}/v1`, stop: () => server.closeAllConnections() ?? server.close() };
}
