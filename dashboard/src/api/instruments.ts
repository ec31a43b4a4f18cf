import { queryOptions, useQuery } from "@tanstack/react-query";
import { get } from "./client";

export function instrumentsOptions() {
  return queryOptions({
    queryKey: ["instruments"] as const,
    queryFn: ({ signal }) => get("/api/instruments", { signal }),
    staleTime: 60 * 60_000,
  });
}

/** Every product that the service knows. */
export function useInstruments() {
  return useQuery(instrumentsOptions());
}

/** The tick size of each root; prices are written with as many decimals as it has. */
export function useTickSizes(): ReadonlyMap<string, number> {
  return useQuery({ ...instrumentsOptions(), select: tickSizes }).data ?? NONE;
}

const NONE: ReadonlyMap<string, number> = new Map();

function tickSizes(all: { symbol: string; tick_size: number }[]): ReadonlyMap<string, number> {
  return new Map(all.map((each) => [each.symbol, each.tick_size]));
}
