import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { useAccountId } from "../account/account";
import { sessionOpen } from "../session/state";
import { get, type Query } from "./client";
import { interval, sameAccount } from "./freshness";

export type HistoryInterval = "trade" | "tick" | "hour" | "day" | "week" | "month";
type HistoryQuery = Omit<Query<"/api/performance/history">, "account_id" | "interval">;

/** Today, this week, this month and all time in one answer: what the first tiles are made of. */
export function summaryOptions(accountId: string | null) {
  return queryOptions({
    queryKey: ["summary", accountId] as const,
    queryFn: async ({ signal }) => {
      const query = { account_id: accountId ?? undefined };
      const body = await get("/api/performance", { query, signal });
      sessionOpen();
      return body;
    },
    refetchInterval: interval,
  });
}

export function dailyOptions(accountId: string | null, date?: string) {
  return queryOptions({
    queryKey: ["daily", accountId, date ?? "today"] as const,
    queryFn: ({ signal }) =>
      get("/api/performance/daily", {
        query: { account_id: accountId ?? undefined, date },
        signal,
      }),
    placeholderData: sameAccount(accountId),
    refetchInterval: interval,
    enabled: accountId !== null,
  });
}

export function weeklyOptions(accountId: string | null, date?: string) {
  return queryOptions({
    queryKey: ["weekly", accountId, date ?? "today"] as const,
    queryFn: ({ signal }) =>
      get("/api/performance/weekly", {
        query: { account_id: accountId ?? undefined, date },
        signal,
      }),
    refetchInterval: interval,
    enabled: accountId !== null,
  });
}

export function monthlyOptions(accountId: string | null, date?: string) {
  return queryOptions({
    queryKey: ["monthly", accountId, date ?? "today"] as const,
    queryFn: ({ signal }) =>
      get("/api/performance/monthly", {
        query: { account_id: accountId ?? undefined, date },
        signal,
      }),
    refetchInterval: interval,
    enabled: accountId !== null,
  });
}

export function historyOptions(
  accountId: string | null,
  each: HistoryInterval,
  query: HistoryQuery = {},
) {
  return queryOptions({
    queryKey: ["history", accountId, each, query] as const,
    queryFn: ({ signal }) =>
      get("/api/performance/history", {
        query: { ...query, account_id: accountId ?? undefined, interval: each },
        signal,
      }),
    placeholderData: sameAccount(accountId),
    refetchInterval: interval,
    enabled: accountId !== null,
  });
}

export function useSummary() {
  return useQuery(summaryOptions(useAccountId()));
}

/** A day's figures; today's where no date is given. */
export function useDaily(date?: string) {
  return useQuery(dailyOptions(useAccountId(), date));
}

/** The figures of the week that a date is in, with its seven days. */
export function useWeekly(date?: string) {
  return useQuery(weeklyOptions(useAccountId(), date));
}

/** The figures of the month that a date is in, with its days; this month's come with the summary. */
export function useMonthly(date?: string) {
  const accountId = useAccountId();
  const client = useQueryClient();
  return useQuery({
    ...monthlyOptions(accountId, date),
    initialData: () => {
      const month = client.getQueryData(summaryOptions(accountId).queryKey)?.month;
      return month && (!date || date.slice(0, 7) === month.date.slice(0, 7)) ? month : undefined;
    },
    initialDataUpdatedAt: () =>
      client.getQueryState(summaryOptions(accountId).queryKey)?.dataUpdatedAt,
  });
}

/** The points of a window and what they come to. */
export function usePerformanceHistory(
  each: HistoryInterval,
  query: HistoryQuery = {},
  { enabled = true }: { enabled?: boolean } = {},
) {
  const accountId = useAccountId();
  return useQuery({
    ...historyOptions(accountId, each, query),
    enabled: enabled && accountId !== null,
  });
}
