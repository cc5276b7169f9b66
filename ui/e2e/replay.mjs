// Stands in for the server's stream: the same events every time, in step with the frames of the page.

/** A conversation of `columns` columns that are all still being written, as the server would send it. */
function conversation(columns) {
  const created_at = "2026-01-01T00:00:00Z";
  const message = { reasoning: null, error: null, call: null, created_at };
  return {
    id: "replay",
    title: "Replay",
    pinned: false,
    created_at,
    updated_at: created_at,
    run_id: "replay",
    channels: Array.from({ length: columns }, (_, position) => ({
      id: `c${position}`,
      model: "e2e/alpha",
      position,
      messages: [
        { ...message, id: `u${position}`, role: "user", text: "Write at length.", state: "complete", versions: [`u${position}`] },
        { ...message, id: `m${position}`, role: "assistant", text: "", state: "streaming", versions: [`m${position}`] },
      ],
    })),
  };
}

/** Answers the page's questions about that conversation, which the server does not know. */
export async function serveConversation(page, columns) {
  const place = "**/api/v1/conversations/replay";
  await page.route(place, (route) => route.fulfill({ json: conversation(columns) }));
  await page.route(`${place}/draft`, (route) => route.fulfill({ json: { text: "", updated_at: null } }));
}

/**
 * Replaces the page's socket. For each of `places` every column is filled to that many characters at once; then
 * for `frames` frames each grows by `perFrame` characters, said in `pieces` events. `globalThis.reached(name)`,
 * made with `exposeFunction`, is awaited before and after, with `"PLACE from"` and `"PLACE to"`.
 */
export function installReplay({ text, columns, places, frames, perFrame, pieces }) {
  let sequence = 0;
  class Replay {
    onopen = null;
    onclose = null;
    onmessage = null;
    constructor() {
      setTimeout(() => this.onopen?.(), 0);
    }
    close() {}
    send(data) {
      if (JSON.parse(data).run_id === "replay") void this.play();
    }
    say(event) {
      sequence += 1;
      this.onmessage?.({ data: JSON.stringify({ type: "event", run_id: "replay", epoch: "e", sequence, event }) });
    }
    delta(from, to) {
      for (let column = 0; column < columns; column += 1) {
        this.say({ type: "text_delta", message_id: `m${column}`, text: text.slice(from, to) });
      }
    }
    async play() {
      const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
      let at = 0;
      for (const place of places) {
        this.delta(at, place);
        at = place;
        // What the burst cost belongs to no frame that counts.
        for (let count = 0; count < 40; count += 1) await frame();
        await globalThis.reached(`${place} from`);
        for (let count = 0; count < frames; count += 1) {
          for (let piece = 0; piece < pieces; piece += 1) {
            const to = (end) => at + Math.floor((perFrame * end) / pieces);
            this.delta(to(piece), to(piece + 1));
          }
          at += perFrame;
          await frame();
        }
        for (let count = 0; count < 2; count += 1) await frame();
        await globalThis.reached(`${place} to`);
      }
    }
  }
  globalThis.WebSocket = Replay;
}
