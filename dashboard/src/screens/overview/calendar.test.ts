import { expect, test } from "vitest";
import { ascending, falls, seconds } from "../../chart/data";
import { fullColour, weeks } from "./calendar";

function days(month: string, count: number) {
  return Array.from({ length: count }, (_, index) => ({
    date: `${month}-${String(index + 1).padStart(2, "0")}`,
    pnl: 0.1,
    total_trades: 1,
    winning_trades: 1,
    losing_trades: 0,
  }));
}

test("a month is weeks from Monday, each with its own days' sum", () => {
  const found = weeks(days("2025-11", 30)); // It begins on a Saturday.
  expect(found.map((each) => each.start)).toEqual([
    "2025-10-27",
    "2025-11-03",
    "2025-11-10",
    "2025-11-17",
    "2025-11-24",
  ]);
  expect(found[0]?.days.map((each) => each?.date.slice(8) ?? null)).toEqual([
    null,
    null,
    null,
    null,
    null,
    "01",
    "02",
  ]);
  expect(found.map((each) => each.total)).toEqual([0.2, 0.7, 0.7, 0.7, 0.7]);
  expect(found.map((each) => each.trades)).toEqual([2, 7, 7, 7, 7]);
});

test("one wild day does not make the others pale", () => {
  const month = days("2025-11", 30).map((each, index) => ({ ...each, pnl: index ? -100 : 9_000 }));
  expect(fullColour(month)).toBe(100);
  expect(fullColour([])).toBe(1);
});

test("a fall is counted from the peak, which begins at nothing", () => {
  expect(falls([-5, 3, 1.1, 4, 3.9])).toEqual([-5, 0, -1.9, 0, -0.1]);
});

test("a chart's points are in order, and of one second the last stays", () => {
  const points = [
    ["2025-11-07T18:00:01Z", 2],
    ["2025-11-07T18:00:00.1Z", 0],
    ["2025-11-07T18:00:00.9Z", 1],
  ] as const;
  const shown = ascending(points.map(([at, value]) => ({ time: seconds(at), value })));
  expect(shown.map((each) => each.value)).toEqual([1, 2]);
});
