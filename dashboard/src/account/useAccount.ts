import { useAccounts } from "../api/accounts";
import type { Account } from "../api/types";
import { useAccountId } from "./account";

/** The account that is shown, once the list of accounts is here. */
export function useAccount(): Account | undefined {
  const accountId = useAccountId();
  return useAccounts().data?.find((each) => each.id === accountId);
}
