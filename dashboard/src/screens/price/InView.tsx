import type { Position } from "../../api/types";
import { count, sum } from "../../format/numbers";
import { duration } from "../../format/time";
import { Card } from "../../ui/Card";
import { Pnl, Price, Side, Time } from "../../ui/Figures";
import { EmptyState } from "../../ui/States";
import { type Column, Table } from "../../ui/Table";
import { choosePosition } from "./useShown";

interface InViewProps {
  symbol: string;
  positions: readonly Position[];
  chosenId: string | null;
  tick: number | undefined;
}

/** The positions that lie on the bars, newest first: what the lines of the chart say, as text. */
export function InView({ symbol, positions, chosenId, tick }: InViewProps) {
  const closed = positions.filter((each) => each.closed_at !== null);
  return (
    <Card
      title="Positions on these bars"
      className="in-view"
      note={
        closed.length > 0 && (
          <>
            {count(closed.length)} closed · <Pnl value={sum(closed.map((each) => each.net_pnl))} />
          </>
        )
      }
    >
      {positions.length ? (
        <div className="in-view-rows" tabIndex={-1}>
          <Table
            caption="Positions on these bars"
            columns={columns(tick)}
            rows={positions}
            rowKey={(each) => each.id}
            onOpen={choosePosition}
            isCurrent={(each) => each.id === chosenId}
          />
        </div>
      ) : (
        <EmptyState title={`No position in ${symbol} lies on these bars.`}>
          Step back in time, or look at a longer span.
        </EmptyState>
      )}
    </Card>
  );
}

function columns(tick: number | undefined): Column<Position>[] {
  return [
    { id: "opened", title: "Opened", cell: (each) => <Time at={each.opened_at} /> },
    { id: "side", title: "Side", cell: (each) => <Side side={each.side} /> },
    { id: "quantity", title: "Qty", align: "right", wide: true, cell: (each) => each.max_quantity },
    {
      id: "entry",
      title: "Entry",
      align: "right",
      cell: (each) => <Price value={each.entry_price} tickSize={tick} />,
    },
    {
      id: "exit",
      title: "Exit",
      align: "right",
      wide: true,
      cell: (each) => <Price value={each.exit_price} tickSize={tick} />,
    },
    {
      id: "held",
      title: "Held",
      align: "right",
      wide: true,
      cell: (each) => (each.closed_at ? duration(each.duration_s) : "open"),
    },
    {
      id: "net",
      title: "Net P&L",
      align: "right",
      cell: (each) => <Pnl value={each.closed_at ? each.net_pnl : each.unrealized_pnl} />,
    },
  ];
}
