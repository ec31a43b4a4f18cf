// Which bars are looked at: how long each one is, and how much time lies in view.
import { BARS_MAX, SECONDS, type Timeframe } from "../../api/prices";

export const TIMEFRAMES = ["1m", "5m", "15m", "1h", "1d"] as const satisfies readonly Timeframe[];
export type Shown = (typeof TIMEFRAMES)[number];

export const SPANS = ["4h", "1d", "1w", "1m", "3m", "all"] as const;
export type Span = (typeof SPANS)[number];
/** As the address has it: the usual one of the timeframe unless one was chosen. */
export const ASKED_SPANS = ["auto", ...SPANS] as const;
export type AskedSpan = (typeof ASKED_SPANS)[number];

export const SPAN_OPTIONS = [
  { value: "4h", label: "4H", hint: "4 hours in view" },
  { value: "1d", label: "1D", hint: "1 session in view" },
  { value: "1w", label: "1W", hint: "5 sessions in view" },
  { value: "1m", label: "1M", hint: "21 sessions in view" },
  { value: "3m", label: "3M", hint: "63 sessions in view" },
  { value: "all", label: "All", hint: "As many bars as one question may ask for" },
] as const;

const HOUR_S = 3_600;
// A session trades 23 hours.
const SESSION_S = 23 * HOUR_S;
const TRADED_S: Readonly<Record<Exclude<Span, "all">, number>> = {
  "4h": 4 * HOUR_S,
  "1d": SESSION_S,
  "1w": 5 * SESSION_S,
  "1m": 21 * SESSION_S,
  "3m": 63 * SESSION_S,
};
const USUAL: Readonly<Record<Shown, Span>> = {
  "1m": "4h",
  "5m": "1d",
  "15m": "1w",
  "1h": "1m",
  "1d": "all",
};
const USUAL_WHERE_NARROW: Readonly<Record<Shown, Span>> = {
  "1m": "4h",
  "5m": "4h",
  "15m": "1d",
  "1h": "1w",
  "1d": "3m",
};
const LEAST = 4;

/** How many bars lie in a span of trading. */
export function barsIn(span: Span, timeframe: Shown): number {
  if (span === "all") return BARS_MAX;
  // A session is one daily bar, though it trades for 23 hours.
  const each = timeframe === "1d" ? SESSION_S : SECONDS[timeframe];
  return Math.ceil(TRADED_S[span] / each);
}

/** Whether a span is neither a few bars nor more than one question may ask for. */
export function fits(span: Span, timeframe: Shown): boolean {
  const count = barsIn(span, timeframe);
  return count >= LEAST && count <= BARS_MAX;
}

/** The span that is meant in a timeframe; the usual one where it does not fit. */
export function spanOf(asked: AskedSpan, timeframe: Shown, isNarrow = false): Span {
  if (asked !== "auto" && fits(asked, timeframe)) return asked;
  return (isNarrow ? USUAL_WHERE_NARROW : USUAL)[timeframe];
}

/** The timeframe that shows a span: the one that is looked at, or the nearest that can. */
export function timeframeFor(span: Span, timeframe: Shown): Shown {
  if (fits(span, timeframe)) return timeframe;
  const at = TIMEFRAMES.indexOf(timeframe);
  const isTooFine = barsIn(span, timeframe) > BARS_MAX;
  const others = isTooFine ? TIMEFRAMES.slice(at + 1) : TIMEFRAMES.slice(0, at).reverse();
  return others.find((each) => fits(span, each)) ?? timeframe;
}
