import { useQuery } from "@tanstack/react-query";
import { get } from "./client";

/** The state of the service and its parts. */
export function useHealth() {
  return useQuery({
    queryKey: ["health"],
    queryFn: ({ signal }) => get("/api/health", { signal }),
    refetchInterval: 15_000,
  });
}

/** Calls, errors and latencies of each endpoint since the service started. */
export function useServiceMetrics() {
  return useQuery({
    queryKey: ["metrics"],
    queryFn: ({ signal }) => get("/api/metrics", { signal }),
    refetchInterval: 15_000,
  });
}
