import type { ReactNode } from "react";
import { useTickSizes } from "../../api/instruments";
import { usePositions } from "../../api/positions";
import type { Position } from "../../api/types";
import { count, sum } from "../../format/numbers";
import { Card } from "../../ui/Card";
import { Pnl, Price, Side, Time } from "../../ui/Figures";
import { EmptyState, Loaded, SkeletonRows } from "../../ui/States";
import { type Column, Table } from "../../ui/Table";

const QUERY = { status: "open", limit: 20 } as const;

/** What the account holds now. */
export function OpenPositions() {
  const query = usePositions(QUERY);
  const ticks = useTickSizes();
  return (
    <Card
      title="Open positions"
      className="open-positions"
      note={query.data && held(query.data.items)}
    >
      <Loaded query={query} skeleton={<SkeletonRows rows={3} />}>
        {({ items }) =>
          items.length ? (
            <Table
              caption="Open positions"
              columns={columns(ticks)}
              rows={items}
              rowKey={(each) => each.id}
            />
          ) : (
            <EmptyState title="The account is flat." />
          )
        }
      </Loaded>
    </Card>
  );
}

function held(items: readonly Position[]): ReactNode {
  if (items.length === 0) return undefined;
  const values = items.map((each) => each.unrealized_pnl ?? null);
  const isKnown = values.every((each) => each !== null);
  return (
    <>
      {items.length} open · <Pnl value={isKnown ? sum(values) : null} />
    </>
  );
}

function columns(ticks: ReadonlyMap<string, number>): Column<Position>[] {
  return [
    { id: "contract", title: "Contract", cell: (each) => <strong>{each.contract}</strong> },
    { id: "side", title: "Side", cell: (each) => <Side side={each.side} /> },
    { id: "quantity", title: "Qty", align: "right", cell: (each) => count(each.quantity) },
    {
      id: "entry",
      title: "Entry",
      align: "right",
      cell: (each) => <Price value={each.entry_price} tickSize={ticks.get(each.symbol)} />,
    },
    {
      id: "mark",
      title: "Mark",
      align: "right",
      wide: true,
      hint: "The last price of the contract, while it is fresh",
      cell: (each) => <Price value={each.current_price} tickSize={ticks.get(each.symbol)} />,
    },
    {
      id: "unrealized",
      title: "Unrealized",
      align: "right",
      cell: (each) => <Pnl value={each.unrealized_pnl} />,
    },
    {
      id: "opened",
      title: "Opened",
      align: "right",
      wide: true,
      cell: (each) => <Time at={each.opened_at} />,
    },
  ];
}
