import { queryOptions, useQuery } from "@tanstack/react-query";
import { useAccountId } from "../account/account";
import { get, type Query } from "./client";
import { interval, sameAccount } from "./freshness";

type StatisticsQuery = Omit<Query<"/api/statistics">, "account_id">;

export function statisticsOptions(accountId: string | null, query: StatisticsQuery = {}) {
  return queryOptions({
    queryKey: ["statistics", accountId, query] as const,
    queryFn: ({ signal }) =>
      get("/api/statistics", { query: { ...query, account_id: accountId ?? undefined }, signal }),
    placeholderData: sameAccount(accountId),
    refetchInterval: interval,
    enabled: accountId !== null,
  });
}

/** What the closed trades of a window say, in groups if asked. */
export function useStatistics(
  query: StatisticsQuery = {},
  { enabled = true }: { enabled?: boolean } = {},
) {
  const accountId = useAccountId();
  return useQuery({
    ...statisticsOptions(accountId, query),
    enabled: enabled && accountId !== null,
  });
}

/** Each metric's formula, unit and sample. */
export function useDefinitions() {
  return useQuery({
    queryKey: ["definitions"],
    queryFn: ({ signal }) => get("/api/statistics/definitions", { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
}
