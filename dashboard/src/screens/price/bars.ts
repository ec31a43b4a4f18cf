// Bars as a chart takes them, and where in them an instant lies.
import type { Timeframe } from "../../api/prices";
import type { Bar } from "../../api/types";
import { seconds } from "../../chart/data";
import type { Time } from "../../chart/spec";
import { EXCHANGE_ZONE } from "../../format/session";
import { wallTime } from "../../format/time";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A bar with its opening as a number, and as the chart has it. */
export interface Drawn extends Bar {
  openedMs: number;
  time: Time;
}

/** Oldest first, and none twice; of two pages the later one knows better. */
export function joined(pages: readonly (readonly Bar[])[], timeframe: Timeframe): Drawn[] {
  const known = new Map<string, Bar>();
  for (const page of pages) for (const bar of page) known.set(bar.timestamp, bar);
  return [...known.values()]
    .map((bar) => ({ ...bar, openedMs: Date.parse(bar.timestamp), time: timeOf(bar, timeframe) }))
    .sort((one, other) => one.openedMs - other.openedMs);
}

function timeOf(bar: Bar, timeframe: Timeframe): Time {
  return timeframe === "1d" ? dayOf(Date.parse(bar.timestamp)) : seconds(bar.timestamp);
}

/** The date of a daily bar: that on which its session ends, or its own if it is a calendar day's. */
export function dayOf(openedMs: number): string {
  if (openedMs % DAY_MS === 0) return new Date(openedMs).toISOString().slice(0, 10);
  // Sessions begin at 17:00, so seven hours later it is the date that they are named by.
  const { year, month, day } = wallTime(openedMs + 8 * HOUR_MS, EXCHANGE_ZONE);
  return `${year}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
}

/** The place of the bar that holds an instant, or of the last one before it; -1 before the first. */
export function placeOf(bars: readonly Drawn[], atMs: number): number {
  let [low, high] = [0, bars.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((bars[middle] as Drawn).openedMs <= atMs) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
