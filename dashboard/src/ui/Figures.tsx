// Figures in the page: one component a kind, so that the same figure looks the same everywhere.
import { money, NOTHING, outcome, pct, pnl, price, shortPnl } from "../format/numbers";
import { clock, date, dateTime, isThisYear } from "../format/time";
import { useZone } from "./zone";

type Amount = number | null | undefined;

interface PnlProps {
  value: Amount;
  /** With the currency's symbol, as on tiles; cells of tables go without. */
  currency?: string | undefined;
  short?: boolean;
  decimals?: number;
}

/** Profit and loss: its sign and its colour say the same. */
export function Pnl({ value, currency, short = false, decimals = 2 }: PnlProps) {
  const said = short ? shortPnl(value) : pnl(value, currency, decimals);
  return (
    <span className={`figure ${outcome(value)}`} title={short ? pnl(value) : undefined}>
      {said}
    </span>
  );
}

export function Money({ value, currency }: { value: Amount; currency?: string | undefined }) {
  return <span className="figure">{money(value, { currency })}</span>;
}

export function Pct({ value, decimals = 1 }: { value: Amount; decimals?: number }) {
  return <span className="figure">{pct(value, decimals)}</span>;
}

/** A price with the decimals of its tick; the exact value stands in its title. */
export function Price({ value, tickSize }: { value: Amount; tickSize?: number | undefined }) {
  const said = price(value, tickSize);
  return (
    <span className="figure" title={value === null || value === undefined ? undefined : `${value}`}>
      {said}
    </span>
  );
}

interface TimeProps {
  at: string | null | undefined;
  show?: "clock" | "date" | "date-time";
  seconds?: boolean;
  /** With the year where it is not this one. */
  year?: boolean;
}

/** An instant as wall time of the zone that is chosen; its title says it in full. */
export function Time(props: TimeProps) {
  return <TimeIn zone={useZone()} {...props} />;
}

/** The same where the zone is known: among many rows, each need not ask for it. */
export function TimeIn({
  at,
  zone,
  show = "date-time",
  seconds = false,
  year = false,
}: TimeProps & { zone: string }) {
  if (!at) return <span className="figure">{NOTHING}</span>;
  const isYear = year && !isThisYear(at, zone);
  const said = {
    clock: () => clock(at, zone, seconds),
    date: () => date(at, zone, isYear),
    "date-time": () => dateTime(at, zone, seconds, isYear),
  }[show]();
  return (
    <time
      className="figure"
      dateTime={at}
      title={`${dateTime(at, zone, true, true)} ${zone} · ${at}`}
    >
      {said}
    </time>
  );
}

/** Long or short, bought or sold: a word and a shape, not a colour alone. */
export function Side({ side }: { side: "LONG" | "SHORT" | "BUY" | "SELL" }) {
  const isUp = side === "LONG" || side === "BUY";
  return (
    <span className={`side ${isUp ? "up" : "down"}`}>
      <svg width="8" height="8" viewBox="0 0 8 8" aria-hidden="true">
        <path d={isUp ? "M4 1l3.5 6h-7z" : "M4 7L.5 1h7z"} />
      </svg>
      {side.charAt(0) + side.slice(1).toLowerCase()}
    </span>
  );
}
