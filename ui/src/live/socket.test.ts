import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { RunEvent, ServerFrame } from "../api/types";
import { backoffMs, RunSocket, type Connection, type Wire } from "./socket";

/** A wire that is driven by the test. */
class ScriptedWire implements Wire {
  sent: unknown[] = [];
  closed = false;
  onopen: (() => void) | null = null;
  onclose: (() => void) | null = null;
  onmessage: ((message: { data: unknown }) => void) | null = null;
  send(data: string) {
    this.sent.push(JSON.parse(data));
  }
  close() {
    this.closed = true;
  }
  say(frame: ServerFrame) {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
}

function setUp() {
  const wires: ScriptedWire[] = [];
  const states: Connection[] = [];
  const alert = vi.fn();
  const socket = new RunSocket({
    open: () => {
      const wire = new ScriptedWire();
      wires.push(wire);
      return wire;
    },
    connection: (state) => states.push(state),
    alert,
    delay_ms: () => 100,
    silence_ms: 40_000,
  });
  const heard: (RunEvent | "missed")[] = [];
  const listener = { event: (event: RunEvent) => heard.push(event), missed: () => heard.push("missed") };
  const wire = (index: number) => wires[index] as ScriptedWire;
  return { socket, wires, wire, states, heard, listener, alert };
}

const delta = (text: string): RunEvent => ({ type: "text_delta", message_id: "m", text });
const frame = (sequence: number, text: string, epoch = "e1"): ServerFrame => ({
  type: "event",
  run_id: "r",
  epoch,
  sequence,
  event: delta(text),
});

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("the run socket", () => {
  it("tells of an alert, whatever run is followed", () => {
    const { socket, wire, alert } = setUp();
    socket.start();
    wire(0).onopen?.();
    const notice = { code: "disk_low", params: {}, detail: "", hint: null };
    const at = "2026-11-23T00:00:00Z";
    wire(0).say({
      type: "alert",
      alert: { id: 1, rule: "disk_low", subject: null, state: "firing", since: at, fired_at: at, resolved_at: null, notice },
    });
    expect(alert).toHaveBeenCalledTimes(1);
  });

  it("subscribes from the beginning once it is open", () => {
    const { socket, wire, listener } = setUp();
    socket.start();
    socket.subscribe("r", listener);
    expect(wire(0).sent).toEqual([]);
    wire(0).onopen?.();
    expect(wire(0).sent).toEqual([{ type: "subscribe", run_id: "r", after: null }]);
  });

  it("resumes after the last sequence when the connection came back", () => {
    const { socket, wire, wires, states, heard, listener } = setUp();
    socket.start();
    wire(0).onopen?.();
    socket.subscribe("r", listener);
    wire(0).say(frame(1, "a"));
    wire(0).say(frame(2, "b"));
    wire(0).onclose?.();
    expect(states.at(-1)).toBe("lost");
    vi.advanceTimersByTime(100);
    expect(wires).toHaveLength(2);
    wire(1).onopen?.();
    expect(wire(1).sent).toEqual([{ type: "subscribe", run_id: "r", after: { epoch: "e1", sequence: 2 } }]);
    wire(1).say(frame(3, "c"));
    expect(heard).toEqual([delta("a"), delta("b"), delta("c")]);
    expect(states.at(-1)).toBe("open");
  });

  it("hears no event twice", () => {
    const { socket, wire, heard, listener } = setUp();
    socket.start();
    wire(0).onopen?.();
    socket.subscribe("r", listener);
    for (const sequence of [1, 2, 2, 1, 3]) wire(0).say(frame(sequence, String(sequence)));
    expect(heard).toEqual([delta("1"), delta("2"), delta("3")]);
  });

  it("asks again from the last good place when a sequence is missing", () => {
    const { socket, wire, heard, listener } = setUp();
    socket.start();
    wire(0).onopen?.();
    socket.subscribe("r", listener);
    wire(0).say(frame(1, "a"));
    wire(0).say(frame(3, "c"));
    expect(heard).toEqual([delta("a")]);
    expect(wire(0).sent.at(-1)).toEqual({ type: "subscribe", run_id: "r", after: { epoch: "e1", sequence: 1 } });
  });

  it.each(["gap", "unknown_run"] as const)("calls for the snapshot on %s and goes on with what comes", (type) => {
    const { socket, wire, heard, listener } = setUp();
    socket.start();
    wire(0).onopen?.();
    socket.subscribe("r", listener);
    wire(0).say(frame(1, "a"));
    wire(0).say({ type, run_id: "r" });
    wire(0).say(frame(9, "z"));
    expect(heard[1]).toBe("missed");
    expect(heard.at(-1)).toEqual(delta("z"));
  });

  it("calls for the snapshot when a run begins in the middle", () => {
    const { socket, wire, heard, listener } = setUp();
    socket.start();
    wire(0).onopen?.();
    socket.subscribe("r", listener);
    wire(0).say(frame(5, "e"));
    expect(heard).toEqual(["missed", delta("e")]);
  });

  it("counts silence as a lost connection", () => {
    const { socket, wire, wires, states } = setUp();
    socket.start();
    wire(0).onopen?.();
    vi.advanceTimersByTime(39_000);
    wire(0).say({ type: "heartbeat" });
    vi.advanceTimersByTime(39_000);
    expect(states.at(-1)).toBe("open");
    vi.advanceTimersByTime(1_100);
    expect(states).toContain("lost");
    expect(wire(0).closed).toBe(true);
    vi.advanceTimersByTime(100);
    expect(wires).toHaveLength(2);
  });

  it("ends a subscription and stays quiet about it", () => {
    const { socket, wire, heard, listener } = setUp();
    socket.start();
    wire(0).onopen?.();
    const end = socket.subscribe("r", listener);
    end();
    expect(wire(0).sent.at(-1)).toEqual({ type: "unsubscribe", run_id: "r" });
    wire(0).say(frame(1, "a"));
    expect(heard).toEqual([]);
  });

  it("survives a frame that is not JSON", () => {
    const { socket, wire, heard, listener } = setUp();
    socket.start();
    wire(0).onopen?.();
    socket.subscribe("r", listener);
    wire(0).onmessage?.({ data: "{" });
    wire(0).say(frame(1, "a"));
    expect(heard).toEqual([delta("a")]);
  });

  it("waits longer after each failure, up to twelve seconds", () => {
    expect([0, 1, 2, 5, 20].map((attempt) => backoffMs(attempt, 0))).toEqual([250, 500, 1000, 8000, 8000]);
    expect(backoffMs(20, 1)).toBe(12_000);
  });
});
