// What the screen shows, as the address has it: a contract, a timeframe, a place, a position.
import { useMemo } from "react";
import { SECONDS } from "../../api/prices";
import { usePosition, usePositions } from "../../api/positions";
import type { Position } from "../../api/types";
import { oneOf, setParams, text, useParam } from "../../url/params";
import {
  ASKED_SPANS,
  barsIn,
  type Shown,
  type Span,
  spanOf,
  TIMEFRAMES,
  timeframeFor,
} from "./spans";

const SYMBOL = text("");
const TIMEFRAME = oneOf(TIMEFRAMES, "5m");
const SPAN = oneOf(ASKED_SPANS, "auto");
const LATELY = { limit: 100 } as const;
const CONTRACTS_SHOWN = 4;
const NARROW_PX = 640;
// Of the hours of a week, how many more there are than are traded.
const CLOSED_SHARE = (7 * 24) / (5 * 23);

/** An instant, or nothing where there is none to read. */
const INSTANT = {
  read: (said: string | null) => (said && !Number.isNaN(Date.parse(said)) ? said : null),
  write: (value: string | null) => value,
};
const POSITION = text("");
const PNL = oneOf(["on", "off"], "off");

export function useShown() {
  const [asked] = useParam("symbol", SYMBOL);
  const [timeframe, setTimeframe] = useParam("timeframe", TIMEFRAME);
  const [askedSpan] = useParam("span", SPAN);
  const [showsPnl, setShowsPnl] = useParam("pnl", PNL);
  const [askedAt] = useParam("at", INSTANT);
  const [positionId] = useParam("position", POSITION);
  const lately = usePositions(LATELY);
  const chosen = usePosition(positionId || null);
  const traded = useMemo(
    () => [...new Set((lately.data?.items ?? []).map((each) => each.contract))],
    [lately.data],
  );
  const symbol =
    asked || chosen.data?.contract || (positionId && chosen.isPending ? "" : traded[0]) || "";
  // A link may name a position alone: then that is the place.
  const at = askedAt ?? (asked ? null : chosen.data?.opened_at) ?? null;
  const span = spanOf(askedSpan, timeframe, window.innerWidth <= NARROW_PX);
  return {
    symbol,
    timeframe,
    setTimeframe: (next: Shown) => setTimeframe(next),
    span,
    /** In the bars that are looked at, or the nearest that can show it. */
    setSpan: (next: Span) => setParams({ span: next, timeframe: timeframeFor(next, timeframe) }),
    showsPnl: showsPnl === "on",
    togglePnl: () => setShowsPnl(showsPnl === "on" ? "off" : "on"),
    at,
    middle: middleOf(at, chosen.data),
    end: endOf(at, timeframe, barsIn(span, timeframe)),
    inView: barsIn(span, timeframe),
    positionId: positionId || null,
    chosen,
    contracts: contracts(symbol, traded),
    isKnown: symbol !== "" || !lately.isPending,
  };
}

/** What lies in the middle: an instant, or all of the position that begins at it. */
function middleOf(at: string | null, position: Position | undefined): string | null {
  if (at === null || position?.closed_at == null || position.opened_at !== at) return at;
  const middle = (Date.parse(at) + Date.parse(position.closed_at)) / 2;
  return new Date(middle).toISOString();
}

/** The bars' end that leaves an instant in the middle; none where that would be later than now. */
function endOf(at: string | null, timeframe: Shown, inView: number): string | undefined {
  if (at === null) return undefined;
  const traded = (inView / 2) * SECONDS[timeframe] * 1_000;
  const step = SECONDS[timeframe] * 1_000;
  const end = Math.ceil((Date.parse(at) + traded * CLOSED_SHARE) / step) * step;
  return end < Date.now() ? new Date(end).toISOString() : undefined;
}

function contracts(symbol: string, traded: readonly string[]): string[] {
  const first = traded.slice(0, CONTRACTS_SHOWN);
  if (!symbol || first.includes(symbol)) return first;
  return [symbol, ...first.slice(0, CONTRACTS_SHOWN - 1)];
}

/** Another contract: what was looked at in the one before is of no use there. */
export function chooseSymbol(symbol: string): void {
  setParams({ symbol, position: null });
}

export function choosePosition(position: {
  id: string;
  opened_at: string;
  contract: string;
}): void {
  setParams({ position: position.id, at: position.opened_at, symbol: position.contract });
}

/** Let a position stand out where it is seen already. */
export function pointOut(position: { id: string; contract: string }): void {
  setParams({ position: position.id, symbol: position.contract });
}

export function leavePosition(): void {
  setParams({ position: null });
}

export function goToInstant(at: string | null): void {
  setParams({ at, position: null });
}
