import { useInfiniteQuery } from "@tanstack/react-query";
import { useAccountId } from "../account/account";
import { get } from "./client";

/** The files that came in, newest first, page by page. */
export function useImports() {
  const accountId = useAccountId();
  return useInfiniteQuery({
    queryKey: ["imports", accountId] as const,
    queryFn: ({ signal, pageParam }) =>
      get("/api/imports", {
        query: { account_id: accountId ?? undefined, cursor: pageParam ?? undefined },
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    enabled: accountId !== null,
  });
}
