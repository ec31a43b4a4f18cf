import { queryOptions, useQuery } from "@tanstack/react-query";
import { useAccountId } from "../account/account";
import { revalidated, url } from "./client";
import { ApiError } from "./errors";
import { interval } from "./freshness";

export interface Limit {
  limit: number;
  used: number | null;
  remaining: number | null;
  violated: boolean | null;
  pct: number | null;
  level?: number | null;
}

export interface Risk {
  account_id: string;
  timestamp: string;
  balance: number;
  unrealized_pnl: number | null;
  equity: number | null;
  compliance: boolean | null;
  dll: Limit | null;
  mll: Limit | null;
  violations: readonly unknown[];
}

export function riskOptions(accountId: string | null) {
  return queryOptions({
    queryKey: ["risk", accountId] as const,
    queryFn: async ({ signal }) => {
      try {
        return (await revalidated(url("/api/risk", { account_id: accountId }), signal)) as Risk;
      } catch (error) {
        // A service without limits has no such path.
        if (error instanceof ApiError && error.code === "NOT_FOUND") return null;
        throw error;
      }
    },
    refetchInterval: (query) => (query.state.data === null ? false : interval()),
    enabled: accountId !== null,
  });
}

/** The account's limits and how near it is to them; `null` where the service keeps none. */
export function useRisk() {
  return useQuery(riskOptions(useAccountId()));
}
