import { expect, test } from "vitest";
import type { Exchange } from "../../api/traffic";
import { byPath, bytes, median, pathOf } from "./own";

const exchange = (path: string, tookMs: number, change: Partial<Exchange> = {}): Exchange => ({
  method: "GET",
  path,
  status: 200,
  tookMs,
  serverMs: tookMs / 2,
  cache: null,
  requestId: null,
  at: 0,
  ...change,
});

test("requests are told by what they ask for, whatever of it", () => {
  expect(pathOf("/api/positions/ab12?account_id=A")).toBe("/api/positions/{id}");
  expect(pathOf("/api/positions?limit=3")).toBe("/api/positions");
  const found = byPath([
    exchange("/api/health", 30),
    exchange("/api/positions?a=1", 8),
    exchange("/api/positions?a=2", 4, { status: 304 }),
    exchange("/api/positions?a=3", 90, { status: 503, serverMs: null }),
  ]);
  expect(found.map((each) => [each.path, each.count, each.tookMs, each.serverMs])).toEqual([
    ["/api/positions", 3, 8, 3],
    ["/api/health", 1, 30, 15],
  ]);
  expect(found[0]).toMatchObject({ failures: 1, notModified: 1, slowestMs: 90 });
});

test("the median of nothing is not known", () => {
  expect([median([]), median([3]), median([4, 1]), median([9, 1, 5])]).toEqual([null, 3, 2.5, 5]);
});

test("sizes are said in the unit that fits", () => {
  expect([0, 1023, 1536, 2 ** 21].map(bytes)).toEqual(["0 B", "1023 B", "1.5 KiB", "2.0 MiB"]);
});
