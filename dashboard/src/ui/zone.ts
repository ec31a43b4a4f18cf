import { useAccount } from "../account/useAccount";
import { EXCHANGE_ZONE } from "../format/session";
import { usePreferences } from "../theme/preferences";

/** The zone in which instants are shown: the account's, unless another is preferred. */
export function useZone(): string {
  const { zone } = usePreferences();
  const account = useAccount();
  if (zone === "utc") return "UTC";
  if (zone === "local") return Intl.DateTimeFormat().resolvedOptions().timeZone;
  return account?.timezone ?? EXCHANGE_ZONE;
}
