import type { ReactNode } from "react";
import { ApiError } from "../../api/errors";
import { useAccounts } from "../../api/accounts";
import type { ImportOutcome } from "../../api/types";
import { count, money } from "../../format/numbers";
import { EXCHANGE_ZONE } from "../../format/session";
import { wallTime } from "../../format/time";
import { Pnl, Time } from "../../ui/Figures";
import { Icon } from "../../ui/Icon";
import { Link } from "../../ui/Link";
import { ErrorState, SkeletonRows } from "../../ui/States";
import { useZone } from "../../ui/zone";
import { BadLines } from "./BadLines";
import { badLines, type Chosen, formatName, helpOf, MAX_BYTES, size } from "./options";
import type { ImportRun } from "./useImportRun";

interface BroughtProps {
  run: ImportRun;
  chosen: Chosen;
  onChoose: (change: Partial<Chosen>) => void;
}

/** What the file would bring, or has brought, or why it cannot. */
export function Brought({ run, chosen, onChoose }: BroughtProps) {
  const { check, store, undo } = run;
  if (run.isTooLarge) return <TooLarge />;
  if (chosen.account.trim() === "") {
    return <p className="import-says">Name the account that it is to go into.</p>;
  }
  if (undo.data) return <Undone count={undo.data.undone} orders={undo.data.orders} run={run} />;
  if (store.data) return <Stored outcome={store.data} run={run} />;
  if (store.error)
    return (
      <Refused
        error={store.error}
        onRetry={() => run.file && store.mutate(run.file)}
        onChoose={onChoose}
      />
    );
  if (check.error)
    return <Refused error={check.error} onRetry={check.refetch} onChoose={onChoose} />;
  if (!check.data) {
    return (
      <div role="status" aria-label="The file is being read">
        <SkeletonRows rows={5} />
      </div>
    );
  }
  return <Checked outcome={check.data} run={run} />;
}

function Checked({ outcome, run }: { outcome: ImportOutcome; run: ImportRun }) {
  const { store } = run;
  const isNews = outcome.accepted > 0 || outcome.orders_accepted > 0;
  return (
    <>
      <p className="import-says" role="status">
        {isNews ? (
          <>
            This would bring <strong>{brought(outcome)}</strong> into{" "}
            <strong>{outcome.account_id}</strong>
            {outcome.accounts_created.length > 0 && ", a new account"}. {known(outcome)}Nothing is
            stored yet.
          </>
        ) : (
          <>All of it is known already: there is nothing to store.</>
        )}
      </p>
      <Contents of={outcome} />
      <Warnings of={outcome} />
      <div className="import-do">
        <button
          type="button"
          className="button button-main"
          disabled={!isNews || store.isPending}
          onClick={() => run.file && store.mutate(run.file)}
        >
          {store.isPending ? "Storing…" : isNews ? `Store ${brought(outcome)}` : "Nothing to store"}
        </button>
        <button type="button" className="button" disabled={store.isPending} onClick={run.leave}>
          Leave it
        </button>
      </div>
    </>
  );
}

function Stored({ outcome, run }: { outcome: ImportOutcome; run: ImportRun }) {
  const { undo } = run;
  return (
    <>
      <p className="import-says import-done" role="status">
        <span className="dot ok" aria-hidden="true" />
        <span>
          Stored <strong>{brought(outcome)}</strong> in <strong>{outcome.account_id}</strong>, which
          closed {positions(outcome.positions_closed)}. {known(outcome)}
        </span>
      </p>
      <Contents of={outcome} />
      {undo.error && <ErrorState error={undo.error} onRetry={() => undo.mutate(outcome)} />}
      <div className="import-do">
        <Link to="trades" params={{ account: outcome.account_id }} className="button button-main">
          See the trades
        </Link>
        <button
          type="button"
          className="button"
          disabled={outcome.id === null || undo.isPending}
          onClick={() => undo.mutate(outcome)}
        >
          {undo.isPending ? "Undoing…" : "Undo"}
        </button>
      </div>
    </>
  );
}

function Undone({ count: taken, orders, run }: { count: number; orders: number; run: ImportRun }) {
  return (
    <>
      <p className="import-says import-done" role="status">
        <span className="dot" aria-hidden="true" />
        <span>
          Undone: <strong>{amount(taken, "execution")}</strong>
          {orders > 0 && <> and {amount(orders, "order")}</>} taken out, as if the file had never
          come.
        </span>
      </p>
      <div className="import-do">
        <button type="button" className="button" onClick={run.leave}>
          Import another file
        </button>
      </div>
    </>
  );
}

function Contents({ of }: { of: ImportOutcome }) {
  const accounts = useAccounts().data;
  const currency = accounts?.find((each) => each.id === of.account_id)?.currency;
  return (
    <dl className="contents">
      <Content name="Format" value={formatName(of.format)} />
      <Content name="Rows" value={count(of.rows)} />
      <Content name="Executions" value={count(of.executions)} />
      <Content
        name="Positions"
        value={`${count(of.closed_positions)} closed${of.open_positions ? `, ${count(of.open_positions)} open` : ""}`}
      />
      <Content name="Gross P&L" value={<Pnl value={of.gross_pnl} currency={currency} />} />
      <Content name="Fees" value={money(of.fees, { currency })} />
      <Content name="Net P&L" value={<Pnl value={of.net_pnl} currency={currency} />} />
      <Content name="First" value={<Dated at={of.first_execution_at} />} />
      <Content name="Last" value={<Dated at={of.last_execution_at} />} />
    </dl>
  );
}

/** An instant with its year, as files may be old. */
function Dated({ at }: { at: string | null }) {
  const zone = useZone();
  return (
    <>
      <Time at={at} />
      {at && <small> {wallTime(at, zone).year}</small>}
    </>
  );
}

function Content({ name, value }: { name: string; value: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function Warnings({ of }: { of: ImportOutcome }) {
  if (of.warnings.length === 0) return null;
  return (
    <ul className="import-warnings">
      {of.warnings.map((each) => (
        <li key={each}>
          <Icon name="alert" size={14} />
          {each}
        </li>
      ))}
    </ul>
  );
}

interface RefusedProps {
  error: Error;
  onRetry: () => unknown;
  onChoose: (change: Partial<Chosen>) => void;
}

/** Bad lines by line and column; anything else as any failure is told. */
function Refused({ error, onRetry, onChoose }: RefusedProps) {
  const told = error instanceof ApiError ? error : null;
  const lines = told ? badLines(told) : [];
  if (!told || lines.length === 0) {
    return (
      <>
        <ErrorState error={error} onRetry={() => onRetry()} />
        {told && <Help of={told} onChoose={onChoose} />}
      </>
    );
  }
  return (
    <>
      <div className="import-refused" role="alert">
        <Icon name="alert" />
        <p>
          <strong>{told.message.split(";")[0]}.</strong>{" "}
          {helpOf(told) === null && "Mend these in the file, then drop it again."}
        </p>
      </div>
      <Help of={told} onChoose={onChoose} />
      <BadLines lines={lines} />
    </>
  );
}

/** The choice that a refusal asks for, at hand. */
function Help({ of, onChoose }: { of: ApiError; onChoose: RefusedProps["onChoose"] }) {
  const help = helpOf(of);
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const zones = [...new Set([here, EXCHANGE_ZONE, "America/New_York", "UTC"])];
  if (help === null) return null;
  const offers = {
    zone: zones.map((zone) => ({ label: zone.replaceAll("_", " "), change: { zone } })),
    dateOrder: [
      { label: "Month first", change: { dateOrder: "month-first" as const } },
      { label: "Day first", change: { dateOrder: "day-first" as const } },
    ],
    overlap: [{ label: "They are other fills", change: { allowsOverlap: true } }],
  }[help];
  const asks = {
    zone: "Its times have no offset. They are of:",
    dateOrder: "Its dates can be read both ways. They have:",
    overlap: "Another source has executions of the same time.",
  }[help];
  return (
    <div className="import-help">
      <span>{asks}</span>
      {offers.map((each) => (
        <button
          key={each.label}
          type="button"
          className="button"
          onClick={() => onChoose(each.change)}
        >
          {each.label}
        </button>
      ))}
    </div>
  );
}

function TooLarge() {
  return (
    <div className="import-refused" role="alert">
      <Icon name="alert" />
      <p>
        A file may have at most {size(MAX_BYTES)}. Export a shorter time, and import the parts one
        after another.
      </p>
    </div>
  );
}

function brought(of: ImportOutcome): string {
  const orders = of.orders_accepted ? amount(of.orders_accepted, "order") : "";
  if (!of.accepted && orders) return orders;
  return amount(of.accepted, "execution") + (orders && ` and ${orders}`);
}

function known(of: ImportOutcome): string {
  return of.duplicates ? `${amount(of.duplicates, "execution")} of it are known already. ` : "";
}

function positions(number: number): string {
  return amount(number, "position");
}

function amount(number: number, what: string): string {
  return `${count(number)} ${what}${number === 1 ? "" : "s"}`;
}
