import { useMemo } from "react";
import { useInstruments } from "../../api/instruments";
import { usePositions } from "../../api/positions";
import { isCacheMiss } from "../../api/prices";
import type { Instrument, Position, Prices } from "../../api/types";
import { ChartSkeleton } from "../../chart/Chart";
import { ratio } from "../../format/numbers";
import { useShortcut } from "../../keys/keys";
import { Card } from "../../ui/Card";
import { EmptyState, Loaded } from "../../ui/States";
import { type Drawn, placeOf } from "./bars";
import { Chosen } from "./Chosen";
import { dayHours } from "./hours";
import { InView } from "./InView";
import { HEIGHT, PriceChart } from "./PriceChart";
import "./price.css";
import { Toolbar } from "./Toolbar";
import { useBars } from "./useBars";
import { choosePosition, chooseSymbol, goToInstant, leavePosition, useShown } from "./useShown";

const DAY_MS = 86_400_000;
const LEGEND_HEIGHT = 34;

/** A contract's prices, and the account's trades on them. */
export default function Price() {
  const shown = useShown();
  const { symbol, timeframe, positionId } = shown;
  const { query, bars, fetchEarlier } = useBars(symbol, timeframe, shown.end, 2 * shown.inView);
  const instrument = useInstrument(symbol);
  const positions = usePositionsOn(symbol, bars, shown.end !== undefined);
  const tick = instrument?.tick_size;
  useSteps(positions, positionId);
  useShortcut("b", "P&L over the bars", shown.togglePnl);
  return (
    <div className="price">
      <Toolbar
        symbol={symbol}
        contracts={shown.contracts}
        onSymbol={chooseSymbol}
        timeframe={timeframe}
        onTimeframe={shown.setTimeframe}
        span={shown.span}
        onSpan={shown.setSpan}
        isLatest={shown.at === null}
        onStep={(direction) => goToInstant(stepped(bars, shown.at, direction * shown.inView))}
        onLatest={() => goToInstant(null)}
      />
      <Card
        title={query.data?.symbol ?? (symbol || "Price")}
        className="price-chart"
        busy={query.isPlaceholderData}
        note={<Note instrument={instrument} timeframe={timeframe} />}
        actions={
          <>
            {query.data && <Source of={query.data} />}
            <button
              type="button"
              className="button pnl-button"
              aria-pressed={shown.showsPnl}
              title="Cumulative net P&L of the positions on these bars (b)"
              onClick={shown.togglePnl}
            >
              P&L
            </button>
          </>
        }
      >
        {shown.isKnown && symbol === "" ? (
          <NoSymbol />
        ) : isCacheMiss(query.error) && !query.data ? (
          <NoBars
            symbol={symbol}
            timeframe={timeframe}
            says={query.error.message}
            onRetry={query.refetch}
          />
        ) : (
          <Loaded query={query} skeleton={<ChartSkeleton height={HEIGHT + LEGEND_HEIGHT} />}>
            {(data) => (
              <PriceChart
                symbol={data.symbol}
                timeframe={data.timeframe}
                bars={bars}
                positions={positions}
                instrument={instrument}
                chosenId={positionId}
                at={shown.middle}
                inView={shown.inView}
                place={`${data.symbol} ${data.timeframe} ${shown.span} ${shown.middle} ${query.isPlaceholderData}`}
                onNearStart={fetchEarlier}
                showsPnl={shown.showsPnl}
              />
            )}
          </Loaded>
        )}
      </Card>
      <InView symbol={symbol} positions={positions} chosenId={positionId} tick={tick} />
      <Chosen id={positionId} query={shown.chosen} tick={tick} />
    </div>
  );
}

function useInstrument(symbol: string): Instrument | undefined {
  const { data: instruments } = useInstruments();
  // The longest root that a contract's name begins with: MNQ of MNQZ6, not M2K's neighbour.
  return instruments
    ?.filter((each) => symbol === each.symbol || isContractOf(each.symbol, symbol))
    .sort((one, other) => other.symbol.length - one.symbol.length)[0];
}

function isContractOf(root: string, symbol: string): boolean {
  return symbol.startsWith(root) && /^[FGHJKMNQUVXZ]\d{1,2}$/.test(symbol.slice(root.length));
}

const NONE: readonly Position[] = [];

/** The positions in a contract that touch the bars, newest first. */
function usePositionsOn(symbol: string, bars: readonly Drawn[], isPast: boolean) {
  const [first, last] = [bars[0]?.openedMs, bars.at(-1)?.openedMs];
  // By whole days, so that a new bar does not ask again.
  const start = day(first, 0);
  const end = isPast ? day(last, 3) : undefined;
  const { data } = usePositions({
    symbol: symbol || undefined,
    start,
    end,
    limit: 500,
    status: "all",
  });
  return useMemo(() => {
    if (first === undefined || last === undefined || !data) return NONE;
    return data.items.filter(
      (each) =>
        Date.parse(each.opened_at) < last + DAY_MS &&
        (each.closed_at === null || Date.parse(each.closed_at) >= first),
    );
  }, [data, first, last]);
}

function day(atMs: number | undefined, later: number): string | undefined {
  if (atMs === undefined) return undefined;
  return new Date(Math.floor(atMs / DAY_MS + later) * DAY_MS).toISOString();
}

/** Go from position to position by keys. */
function useSteps(positions: readonly Position[], chosenId: string | null): void {
  const step = (by: number) => {
    const index = positions.findIndex((each) => each.id === chosenId);
    const next = index < 0 ? positions[0] : positions[index + by];
    if (next) choosePosition(next);
  };
  useShortcut("n", "Next position", () => step(-1));
  useShortcut("p", "Previous position", () => step(1));
  useShortcut("Escape", "Leave the position", leavePosition);
}

/** The instant half of the view away from the middle. */
function stepped(bars: readonly Drawn[], at: string | null, by: number): string | null {
  const middle = at === null ? bars.length - 1 - Math.abs(by) / 2 : placeOf(bars, Date.parse(at));
  const place = Math.round(middle + by / 2);
  if (place >= bars.length - Math.abs(by) / 2 && by > 0 && at === null) return null;
  const last = bars.length - 1;
  return bars[Math.min(last, Math.max(0, place))]?.timestamp ?? null;
}

function Note({
  instrument,
  timeframe,
}: {
  instrument: Instrument | undefined;
  timeframe: string;
}) {
  if (!instrument) return null;
  const hours = timeframe === "1d" ? null : dayHours(instrument.exchange);
  return (
    <>
      {instrument.name}
      {hours && <span className="price-hours"> · shaded outside {hours.said}</span>}
    </>
  );
}

const TIERS: Readonly<Record<Prices["cache_status"]["tier"], string>> = {
  memory: "Memory",
  redis: "Redis",
  sqlite: "SQLite",
  postgres: "PostgreSQL",
  topstepx: "TopstepX",
};

/** Where the bars came from, and how long that took. */
function Source({ of }: { of: Prices }) {
  const { hit, tier, latency_ms } = of.cache_status;
  return (
    <span
      className={`badge ${hit ? "ok" : ""}`}
      title={hit ? `Answered by ${of.source}, without asking the broker.` : "The broker was asked."}
    >
      <span className="dot" aria-hidden="true" />
      {hit ? `${TIERS[tier]} cache` : `From ${TIERS[tier]}`}
      <span className="badge-note">{ratio(latency_ms, 1)} ms</span>
    </span>
  );
}

function NoSymbol() {
  return (
    <div className="middle" style={{ minHeight: HEIGHT + LEGEND_HEIGHT }}>
      <EmptyState title="Which contract?">
        The account has traded none yet. Name a contract such as <code>MNQZ5</code>, or a root such
        as <code>MNQ</code> for its front contracts one after another.
      </EmptyState>
    </div>
  );
}

interface NoBarsProps {
  symbol: string;
  timeframe: string;
  says: string;
  onRetry: () => unknown;
}

function NoBars({ symbol, timeframe, says, onRetry }: NoBarsProps) {
  const command = `flask --app wsgi import-bars FILE --symbol ${symbol} --timeframe ${timeframe}`;
  return (
    <div className="middle" style={{ minHeight: HEIGHT + LEGEND_HEIGHT }}>
      <EmptyState
        title={`There are no ${timeframe} bars of ${symbol} here.`}
        action={
          <>
            <code className="price-command">{command}</code>
            <button type="button" className="button" onClick={() => onRetry()}>
              Look again
            </button>
          </>
        }
      >
        The service says: {says}. This page looks again by itself every half minute.
      </EmptyState>
    </div>
  );
}
