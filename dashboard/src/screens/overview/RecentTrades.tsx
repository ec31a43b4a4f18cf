import { useTickSizes } from "../../api/instruments";
import { usePositions } from "../../api/positions";
import type { Position } from "../../api/types";
import { count } from "../../format/numbers";
import { duration } from "../../format/time";
import { Card } from "../../ui/Card";
import { Pnl, Price, Side, Time } from "../../ui/Figures";
import { Link } from "../../ui/Link";
import { EmptyState, Loaded, SkeletonRows } from "../../ui/States";
import { type Column, Table } from "../../ui/Table";

const ROWS = 10;
const QUERY = { status: "closed", limit: ROWS } as const;

/** The positions that were closed last. */
export function RecentTrades() {
  const query = usePositions(QUERY);
  const ticks = useTickSizes();
  return (
    <Card
      title="Last trades"
      className="recent-trades"
      actions={
        <Link to="trades" className="link">
          All trades
        </Link>
      }
    >
      <Loaded query={query} skeleton={<SkeletonRows rows={ROWS} />}>
        {({ items }) =>
          items.length ? (
            <Table
              caption="Last trades"
              columns={columns(ticks)}
              rows={items}
              rowKey={(each) => each.id}
            />
          ) : (
            <EmptyState title="No position was closed yet." />
          )
        }
      </Loaded>
    </Card>
  );
}

function columns(ticks: ReadonlyMap<string, number>): Column<Position>[] {
  return [
    { id: "closed", title: "Closed", cell: (each) => <Time at={each.closed_at} /> },
    { id: "contract", title: "Contract", cell: (each) => <strong>{each.contract}</strong> },
    { id: "side", title: "Side", cell: (each) => <Side side={each.side} /> },
    {
      id: "quantity",
      title: "Qty",
      align: "right",
      wide: true,
      cell: (each) => count(each.max_quantity),
    },
    {
      id: "entry",
      title: "Entry",
      align: "right",
      wide: true,
      cell: (each) => <Price value={each.entry_price} tickSize={ticks.get(each.symbol)} />,
    },
    {
      id: "exit",
      title: "Exit",
      align: "right",
      wide: true,
      cell: (each) => <Price value={each.exit_price} tickSize={ticks.get(each.symbol)} />,
    },
    {
      id: "held",
      title: "Held",
      align: "right",
      wide: true,
      cell: (each) => duration(each.duration_s),
    },
    { id: "net", title: "Net P&L", align: "right", cell: (each) => <Pnl value={each.net_pnl} /> },
  ];
}
