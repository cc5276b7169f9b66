// A stand-in for the Rust server while it does not exist yet: /api/v1 in memory, over the built dist.
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { WebSocketServer } from "ws";

const dist = new URL("../dist/", import.meta.url).pathname;
const port = Number(process.argv[2] ?? 7799);
const epoch = `e${Date.now()}`;
const csp =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types majlis dompurify 'allow-duplicates'";
const types = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2" };

let counter = 0;
const id = () => `id${++counter}`;
const now = () => new Date().toISOString();
const price = (i, o) => ({ input_usd_per_mtok: i, output_usd_per_mtok: o, source: "table", as_of: "2026-11-01" });
const model = (id, display_name, extra = {}) => ({
  id, provider: id.split("/")[0], name: id.split("/")[1], display_name, state: "ready", reason: null,
  price: price("1.25", "10"), context_tokens: 200000, max_output_tokens: 8192, local: false, demo: false, ...extra,
});
const models = [
  model("openai/gpt-5", "GPT-5"),
  model("anthropic/claude-sonnet-4-5", "Claude Sonnet 4.5", { price: price("3", "15") }),
  model("gemini/gemini-2.5-pro", "Gemini 2.5 Pro"),
  model("deepseek/deepseek-chat", "DeepSeek Chat", { price: null }),
  ...["alpha", "beta", "slow", "broken", "long"].map((n) => model(`e2e/${n}`, null, n === "alpha" ? {} : { price: null })),
  model("xai/grok-4", null, { state: "unavailable", reason: { code: "missing_key", params: {}, detail: "XAI_API_KEY is not set.", hint: null } }),
  model("local/smollm2-135m", "SmolLM2 135M", { local: true, demo: true, price: price("0", "0") }),
];
const answers = {
  default: "## Short answer\n\nUse a **write-ahead log**: commits become durable with one `fsync`, and readers never block.\n\n1. One\n2. Two\n3. Three\n\n- WAL mode allows one writer and many readers.\n- A checkpoint copies pages back, by default after 1000 pages.\n\n```rust\nfn open(path: &Path) -> Result<Connection> {\n    let db = Connection::open(path)?;\n    db.pragma_update(None, \"journal_mode\", \"wal\")?;\n    Ok(db)\n}\n```\n\n| mode | readers | durability |\n|---|---|---|\n| WAL | never blocked | `synchronous=FULL` |\n| DELETE | blocked by a writer | always |\n\nSee [the manual](https://sqlite.org/wal.html).",
  ar: "## باختصار\n\nاستعمل **سجل الكتابة المسبقة** (`WAL`): تصبح كل معاملة دائمة بعملية `fsync` واحدة، ولا يُحجب القرّاء.\n\n- كاتب واحد وقرّاء كثيرون في وقت واحد.\n- تُنسخ الصفحات إلى الملف بعد 1000 صفحة افتراضيًا.\n\n```sql\nPRAGMA journal_mode = wal;\n```",
};
const conversations = new Map();
const consultations = new Map();
const runs = new Map();
const sockets = new Set();

function emit(run, event) {
  run.events.push(event);
  for (const s of sockets) if (s.runs.has(run.id)) s.send(JSON.stringify({ type: "event", run_id: run.id, epoch, sequence: run.events.length, event }));
}
const call = (m) => ({
  id: id(), model: m, response_model: m, state: "settled",
  usage: { fresh_tokens: 42, cache_read_tokens: 0, cache_write_5m_tokens: 0, cache_write_1h_tokens: 0, output_tokens: 346, reasoning_tokens: null },
  cost_usd: m.includes("deepseek") || m.includes("beta") ? null : "0.004475", cost_pusd: "4475000000", first_token_ms: 412, duration_ms: 5230, finish_reason: "stop",
});
async function stream(run, message, m, text) {
  emit(run, { type: "reply_started", message_id: message.id ?? message.message_id, response_model: m });
  const words = m.includes("long") ? (() => { const l = Array.from({ length: 40 }, (_, i) => `### Part ${i}\n\n${text}`).join("\n\n"); return [[0, 2000], [3200, 17800]].flatMap(([a, b]) => [l.slice(a, b), ...l.slice(b, b + 1200).match(/.{1,4}/gsu)]); })() : text.split(/(?<=\s)/);
  message.state = "streaming";
  for (const word of words) {
    if (run.cancelled) break;
    message.text += word;
    emit(run, { type: "text_delta", message_id: message.id ?? message.message_id, text: word });
    await new Promise((r) => setTimeout(r, m.includes("slow") ? 120 : m.includes("long") ? 10 : 12));
  }
  const failed = m.includes("gemini") || m.includes("broken");
  message.state = run.cancelled ? "cancelled" : failed ? "failed" : "complete";
  message.error = failed ? { code: "overloaded", params: {}, detail: "gemini answered 529: the model is overloaded.", hint: "Try again in a minute." } : null;
  message.call = call(m);
  emit(run, { type: "reply_finished", message_id: message.id ?? message.message_id, state: message.state, error: message.error, call: message.call });
}
const samples = {
  en: { question: "Is WAL mode right for SQLite in a server with many readers?", answers: [
    { name: "Answer A", text: "Yes. WAL mode lets readers work while one writer commits. The default checkpoint runs after 1000 pages. It does not work over network file systems." },
    { name: "Answer B", text: "Yes, use WAL. Readers are not blocked by the writer. The automatic checkpoint happens at 1000 pages. Several writers can commit at the same time." },
    { name: "Answer C", text: "WAL is the right choice. Readers never block the writer. The automatic checkpoint happens at 4000 pages. WAL does not work on network file systems." },
    { name: "Answer D", text: "WAL helps. Several writers cannot commit at the same time: there is one writer. Back up with the online backup API, not by copying the file." } ] },
};
samples.ar = { question: "هل وضع WAL مناسب لقاعدة SQLite في خادم كثير القرّاء؟", answers: samples.en.answers.map((a, i) => ({ name: `الإجابة ${"أبجد"[i]}`, text: a.text })) };
function analysisOf(members) {
  const bytes = (text, q) => { const at = text.indexOf(q); return { start: Buffer.byteLength(text.slice(0, at)), end: Buffer.byteLength(text.slice(0, at + q.length)) }; };
  const st = (m, stance, q, position = stance === "asserts" ? 0 : 1, value = null) => {
    const text = members[m]?.text ?? "";
    return { member: m, stance, position: stance === "silent" ? null : position, value, quotes: q && text.includes(q) ? [{ span: bytes(text, q), text: q }] : [] };
  };
  const row = (n, text, stances, agreement) => ({ id: `C${n}`, text, language: "en", member: stances.find((s) => s.stance === "asserts").member, context: null, stances, agreement, coverage: stances.filter((s) => s.stance !== "silent").length / 4 });
  const claims = [
    row(1, "Several writers can commit at the same time.", [st(0, "silent"), st(1, "asserts", "Several writers can commit at the same time."), st(2, "silent"), st(3, "denies", "Several writers cannot commit at the same time: there is one writer.")], 0),
    row(2, "The automatic checkpoint happens at 1000 pages.", [st(0, "asserts", "The default checkpoint runs after 1000 pages.", 0, "1000"), st(1, "asserts", "The automatic checkpoint happens at 1000 pages.", 0, "1000"), st(2, "different_value", "The automatic checkpoint happens at 4000 pages.", 1, "4000"), st(3, "silent")], 0.42),
    row(3, "Readers are not blocked by the writer.", [st(0, "asserts", "WAL mode lets readers work while one writer commits."), st(1, "asserts", "Readers are not blocked by the writer."), st(2, "asserts", "Readers never block the writer."), st(3, "silent")], 1),
    row(4, "It does not work over network file systems.", [st(0, "asserts", "It does not work over network file systems."), st(1, "silent"), st(2, "asserts", "WAL does not work on network file systems."), st(3, "silent")], 1),
    row(5, "Back up with the online backup API, not by copying the file.", [st(0, "silent"), st(1, "silent"), st(2, "silent"), st(3, "asserts", "Back up with the online backup API, not by copying the file.")], null),
  ];
  const pairs = [];
  for (let a = 0; a < 4; a++) for (let b = a + 1; b < 4; b++) pairs.push({ first: a, second: b, similarity: 0.25 + ((a * 7 + b * 5) % 6) / 10, agreement: 0.5, shared_claims: 2 });
  const q = (m, s) => ({ span: bytes(members[m].text, s), text: s });
  const side = (m, s, w) => ({ member: m, quote: q(m, s), marks: [bytes(members[m].text, w)] });
  return { schema: 1, method: "majlis-claims/1", engine: "lexical", limits: ["lexical_only", "contradiction_direct_only"], members: members.map((m, i) => ({ member: i, label: m.label, apart: false, language: "en", words: 30, claims: 4, coverage: 0.6 })), agreement: 0.64, shared_claims: 4, coverage: 1, pairs, claims,
    patterns: [{ claim: "C3", members: [0, 1, 2] }, { claim: "C4", members: [0, 2] }, { claim: "C2", members: [0, 1] }], gaps: [{ claim: "C4", said_by: [0, 2], missed_by: [1, 3] }], unique: [{ claim: "C5", member: 3 }],
    contradictions: members.length < 4 ? null : [
      { claim: "C1", evidence: "negation", first: side(1, "Several writers can commit at the same time.", "can"), second: side(3, "Several writers cannot commit at the same time: there is one writer.", "cannot"), similarity: 0.9 },
      { claim: "C2", evidence: "different_value", first: side(1, "The automatic checkpoint happens at 1000 pages.", "1000"), second: side(2, "The automatic checkpoint happens at 4000 pages.", "4000"), similarity: 0.95 } ] };
}
const routes = [
  ["GET", /^\/models$/, () => ({ models })],
  ["GET", /^\/providers$/, () => ({ providers: [...new Set(models.map((m) => m.provider))].map((name) => ({ name, kind: "openai", state: name === "xai" ? "unavailable" : "ready", models: 1, reason: null })) })],
  ["GET", /^\/settings$/, () => ({ language: null, theme: null })],
  ["PATCH", /^\/settings$/, (_, b) => b],
  ["GET", /^\/samples\/council$/, (_, __, q) => samples[q.get("language") ?? "en"]],
  ["GET", /^\/conversations$/, () => ({ items: [...conversations.values()].reverse().map(({ channels, ...c }) => ({ ...c, models: channels.map((x) => x.model) })), next: null })],
  ["POST", /^\/conversations$/, (_, b) => { const c = { id: id(), title: "", pinned: false, created_at: now(), updated_at: now(), run_id: null, channels: b.models.map((m, position) => ({ id: id(), model: m, position, messages: [] })) }; conversations.set(c.id, c); return [201, c]; }],
  ["GET", /^\/conversations\/(\w+)$/, ([i]) => conversations.get(i)],
  ["PATCH", /^\/conversations\/(\w+)$/, ([i], b) => Object.assign(conversations.get(i), b)],
  ["DELETE", /^\/conversations\/(\w+)$/, ([i]) => (conversations.delete(i), [204])],
  ["POST", /^\/conversations\/(\w+)\/channels$/, ([i], b) => { const c = conversations.get(i); const ch = { id: id(), model: b.model, position: c.channels.length, messages: [] }; c.channels.push(ch); return [201, ch]; }],
  ["PATCH", /^\/conversations\/(\w+)\/channels\/(\w+)$/, ([i, j], b) => Object.assign(conversations.get(i).channels.find((x) => x.id === j), b)],
  ["DELETE", /^\/conversations\/(\w+)\/channels\/(\w+)$/, ([i, j]) => { const c = conversations.get(i); c.channels = c.channels.filter((x) => x.id !== j); return [204]; }],
  ["POST", /^\/conversations\/(\w+)\/messages$/, ([i], b) => {
    const c = conversations.get(i);
    c.title ||= b.text.slice(0, 60);
    const run = { id: id(), events: [] };
    runs.set(run.id, run);
    c.run_id = run.id;
    const replies = c.channels.filter((ch) => !b.channels || b.channels.includes(ch.id)).map((ch) => {
      const base = { reasoning: null, error: null, call: null, created_at: now() };
      const user = { ...base, id: id(), role: "user", text: b.text, state: "complete" };
      const reply = { ...base, id: id(), role: "assistant", text: "", state: "streaming" };
      ch.messages.push(user, reply);
      return { channel_id: ch.id, user_message_id: user.id, message_id: reply.id, reply, model: ch.model };
    });
    emit(run, { type: "started", kind: "chat", replies: replies.map((r) => ({ message_id: r.message_id, label: r.model, model: r.model, channel_id: r.channel_id })) });
    const text = /[\u0600-\u06ff]/.test(b.text) ? answers.ar : answers.default;
    void Promise.all(replies.map((r) => stream(run, r.reply, r.model, text))).then(() => { c.run_id = null; emit(run, { type: "finished", status: "complete" }); });
    return [202, { run_id: run.id, replies: replies.map(({ channel_id, user_message_id, message_id }) => ({ channel_id, user_message_id, message_id })) }];
  }],
  ["POST", /^\/runs\/(\w+)\/cancel$/, ([i]) => { const run = runs.get(i); if (run) run.cancelled = true; return [204]; }],
  ["GET", /^\/consultations$/, () => ({ items: [...consultations.values()].reverse().map((c) => ({ id: c.id, question: c.question, status: c.status, created_at: c.created_at, finished_at: c.finished_at, members: c.members.length })), next: null })],
  ["GET", /^\/consultations\/(\w+)$/, ([i]) => consultations.get(i)],
  ["DELETE", /^\/consultations\/(\w+)$/, ([i]) => (consultations.delete(i), [204])],
  ["POST", /^\/consultations$/, (_, b) => {
    const run = { id: id(), events: [] };
    runs.set(run.id, run);
    const members = b.members.flatMap((m) => m.type === "pasted" ? [m] : Array.from({ length: m.samples ?? 1 }, (_, k) => ({ ...m, k: (m.samples ?? 1) > 1 ? k + 1 : null }))).map((m, position) => ({
      message_id: id(), position, label: m.name ?? (m.k ? `${m.model}:${m.k}` : m.model), kind: m.type, model: m.model ?? null, sample: m.k ?? null, demo: m.model?.startsWith("local/") ?? false, state: m.type === "pasted" ? "complete" : "waiting", text: m.text ?? "", reasoning: null, error: null, call: null }));
    const c = { id: id(), question: b.question, context: b.context ?? null, prompt: b.question, status: "running", created_at: now(), finished_at: null, members, analysis: null, cost_usd: null, cost_pusd: null, unknown_costs: 0, run_id: run.id };
    consultations.set(c.id, c);
    emit(run, { type: "started", kind: "consultation", replies: members.map((m) => ({ message_id: m.message_id, label: m.label, model: m.model, channel_id: null })) });
    void Promise.all(members.filter((m) => m.kind === "model").map((m, i) => stream(run, m, m.model, samples.en.answers[i % 4].text))).then(async () => {
      await new Promise((r) => setTimeout(r, 300));
      c.analysis = analysisOf(c.members);
      emit(run, { type: "measured", analysis: c.analysis });
      const priced = members.filter((m) => m.call);
      c.cost_usd = priced.length ? "0.0134" : "0";
      c.unknown_costs = priced.filter((m) => m.call.cost_usd === null).length;
      c.status = members.some((m) => m.state === "failed") ? "degraded" : "complete";
      c.finished_at = now();
      c.run_id = null;
      emit(run, { type: "finished", status: c.status });
    });
    return [202, { id: c.id, run_id: run.id }];
  }],
];

const server = createServer(async (request, response) => {
  const url = new URL(request.url, "http://x");
  const reply = (status, body, type = "application/json") => { response.writeHead(status, { "content-type": type, "content-security-policy": csp, "cache-control": "no-store" }); response.end(body); };
  if (url.pathname.startsWith("/api/v1/")) {
    const path = url.pathname.slice(7);
    let body = "";
    for await (const chunk of request) body += chunk;
    for (const [method, pattern, handle] of routes) {
      const match = pattern.exec(path);
      if (!match || method !== request.method) continue;
      const out = handle(match.slice(1), body ? JSON.parse(body) : null, url.searchParams);
      if (out === undefined) break;
      const [status, value] = Array.isArray(out) ? out : [200, out];
      return reply(status, value === undefined ? "" : JSON.stringify(value));
    }
    return reply(404, JSON.stringify({ title: "Not found", status: 404, detail: `There is nothing at ${path}.`, code: "not_found", hint: null, params: {} }), "application/problem+json");
  }
  const file = extname(url.pathname) ? url.pathname : "/index.html";
  try { reply(200, await readFile(join(dist, file)), types[extname(file)] ?? "application/octet-stream"); } catch { reply(404, "not found", "text/plain"); }
});
const wss = new WebSocketServer({ server, path: "/api/v1/ws" });
wss.on("connection", (socket) => {
  socket.runs = new Set();
  sockets.add(socket);
  socket.send(JSON.stringify({ type: "hello", epoch }));
  socket.on("close", () => sockets.delete(socket));
  socket.on("message", (data) => {
    const frame = JSON.parse(String(data));
    if (frame.type === "unsubscribe") return socket.runs.delete(frame.run_id);
    const run = runs.get(frame.run_id);
    if (!run) return socket.send(JSON.stringify({ type: "unknown_run", run_id: frame.run_id }));
    socket.runs.add(run.id);
    run.events.slice(frame.after?.sequence ?? 0).forEach((event, i) => socket.send(JSON.stringify({ type: "event", run_id: run.id, epoch, sequence: (frame.after?.sequence ?? 0) + i + 1, event })));
  });
});
server.listen(port, "127.0.0.1", () => console.log(`mock on http://127.0.0.1:${port}`));
