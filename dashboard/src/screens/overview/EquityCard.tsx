import { useCallback, useMemo, useState } from "react";
import { usePerformanceHistory } from "../../api/performance";
import { useRisk } from "../../api/risk";
import type { History, Point } from "../../api/types";
import { Chart, ChartSkeleton } from "../../chart/Chart";
import { ascending, falls, seconds } from "../../chart/data";
import type { Time as ChartTime, Level, SeriesSpec } from "../../chart/spec";
import { count, money, pnl, shortPnl } from "../../format/numbers";
import { addDays, dateTime, dayName } from "../../format/time";
import { Card } from "../../ui/Card";
import { Money, Pnl } from "../../ui/Figures";
import { EmptyState, Loaded } from "../../ui/States";
import { useZone } from "../../ui/zone";
import { useRange } from "../../url/range";

const HEIGHT = 366;
const PANES = [3, 1.1];
const NO_LEVELS: readonly Level[] = [];

/** The balance after each day or trade, and how far it lies below its peak. */
export function EquityCard() {
  const { range, start, isKnown } = useRange();
  const isShort = range === "1d" || range === "1w";
  const query = usePerformanceHistory(
    isShort ? "trade" : "day",
    { start, limit: 5_000 },
    { enabled: isKnown },
  );
  return (
    <Card
      title="Equity"
      className="equity"
      busy={query.isPlaceholderData}
      note={query.data && <Total of={query.data} />}
    >
      <Loaded query={query} skeleton={<ChartSkeleton height={HEIGHT + 26} />}>
        {(history) =>
          history.points.length ? (
            <Curve history={history} />
          ) : (
            <div style={{ minHeight: HEIGHT + 26 }} className="middle">
              <EmptyState title="No position was closed in this range.">
                Choose a longer range, or import executions.
              </EmptyState>
            </div>
          )
        }
      </Loaded>
    </Card>
  );
}

function Total({ of }: { of: History }) {
  return (
    <>
      <Pnl value={of.summary.total_pnl} currency={of.currency} /> in {count(of.summary.trade_count)}{" "}
      {of.summary.trade_count === 1 ? "trade" : "trades"}
    </>
  );
}

/** One point of the curve as it is drawn. */
interface Drawn {
  time: ChartTime;
  name: string;
  pnl: number | null;
  level: number;
  fall: number;
}

function Curve({ history }: { history: History }) {
  const zone = useZone();
  const { data: risk } = useRisk();
  const [hovered, setHovered] = useState<ChartTime | null>(null);
  const drawn = useMemo(() => curve(history, zone), [history, zone]);
  const byTime = useMemo(() => new Map(drawn.map((each) => [each.time, each])), [drawn]);
  const floor = risk?.mll?.level ?? null;
  const { currency } = history;
  const series = useMemo(() => specs(drawn, floor), [drawn, floor]);
  const onHover = useCallback((time: ChartTime | null) => setHovered(time), []);
  const shown = (hovered !== null && byTime.get(hovered)) || drawn.at(-1);
  const last = drawn.at(-1);
  return (
    <>
      {shown && <Legend of={shown} currency={currency} />}
      <Chart
        height={HEIGHT}
        label={`Balance ${money(last?.level, { currency })}, ${pnl(last?.fall, currency)} from its peak`}
        series={series}
        panes={PANES}
        zone={zone}
        fitOn={`${history.account_id} ${history.start} ${history.interval}`}
        onHover={onHover}
      />
    </>
  );
}

function Legend({ of, currency }: { of: Drawn; currency: string }) {
  return (
    <dl className="legend">
      <div>
        <dt>{of.name}</dt>
        <dd>{of.pnl === null ? "start" : <Pnl value={of.pnl} />}</dd>
      </div>
      <div>
        <dt>Balance</dt>
        <dd>
          <Money value={of.level} currency={currency} />
        </dd>
      </div>
      <div>
        <dt>Drawdown</dt>
        <dd>
          <Pnl value={of.fall} />
        </dd>
      </div>
    </dl>
  );
}

function curve(history: History, zone: string): Drawn[] {
  const { points, summary } = history;
  const isDaily = history.interval === "day";
  const fall = falls(points.map((each) => each.cumulative_pnl));
  const drawn = points.map((point, index) => ({
    time: (isDaily ? point.period : seconds(point.timestamp)) as ChartTime,
    name: isDaily ? dayName(point.period, true) : dateTime(point.timestamp, zone),
    pnl: point.period_pnl,
    level: point.balance ?? point.cumulative_pnl,
    fall: fall[index] ?? 0,
  }));
  return ascending([...origin(points[0], summary.start_balance, isDaily), ...drawn]);
}

/** Where the curve comes from: the balance before the first point. */
function origin(first: Point | undefined, balance: number | null, isDaily: boolean): Drawn[] {
  if (!first) return [];
  const time = isDaily ? addDays(first.period, -1) : seconds(first.timestamp) - 60;
  return [{ time: time as ChartTime, name: "Start", pnl: null, level: balance ?? 0, fall: 0 }];
}

function specs(drawn: readonly Drawn[], floor: number | null): SeriesSpec[] {
  const levels = floor === null ? NO_LEVELS : [limit(floor)];
  const equity: SeriesSpec<"Area"> = {
    id: "equity",
    kind: "Area",
    data: drawn.map(({ time, level }) => ({ time, value: level })),
    levels,
    format: (value) => money(value, { decimals: 0 }),
    options: (colours) => ({
      lineColor: colours.accent,
      lineWidth: 2,
      topColor: colours.gainAt(0.2),
      bottomColor: colours.gainAt(0),
      priceLineVisible: false,
      lastValueVisible: true,
      crosshairMarkerRadius: 4,
      crosshairMarkerBorderColor: colours.card,
    }),
  };
  const drawdown: SeriesSpec<"Area"> = {
    id: "drawdown",
    kind: "Area",
    pane: 1,
    data: drawn.map(({ time, fall }) => ({ time, value: fall })),
    format: shortPnl,
    options: (colours) => ({
      lineColor: colours.loss,
      lineWidth: 1,
      invertFilledArea: true,
      topColor: colours.lossAt(0.02),
      bottomColor: colours.lossAt(0.28),
      priceLineVisible: false,
      lastValueVisible: false,
      crosshairMarkerRadius: 3,
    }),
  };
  return [equity as SeriesSpec, drawdown as SeriesSpec];
}

function limit(value: number): Level {
  return { value, title: "Max loss", colour: "danger", inView: true };
}
