import { useInfiniteQuery } from "@tanstack/react-query";
import { useAccountId } from "../account/account";
import { get, send, url } from "./client";
import type { ImportOutcome, Undone } from "./types";
import type { operations } from "./schema";

type ImportQuery = NonNullable<operations["imports.bring"]["parameters"]["query"]>;
export type ImportFormat = NonNullable<ImportQuery["format"]>;
export type ImportOptions = Omit<ImportQuery, "dry_run">;

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

/** Send a file: only to hear what it would do, or to have it stored. */
export function sendFile(
  file: File,
  options: ImportOptions,
  { isDry }: { isDry: boolean },
  signal?: AbortSignal,
): Promise<ImportOutcome> {
  const form = new FormData();
  form.set("file", file);
  const address = url("/api/imports", { ...options, dry_run: isDry || undefined });
  return send("POST", address, form, signal);
}

/** Take out what an import brought in. */
export function undoImport(accountId: string, importId: string): Promise<Undone> {
  return send(
    "DELETE",
    url("/api/imports/{import_id}", { account_id: accountId }, { import_id: importId }),
  );
}
