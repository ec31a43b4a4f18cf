import { useAccountId } from "../../account/account";
import { useStatistics } from "../../api/statistics";
import type { Statistics } from "../../api/types";
import { count, money, NOTHING, pct, ratio } from "../../format/numbers";
import { duration } from "../../format/time";
import { Pnl } from "../../ui/Figures";
import { Tile } from "../../ui/Tile";
import type { Wanted } from "./window";

/** What the window comes to. */
export function Figures({ of }: { of: Wanted }) {
  const whose = `${useAccountId()} ${JSON.stringify(of.query)}`;
  const { data, isPlaceholderData } = useStatistics(of.query, { enabled: of.period.isKnown });
  const shared = { whose, isOld: isPlaceholderData };
  const has = (value: number | null | undefined) => (data?.total_trades ? value : null);
  const currency = data?.currency;
  return (
    <div className="tiles performance-tiles">
      <Tile
        label="Net P&L"
        hint="Gross P&L − fees of the positions closed in the window"
        of={data?.net_pnl}
        value={data && <Pnl value={data.net_pnl} currency={currency} />}
        foot={data && `Fees ${money(data.fees, { currency })}`}
        {...shared}
      />
      <Tile
        label="Trades"
        hint="Closed positions"
        of={data?.total_trades}
        value={data && count(data.total_trades)}
        foot={data && outcomes(data)}
        {...shared}
      />
      <Tile
        label="Win rate"
        hint="Winning trades / all closed trades"
        of={data?.win_rate}
        value={data && pct(has(data.win_rate))}
        foot={data && `Payoff ${ratio(data.payoff_ratio)}`}
        {...shared}
      />
      <Tile
        label="Profit factor"
        hint="Sum of wins / sum of losses"
        of={data?.profit_factor}
        value={data && ratio(data.profit_factor)}
        foot={data && `Sharpe ${ratio(data.sharpe_ratio)}`}
        {...shared}
      />
      <Tile
        label="Expectancy"
        hint="Net P&L / closed trades"
        of={data?.expectancy}
        value={data && (has(1) ? <Pnl value={data.expectancy} currency={currency} /> : NOTHING)}
        foot={data && `Held ${has(1) ? duration(data.median_holding_s) : NOTHING}, median`}
        {...shared}
      />
      <Tile
        label="Max drawdown"
        hint="The deepest fall of cumulative net P&L below its peak, trade by trade"
        of={data?.max_drawdown}
        value={data && <Pnl value={data.max_drawdown} currency={currency} />}
        foot={data && `Recovery ${ratio(data.recovery_factor)}`}
        {...shared}
      />
    </div>
  );
}

function outcomes(of: Statistics): string {
  if (of.total_trades === 0) return "None closed";
  const even = of.breakeven_trades ? ` ${count(of.breakeven_trades)}E` : "";
  return `${count(of.winning_trades)}W ${count(of.losing_trades)}L${even}`;
}
