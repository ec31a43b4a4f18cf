import { infiniteQueryOptions, useInfiniteQuery } from "@tanstack/react-query";
import { useAccountId } from "../account/account";
import { get, type Query, url } from "./client";
import { samePages } from "./pages";

export type TradesQuery = Omit<Query<"/api/trades">, "account_id" | "cursor">;

export function tradesOptions(accountId: string | null, query: TradesQuery = {}) {
  return infiniteQueryOptions({
    // Not by the account second: what was scrolled through is asked for again by `useFollowed`.
    queryKey: ["trade-pages", null, accountId, query] as const,
    queryFn: ({ signal, pageParam }) =>
      get("/api/trades", {
        query: { ...query, account_id: accountId ?? undefined, cursor: pageParam ?? undefined },
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: samePages(accountId),
    refetchOnWindowFocus: false,
    enabled: accountId !== null,
  });
}

/** Executions, and orders without one, page by page, newest first. */
export function useTrades(query: TradesQuery = {}, { enabled = true } = {}) {
  const accountId = useAccountId();
  return useInfiniteQuery({
    ...tradesOptions(accountId, query),
    enabled: enabled && accountId !== null,
  });
}

/** Where the same window is to be had as a file. */
export function tradesExportUrl(accountId: string, query: Omit<TradesQuery, "limit">): string {
  return url("/api/trades/export", { ...query, account_id: accountId });
}
