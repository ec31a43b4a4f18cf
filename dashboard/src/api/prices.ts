import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  useInfiniteQuery,
  useQuery,
} from "@tanstack/react-query";
import { get, type Query, shouldRetry } from "./client";
import { ApiError } from "./errors";
import type { Prices } from "./types";

type PricesQuery = Query<"/api/history">;
export type Timeframe = NonNullable<PricesQuery["timeframe"]>;

export const SECONDS: Readonly<Record<Timeframe, number>> = {
  "1s": 1,
  "5s": 5,
  "1m": 60,
  "5m": 300,
  "15m": 900,
  "1h": 3_600,
  "1d": 86_400,
};

/** The most bars that one question may ask for. */
export const BARS_MAX = 1_500;
const QUIET_MS = 30_000;
const IN_PROGRESS_MS = 5_000;

/** Whether the service has no bars to show; asking again at once would not bring any. */
export function isCacheMiss(error: unknown): error is ApiError {
  return error instanceof ApiError && error.code === "CACHE_MISS";
}

function retry(failures: number, error: Error): boolean {
  return !isCacheMiss(error) && shouldRetry(failures, error);
}

/** Bars that end in the past never change; those up to now come with the one in progress, and are
 * asked for again while there is one.
 */
export function barsOptions(symbol: string, timeframe: Timeframe, end?: string, limit = 500) {
  return queryOptions({
    queryKey: ["bars", null, symbol, timeframe, end ?? "now", limit] as const,
    queryFn: ({ signal }) =>
      get("/api/history", {
        query: { symbol, timeframe, end, limit, live: end ? undefined : true },
        signal,
      }),
    staleTime: end ? Number.POSITIVE_INFINITY : 5_000,
    refetchInterval: ({ state }) =>
      end ? false : hasPartial(state.data) ? IN_PROGRESS_MS : QUIET_MS,
    retry,
    placeholderData: keepPreviousData,
    enabled: symbol !== "",
  });
}

/** The latest bars before an instant, or up to now. */
export function useHistoricalBars(symbol: string, timeframe: Timeframe, end?: string, limit = 500) {
  return useQuery(barsOptions(symbol, timeframe, end, limit));
}

function hasPartial(page: Prices | undefined): boolean {
  return page?.bars.at(-1)?.partial === true;
}

export function earlierBarsOptions(symbol: string, timeframe: Timeframe, before: string | null) {
  return infiniteQueryOptions({
    queryKey: ["bars", null, symbol, timeframe, "before", before] as const,
    queryFn: ({ signal, pageParam }) => page(symbol, timeframe, pageParam, signal),
    initialPageParam: before ?? "",
    getNextPageParam: (last) => last?.bars[0]?.timestamp,
    staleTime: Number.POSITIVE_INFINITY,
    retry,
    enabled: false,
  });
}

/** The bars before an instant, page by page, as far as they are fetched. */
export function useEarlierBars(symbol: string, timeframe: Timeframe, before: string | null) {
  return useInfiniteQuery(earlierBarsOptions(symbol, timeframe, before));
}

/** A page of bars; `null` where there are none before it. */
async function page(
  symbol: string,
  timeframe: Timeframe,
  end: string,
  signal: AbortSignal,
): Promise<Prices | null> {
  try {
    return await get("/api/history", { query: { symbol, timeframe, end, limit: 500 }, signal });
  } catch (error) {
    if (isCacheMiss(error)) return null;
    throw error;
  }
}
