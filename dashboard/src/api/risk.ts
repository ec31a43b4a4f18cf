import { queryOptions, useQuery } from "@tanstack/react-query";
import { useAccountId } from "../account/account";
import { get } from "./client";
import { interval } from "./freshness";

export function riskOptions(accountId: string | null) {
  return queryOptions({
    queryKey: ["risk", accountId] as const,
    queryFn: ({ signal }) =>
      get("/api/risk", { query: { account_id: accountId ?? undefined }, signal }),
    refetchInterval: interval,
    enabled: accountId !== null,
  });
}

/** The account's limits and how near it is to them. */
export function useRisk() {
  return useQuery(riskOptions(useAccountId()));
}
