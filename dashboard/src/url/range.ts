// The window that figures are of, as the address has it.
import { useSummary } from "../api/performance";
import { addDays } from "../format/time";
import { oneOf, useParam } from "./params";

export const RANGES = ["1d", "1w", "1m", "3m", "1y", "all"] as const;
export type Range = (typeof RANGES)[number];

const CODEC = oneOf(RANGES, "all");
const DAYS: Record<Exclude<Range, "all">, number> = {
  "1d": 1,
  "1w": 7,
  "1m": 30,
  "3m": 91,
  "1y": 365,
};

export const RANGE_OPTIONS = [
  { value: "1d", label: "1D", hint: "Today" },
  { value: "1w", label: "1W", hint: "7 days" },
  { value: "1m", label: "1M", hint: "30 days" },
  { value: "3m", label: "3M", hint: "91 days" },
  { value: "1y", label: "1Y", hint: "365 days" },
  { value: "all", label: "All", hint: "Since the first execution" },
] as const;

export interface Window {
  range: Range;
  setRange: (range: Range) => void;
  /** The first day, as the API takes it; `undefined` for all there is. */
  start: string | undefined;
  /** Whether the day that the account has now is known, from which a range counts back. */
  isKnown: boolean;
}

/** The range that is chosen, counted back from the account's own day. */
export function useRange(): Window {
  const [range, setRange] = useParam("range", CODEC);
  const today = useSummary().data?.today.date;
  const start = range === "all" || !today ? undefined : addDays(today, 1 - DAYS[range]);
  return { range, setRange, start, isKnown: range === "all" || today !== undefined };
}
