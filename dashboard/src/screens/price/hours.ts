// The sessions behind the bars: where each begins, and what of it is not the exchange's day.
import type { Band } from "../../chart/spec";
import { EXCHANGE_ZONE } from "../../format/session";
import { addDays, dayName, wallTime } from "../../format/time";
import type { Drawn } from "./bars";

const OPENS = 17 * 60;

/** The hours of the day session: minutes after midnight in Chicago, and how they are said. */
export interface DayHours {
  from: number;
  to: number;
  said: string;
}

const INDEX: DayHours = { from: 8 * 60 + 30, to: 15 * 60, said: "08:30–15:00 CT" };
const BY_EXCHANGE: Readonly<Record<string, DayHours>> = {
  CME: INDEX,
  CBOT: INDEX,
  COMEX: { from: 7 * 60 + 20, to: 12 * 60 + 30, said: "07:20–12:30 CT" },
  NYMEX: { from: 8 * 60, to: 13 * 60 + 30, said: "08:00–13:30 CT" },
};

/** The day session of an exchange, `null` where its hours are not known. */
export function dayHours(exchange: string | undefined): DayHours | null {
  return BY_EXCHANGE[exchange ?? ""] ?? null;
}

interface Place {
  session: string;
  isQuiet: boolean;
}

/** Bands from the first to the last bar of each session, and of each stretch outside the day. */
export function bands(bars: readonly Drawn[], hours: DayHours | null): Band[] {
  if (hours === null) return [];
  const places = bars.map((bar) => place(bar.openedMs, hours));
  const sessions = runs(places, (each) => each.session).map(({ first, last, value }) => ({
    kind: "titled" as const,
    ...ends(bars, first, last),
    title: dayName(value),
  }));
  const quiet = runs(places, (each) => `${each.session} ${each.isQuiet}`)
    .filter(({ first }) => places[first]?.isQuiet)
    .map(({ first, last }) => ({
      kind: "quiet" as const,
      ...ends(bars, first, last),
      title: "",
    }));
  return [...quiet, ...sessions];
}

function place(openedMs: number, { from, to }: DayHours): Place {
  const { year, month, day, hour, minute } = wallTime(openedMs, EXCHANGE_ZONE);
  const minutes = hour * 60 + minute;
  const date = `${year}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
  return {
    session: minutes >= OPENS ? addDays(date, 1) : date,
    isQuiet: minutes < from || minutes >= to,
  };
}

interface Run {
  first: number;
  last: number;
  value: string;
}

/** Stretches of neighbours that say the same. */
function runs<T>(all: readonly T[], said: (each: T) => string): Run[] {
  const found: Run[] = [];
  all.forEach((each, index) => {
    const value = said(each);
    const latest = found.at(-1);
    if (latest?.value === value) latest.last = index;
    else found.push({ first: index, last: index, value });
  });
  return found;
}

function ends(bars: readonly Drawn[], first: number, last: number) {
  return { from: (bars[first] as Drawn).time, to: (bars[last] as Drawn).time };
}
