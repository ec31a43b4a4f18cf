import type { WholePosition } from "../api/types";
import { count } from "../format/numbers";
import { Pnl, Price, Side, Time } from "./Figures";
import { type Column, Table } from "./Table";

type Piece = WholePosition["executions"][number];

interface ExecutionTableProps {
  of: WholePosition;
  tickSize: number | undefined;
}

/** The executions that a position is made of, in their order. */
export function ExecutionTable({ of, tickSize }: ExecutionTableProps) {
  return (
    <Table
      caption="Fills of the position"
      columns={columns(tickSize)}
      rows={of.executions}
      rowKey={(each) => each.execution_id}
    />
  );
}

function columns(tickSize: number | undefined): Column<Piece>[] {
  return [
    {
      id: "time",
      title: "Time",
      cell: (each) => <Time at={each.executed_at} show="clock" seconds />,
    },
    { id: "side", title: "Side", cell: (each) => <Side side={each.side} /> },
    { id: "quantity", title: "Qty", align: "right", cell: (each) => count(each.quantity) },
    {
      id: "price",
      title: "Price",
      align: "right",
      cell: (each) => <Price value={each.price} tickSize={tickSize} />,
    },
    {
      id: "realized",
      title: "Realized",
      align: "right",
      hint: "Gross P&L of this execution",
      cell: (each) => <Pnl value={each.realized_pnl} />,
    },
    {
      id: "fees",
      title: "Fees",
      align: "right",
      wide: true,
      cell: (each) => <span className="figure">{each.fees.toFixed(2)}</span>,
    },
  ];
}
