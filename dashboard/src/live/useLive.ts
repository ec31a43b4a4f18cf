import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { dailyOptions, summaryOptions } from "../api/performance";
import { riskOptions } from "../api/risk";
import type { Daily, Risk } from "../api/types";
import { sessionEnded } from "../session/state";
import { LiveSocket, type Message } from "./socket";
import { live } from "./state";

/** Keep what is shown of an account up to date: by messages, else by asking. One connection serves
 * all screens; another screen only asks it whether it is well.
 */
export function useLive(accountId: string | null, screen: string): void {
  const client = useQueryClient();
  const line = useRef<LiveSocket | null>(null);
  useEffect(() => {
    if (screen !== undefined) line.current?.check();
  }, [screen]);
  useEffect(() => {
    if (accountId === null) return;
    const url = new URL("/ws", window.location.href);
    url.protocol = url.protocol.replace("http", "ws");
    const socket = new LiveSocket(url.href, accountId, {
      onMessage: (message) => {
        live.set({ status: "live", heardAt: Date.now() });
        apply(client, accountId, message);
      },
      onStatus: (status) => {
        if (live.get().status === status) return;
        live.set({ ...live.get(), status });
        // What is shown is asked for now, and from now on more often.
        if (status === "polling") refresh(client, accountId);
      },
      onSignedOut: sessionEnded,
    });
    socket.start();
    line.current = socket;
    const hurry = () => socket.hurry();
    const lost = () => live.set({ ...live.get(), status: "offline" });
    window.addEventListener("online", hurry);
    window.addEventListener("offline", lost);
    return () => {
      window.removeEventListener("online", hurry);
      window.removeEventListener("offline", lost);
      line.current = null;
      socket.stop();
    };
  }, [client, accountId]);
}

/** What a message says of an account, put where it is shown; the rest of it is asked for again. */
export function apply(client: QueryClient, accountId: string, message: Message): void {
  if (message.account_id !== null && message.account_id !== accountId) return;
  switch (message.type) {
    case "performance_update":
      if (isNewer(client, accountId, message.data)) {
        const today = message.data as Daily;
        client.setQueryData(dailyOptions(accountId).queryKey, today);
        client.setQueryData(summaryOptions(accountId).queryKey, (known) =>
          known ? { ...known, today } : known,
        );
      }
      refresh(client, accountId);
      break;
    case "risk_update":
      client.setQueryData(riskOptions(accountId).queryKey, (known) =>
        known && known.version > (message.data as Risk).version ? known : (message.data as Risk),
      );
      break;
    case "bar_update":
      void client.invalidateQueries({
        predicate: ({ queryKey }) => queryKey[0] === "bars" && queryKey.includes("now"),
      });
      break;
    case "trade_update":
    case "position_update":
    case "account_update":
    case "error":
      refresh(client, accountId);
      break;
    default:
  }
}

// A write's messages come together, and prices may follow each other faster than answers do: what
// is asked for once for several of them is also there once.
const GATHER_MS = 40;
const REST_MS = 400;
const due = new Map<string, ReturnType<typeof setTimeout>>();
let lastAt = 0;

/** Everything shown of an account is asked for again; entity tags make what is the same cheap. */
function refresh(client: QueryClient, accountId: string): void {
  if (due.has(accountId)) return;
  const wait = Math.max(GATHER_MS, lastAt + REST_MS - Date.now());
  const ask = () => {
    due.delete(accountId);
    lastAt = Date.now();
    void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[1] === accountId });
    void client.invalidateQueries({ queryKey: ["accounts"] });
  };
  due.set(accountId, setTimeout(ask, wait));
}

function isNewer(client: QueryClient, accountId: string, data: unknown): boolean {
  const version = (data as { version?: unknown } | null)?.version;
  if (typeof version !== "number") return false;
  const known = client.getQueryData(summaryOptions(accountId).queryKey)?.today.version ?? -1;
  return version >= known;
}
