import { queryOptions, useQuery } from "@tanstack/react-query";
import { get, send } from "./client";

export function accountsOptions() {
  return queryOptions({
    queryKey: ["accounts"] as const,
    queryFn: ({ signal }) => get("/api/accounts", { signal }),
    staleTime: 60_000,
  });
}

/** Every account that the caller may see. */
export function useAccounts() {
  return useQuery(accountsOptions());
}

/** Make an account the one that the session begins with. */
export function selectAccount(accountId: string): Promise<unknown> {
  return send("POST", "/api/account/switch", { account_id: accountId });
}
