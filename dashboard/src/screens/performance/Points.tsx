import { useMemo } from "react";
import type { History } from "../../api/types";
import { count } from "../../format/numbers";
import { Pnl } from "../../ui/Figures";
import type { Column } from "../../ui/Table";
import { useMedia } from "../../ui/useMedia";
import { VirtualGrid } from "../../ui/VirtualGrid";
import { useZone } from "../../ui/zone";
import { goTo } from "../../url/params";
import { type Drawn, drawn } from "./curve";
import { tradesOn, type Wanted } from "./window";

interface PointsProps {
  history: History;
  of: Wanted;
  height: number;
}

/** The same as figures, the newest first. */
export function Points({ history, of, height }: PointsProps) {
  const zone = useZone();
  const hasCards = useMedia("(max-width: 640px)");
  const rows = useMemo(() => drawn(history, zone).reverse(), [history, zone]);
  return (
    <div style={{ height }}>
      <VirtualGrid
        caption="P&L by period"
        columns={COLUMNS}
        rows={rows}
        rowKey={(each) => String(each.time)}
        rowHeight={hasCards ? 60 : 36}
        card={hasCards ? pointCard : undefined}
        onOpen={(each) => goTo("trades", tradesOn(of, each.days))}
      />
    </div>
  );
}

function pointCard({ name, point }: Drawn) {
  return (
    <div className="point-card">
      <span>{name}</span>
      <strong>
        <Pnl value={point.period_pnl} />
      </strong>
      <small>
        {count(point.trade_count)} trades, drawdown <Pnl value={point.max_drawdown} />
      </small>
      <small>
        <Pnl value={point.cumulative_pnl} />
      </small>
    </div>
  );
}

const COLUMNS: Column<Drawn>[] = [
  { id: "period", title: "Period", width: "minmax(150px, 1.4fr)", cell: (each) => each.name },
  {
    id: "pnl",
    title: "P&L",
    align: "right",
    width: "minmax(82px, 1fr)",
    cell: ({ point }) => <Pnl value={point.period_pnl} />,
  },
  {
    id: "total",
    title: "Cumulative",
    align: "right",
    width: "minmax(88px, 1fr)",
    cell: ({ point }) => <Pnl value={point.cumulative_pnl} />,
  },
  {
    id: "trades",
    title: "Trades",
    align: "right",
    width: "minmax(50px, 0.6fr)",
    cell: ({ point }) => count(point.trade_count),
  },
  {
    id: "fall",
    title: "Max drawdown",
    align: "right",
    width: "minmax(96px, 1fr)",
    cell: ({ point }) => <Pnl value={point.max_drawdown} />,
  },
];
