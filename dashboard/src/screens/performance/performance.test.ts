import { expect, test } from "vitest";
import type { History } from "../../api/types";
import { bins, median, roundStep } from "./bins";
import { drawn, mondayOf } from "./curve";

function history(interval: string, points: Partial<History["points"][number]>[]): History {
  return { interval, timezone: "America/Chicago", calendar: "civil", points } as unknown as History;
}

test("a week is named by its Monday, in the years that have 53 of them too", () => {
  expect(mondayOf("2025-W45")).toBe("2025-11-03");
  expect(mondayOf("2026-W01")).toBe("2025-12-29");
  expect(mondayOf("2020-W53")).toBe("2020-12-28");
});

test("periods know the days that their trades are of", () => {
  const days = (interval: string, period: string) =>
    drawn(history(interval, [{ period, timestamp: "2026-02-02T06:00:00Z" }]), "UTC")[0]?.days;
  expect(days("day", "2026-02-03")).toEqual({ start: "2026-02-03", end: "2026-02-03" });
  expect(days("week", "2026-W06")).toEqual({ start: "2026-02-02", end: "2026-02-08" });
  expect(days("month", "2024-02")).toEqual({ start: "2024-02-01", end: "2024-02-29" });
});

test("a trade is of its account's day, whatever zone is shown", () => {
  const late = history("trade", [{ timestamp: "2026-02-03T04:30:00Z" }]);
  expect(drawn(late, "UTC")[0]?.days.start).toBe("2026-02-02");
  const session = { ...late, calendar: "session" as const };
  expect(drawn(session, "UTC")[0]?.days.start).toBe("2026-02-03");
});

test("trades that closed at one instant are all drawn, in their order", () => {
  const at = "2026-02-03T15:00:00Z";
  const made = drawn(
    history("trade", [{ timestamp: at }, { timestamp: at }, { timestamp: at }]),
    "UTC",
  );
  const times = made.map((each) => Number(each.time));
  expect(times.map((time) => time - (times[0] ?? 0))).toEqual([0, 1, 2]);
});

test("no bin holds gains and losses, and all trades are in one", () => {
  const values = Array.from({ length: 400 }, (_, n) => ((n * 37) % 801) - 400.5);
  const found = bins([...values, 90_000]);
  expect(found.reduce((all, each) => all + each.count, 0)).toBe(401);
  expect(found.some((each) => each.from === 0)).toBe(true);
  expect(found.at(-1)?.until).toBeNull(); // The one far out is in the last.
  expect(found.length).toBeLessThan(40);
});

test("bins of one value and of none", () => {
  expect(bins([])).toEqual([]);
  expect(bins([12]).reduce((all, each) => all + each.count, 0)).toBe(1);
});

test("steps are round", () => {
  expect([roundStep(700, 26), roundStep(26, 26), roundStep(0, 26)]).toEqual([50, 1, 0.01]);
});

test("the median of an even number lies between two", () => {
  expect([median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([2, 2.5]);
});
