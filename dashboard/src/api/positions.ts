import {
  infiniteQueryOptions,
  queryOptions,
  useInfiniteQuery,
  useQuery,
} from "@tanstack/react-query";
import { useAccountId } from "../account/account";
import { get, type Query } from "./client";
import { interval, sameAccount } from "./freshness";

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
    queryKey: ["position-pages", accountId, query] as const,
    queryFn: ({ signal, pageParam }) =>
      get("/api/positions", {
        query: { ...query, account_id: accountId ?? undefined, cursor: pageParam ?? undefined },
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    enabled: accountId !== null,
  });
}

/** Positions page by page; `fetchNextPage` near the end of what is shown. */
export function usePositionPages(query: PositionsQuery = {}) {
  return useInfiniteQuery(positionPagesOptions(useAccountId(), query));
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
