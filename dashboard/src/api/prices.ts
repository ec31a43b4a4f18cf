import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { get, type Query } from "./client";

type PricesQuery = Query<"/api/history">;
export type Timeframe = NonNullable<PricesQuery["timeframe"]>;

/** Bars that end in the past never change; the last ones are asked for again as bars close. */
export function barsOptions(symbol: string, timeframe: Timeframe, end?: string, limit = 500) {
  return queryOptions({
    queryKey: ["bars", null, symbol, timeframe, end ?? "now", limit] as const,
    queryFn: ({ signal }) =>
      get("/api/history", { query: { symbol, timeframe, end, limit }, signal }),
    staleTime: end ? Number.POSITIVE_INFINITY : 10_000,
    refetchInterval: end ? false : 30_000,
    placeholderData: keepPreviousData,
    enabled: symbol !== "",
  });
}

export function useHistoricalBars(symbol: string, timeframe: Timeframe, end?: string, limit = 500) {
  return useQuery(barsOptions(symbol, timeframe, end, limit));
}
