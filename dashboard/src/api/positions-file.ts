import { get, getText, url } from "./client";
import type { PositionsQuery } from "./positions";

const ROWS_AT_ONCE = 500;

interface Options {
  signal: AbortSignal;
  onProgress: (rows: number) => void;
}

/** All positions that pass, as the API writes them to CSV: its pages one after another. */
export async function positionsFile(
  accountId: string,
  query: PositionsQuery,
  { signal, onProgress }: Options,
): Promise<Blob> {
  const parts: string[] = [];
  let cursor: string | undefined;
  let rows = 0;
  do {
    const asked = { ...query, account_id: accountId, limit: ROWS_AT_ONCE, cursor };
    const [page, text] = await Promise.all([
      get("/api/positions", { query: asked, signal }),
      getText(url("/api/positions", { ...asked, format: "csv" }), signal),
    ]);
    // The names of the columns stand above the first page only.
    parts.push(parts.length === 0 ? text : text.slice(text.indexOf("\n") + 1));
    rows += page.items.length;
    onProgress(rows);
    cursor = page.next_cursor ?? undefined;
  } while (cursor);
  return new Blob(parts, { type: "text/csv;charset=utf-8" });
}
