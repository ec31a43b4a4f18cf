import type { usePosition } from "../../api/positions";
import { count, money } from "../../format/numbers";
import { duration } from "../../format/time";
import { Card } from "../../ui/Card";
import { ExecutionTable } from "../../ui/ExecutionTable";
import { Fact } from "../../ui/Fact";
import { Pnl, Price, Side } from "../../ui/Figures";
import { Icon } from "../../ui/Icon";
import { EmptyState, Loaded, SkeletonRows } from "../../ui/States";
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
        <Fact name="Entry">
          <Price value={of.entry_price} tickSize={tick} />
        </Fact>
        <Fact name="Exit">
          <Price value={of.exit_price} tickSize={tick} />
        </Fact>
        <Fact name="Held">{isOpen ? "open" : duration(of.duration_s)}</Fact>
        <Fact name="Gross">
          <Pnl value={of.gross_pnl} />
        </Fact>
        <Fact name="Fees">{money(of.fees)}</Fact>
        <Fact name="MAE / MFE" hint="How far it went against and for its trader">
          <Excursions of={of} />
        </Fact>
      </dl>
      <ExecutionTable of={of} tickSize={tick} />
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
