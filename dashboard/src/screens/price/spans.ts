// Which bars are looked at: how long each one is, and how much time lies in view.
import { BARS_MAX, SECONDS, type Timeframe } from "../../api/prices";

export const TIMEFRAMES = ["1m", "5m", "15m", "1h", "1d"] as const satisfies readonly Timeframe[];
export type Shown = (typeof TIMEFRAMES)[number];

export const SPANS = ["auto", "1h", "4h", "1d", "1w", "1m", "3m", "1y"] as const;
export type Span = (typeof SPANS)[number];
type Length = Exclude<Span, "auto">;

const HOUR_S = 3_600;
// A session trades 23 hours.
const SESSION_S = 23 * HOUR_S;
const TRADED_S: Readonly<Record<Length, number>> = {
  "1h": HOUR_S,
  "4h": 4 * HOUR_S,
  "1d": SESSION_S,
  "1w": 5 * SESSION_S,
  "1m": 21 * SESSION_S,
  "3m": 63 * SESSION_S,
  "1y": 252 * SESSION_S,
};
const NAMES: Readonly<Record<Length, readonly [string, string]>> = {
  "1h": ["1H", "1 hour in view"],
  "4h": ["4H", "4 hours in view"],
  "1d": ["1D", "1 session in view"],
  "1w": ["1W", "5 sessions in view"],
  "1m": ["1M", "21 sessions in view"],
  "3m": ["3M", "63 sessions in view"],
  "1y": ["1Y", "252 sessions in view"],
};
const USUAL: Readonly<Record<Shown, Length>> = {
  "1m": "4h",
  "5m": "1d",
  "15m": "1w",
  "1h": "1m",
  "1d": "1y",
};
const USUAL_WHERE_NARROW: Readonly<Record<Shown, Length>> = {
  "1m": "1h",
  "5m": "4h",
  "15m": "1d",
  "1h": "1w",
  "1d": "3m",
};
const LEAST = 16;

/** How many bars lie in a span of trading. */
export function barsIn(span: Length, timeframe: Shown): number {
  // A session is one daily bar, though it trades for 23 hours.
  const each = timeframe === "1d" ? SESSION_S : SECONDS[timeframe];
  return Math.ceil(TRADED_S[span] / each);
}

/** The spans that can be looked at in a timeframe: not a handful of bars, and not too many. */
export function spansOf(
  timeframe: Shown,
): readonly { value: Length; label: string; hint: string }[] {
  return (Object.keys(TRADED_S) as Length[])
    .filter((each) => barsIn(each, timeframe) >= LEAST && barsIn(each, timeframe) <= BARS_MAX)
    .map((value) => ({ value, label: NAMES[value][0], hint: NAMES[value][1] }));
}

/** The span that is meant in a timeframe; the usual one where it does not fit. */
export function spanOf(asked: Span, timeframe: Shown, isNarrow = false): Length {
  const fits = spansOf(timeframe).some((each) => each.value === asked);
  return asked !== "auto" && fits ? asked : (isNarrow ? USUAL_WHERE_NARROW : USUAL)[timeframe];
}
