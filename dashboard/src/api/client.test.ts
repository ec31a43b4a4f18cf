import { beforeEach, expect, test, vi } from "vitest";
import { session } from "../session/state";
import { forgetAnswers, get, retryDelayMs, revalidated, send, shouldRetry, url } from "./client";
import { ApiError } from "./errors";
import { serverMs, traffic } from "./traffic";

const answers: Response[] = [];
const asked: { path: string; init: RequestInit }[] = [];

beforeEach(() => {
  answers.length = 0;
  asked.length = 0;
  forgetAnswers();
  session.set("unknown");
  vi.stubGlobal("fetch", async (path: string, init: RequestInit) => {
    asked.push({ path, init });
    return answers.shift() ?? Promise.reject(new TypeError("no network"));
  });
});

function json(body: unknown, headers: Record<string, string> = {}, status = 200): Response {
  return new Response(status === 304 ? null : JSON.stringify(body), { status, headers });
}

const sent = (index: number) => new Headers(asked[index]?.init.headers);

test("an answer is the same object while its entity tag is the same", async () => {
  answers.push(json([1], { ETag: 'W/"a"' }), json(null, {}, 304), json([2], { ETag: 'W/"b"' }));
  const first = await revalidated("/api/accounts");
  const second = await revalidated("/api/accounts");
  const third = await revalidated("/api/accounts");
  expect(second).toBe(first);
  expect(third).toEqual([2]);
  expect([0, 1, 2].map((each) => sent(each).get("If-None-Match"))).toEqual([
    null,
    'W/"a"',
    'W/"a"',
  ]);
});

test("what was answered before signing out is not shown after", async () => {
  answers.push(json([1], { ETag: 'W/"a"' }), json([2], { ETag: 'W/"a"' }));
  await revalidated("/api/accounts");
  forgetAnswers();
  expect(await revalidated("/api/accounts")).toEqual([2]);
  expect(sent(1).get("If-None-Match")).toBeNull();
});

test("a failure has the API's own words", async () => {
  const error = {
    code: "RATE_LIMITED",
    message: "slow down",
    retryable: true,
    request_id: "abc",
    details: [{ field: "limit", message: "too large" }],
  };
  answers.push(json({ error }, { "Retry-After": "7" }, 429));
  const failure = await get("/api/accounts").catch((each: unknown) => each);
  expect(failure).toMatchObject({
    code: "RATE_LIMITED",
    message: "slow down",
    requestId: "abc",
    retryAfterS: 7,
    details: error.details,
  });
  expect(shouldRetry(0, failure)).toBe(true);
  expect(retryDelayMs(0, failure)).toBeGreaterThanOrEqual(7_000);
});

test("an answer that is not the API's is told by its status", async () => {
  answers.push(new Response("<html>", { status: 502 }));
  await expect(get("/api/accounts")).rejects.toMatchObject({ code: "HTTP_502", retryable: true });
});

test("no answer at all is a failure that may be tried again", async () => {
  await expect(get("/api/accounts")).rejects.toMatchObject({
    code: "UNREACHABLE",
    retryable: true,
  });
});

test("what the caller did wrong is not tried again", () => {
  const wrong = new ApiError({ code: "X", message: "", status: 400, retryable: false });
  expect(shouldRetry(0, wrong)).toBe(false);
});

test("a session that ends is noticed, one that never was is another thing", async () => {
  const refused = () => json({ error: { code: "UNAUTHENTICATED", message: "" } }, {}, 401);
  answers.push(refused());
  await get("/api/accounts").catch(() => undefined);
  expect(session.get()).toBe("none");
  session.set("open");
  answers.push(refused());
  await get("/api/accounts").catch(() => undefined);
  expect(session.get()).toBe("ended");
});

test("a request that was given up is no failure of the service", async () => {
  const gone = new AbortController();
  vi.stubGlobal("fetch", async () => {
    gone.abort();
    throw new DOMException("given up", "AbortError");
  });
  await expect(get("/api/accounts", { signal: gone.signal })).rejects.toThrow("given up");
});

test("addresses", () => {
  expect(
    url("/api/positions/{position_id}", { a: "x y", b: null, c: "" }, { position_id: "a/b" }),
  ).toBe("/api/positions/a%2Fb?a=x+y");
});

test("a write goes out as JSON, and is noted with what it took", async () => {
  answers.push(json({ ok: 1 }, { "Server-Timing": 'db;desc="1";dur=0.2, total;dur=1.25' }));
  await send("POST", "/api/account/switch", { account_id: "A" });
  expect(asked[0]?.init).toMatchObject({ method: "POST", body: '{"account_id":"A"}' });
  expect(sent(0).get("Content-Type")).toBe("application/json");
  expect(traffic.get()[0]).toMatchObject({ method: "POST", status: 200, serverMs: 1.25 });
  expect(serverMs("cache;dur=9")).toBeNull();
});
