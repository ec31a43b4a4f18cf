import type { DayOfPeriod } from "../../api/types";
import { sum } from "../../format/numbers";
import { addDays, weekdayOf } from "../../format/time";

export interface Week {
  /** The Monday that it begins with. */
  start: string;
  /** Monday to Sunday; `null` where the day is of another month. */
  days: readonly (DayOfPeriod | null)[];
  total: number;
  trades: number;
}

/** A month's days as weeks from Monday, each with what its days of this month come to. */
export function weeks(days: readonly DayOfPeriod[]): Week[] {
  const byMonday = new Map<string, (DayOfPeriod | null)[]>();
  for (const each of days) {
    const weekday = weekdayOf(each.date);
    const monday = addDays(each.date, 1 - weekday);
    const week = byMonday.get(monday) ?? Array<null>(7).fill(null);
    week[weekday - 1] = each;
    byMonday.set(monday, week);
  }
  return [...byMonday].map(([start, all]) => {
    const known = all.filter((each) => each !== null);
    return {
      start,
      days: all,
      total: sum(known.map((each) => each.pnl)),
      trades: known.reduce((so_far, each) => so_far + each.total_trades, 0),
    };
  });
}

/** The P&L at which a day's colour is full: what only one traded day in twenty goes beyond. */
export function fullColour(days: readonly DayOfPeriod[]): number {
  const sizes = days
    .filter((each) => each.total_trades > 0)
    .map((each) => Math.abs(each.pnl))
    .sort((a, b) => a - b);
  return sizes[Math.ceil(sizes.length * 0.95) - 1] || 1;
}
