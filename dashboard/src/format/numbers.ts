// Figures as text: exact decimals, a true minus, a sign where it matters. A number is formatted
// from its shortest decimal text, which is what the service sent, so no binary noise shows.

export const MINUS = "\u2212";
export const NOTHING = "\u2013";

type Amount = number | null | undefined;
type Sign = "auto" | "exceptZero";

const formats = new Map<string, Intl.NumberFormat>();

function format(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = JSON.stringify(options);
  const known = formats.get(key);
  if (known) return known;
  const made = new Intl.NumberFormat("en-US", { roundingMode: "halfEven", ...options });
  formats.set(key, made);
  return made;
}

function written(value: Amount, options: Intl.NumberFormatOptions): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NOTHING;
  const exact = String(value) as Intl.StringNumericLiteral;
  return format({ signDisplay: "negative", ...options })
    .format(exact)
    .replace("-", MINUS);
}

interface MoneyOptions {
  /** The account's currency for its symbol; none in the cells of a table. */
  currency?: string | undefined;
  sign?: Sign;
  decimals?: number;
}

/** Money: `$1,234.50`; as P&L with `sign: "exceptZero"`: `+$12.00`, `−$3.50`, `$0.00`. */
export function money(value: Amount, { currency, sign, decimals = 2 }: MoneyOptions = {}): string {
  return written(value, {
    ...(currency ? { style: "currency", currency, currencyDisplay: "narrowSymbol" } : {}),
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
    signDisplay: sign === "exceptZero" ? "exceptZero" : "negative",
  });
}

/** Profit and loss, always with its sign. */
export function pnl(value: Amount, currency?: string, decimals = 2): string {
  return money(value, { currency, sign: "exceptZero", decimals });
}

/** P&L where there is little room: `+1.2K`, `−297`. */
export function shortPnl(value: Amount): string {
  if (value === null || value === undefined) return NOTHING;
  const isLarge = Math.abs(value) >= 1_000;
  return written(value, {
    notation: isLarge ? "compact" : "standard",
    maximumFractionDigits: isLarge ? 1 : 0,
    signDisplay: "exceptZero",
  });
}

/** A share in percent, as the API gives it: `53.0 %` is 53. */
export function pct(value: Amount, decimals = 1): string {
  const said = written(value, { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
  return said === NOTHING ? said : `${said}%`;
}

/** A ratio such as a profit factor. */
export function ratio(value: Amount, decimals = 2): string {
  return written(value, { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

export function count(value: Amount): string {
  return written(value, { maximumFractionDigits: 0 });
}

/** How many decimals a tick size has: 0.25 → 2, 0.0000005 → 7. */
export function decimalsOf(tickSize: number): number {
  const [digits = "", exponent = "0"] = String(tickSize).toLowerCase().split("e");
  return Math.max(0, (digits.split(".")[1] ?? "").length - Number(exponent));
}

/** A price with its tick's decimals; an average may lie between two ticks and shows two more. */
export function price(value: Amount, tickSize?: number): string {
  const decimals = tickSize ? decimalsOf(tickSize) : 2;
  const exact = value === null || value === undefined ? 0 : decimalsOf(value);
  const isBetween = exact > decimals;
  return written(value, {
    minimumFractionDigits: decimals,
    maximumFractionDigits: isBetween ? decimals + 2 : decimals,
  });
}

/** A sum of money without binary noise: in the micro-units that the service counts in. */
export function sum(values: Iterable<number>): number {
  let micros = 0;
  for (const value of values) micros += Math.round(value * 1e6);
  return micros / 1e6;
}

export type Outcome = "gain" | "loss" | "even";

/** Which of the two colours, if any, a P&L has. */
export function outcome(value: Amount): Outcome {
  if (!value) return "even";
  return value > 0 ? "gain" : "loss";
}
