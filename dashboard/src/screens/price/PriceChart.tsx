import { useCallback, useMemo, useState } from "react";
import { useRisk } from "../../api/risk";
import type { Instrument, Position } from "../../api/types";
import { Chart } from "../../chart/Chart";
import type { Time as ChartTime, Level, SeriesSpec } from "../../chart/spec";
import { count, NOTHING, pct, pnl, price } from "../../format/numbers";
import { dateTime, dayName, duration } from "../../format/time";
import { useNow } from "../../ui/useNow";
import { useZone } from "../../ui/zone";
import { type Drawn, placeOf } from "./bars";
import { bands, dayHours } from "./hours";
import { openLevels, pnlLine, tradeMarks } from "./marks";
import { pointOut } from "./useShown";
import { SECONDS, type Timeframe } from "../../api/prices";

export const HEIGHT = 480;
const PANES = [4.2, 1];
// `LineType.WithSteps`; the library itself comes with the chart.
const STEPS = 1;
// Room after the last bar for the names of levels, as a share of the view.
const MARGIN = 0.06;

interface PriceChartProps {
  symbol: string;
  timeframe: Timeframe;
  bars: readonly Drawn[];
  positions: readonly Position[];
  instrument: Instrument | undefined;
  chosenId: string | null;
  /** The instant in the middle; the last bars without one. */
  at: string | null;
  inView: number;
  /** What is looked at: the view is set anew when this changes. */
  place: string;
  onNearStart: () => void;
  showsPnl: boolean;
}

/** Candles and volume, the account's trades on them, and what its limits allow. */
export function PriceChart(props: PriceChartProps) {
  const { bars, positions, instrument, chosenId, timeframe, showsPnl } = props;
  const zone = useZone();
  const [hovered, setHovered] = useState<ChartTime | null>(null);
  const tick = instrument?.tick_size;
  const levels = useLevels(positions, instrument);
  const series = useMemo(() => {
    const overlay = {
      bands: timeframe === "1d" ? [] : bands(bars, dayHours(instrument?.exchange)),
      trades: tradeMarks(positions, bars),
      chosen: chosenId,
    };
    return [
      { ...candles(bars, tick), overlay, levels } as SeriesSpec,
      volume(bars) as SeriesSpec,
      ...(showsPnl ? [cumulative(pnlLine(positions, bars)) as SeriesSpec] : []),
    ];
  }, [bars, positions, instrument, timeframe, chosenId, tick, levels, showsPnl]);
  const byTime = useMemo(() => new Map(bars.map((bar, index) => [bar.time, index])), [bars]);
  const onHover = useCallback((time: ChartTime | null) => setHovered(time), []);
  const onPickTrade = (id: string) => {
    const picked = positions.find((each) => each.id === id);
    if (picked) pointOut(picked);
  };
  const index = (hovered !== null ? byTime.get(hovered) : undefined) ?? restOf(bars, props.at);
  const last = bars.at(-1);
  return (
    <>
      <Legend bars={bars} index={index} tick={tick} timeframe={timeframe} />
      <Chart
        height={HEIGHT}
        label={`${props.symbol}, ${count(bars.length)} bars of ${timeframe}, last ${price(last?.close, tick)}, ${positions.length} positions`}
        series={series}
        panes={PANES}
        zone={zone}
        fitOn={props.place}
        view={viewOf(bars, props.at, props.inView)}
        onHover={onHover}
        onPickTrade={onPickTrade}
        onNearStart={props.onNearStart}
      />
    </>
  );
}

const NO_LEVELS: readonly Level[] = [];

function useLevels(positions: readonly Position[], instrument: Instrument | undefined) {
  const { data: risk = null } = useRisk();
  return useMemo(() => {
    const open = positions.filter((each) => each.closed_at === null);
    const pointValue = instrument?.point_value;
    if (!pointValue || open.length === 0) return NO_LEVELS;
    return open.flatMap((each) => openLevels(each, risk, pointValue));
  }, [positions, instrument, risk]);
}

/** The bar that is told while the pointer is elsewhere. */
function restOf(bars: readonly Drawn[], at: string | null): number {
  return at === null ? bars.length - 1 : Math.max(0, placeOf(bars, Date.parse(at)));
}

function viewOf(bars: readonly Drawn[], at: string | null, inView: number) {
  const end = bars.length - 1 + Math.round(Math.min(inView, bars.length) * MARGIN);
  const middle = at === null ? end : placeOf(bars, Date.parse(at)) + inView / 2;
  const to = Math.min(end, Math.max(middle, Math.min(inView, end)));
  return { from: Math.max(-0.5, to - inView), to };
}

interface LegendProps {
  bars: readonly Drawn[];
  index: number;
  tick: number | undefined;
  timeframe: Timeframe;
}

/** The bar under the pointer, else the last one. */
function Legend({ bars, index, tick, timeframe }: LegendProps) {
  const zone = useZone();
  const bar = bars[index];
  if (!bar) return null;
  const before = bars[index - 1]?.close;
  const change = before === undefined ? null : Math.round((bar.close - before) * 1e9) / 1e9;
  const when =
    typeof bar.time === "string" ? dayName(bar.time, true) : dateTime(bar.timestamp, zone);
  const figures = [
    ["O", price(bar.open, tick)],
    ["H", price(bar.high, tick)],
    ["L", price(bar.low, tick)],
    ["C", price(bar.close, tick)],
    ["Vol", count(bar.volume)],
  ] as const;
  return (
    <dl className="legend price-legend">
      <div className="price-legend-when">
        <dt className="unseen">Bar</dt>
        <dd>
          {when}
          {bar.partial && <InProgress bar={bar} timeframe={timeframe} />}
        </dd>
      </div>
      {figures.map(([name, said]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{said}</dd>
        </div>
      ))}
      <div>
        <dt>Change</dt>
        <dd className={change ? (change > 0 ? "gain" : "loss") : ""}>
          {change === null ? NOTHING : `${pnl(change, undefined, 2)} (${share(change, before)})`}
        </dd>
      </div>
    </dl>
  );
}

function share(change: number, before: number | undefined): string {
  return before ? pct((change / before) * 100, 2) : NOTHING;
}

function InProgress({ bar, timeframe }: { bar: Drawn; timeframe: Timeframe }) {
  const now = useNow(1_000);
  const left = Math.max(0, (bar.openedMs + SECONDS[timeframe] * 1_000 - now) / 1_000);
  return <span className="in-progress">in progress, {duration(left)} left</span>;
}

function candles(bars: readonly Drawn[], tick: number | undefined): SeriesSpec<"Candlestick"> {
  return {
    id: "price",
    kind: "Candlestick",
    data: bars.map(({ time, open, high, low, close }) => ({ time, open, high, low, close })),
    format: (value) => price(value, tick),
    options: (colours) => ({
      upColor: colours.card,
      borderUpColor: colours.gainAt(0.8),
      wickUpColor: colours.gainAt(0.8),
      downColor: colours.lossAt(0.75),
      borderDownColor: colours.lossAt(0.75),
      wickDownColor: colours.lossAt(0.75),
      priceLineColor: colours.muted,
    }),
  };
}

/** Cumulative net P&L on a scale of its own, in steps, for it changes only where one is closed. */
function cumulative(data: ReturnType<typeof pnlLine>): SeriesSpec<"Line"> {
  return {
    id: "pnl",
    kind: "Line",
    scale: "left",
    data,
    format: (value) => pnl(value, undefined, 0),
    options: (colours) => ({
      color: colours.muted,
      lineWidth: 2,
      lineType: STEPS,
      priceLineVisible: false,
      crosshairMarkerRadius: 3,
    }),
  };
}

function volume(bars: readonly Drawn[]): SeriesSpec<"Histogram"> {
  return {
    id: "volume",
    kind: "Histogram",
    pane: 1,
    data: bars.map(({ time, volume: value }) => ({ time, value })),
    format: (value) => count(value),
    options: (colours) => ({
      color: colours.volume,
      priceLineVisible: false,
      lastValueVisible: false,
    }),
  };
}
