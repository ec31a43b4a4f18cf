import { infiniteQueryOptions, useInfiniteQuery } from "@tanstack/react-query";
import { useAccountId } from "../account/account";
import { get, type Query, url } from "./client";

export type TradesQuery = Omit<Query<"/api/trades">, "account_id" | "cursor">;

export function tradesOptions(accountId: string | null, query: TradesQuery = {}) {
  return infiniteQueryOptions({
    queryKey: ["trades", accountId, query] as const,
    queryFn: ({ signal, pageParam }) =>
      get("/api/trades", {
        query: { ...query, account_id: accountId ?? undefined, cursor: pageParam ?? undefined },
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    enabled: accountId !== null,
  });
}

/** Executions, and orders without one, page by page, newest first. */
export function useTrades(query: TradesQuery = {}) {
  return useInfiniteQuery(tradesOptions(useAccountId(), query));
}

/** Where the same window is to be had as a file. */
export function tradesExportUrl(accountId: string, query: Omit<TradesQuery, "limit">): string {
  return url("/api/trades/export", { ...query, account_id: accountId });
}
