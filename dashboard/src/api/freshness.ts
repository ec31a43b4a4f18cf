import { live } from "../live/state";

const POLL_MS = 15_000;
// With the socket open this only catches what no message tells, such as a feed that went silent.
const CHECK_MS = 60_000;

/** How often what an account shows is asked for again. */
export function interval(): number {
  return live.get().status === "live" ? CHECK_MS : POLL_MS;
}

/** Old figures stay while new ones load, but never another account's. */
export function sameAccount(accountId: string | null) {
  return <T>(
    previous: T | undefined,
    query: { queryKey: readonly unknown[] } | undefined,
  ): T | undefined => (query?.queryKey[1] === accountId ? previous : undefined);
}
