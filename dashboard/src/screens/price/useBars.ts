import { useCallback, useMemo } from "react";
import {
  BARS_MAX,
  SECONDS,
  type Timeframe,
  useEarlierBars,
  useHistoricalBars,
} from "../../api/prices";
import { joined } from "./bars";

// The bars before the newest page are asked for by an instant that moves in steps of so many bars,
// so that it stays the same while new ones come.
const STEP_BARS = 100;

/** The bars up to an instant or up to now, with the earlier ones once they are asked for. */
export function useBars(
  symbol: string,
  timeframe: Timeframe,
  end: string | undefined,
  wanted: number,
) {
  const query = useHistoricalBars(symbol, timeframe, end, Math.min(BARS_MAX, wanted));
  const latest = query.isPlaceholderData ? undefined : query.data;
  const earlier = useEarlierBars(symbol, timeframe, before(latest?.bars[0]?.timestamp, timeframe));
  const shown = query.data?.bars;
  const pages = earlier.data?.pages;
  const bars = useMemo(() => {
    const older = (pages ?? []).flatMap((page) => (page ? [page.bars] : []));
    return joined([...older.reverse(), shown ?? []], query.data?.timeframe ?? timeframe);
  }, [pages, shown, query.data?.timeframe, timeframe]);
  const { data, hasNextPage, isFetching, fetchNextPage } = earlier;
  const canFetch = latest !== undefined && !isFetching && (data === undefined || hasNextPage);
  const fetchEarlier = useCallback(() => {
    if (canFetch) void fetchNextPage();
  }, [canFetch, fetchNextPage]);
  return { query, bars, fetchEarlier };
}

function before(first: string | undefined, timeframe: Timeframe): string | null {
  if (first === undefined) return null;
  const step = STEP_BARS * SECONDS[timeframe] * 1_000;
  return new Date(Math.ceil(Date.parse(first) / step) * step).toISOString();
}
