import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook } from "@testing-library/react";
import type { ReactNode } from "react";
import { expect, test, vi } from "vitest";
import { useFollowed } from "./pages";
import { summaryOptions } from "./performance";

function followed(pages: number) {
  const client = new QueryClient({ defaultOptions: { queries: { enabled: false } } });
  const at = (version: number) =>
    client.setQueryData(summaryOptions(null).queryKey, { today: { version } } as never);
  at(7);
  const refetch = vi.fn(async () => undefined);
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={client}>{children}</QueryClientProvider>
  );
  const { result, rerender } = renderHook(
    ({ count }) => useFollowed({ data: { pages: new Array(count).fill({}) }, refetch }),
    { wrapper, initialProps: { count: pages } },
  );
  return { at, refetch, result, rerender };
}

/** A change of the account, until it has been heard of. */
function changed(at: (version: number) => unknown, version: number): Promise<void> {
  return act(async () => {
    at(version);
    await new Promise((resolve) => setTimeout(resolve, 5));
  });
}

test("a short list is loaded again when the account has changed", async () => {
  const { at, refetch, result } = followed(2);
  expect(refetch).not.toHaveBeenCalled();
  await changed(at, 8);
  expect(refetch).toHaveBeenCalledOnce();
  expect(result.current).toBe(false);
});

test("a long list stays under its reader, and is said to be old until it begins anew", async () => {
  const { at, refetch, result, rerender } = followed(40);
  await changed(at, 8);
  expect(result.current).toBe(true);
  expect(refetch).not.toHaveBeenCalled();
  rerender({ count: 1 });
  expect(result.current).toBe(false);
  expect(refetch).toHaveBeenCalledOnce();
});
