import { useMemo } from "react";
import { usePerformanceHistory } from "../../api/performance";
import type { History } from "../../api/types";
import { count, money, pct, pnl, shortPnl } from "../../format/numbers";
import { Card } from "../../ui/Card";
import { Pnl } from "../../ui/Figures";
import { EmptyState, Loaded, SkeletonRows } from "../../ui/States";
import { type Bin, bins, median } from "./bins";
import { Columns } from "./Columns";
import { POINTS_MAX } from "./CurveCard";
import type { Wanted } from "./window";

/** How many trades came to how much. */
export function Distribution({ of }: { of: Wanted }) {
  const query = usePerformanceHistory(
    "trade",
    { ...of.query, limit: POINTS_MAX },
    { enabled: of.period.isKnown },
  );
  const isCut = query.data?.next_cursor != null;
  return (
    <Card
      title="P&L of a trade"
      className="distribution"
      busy={query.isPlaceholderData}
      note={isCut && `the first ${count(POINTS_MAX)} trades of the range`}
    >
      <Loaded query={query} skeleton={<SkeletonRows rows={5} height={36} />}>
        {(history) =>
          history.points.length ? (
            <Shape history={history} />
          ) : (
            <EmptyState title="No closed trades." />
          )
        }
      </Loaded>
    </Card>
  );
}

function Shape({ history }: { history: History }) {
  const { points, currency } = history;
  const values = useMemo(() => points.map((each) => each.period_pnl), [points]);
  const found = useMemo(() => bins(values), [values]);
  const step = Math.max(1, Math.ceil(found.length / 9));
  const zero = found.findIndex((each) => each.from === 0);
  return (
    <>
      <dl className="legend">
        <div>
          <dt>Median</dt>
          <dd>
            <Pnl value={median(values)} currency={currency} />
          </dd>
        </div>
        <div>
          <dt>Worst</dt>
          <dd>
            <Pnl value={Math.min(...values)} currency={currency} />
          </dd>
        </div>
        <div>
          <dt>Best</dt>
          <dd>
            <Pnl value={Math.max(...values)} currency={currency} />
          </dd>
        </div>
      </dl>
      <Columns
        label="Trades by net P&L"
        scale={trades}
        bars={found.map((bin, index) => ({
          key: String(bin.from ?? "less"),
          label: bin.from !== null && (index - zero) % step === 0 ? edge(bin.from) : "",
          value: bin.count,
          tone: bin.until !== null && bin.until <= 0 ? "loss" : "gain",
          title: name(bin, currency),
          facts: [
            ["Trades", count(bin.count)],
            ["Share", pct((bin.count / values.length) * 100)],
          ],
        }))}
      />
    </>
  );
}

function trades(value: number): string {
  return `${count(value)} trades`;
}

function edge(value: number): string {
  return value === 0 ? "0" : shortPnl(value);
}

function name({ from, until }: Bin, currency: string): string {
  if (from === null) return `Less than ${pnl(until, currency, 0)}`;
  if (until === null) return `${pnl(from, currency, 0)} and more`;
  const said = from === 0 ? money(0, { currency, decimals: 0 }) : pnl(from, currency, 0);
  return `${said} to ${pnl(until, currency, 0)}`;
}
