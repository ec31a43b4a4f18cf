// Lists that are loaded page by page, and what becomes of them when the account changes: a short
// one is loaded again, a long one only says so, because each of its pages would be asked for anew.
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useSummary } from "./performance";

const SHORT_PAGES = 2;

interface Pages {
  data: { pages: readonly unknown[] } | undefined;
  refetch: () => Promise<unknown>;
}

/** Old pages stay while those of another filter load, but never another account's. */
export function samePages(accountId: string | null) {
  return <T>(
    previous: T | undefined,
    query: { queryKey: readonly unknown[] } | undefined,
  ): T | undefined => (query?.queryKey[2] === accountId ? previous : undefined);
}

/** Follow the account's changes; tells whether the list is older than the last of them. */
export function useFollowed({ data, refetch }: Pages): boolean {
  const version = useSummary().data?.today.version;
  const [seen, setSeen] = useState(version);
  const isLong = (data?.pages.length ?? 0) > SHORT_PAGES;
  const isBehind = version !== undefined && seen !== version;
  if (isBehind && (seen === undefined || !isLong)) setSeen(version);
  const loaded = useRef(seen);
  useEffect(() => {
    const isAnother = loaded.current !== undefined && loaded.current !== seen;
    loaded.current = seen;
    if (isAnother) void refetch();
  }, [seen, refetch]);
  return isBehind && isLong;
}

/** Load a list again from its beginning; what was loaded of it stays in view until then. */
export function useReload(queryKey: readonly unknown[]): () => void {
  const client = useQueryClient();
  return () => void client.resetQueries({ queryKey, exact: true });
}
