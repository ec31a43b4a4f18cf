import { expect, test } from "vitest";
import { marketSession } from "./session";
import * as time from "./time";

const CHICAGO = "America/Chicago";

test("an instant is wall time of a zone, on both sides of the autumn hour", () => {
  expect(time.clock("2025-11-02T06:30:00Z", CHICAGO, true)).toBe("01:30:00");
  expect(time.clock("2025-11-02T07:30:00Z", CHICAGO, true)).toBe("01:30:00");
  expect(time.zoneName(CHICAGO, "2025-11-02T06:30:00Z")).toBe("CDT");
  expect(time.zoneName(CHICAGO, "2025-11-02T07:30:00Z")).toBe("CST");
  expect(time.dateTime("2025-11-08T00:00:00Z", CHICAGO)).toBe("Nov 7, 18:00");
  expect(time.clock("2025-11-07T06:00:00Z", CHICAGO)).toBe("00:00");
});

test("a date stays a date wherever the page is read", () => {
  expect(time.dayName("2025-11-07", true)).toBe("Fri, Nov 7, 2025");
  expect(time.monthName("2025-11")).toBe("November 2025");
  expect(time.addDays("2025-02-28", 1)).toBe("2025-03-01");
  expect([time.addMonths("2025-01", -1), time.addMonths("2025-12", 1)]).toEqual([
    "2024-12",
    "2026-01",
  ]);
  expect([time.weekdayOf("2025-11-03"), time.weekdayOf("2025-11-09")]).toEqual([1, 7]);
});

test("lengths of time in two units", () => {
  expect([43, 463.168, 3_900, 180_000, null].map(time.duration)).toEqual([
    "43s",
    "7m 43s",
    "1h 05m",
    "2d 2h",
    "–",
  ]);
  expect([5_000, 90_000, 7_200_000].map(time.ago)).toEqual(["5 s ago", "1 min ago", "2 h ago"]);
});

test("the futures week opens on Sunday evening and rests for an hour a day", () => {
  const at = (iso: string) => marketSession(Date.parse(iso));
  // 2025-11-07 is a Friday; Chicago is six hours behind.
  expect(at("2025-11-07T21:59:30Z")).toMatchObject({ isOpen: true, changesInS: 30 });
  expect(at("2025-11-07T22:00:00Z")).toMatchObject({ isOpen: false, changesInS: 49 * 3_600 });
  expect(at("2025-11-09T23:00:00Z")).toMatchObject({ isOpen: true, changesInS: 23 * 3_600 });
  expect(at("2025-11-10T22:30:00Z")).toMatchObject({ isOpen: false, changesInS: 1_800 });
});
