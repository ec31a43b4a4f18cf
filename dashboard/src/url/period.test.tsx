import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook } from "@testing-library/react";
import type { ReactNode } from "react";
import { expect, test } from "vitest";
import { summaryOptions } from "../api/performance";
import { usePeriod } from "./period";

function shown(search: string, today?: string) {
  window.history.replaceState(null, "", `/dashboard/trades${search}`);
  const client = new QueryClient({ defaultOptions: { queries: { enabled: false } } });
  if (today)
    client.setQueryData(summaryOptions(null).queryKey, { today: { date: today } } as never);
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={client}>{children}</QueryClientProvider>
  );
  return renderHook(() => usePeriod(), { wrapper }).result;
}

test("a range counts back from the account's day, and waits for it", () => {
  expect(shown("?range=1w", "2026-03-02").current.start).toBe("2026-02-24");
  expect(shown("?range=1w").current.isKnown).toBe(false);
  expect(shown("").current).toMatchObject({ period: "all", start: undefined, isKnown: true });
});

test("days of one's own choice need no range, and one of them may be missing", () => {
  const days = shown("?range=1w&start=2026-01-01&end=2026-01-31", "2026-03-02").current;
  expect(days).toMatchObject({ period: "custom", start: "2026-01-01", end: "2026-01-31" });
  expect(shown("?end=2026-01-31").current).toMatchObject({ start: undefined, isKnown: true });
});

test("what was a range becomes its days, and the other way round", () => {
  const period = shown("?range=1w", "2026-03-02");
  act(() => period.current.choose("custom"));
  expect(window.location.search).toBe("?start=2026-02-24&end=2026-03-02");
  act(() => period.current.choose("3m"));
  expect(window.location.search).toBe("?range=3m");
});
