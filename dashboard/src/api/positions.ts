import {
  infiniteQueryOptions,
  queryOptions,
  useInfiniteQuery,
  useQuery,
} from "@tanstack/react-query";
import { useAccountId } from "../account/account";
import { get, type Query } from "./client";
import { interval, sameAccount } from "./freshness";
import { samePages } from "./pages";

export type PositionsQuery = Omit<Query<"/api/positions">, "account_id" | "cursor">;

export function positionsOptions(accountId: string | null, query: PositionsQuery = {}) {
  return queryOptions({
    queryKey: ["positions", accountId, query] as const,
    queryFn: ({ signal }) =>
      get("/api/positions", { query: { ...query, account_id: accountId ?? undefined }, signal }),
    placeholderData: sameAccount(accountId),
    refetchInterval: interval,
    enabled: accountId !== null,
  });
}

/** The first page of positions, newest first. */
export function usePositions(query: PositionsQuery = {}) {
  return useQuery(positionsOptions(useAccountId(), query));
}

export function positionPagesOptions(accountId: string | null, query: PositionsQuery = {}) {
  return infiniteQueryOptions({
    // Not by the account second: what was scrolled through is asked for again by `useFollowed`.
    queryKey: ["position-pages", null, accountId, query] as const,
    queryFn: ({ signal, pageParam }) =>
      get("/api/positions", {
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

/** Positions page by page; `fetchNextPage` near the end of what is shown. */
export function usePositionPages(query: PositionsQuery = {}, { enabled = true } = {}) {
  const accountId = useAccountId();
  return useInfiniteQuery({
    ...positionPagesOptions(accountId, query),
    enabled: enabled && accountId !== null,
  });
}

/** One position with its executions. */
export function usePosition(positionId: string | null) {
  const accountId = useAccountId();
  return useQuery({
    queryKey: ["position", accountId, positionId] as const,
    queryFn: ({ signal }) =>
      get("/api/positions/{position_id}", {
        query: { account_id: accountId ?? undefined },
        names: { position_id: positionId },
        signal,
      }),
    enabled: accountId !== null && positionId !== null,
  });
}
