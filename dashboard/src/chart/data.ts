import type { Time, UTCTimestamp } from "lightweight-charts";

/** An instant as a chart's time: whole seconds of UTC. */
export function seconds(at: string): UTCTimestamp {
  return Math.floor(Date.parse(at) / 1_000) as UTCTimestamp;
}

/** Oldest first and no instant twice, as charts demand; of those at one instant the last stays. */
export function ascending<T extends { time: Time }>(items: readonly T[]): T[] {
  const byTime = new Map<Time, T>();
  for (const item of items) byTime.set(item.time, item);
  return [...byTime.values()].sort((a, b) => (a.time < b.time ? -1 : 1));
}

/** How far each value lies below the highest before it, the peak beginning at 0. */
export function falls(values: readonly number[]): number[] {
  let peak = 0;
  return values.map((value) => {
    peak = Math.max(peak, value);
    return Math.round((value - peak) * 1e6) / 1e6;
  });
}
