import { useCallback, useMemo, useRef, useState } from "react";
import { usePerformanceHistory } from "../../api/performance";
import type { History } from "../../api/types";
import { Chart, ChartSkeleton } from "../../chart/Chart";
import type { SeriesSpec, Time } from "../../chart/spec";
import { count, money, pnl, shortPnl } from "../../format/numbers";
import { date } from "../../format/time";
import { Card } from "../../ui/Card";
import { Pnl } from "../../ui/Figures";
import { Icon } from "../../ui/Icon";
import { Segmented } from "../../ui/Segmented";
import { EmptyState, Loaded } from "../../ui/States";
import { useZone } from "../../ui/zone";
import { goTo, oneOf, useParam } from "../../url/params";
import { Points } from "./Points";
import { type Drawn, drawn, origin } from "./curve";
import { beside } from "./beside";
import { tradesOn, type Wanted } from "./window";

const HEIGHT = 400;
const PANES = [2.6, 1];
export const POINTS_MAX = 5_000;

const INTERVALS = [
  { value: "trade", label: "Trade", hint: "Each closed position" },
  { value: "hour", label: "Hour" },
  { value: "day", label: "Day" },
  { value: "week", label: "Week", hint: "From Monday" },
  { value: "month", label: "Month" },
] as const;
const LOOKS = [
  { value: "chart", label: "Chart" },
  { value: "table", label: "Table" },
] as const;
const INTERVAL = oneOf(["trade", "hour", "day", "week", "month"], "day");
const LOOK = oneOf(["chart", "table"], "chart");

/** Cumulative P&L over the P&L of each period, as a picture or as figures. */
export function CurveCard({ of }: { of: Wanted }) {
  const [interval, setInterval] = useParam("interval", INTERVAL);
  const [look, setLook] = useParam("as", LOOK);
  const query = usePerformanceHistory(
    interval,
    { ...of.query, limit: POINTS_MAX },
    { enabled: of.period.isKnown },
  );
  return (
    <Card
      title="Cumulative P&L"
      className="curve"
      busy={query.isPlaceholderData}
      note={query.data && <Span of={query.data} />}
      actions={
        <>
          <Segmented label="Interval" options={INTERVALS} value={interval} onChange={setInterval} />
          <Segmented label="Shown as" options={LOOKS} value={look} onChange={setLook} />
        </>
      }
    >
      <Loaded query={query} skeleton={<ChartSkeleton height={HEIGHT} />}>
        {(history) => (
          <>
            {history.next_cursor && <Cut onDays={() => setInterval("day")} />}
            {history.points.length === 0 ? (
              <Nothing of={of} />
            ) : look === "chart" ? (
              <Curve history={history} of={of} />
            ) : (
              <Points history={history} of={of} height={HEIGHT} />
            )}
          </>
        )}
      </Loaded>
    </Card>
  );
}

/** The window that the API resolved. */
function Span({ of }: { of: History }) {
  const zone = of.timezone;
  // The end is the first instant after it.
  const last = Date.parse(of.end) - 1;
  const [from, until] = [date(of.start, zone, true), date(last, zone, true)];
  return <span className="figure">{from === until ? from : `${from} – ${until}`}</span>;
}

function Cut({ onDays }: { onDays: () => void }) {
  return (
    <p className="curve-cut" role="status">
      <Icon name="alert" size={14} />
      These are the first {count(POINTS_MAX)} points only; the figures above are of the whole range.
      <button type="button" className="link" onClick={onDays}>
        Show days
      </button>
    </p>
  );
}

function Nothing({ of }: { of: Wanted }) {
  const isFiltered = of.query.symbol !== undefined || of.query.strategy !== undefined;
  const isBounded = of.period.period !== "all";
  return (
    <div className="middle" style={{ minHeight: HEIGHT }}>
      <EmptyState
        title={
          isFiltered
            ? "No position that passes these filters was closed in this range."
            : isBounded
              ? "No position was closed in this range."
              : "No position was closed yet."
        }
        action={
          isBounded && (
            <button type="button" className="button" onClick={() => of.period.choose("all")}>
              Show all of time
            </button>
          )
        }
      >
        {isBounded || isFiltered
          ? "Choose a longer range, or let more pass."
          : "Import a file of executions, or post them to the API."}
      </EmptyState>
    </div>
  );
}

function Curve({ history, of }: { history: History; of: Wanted }) {
  const zone = useZone();
  const points = useMemo(() => drawn(history, zone), [history, zone]);
  const byTime = useMemo(() => new Map(points.map((each) => [each.time, each])), [points]);
  const series = useMemo(() => specs(points), [points]);
  const box = useRef<HTMLDivElement>(null);
  const [under, setUnder] = useState<Under | null>(null);
  const onHover = useCallback((time: Time | null, x: number) => {
    setUnder(time === null ? null : { time, x, width: box.current?.clientWidth || 1 });
  }, []);
  const onPick = (time: Time) => {
    const found = byTime.get(time);
    if (found) goTo("trades", tradesOn(of, found.days));
  };
  const shown = under && byTime.get(under.time);
  const { summary, currency } = history;
  return (
    <div className="curve-box" ref={box}>
      <Chart
        height={HEIGHT}
        label={`Cumulative net P&L ${pnl(summary.total_pnl, currency)} in ${count(summary.trade_count)} trades, deepest fall ${pnl(summary.max_drawdown, currency)}`}
        series={series}
        panes={PANES}
        zone={zone}
        fitOn={`${history.account_id} ${history.interval} ${JSON.stringify(of.query)}`}
        onHover={onHover}
        onPick={onPick}
      />
      {under && shown && (
        <Tip of={shown} currency={currency} style={beside(under.x / under.width)} />
      )}
    </div>
  );
}

/** Where the pointer is on how wide a chart. */
interface Under {
  time: Time;
  x: number;
  width: number;
}

interface TipProps {
  of: Drawn;
  currency: string;
  style: React.CSSProperties;
}

function Tip({ of: { name, point }, currency, style }: TipProps) {
  return (
    <div className="tip" style={style}>
      <p className="tip-title">
        {name}
        {point.partial && <small> · cut by the range</small>}
      </p>
      <dl>
        <dt>P&amp;L</dt>
        <dd>
          <Pnl value={point.period_pnl} currency={currency} />
        </dd>
        <dt>Cumulative</dt>
        <dd>
          <Pnl value={point.cumulative_pnl} currency={currency} />
        </dd>
        <dt>Trades</dt>
        <dd>
          {count(point.trade_count)} · {count(point.winning_trades)}W {count(point.losing_trades)}L
        </dd>
        <dt>Max drawdown</dt>
        <dd>
          <Pnl value={point.max_drawdown} currency={currency} />
        </dd>
        {point.balance !== null && (
          <>
            <dt>Balance</dt>
            <dd className="figure">{money(point.balance, { currency })}</dd>
          </>
        )}
      </dl>
    </div>
  );
}

function specs(points: readonly Drawn[]): SeriesSpec[] {
  const total: SeriesSpec<"Baseline"> = {
    id: "total",
    kind: "Baseline",
    data: [
      ...origin(points[0]),
      ...points.map(({ time, point }) => ({ time, value: point.cumulative_pnl })),
    ],
    format: shortPnl,
    options: (colours) => ({
      baseValue: { type: "price", price: 0 },
      lineWidth: 2,
      topLineColor: colours.gain,
      topFillColor1: colours.gainAt(0.22),
      topFillColor2: colours.gainAt(0.02),
      bottomLineColor: colours.loss,
      bottomFillColor1: colours.lossAt(0.02),
      bottomFillColor2: colours.lossAt(0.22),
      priceLineVisible: false,
      crosshairMarkerRadius: 4,
      crosshairMarkerBorderColor: colours.card,
    }),
  };
  return [total as SeriesSpec, bars("gains", points, 1), bars("losses", points, -1)];
}

function bars(id: string, points: readonly Drawn[], sign: 1 | -1): SeriesSpec {
  const some: SeriesSpec<"Histogram"> = {
    id,
    kind: "Histogram",
    pane: 1,
    data: points
      .filter(({ point }) => point.period_pnl * sign > 0)
      .map(({ time, point }) => ({ time, value: point.period_pnl })),
    format: shortPnl,
    options: (colours) => ({
      color: sign > 0 ? colours.gain : colours.loss,
      priceLineVisible: false,
      lastValueVisible: false,
    }),
  };
  return some as SeriesSpec;
}
