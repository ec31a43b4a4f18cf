// How a row looks: in columns, and as a card where there is no room for them.
import type { Position, Trade } from "../../api/types";
import { count } from "../../format/numbers";
import { duration } from "../../format/time";
import { Pnl, Price, Side, TimeIn } from "../../ui/Figures";
import type { Column } from "../../ui/Table";

/** What cells need to know and should not ask for one by one. */
export interface Setting {
  ticks: ReadonlyMap<string, number>;
  zone: string;
}

/** A column that is left out where the grid has less room than this. */
type Fitting<Row> = Column<Row> & { from?: number };

// What the columns up to each step need, in pixels.
const NARROW = 660;
const ROOMY = 960;
const WIDE = 1_110;

function fitting<Row>(all: readonly Fitting<Row>[], width: number): Column<Row>[] {
  return all.filter((each) => (each.from ?? 0) <= width);
}

export function positionColumns({ ticks, zone }: Setting, width: number): Column<Position>[] {
  const all: Fitting<Position>[] = [
    {
      id: "opened",
      title: "Opened",
      width: "minmax(134px, 1.1fr)",
      cell: (each) => <TimeIn zone={zone} at={each.opened_at} year />,
    },
    {
      id: "closed",
      title: "Closed",
      width: "minmax(92px, 0.8fr)",
      from: ROOMY,
      cell: (each) =>
        each.closed_at ? (
          <TimeIn zone={zone} at={each.closed_at} />
        ) : (
          <span className="tag">Open</span>
        ),
    },
    {
      id: "contract",
      title: "Contract",
      width: "minmax(70px, 0.8fr)",
      cell: (each) => <strong>{each.contract}</strong>,
    },
    { id: "side", title: "Side", width: "72px", cell: (each) => <Side side={each.side} /> },
    {
      id: "strategy",
      title: "Strategy",
      width: "minmax(96px, 1.1fr)",
      from: ROOMY,
      cell: (each) => <span className="quiet-text">{each.strategy ?? "–"}</span>,
    },
    {
      id: "quantity",
      title: "Qty",
      width: "44px",
      align: "right",
      hint: "The most that was held at once",
      cell: (each) => count(each.max_quantity),
    },
    {
      id: "entry",
      title: "Entry",
      width: "minmax(84px, 0.9fr)",
      from: NARROW,
      align: "right",
      cell: (each) => <Price value={each.entry_price} tickSize={ticks.get(each.symbol)} />,
    },
    {
      id: "exit",
      title: "Exit",
      width: "minmax(84px, 0.9fr)",
      from: NARROW,
      align: "right",
      cell: (each) => <Price value={each.exit_price} tickSize={ticks.get(each.symbol)} />,
    },
    {
      id: "held",
      title: "Held",
      width: "minmax(68px, 0.7fr)",
      align: "right",
      from: ROOMY,
      cell: (each) => <span className="figure">{duration(each.duration_s)}</span>,
    },
    {
      id: "gross",
      title: "Gross P&L",
      width: "minmax(80px, 0.8fr)",
      align: "right",
      from: WIDE,
      cell: (each) => <Pnl value={each.gross_pnl} />,
    },
    {
      id: "fees",
      title: "Fees",
      width: "minmax(52px, 0.5fr)",
      align: "right",
      from: WIDE,
      cell: (each) => <span className="figure">{each.fees.toFixed(2)}</span>,
    },
    {
      id: "net",
      title: "Net P&L",
      width: "minmax(84px, 0.8fr)",
      align: "right",
      cell: (each) => (
        <strong>
          <Pnl value={each.net_pnl} />
        </strong>
      ),
    },
  ];
  return fitting(all, width);
}

export function PositionCard({ of, ticks, zone }: { of: Position } & Setting) {
  const tickSize = ticks.get(of.symbol);
  return (
    <div className="trade-card">
      <span>
        <strong>{of.contract}</strong> <Side side={of.side} /> {count(of.max_quantity)}
      </span>
      <strong>
        <Pnl value={of.net_pnl} />
      </strong>
      <small>
        {of.closed_at ? <TimeIn zone={zone} at={of.closed_at} year /> : "Open"}
        {of.duration_s !== null && ` · ${duration(of.duration_s)}`}
      </small>
      <small>
        <Price value={of.entry_price} tickSize={tickSize} /> →{" "}
        <Price value={of.exit_price} tickSize={tickSize} />
      </small>
    </div>
  );
}

export function tradeColumns({ ticks, zone }: Setting, width: number): Column<Trade>[] {
  const all: Fitting<Trade>[] = [
    {
      id: "time",
      title: "Time",
      width: "minmax(150px, 1.3fr)",
      cell: (each) => <TimeIn zone={zone} at={each.timestamp} seconds year />,
    },
    {
      id: "contract",
      title: "Contract",
      width: "minmax(70px, 0.8fr)",
      cell: (each) => <strong>{each.contract}</strong>,
    },
    { id: "side", title: "Side", width: "72px", cell: (each) => <Side side={each.side} /> },
    {
      id: "strategy",
      title: "Strategy",
      width: "minmax(96px, 1.1fr)",
      from: ROOMY,
      cell: (each) => <span className="quiet-text">{each.strategy ?? "–"}</span>,
    },
    {
      id: "status",
      title: "Status",
      width: "minmax(84px, 0.8fr)",
      from: NARROW,
      cell: (each) => <Status of={each} />,
    },
    {
      id: "quantity",
      title: "Qty",
      width: "44px",
      align: "right",
      cell: (each) => count(each.quantity),
    },
    {
      id: "price",
      title: "Price",
      width: "minmax(84px, 0.9fr)",
      align: "right",
      cell: (each) => <Price value={each.price} tickSize={ticks.get(each.symbol)} />,
    },
    {
      id: "gross",
      title: "Gross P&L",
      width: "minmax(84px, 0.8fr)",
      align: "right",
      from: ROOMY,
      hint: "What this execution realized; an opening one nothing",
      cell: (each) => <Pnl value={each.pnl} />,
    },
    {
      id: "fees",
      title: "Fees",
      width: "minmax(60px, 0.6fr)",
      align: "right",
      from: ROOMY,
      cell: (each) => <span className="figure">{each.fees.toFixed(2)}</span>,
    },
    {
      id: "net",
      title: "Net P&L",
      width: "minmax(84px, 0.8fr)",
      align: "right",
      cell: (each) => (
        <strong>
          <Pnl value={each.net_pnl} />
        </strong>
      ),
    },
  ];
  return fitting(all, width);
}

export function TradeCard({ of, ticks, zone }: { of: Trade } & Setting) {
  return (
    <div className="trade-card">
      <span>
        <strong>{of.contract}</strong> <Side side={of.side} /> {count(of.quantity)}
      </span>
      <strong>
        <Pnl value={of.net_pnl} />
      </strong>
      <small>
        <TimeIn zone={zone} at={of.timestamp} seconds year />
      </small>
      <small>
        {of.status === "FILLED" ? (
          <Price value={of.price} tickSize={ticks.get(of.symbol)} />
        ) : (
          <Status of={of} />
        )}
      </small>
    </div>
  );
}

function Status({ of }: { of: Trade }) {
  const said = of.status.charAt(0) + of.status.slice(1).toLowerCase();
  return <span className={of.status === "FILLED" ? "quiet-text" : "tag"}>{said}</span>;
}
