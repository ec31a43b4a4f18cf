// What the figures are of, as the address has it.
import { text, useParam } from "../../url/params";
import { type Chosen, usePeriod } from "../../url/period";

const NAMED = text("");

export interface Wanted {
  period: Chosen;
  /** The window and filters as the API takes them. */
  query: {
    start: string | undefined;
    end: string | undefined;
    symbol: string | undefined;
    strategy: string | undefined;
  };
  setSymbol: (symbol: string) => void;
  setStrategy: (strategy: string) => void;
}

export function useWanted(): Wanted {
  const period = usePeriod();
  const [symbol, setSymbol] = useParam("symbol", NAMED);
  const [strategy, setStrategy] = useParam("strategy", NAMED);
  const { start, end } = period;
  return {
    period,
    query: { start, end, symbol: symbol || undefined, strategy: strategy || undefined },
    setSymbol,
    setStrategy,
  };
}

type Params = Record<string, string | undefined>;

/** The same window and filters as parameters of the screen of trades. */
export function tradesOf(of: Wanted): Record<string, string> {
  const { period, query } = of;
  const window: Params =
    period.period === "custom"
      ? { start: query.start, end: query.end }
      : { range: period.period === "all" ? undefined : period.period };
  return filtered(of, window);
}

/** The same filters and some days as parameters of the screen of trades. */
export function tradesOn(of: Wanted, days: { start: string; end: string }): Record<string, string> {
  return filtered(of, days);
}

function filtered({ query }: Wanted, window: Params): Record<string, string> {
  const all = { ...window, symbol: query.symbol, strategy: query.strategy };
  return Object.fromEntries(
    Object.entries(all).filter((each): each is [string, string] => each[1] !== undefined),
  );
}
