import { useTickSizes } from "../../api/instruments";
import { usePosition } from "../../api/positions";
import type { Position, WholePosition } from "../../api/types";
import { count, money } from "../../format/numbers";
import { duration } from "../../format/time";
import { useShortcut } from "../../keys/keys";
import { Dialog } from "../../ui/Dialog";
import { ExecutionTable } from "../../ui/ExecutionTable";
import { Fact } from "../../ui/Fact";
import { Pnl, Price, Side, Time } from "../../ui/Figures";
import { Icon } from "../../ui/Icon";
import { Link } from "../../ui/Link";
import { Loaded, SkeletonRows } from "../../ui/States";

interface DetailProps {
  id: string;
  /** What the list knows of it already. */
  known: Position | undefined;
  currency: string | undefined;
  onClose: () => void;
}

/** A position beside the rows: what it came to, and each execution that it is made of. */
export function DetailPanel({ onClose, ...rest }: DetailProps) {
  useShortcut("Escape", "Close the details", onClose);
  return (
    <aside className="card trade-detail" aria-label="Details of the position">
      <button type="button" className="icon-button" aria-label="Close" onClick={onClose}>
        <Icon name="close" />
      </button>
      <Detail {...rest} />
    </aside>
  );
}

/** The same over the rows, where there is no room beside them. */
export function DetailDialog({ onClose, ...rest }: DetailProps) {
  return (
    <Dialog title="Position" onClose={onClose}>
      <div className="trade-detail">
        <Detail {...rest} />
      </div>
    </Dialog>
  );
}

function Detail({ id, known, currency }: Omit<DetailProps, "onClose">) {
  const query = usePosition(id);
  const shown = query.data ?? known;
  return (
    <>
      {shown && <Facts of={shown} currency={currency} />}
      <Loaded query={query} skeleton={<SkeletonRows rows={shown ? 3 : 12} height={34} />}>
        {(position) => <Executions of={position} />}
      </Loaded>
    </>
  );
}

function Facts({ of, currency }: { of: Position; currency: string | undefined }) {
  const tickSize = useTickSizes().get(of.symbol);
  return (
    <>
      <header className="trade-head">
        <h2>
          {of.contract} <Side side={of.side} />
        </h2>
        <p className="trade-net">
          <Pnl value={of.net_pnl} currency={currency} />
          <small>{of.closed_at ? "net" : "net, realized so far"}</small>
        </p>
      </header>
      <dl className="facts">
        <Fact name="Opened">
          <Time at={of.opened_at} seconds year />
        </Fact>
        <Fact name="Closed">
          {of.closed_at ? <Time at={of.closed_at} seconds year /> : "Still open"}
        </Fact>
        <Fact name="Held">{duration(of.duration_s)}</Fact>
        <Fact name={of.closed_at ? "Most held" : "Held now, most"}>
          {of.closed_at
            ? count(of.max_quantity)
            : `${count(of.quantity)}, ${count(of.max_quantity)}`}
        </Fact>
        <Fact name="Entry">
          <Price value={of.entry_price} tickSize={tickSize} />
        </Fact>
        <Fact name={of.closed_at ? "Exit" : "Last price"}>
          <Price value={of.closed_at ? of.exit_price : of.current_price} tickSize={tickSize} />
        </Fact>
        {!of.closed_at && (
          <Fact name="Unrealized" hint="At the last price of the contract, while it is fresh">
            <Pnl value={of.unrealized_pnl} currency={currency} />
          </Fact>
        )}
        <Fact name="Gross P&L">
          <Pnl value={of.gross_pnl} currency={currency} />
        </Fact>
        <Fact name="Fees">{money(of.fees, { currency })}</Fact>
        <Fact name="Worst (MAE)" hint="The furthest that it went against you, from stored bars">
          <Pnl value={of.mae} currency={currency} />
        </Fact>
        <Fact name="Best (MFE)" hint="The furthest that it went for you, from stored bars">
          <Pnl value={of.mfe} currency={currency} />
        </Fact>
        <Fact name="Strategy">{of.strategy ?? "–"}</Fact>
      </dl>
      <Link
        to="price"
        params={{ symbol: of.contract, at: of.closed_at ?? of.opened_at, position: of.id }}
        className="button"
      >
        <Icon name="price" size={16} />
        Show on the chart
      </Link>
    </>
  );
}

function Executions({ of }: { of: WholePosition }) {
  const tickSize = useTickSizes().get(of.symbol);
  return (
    <>
      <h3>
        {count(of.executions.length)} {of.executions.length === 1 ? "execution" : "executions"}
      </h3>
      <ExecutionTable of={of} tickSize={tickSize} />
    </>
  );
}
