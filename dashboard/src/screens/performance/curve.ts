// The points of a history as a chart has them.
import type { Time } from "lightweight-charts";
import type { HistoryInterval } from "../../api/performance";
import type { History, Point } from "../../api/types";
import { seconds } from "../../chart/data";
import { EXCHANGE_ZONE } from "../../format/session";
import { addDays, addMonths, dateTime, dayName, monthName, weekdayOf } from "../../format/time";

export interface Drawn {
  time: Time;
  name: string;
  /** The first and the last day of it, which its trades are of. */
  days: { start: string; end: string };
  point: Point;
}

/** `2025-W40` by its Monday. */
export function mondayOf(week: string): string {
  const [year = "", number = "1"] = week.split("-W");
  // The fourth of January is always in the first week.
  const fourth = `${year}-01-04`;
  return addDays(fourth, 1 - weekdayOf(fourth) + 7 * (Number(number) - 1));
}

/** The points in order; of those at one instant all stay, each a second after the one before. */
export function drawn(history: History, zone: string): Drawn[] {
  let last = Number.NEGATIVE_INFINITY;
  return history.points.map((point) => {
    const made = placed(point, history, zone);
    if (typeof made.time !== "number") return { ...made, point };
    last = Math.max(made.time, last + 1);
    return { ...made, time: last as Time, point };
  });
}

/** Where the curve comes from: nothing, just before the first point. */
export function origin(first: Drawn | undefined): { time: Time; value: number }[] {
  if (!first) return [];
  const { time } = first;
  return [
    {
      time: typeof time === "number" ? ((time - 60) as Time) : addDays(String(time), -1),
      value: 0,
    },
  ];
}

type Placed = Omit<Drawn, "point">;

function placed(point: Point, history: History, zone: string): Placed {
  const { period } = point;
  const interval = history.interval as HistoryInterval;
  if (interval === "day") {
    return { time: period, name: dayName(period, true), days: { start: period, end: period } };
  }
  if (interval === "week") {
    const monday = mondayOf(period);
    return {
      time: monday,
      name: `Week of ${dayName(monday, true)}`,
      days: { start: monday, end: addDays(monday, 6) },
    };
  }
  if (interval === "month") {
    const start = `${period}-01`;
    const end = addDays(`${addMonths(period, 1)}-01`, -1);
    return { time: start, name: monthName(period), days: { start, end } };
  }
  const day = dayOf(point.timestamp, history);
  return {
    time: seconds(point.timestamp),
    name: dateTime(point.timestamp, zone, interval !== "hour", true),
    days: { start: day, end: day },
  };
}

// A session's day begins at 17:00 in Chicago: seven hours later it is the day of its name there.
const SESSION_LEAD_MS = 7 * 60 * 60_000;

/** The day of the account that an instant is in. */
function dayOf(at: string, { calendar, timezone }: History): string {
  const isSession = calendar === "session";
  const zone = isSession ? EXCHANGE_ZONE : timezone;
  const moment = Date.parse(at) + (isSession ? SESSION_LEAD_MS : 0);
  return new Intl.DateTimeFormat("en-CA", { timeZone: zone }).format(moment);
}
