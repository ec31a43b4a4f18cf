import type { ReactNode } from "react";
import type { usePosition } from "../../api/positions";
import { count } from "../../format/numbers";
import { duration } from "../../format/time";
import { Card } from "../../ui/Card";
import { Pnl, Price, Side, Time } from "../../ui/Figures";
import { Icon } from "../../ui/Icon";
import { EmptyState, Loaded, SkeletonRows } from "../../ui/States";
import { type Column, Table } from "../../ui/Table";
import { leavePosition } from "./useShown";

type Query = ReturnType<typeof usePosition>;
type Whole = NonNullable<Query["data"]>;

interface ChosenProps {
  id: string | null;
  query: Query;
  tick: number | undefined;
}

/** The position that stands out, fill by fill. */
export function Chosen({ id, query, tick }: ChosenProps) {
  if (id === null) {
    return (
      <Card title="Position" className="chosen none">
        <EmptyState title="No position is chosen.">
          Choose one in the table or on the chart, or go through them with <kbd>n</kbd> and{" "}
          <kbd>p</kbd>.
        </EmptyState>
      </Card>
    );
  }
  return (
    <Card
      title="Position"
      className="chosen"
      note={query.data && <Side side={query.data.side} />}
      actions={
        <button
          type="button"
          className="icon-button"
          aria-label="Leave this position"
          title="Leave this position (Escape)"
          onClick={leavePosition}
        >
          <Icon name="close" size={16} />
        </button>
      }
    >
      <Loaded query={query} skeleton={<SkeletonRows rows={6} />}>
        {(position) => <Details of={position} tick={tick} />}
      </Loaded>
    </Card>
  );
}

function Details({ of, tick }: { of: Whole; tick: number | undefined }) {
  const isOpen = of.closed_at === null;
  return (
    <>
      <div className="chosen-net">
        <strong>
          <Pnl value={isOpen ? of.unrealized_pnl : of.net_pnl} />
        </strong>
        <span>
          {isOpen ? "unrealized, " : "net, "}
          {count(of.max_quantity)} {of.max_quantity === 1 ? "contract" : "contracts"} of{" "}
          {of.contract}
          {of.strategy && <> · {of.strategy}</>}
        </span>
      </div>
      <dl className="facts">
        <Fact name="Entry" value={<Price value={of.entry_price} tickSize={tick} />} />
        <Fact name="Exit" value={<Price value={of.exit_price} tickSize={tick} />} />
        <Fact name="Held" value={isOpen ? "open" : duration(of.duration_s)} />
        <Fact name="Gross" value={<Pnl value={of.gross_pnl} />} />
        <Fact name="Fees" value={<Pnl value={-of.fees} />} />
        <Fact
          name="MAE / MFE"
          value={<Excursions of={of} />}
          hint="How far it went against and for its trader"
        />
      </dl>
      <Table
        caption="Fills of the position"
        columns={columns(tick)}
        rows={of.executions}
        rowKey={(each) => each.execution_id}
      />
    </>
  );
}

function Excursions({ of }: { of: Whole }) {
  return (
    <>
      <Pnl value={of.mae} decimals={0} /> / <Pnl value={of.mfe} decimals={0} />
    </>
  );
}

export function Fact({ name, value, hint }: { name: string; value: ReactNode; hint?: string }) {
  return (
    <div title={hint}>
      <dt>{name}</dt>
      <dd className="figure">{value}</dd>
    </div>
  );
}

type Piece = Whole["executions"][number];

function columns(tick: number | undefined): Column<Piece>[] {
  return [
    {
      id: "at",
      title: "Filled",
      cell: (each) => <Time at={each.executed_at} show="clock" seconds />,
    },
    { id: "side", title: "Side", cell: (each) => <Side side={each.side} /> },
    { id: "quantity", title: "Qty", align: "right", cell: (each) => count(each.quantity) },
    {
      id: "price",
      title: "Price",
      align: "right",
      cell: (each) => <Price value={each.price} tickSize={tick} />,
    },
    {
      id: "realized",
      title: "Realized",
      align: "right",
      cell: (each) => <Pnl value={each.realized_pnl} />,
    },
  ];
}
