import { queryOptions, useQuery } from "@tanstack/react-query";
import { get, send } from "./client";
import type { Caller } from "./types";

export function callerOptions() {
  return queryOptions({
    queryKey: ["session"] as const,
    queryFn: ({ signal }) => get("/api/session", { signal }),
    staleTime: 5 * 60_000,
  });
}

/** Who is signed in, and what they may do. */
export function useCaller() {
  return useQuery(callerOptions());
}

export function signIn(token: string): Promise<Caller> {
  return send("POST", "/api/session", { token });
}

export function signOut(): Promise<unknown> {
  return send("DELETE", "/api/session");
}
