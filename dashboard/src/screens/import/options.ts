// How a file is to be read, where the file itself does not say.
import type { ImportFormat, ImportOptions } from "../../api/imports";
import type { ApiError } from "../../api/errors";

/** Of each format what it is called where it is exported. */
export const FORMATS: Readonly<Record<ImportFormat, string>> = {
  auto: "Found by its header",
  "own-csv": "This service’s own CSV",
  "topstepx-trades": "TopstepX, trades",
  "topstepx-orders": "TopstepX, orders",
  "tradovate-fills": "Tradovate, fills",
  "tradovate-performance": "Tradovate, performance",
  "tradovate-orders": "Tradovate, orders",
  "tradovate-position-history": "Tradovate, position history",
  "ninjatrader-executions": "NinjaTrader, executions",
  "ninjatrader-trades": "NinjaTrader, trades",
  "rithmic-orders": "Rithmic, orders",
  "rithmic-performance": "Rithmic, performance",
  "quantower-trades": "Quantower, trades",
  "ibkr-flex": "Interactive Brokers, Flex query",
  "ibkr-activity": "Interactive Brokers, statement",
  "tradingview-paper": "TradingView, paper trading",
};

export function formatName(format: string): string {
  return FORMATS[format as ImportFormat] ?? format;
}

export const MAX_BYTES = 32 * 1024 * 1024;

/** What a person chose; empty where the file is to say it. */
export interface Chosen {
  account: string;
  format: ImportFormat;
  zone: string;
  dateOrder: "" | "month-first" | "day-first";
  fees: string;
  allowsOverlap: boolean;
}

export function optionsOf(chosen: Chosen): ImportOptions {
  return {
    account_id: chosen.account.trim(),
    format: chosen.format === "auto" ? undefined : chosen.format,
    tz: chosen.zone.trim() || undefined,
    date_order: chosen.dateOrder || undefined,
    fees_per_side: chosen.fees.trim() || undefined,
    allow_overlap: chosen.allowsOverlap || undefined,
  };
}

/** A line of the file that cannot be read: where, and why. */
export interface BadLine {
  line: number | null;
  column: string;
  message: string;
}

/** The bad lines that a refusal names, without the file's name before each of them. */
export function badLines(error: ApiError): BadLine[] {
  return error.details.map(({ row, field, message }) => ({
    line: row ?? null,
    column: field,
    message: message.replace(/^[^\n]{1,200}?:\d+: /, ""),
  }));
}

/** Which choice would help, going by what a refusal asks for. */
export function helpOf(error: ApiError): "zone" | "dateOrder" | "overlap" | null {
  const said = [error.message, ...error.details.map((each) => each.message)].join(" ");
  if (/--tz|tz=/.test(said)) return "zone";
  if (/date.order/.test(said)) return "dateOrder";
  if (error.code === "SOURCE_OVERLAP") return "overlap";
  return null;
}

/** A size as people say it. */
export function size(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KiB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
