// What is looked at, as the address has it, and the same as the API asks for it.
import type { PositionsQuery } from "../../api/positions";
import type { TradesQuery } from "../../api/trades";
import { type Chosen, usePeriod } from "../../url/period";
import { oneOf, setParams, text, useParam } from "../../url/params";

/** Executions are of the last week unless something else is asked for. */
const EVER = "1970-01-01";

export const STATUSES = ["closed", "open", "all"] as const;
export const KINDS = ["filled", "cancelled", "rejected", "pending", "all"] as const;

const VIEW = oneOf(["positions", "executions"], "positions");
const NAMED = text("");
const SIDE = oneOf(["", "LONG", "SHORT"], "");
const STATUS = oneOf(STATUSES, "closed");
const KIND = oneOf(KINDS, "filled");

export type View = "positions" | "executions";

export interface Filters {
  view: View;
  period: Chosen;
  symbol: string;
  strategy: string;
  side: "" | "LONG" | "SHORT";
  status: (typeof STATUSES)[number];
  kind: (typeof KINDS)[number];
  /** The position whose executions are shown beside the rows, `""` for none. */
  opened: string;
}

export function useFilters(): Filters {
  const period = usePeriod();
  const [view] = useParam("view", VIEW);
  const [symbol] = useParam("symbol", NAMED);
  const [strategy] = useParam("strategy", NAMED);
  const [side] = useParam("side", SIDE);
  const [status] = useParam("status", STATUS);
  const [kind] = useParam("type", KIND);
  const [opened] = useParam("position", NAMED);
  return { view, period, symbol, strategy, side, status, kind, opened };
}

const USUAL: Readonly<Record<string, string>> = {
  view: "positions",
  status: "closed",
  type: "filled",
};

/** Change filters by their names in the address; the usual values are left out of it. */
export function change(filters: Readonly<Record<string, string>>): void {
  const written = Object.entries(filters).map(([name, value]) => [
    name,
    value === "" || value === USUAL[name] ? null : value,
  ]);
  setParams(Object.fromEntries(written) as Record<string, string | null>);
}

/** Let everything pass again. */
export function clearFilters(): void {
  change({ symbol: "", strategy: "", side: "", status: "", type: "" });
}

/** Show a position beside the rows, or none; stepping from one to the next leaves no history. */
export function openPosition(id: string | null, isStep = false): void {
  setParams({ position: id }, { replace: isStep });
}

/** How many filters keep something out, the window aside. */
export function inForce({ view, symbol, strategy, side, status, kind }: Filters): number {
  const own = view === "positions" ? [side !== "", status !== "closed"] : [kind !== "filled"];
  return [symbol !== "", strategy !== "", ...own].filter(Boolean).length;
}

export function positionsQuery(of: Filters): Omit<PositionsQuery, "limit"> {
  return {
    status: of.status,
    symbol: of.symbol || undefined,
    strategy: of.strategy || undefined,
    side: of.side || undefined,
    start: of.period.start,
    end: of.period.end,
  };
}

export function tradesQuery(of: Filters): Omit<TradesQuery, "limit"> {
  return {
    type: of.kind,
    symbol: of.symbol || undefined,
    strategy: of.strategy || undefined,
    start: of.period.start ?? EVER,
    end: of.period.end,
  };
}
