import type { ReactNode } from "react";
import type { Positions, Trades } from "../../api/types";
import { count, money, pct } from "../../format/numbers";
import { Pnl } from "../../ui/Figures";

type Line = readonly [name: string, value: ReactNode, hint?: string];

function Strip({ label, lines }: { label: string; lines: readonly Line[] }) {
  return (
    <dl className="totals" aria-label={label}>
      {lines.map(([name, value, hint]) => (
        <div key={name} title={hint}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** What all positions that pass come to, whether their rows are loaded or not. */
export function PositionTotals({ of, currency }: TotalsProps<Positions["summary"]>) {
  const closed = of.closed;
  return (
    <Strip
      label="Totals of the positions"
      lines={[
        [
          of.open > 0 ? "Closed / open" : "Positions",
          of.open > 0 ? `${count(closed)} / ${count(of.open)}` : count(of.total),
        ],
        ["Net P&L", <Pnl key="net" value={of.net_pnl} currency={currency} />, "Gross − fees"],
        ["Gross P&L", <Pnl key="gross" value={of.gross_pnl} currency={currency} />],
        ["Fees", money(of.fees, { currency })],
        [
          "Won / lost",
          `${count(of.winning)} / ${count(of.losing)}`,
          `${count(of.breakeven)} came to nothing`,
        ],
        ["Win rate", closed ? pct((of.winning / closed) * 100) : "–", "Won / closed"],
      ]}
    />
  );
}

const WHATEVER = "Orders without a fill, whatever the filter of the status says";

/** What the executions of the window come to, and how many orders came to nothing. */
export function TradeTotals({ of, currency }: TotalsProps<Trades["summary"]>) {
  return (
    <Strip
      label="Totals of the window"
      lines={[
        ["Executions", count(of.filled)],
        ["Net P&L", <Pnl key="net" value={of.net_pnl} currency={currency} />, "Gross − fees"],
        ["Gross P&L", <Pnl key="gross" value={of.gross_pnl} currency={currency} />],
        ["Fees", money(of.fees, { currency })],
        ["Cancelled", count(of.cancelled), WHATEVER],
        ["Rejected", count(of.rejected), WHATEVER],
        ["Pending", count(of.pending), WHATEVER],
        ["Time to fill", fillTime(of), "Mean, of the orders whose submission is known"],
      ]}
    />
  );
}

interface TotalsProps<Summary> {
  of: Summary;
  currency: string | undefined;
}

function fillTime({ avg_fill_time_ms: ms }: Trades["summary"]): string {
  if (ms === 0) return "–";
  return ms < 1_000 ? `${count(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

export function TotalsSkeleton() {
  return (
    <div className="totals" aria-hidden="true">
      {[60, 110, 110, 90, 80, 60].map((width, index) => (
        <div key={index}>
          <span className="skeleton" style={{ width: 56, height: 12 }} />
          <span className="skeleton" style={{ width, height: 18 }} />
        </div>
      ))}
    </div>
  );
}
