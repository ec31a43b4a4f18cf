// The window of the screens that also take days of one's own choice: the address has either a range
// that counts back from today, or the first and last day.
import { useSummary } from "../api/performance";
import { addDays } from "../format/time";
import { day, oneOf, setParams, useParam } from "./params";

export const PERIODS = ["1d", "1w", "1m", "3m", "all"] as const;
export type Period = (typeof PERIODS)[number];

const CODEC = oneOf(PERIODS, "all");
const DAYS: Record<Exclude<Period, "all">, number> = { "1d": 1, "1w": 7, "1m": 30, "3m": 91 };
const USUAL_DAYS = 30;

export interface Chosen {
  period: Period | "custom";
  choose: (period: Period | "custom") => void;
  setDays: (days: { start?: string | null; end?: string | null }) => void;
  /** The first and the last day, as the API takes them; `undefined` where nothing bounds. */
  start: string | undefined;
  end: string | undefined;
  /** The day that the account has now. */
  today: string | undefined;
  /** Whether `start` is known already: a range counts back from the account's own day. */
  isKnown: boolean;
  /** Why it is not known, where that has failed, and how to try again. */
  error: Error | null;
  retry: () => void;
}

/** The window that is chosen, and how to choose another. */
export function usePeriod(): Chosen {
  const [range] = useParam("range", CODEC);
  const [first] = useParam("start", day);
  const [last] = useParam("end", day);
  const summary = useSummary();
  const today = summary.data?.today.date;
  const isCustom = first !== null || last !== null;
  const counted = range === "all" || !today ? undefined : addDays(today, 1 - DAYS[range]);
  const choose = (period: Period | "custom") => {
    const isOwn = period === "custom";
    setParams({
      range: isOwn ? null : CODEC.write(period),
      start: isOwn && today ? (counted ?? addDays(today, 1 - USUAL_DAYS)) : null,
      end: isOwn && today ? today : null,
    });
  };
  const isKnown = isCustom || range === "all" || today !== undefined;
  return {
    period: isCustom ? "custom" : range,
    choose,
    setDays: (days) => setParams({ range: null, ...days }),
    start: isCustom ? (first ?? undefined) : counted,
    end: last ?? undefined,
    today,
    isKnown,
    error: isKnown ? null : summary.error,
    retry: () => void summary.refetch(),
  };
}
