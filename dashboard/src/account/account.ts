// Which account the page is about: the address says it, else the session's own.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { selectAccount } from "../api/accounts";
import { summaryOptions } from "../api/performance";
import { setParams, text, useParam } from "../url/params";

const ACCOUNT = text("");

/** The account's id; `null` until the first answer told it. */
export function useAccountId(): string | null {
  const [named] = useParam("account", ACCOUNT);
  return named || null;
}

/** Put the account that the service chose into the address, with the answer that told it. */
export function useChosenAccount(): { error: Error | null; retry: () => void } {
  const accountId = useAccountId();
  const client = useQueryClient();
  const { data, error, refetch } = useQuery({
    ...summaryOptions(null),
    enabled: accountId === null,
    refetchInterval: false,
  });
  useEffect(() => {
    if (accountId !== null || !data) return;
    client.setQueryData(summaryOptions(data.account_id).queryKey, data);
    setParams({ account: data.account_id }, { replace: true });
  }, [accountId, data, client]);
  return { error: accountId === null ? error : null, retry: () => void refetch() };
}

/** Show another account, and begin with it next time. */
export function switchAccount(accountId: string): void {
  setParams({ account: accountId });
  // Which one comes first next time is not worth an error.
  selectAccount(accountId).catch(() => undefined);
}
