import { useEffect, useRef, useState } from "react";
import { useAccountId } from "../../account/account";
import { positionsFile } from "../../api/positions-file";
import { tradesExportUrl } from "../../api/trades";
import { count } from "../../format/numbers";
import { Icon } from "../../ui/Icon";
import { type Filters, positionsQuery, tradesQuery } from "./filters";

/** What is filtered as a file, whether its rows are loaded or not. */
export function FileButton({ of }: { of: Filters }) {
  const accountId = useAccountId();
  if (accountId === null) return null;
  if (of.view === "positions") return <PositionsButton of={of} accountId={accountId} />;
  return (
    <a className="button" href={tradesExportUrl(accountId, tradesQuery(of))} download="trades.csv">
      <Icon name="download" size={16} />
      CSV
    </a>
  );
}

function PositionsButton({ of, accountId }: { of: Filters; accountId: string }) {
  const [rows, setRows] = useState<number | null>(null);
  const [failure, setFailure] = useState("");
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);
  const fetchAll = async () => {
    const control = new AbortController();
    running.current = control;
    setFailure("");
    setRows(0);
    try {
      const { signal } = control;
      save(
        await positionsFile(accountId, positionsQuery(of), { signal, onProgress: setRows }),
        "positions.csv",
      );
    } catch (error) {
      if (!control.signal.aborted) setFailure(error instanceof Error ? error.message : "Failed");
    }
    setRows(null);
  };
  if (rows !== null) {
    return (
      <button type="button" className="button" onClick={() => running.current?.abort()}>
        <Icon name="close" size={16} />
        Stop · {count(rows)} rows
      </button>
    );
  }
  return (
    <>
      {failure && (
        <span className="trades-failure" role="alert">
          No file: {failure}
        </span>
      )}
      <button type="button" className="button" onClick={fetchAll}>
        <Icon name="download" size={16} />
        CSV
      </button>
    </>
  );
}

function save(content: Blob, name: string): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
