import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { HEARTBEAT_MS, LiveSocket, type Message } from "./socket";

class FakeSocket {
  readyState = 0;
  sent: unknown[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  send(text: string) {
    this.sent.push(JSON.parse(text));
  }
  close() {
    this.readyState = 3;
  }
  opens() {
    this.readyState = 1;
    this.onopen?.();
  }
  says(type: string, seq: number | null, data: unknown = {}) {
    const message = { type, account_id: "A", data, timestamp: "2025-11-07T18:00:00Z", seq };
    this.onmessage?.({ data: JSON.stringify(message) });
  }
}

const sockets: FakeSocket[] = [];
const heard: Message[] = [];
const statuses: string[] = [];
let signedOut = 0;
let line: LiveSocket;

const latest = () => sockets.at(-1) as FakeSocket;

beforeEach(() => {
  vi.useFakeTimers();
  signedOut = 0;
  for (const each of [sockets, heard, statuses]) each.length = 0;
  const open = () => {
    sockets.push(new FakeSocket());
    return latest() as unknown as WebSocket;
  };
  const listener = {
    onMessage: (message: Message) => void heard.push(message),
    onStatus: (status: string) => void (statuses.at(-1) !== status && statuses.push(status)),
    onSignedOut: () => {
      signedOut += 1;
    },
  };
  line = new LiveSocket("ws://x/ws", "A", listener, open, () => 1);
  line.start();
});

afterEach(() => {
  line.stop();
  vi.useRealTimers();
});

test("a reconnect asks for what came after the last message", () => {
  latest().opens();
  expect(latest().sent).toEqual([{ type: "subscribe", account_id: "A" }]);
  latest().says("performance_update", 7);
  latest().onclose?.({ code: 1006 });
  vi.advanceTimersByTime(1_000);
  latest().opens();
  expect(latest().sent).toEqual([{ type: "subscribe", account_id: "A", after: 7 }]);
});

test("a message that is told twice is heard once", () => {
  latest().opens();
  for (const seq of [7, 8, 7, 8, 9]) latest().says("performance_update", seq);
  expect(heard.map((each) => each.seq)).toEqual([7, 8, 9]);
});

test("a write of which not everything came is asked for again", () => {
  latest().opens();
  for (const type of ["trade_update", "performance_update"] as const) latest().says(type, 7);
  latest().says("trade_update", 8);
  expect(heard.map((each) => each.seq)).toEqual([7, 7, 8]);
  latest().onclose?.({ code: 1006 });
  vi.advanceTimersByTime(1_000);
  latest().opens();
  expect(latest().sent).toEqual([{ type: "subscribe", account_id: "A", after: 7 }]);
});

test("after a gap that is too long the order begins anew", () => {
  latest().opens();
  latest().says("trade_update", 900);
  latest().says("error", null, { code: "RESYNC" });
  latest().says("performance_update", 5);
  expect(heard.map((each) => each.type)).toEqual(["trade_update", "error", "performance_update"]);
});

test("a silent line is given up and opened again", () => {
  latest().opens();
  vi.advanceTimersByTime(HEARTBEAT_MS);
  expect(latest().sent.at(-1)).toEqual({ type: "ping" });
  vi.advanceTimersByTime(2 * HEARTBEAT_MS + 1_000);
  expect(sockets).toHaveLength(2);
});

test("pongs keep a quiet line", () => {
  latest().opens();
  for (let beat = 0; beat < 5; beat += 1) {
    vi.advanceTimersByTime(HEARTBEAT_MS);
    latest().says("pong", null);
  }
  expect(sockets).toHaveLength(1);
});

test("another screen asks the line that is there, and only a dead one is opened again", () => {
  latest().opens();
  line.check();
  latest().says("pong", null);
  vi.advanceTimersByTime(10_000);
  expect([sockets.length, latest().sent.at(-1)]).toEqual([1, { type: "ping" }]);
  vi.advanceTimersByTime(1);
  line.check();
  vi.advanceTimersByTime(6_000);
  expect(sockets).toHaveLength(2);
});

test("waits grow after each failure, and figures are asked for meanwhile", () => {
  const waits: number[] = [];
  for (let failure = 0; failure < 9; failure += 1) {
    const before = sockets.length;
    latest().onclose?.({ code: 1006 });
    let waited = 0;
    while (sockets.length === before) {
      vi.advanceTimersByTime(500);
      waited += 500;
    }
    waits.push(waited);
  }
  expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  expect(statuses).toEqual(["connecting", "polling"]);
  latest().opens();
  latest().says("hello", 3);
  expect(statuses.at(-1)).toBe("live");
});

test.each([4401, 4403])("a session that has ended is not tried again: %i", (code) => {
  latest().onclose?.({ code });
  vi.advanceTimersByTime(600_000);
  expect([signedOut, sockets.length]).toEqual([1, 1]);
});

test("what is no message is not heard", () => {
  latest().opens();
  for (const data of ["", "null", "{", '{"type":"joke"}', "[1]"]) latest().onmessage?.({ data });
  expect(heard).toEqual([]);
});

test("a line that was ended stays so", () => {
  latest().opens();
  line.stop();
  line.hurry();
  vi.advanceTimersByTime(600_000);
  expect(sockets).toHaveLength(1);
});
