import { useAccountId } from "../../account/account";
import { useSummary } from "../../api/performance";
import { useRisk } from "../../api/risk";
import { useStatistics } from "../../api/statistics";
import type { AllTime, Daily, Limit, Risk, Statistics, Weekly } from "../../api/types";
import { count, money, NOTHING, pct, ratio } from "../../format/numbers";
import { dayName } from "../../format/time";
import { Pnl, Time } from "../../ui/Figures";
import { Gauge } from "../../ui/Gauge";
import { ErrorState } from "../../ui/States";
import { Tile } from "../../ui/Tile";
import { useRange } from "../../url/range";
import { room } from "./room";
import { WeekBars } from "./WeekBars";

/** The figures that are looked at first; all but the limits are drawn from one answer. */
export function Tiles() {
  const summary = useSummary();
  const { data } = summary;
  if (!data && summary.error) {
    return <ErrorState error={summary.error} onRetry={() => summary.refetch()} />;
  }
  return (
    <div className="tiles">
      <TodayTile today={data?.today} />
      <WeekTile week={data?.week} />
      <LimitTiles currency={data?.currency} />
      <StatisticsTiles allTime={data?.all_time} currency={data?.currency} />
    </div>
  );
}

function TodayTile({ today }: { today: Daily | undefined }) {
  return (
    <Tile
      label="Today"
      emphasis
      whose={today?.account_id}
      of={today?.daily_pnl}
      value={today && <Pnl value={today.daily_pnl} currency={today.currency} />}
      hint="Net P&L of the positions closed today"
      foot={today && <Outcomes of={today} fees={today.fees} currency={today.currency} />}
    />
  );
}

function WeekTile({ week }: { week: Weekly | undefined }) {
  return (
    <Tile
      label="This week"
      emphasis
      whose={week?.account_id}
      of={week?.weekly_pnl}
      value={week && <Pnl value={week.weekly_pnl} currency={week.currency} />}
      hint={week && `Net P&L from ${dayName(week.week_start)} to ${dayName(week.week_end)}`}
      foot={week && <Outcomes of={week} fees={week.fees} currency={week.currency} />}
      extra={week && <WeekBars days={week.days} />}
    />
  );
}

interface Counted {
  total_trades: number;
  winning_trades: number;
  losing_trades: number;
}

interface OutcomesProps {
  of: Counted;
  fees: number;
  currency: string;
}

function Outcomes({ of, fees, currency }: OutcomesProps) {
  if (of.total_trades === 0) return <>No trades closed</>;
  return (
    <>
      {count(of.total_trades)} {of.total_trades === 1 ? "trade" : "trades"} · {of.winning_trades}W{" "}
      {of.losing_trades}L<span className="tile-more"> · fees {money(fees, { currency })}</span>
    </>
  );
}

function LimitTiles({ currency }: { currency: string | undefined }) {
  const accountId = useAccountId();
  const { data, error } = useRisk();
  const shared = { of: data, isFailing: error !== null, accountId, currency };
  return (
    <>
      <LimitTile
        label="Daily loss room"
        hint="How far equity may fall in this session until the daily loss limit is reached"
        limit={data?.dll}
        {...shared}
      />
      <LimitTile
        label="Max loss room"
        hint={`How far equity may fall until the maximum loss limit is reached, at ${money(data?.mll?.level, { currency })}`}
        limit={data?.mll}
        {...shared}
      />
    </>
  );
}

interface LimitTileProps {
  label: string;
  hint: string;
  limit: Limit | null | undefined;
  of: Risk | undefined;
  isFailing: boolean;
  accountId: string | null;
  currency: string | undefined;
}

function LimitTile(props: LimitTileProps) {
  const { label, hint, limit, of, isFailing, accountId, currency } = props;
  const isKnown = limit !== undefined || isFailing;
  const used = limit?.used ?? null;
  const left = limit && of ? room(limit, of.equity) : null;
  return (
    <Tile
      label={label}
      hint={hint}
      whose={accountId}
      of={isKnown ? left : undefined}
      value={isKnown ? money(left, { currency }) : undefined}
      foot={limit ? <Used of={limit} risk={of} currency={currency} /> : without(isFailing)}
      extra={
        limit && (limit.violated || used !== null) ? (
          <Gauge used={limit.violated ? 1 : (used ?? 0) / limit.limit} label={`${label} used`} />
        ) : null
      }
    />
  );
}

function without(isFailing: boolean): string {
  return isFailing ? "Not known now" : "No limit set";
}

const MISSING: Readonly<Record<Risk["unknown"][number], string>> = {
  mark: "no fresh price",
  feed: "stale feed",
  broker_balance: "broker’s balance differs",
};

interface UsedProps {
  of: Limit;
  risk: Risk | undefined;
  currency: string | undefined;
}

/** How much of a limit is used, that it was reached, or why neither is known. */
function Used({ of, risk, currency }: UsedProps) {
  const whole = money(of.limit, { currency, decimals: 0 });
  if (of.violated) {
    return (
      <>
        <strong className="reached">Reached</strong>
        {of.reached_at && (
          <>
            {" "}
            <Time at={of.reached_at} />
          </>
        )}
        {" · "}limit {whole}
      </>
    );
  }
  if (of.used !== null) return <>{`${money(of.used, { currency })} of ${whole} used`}</>;
  const why = risk?.unknown.map((each) => MISSING[each]).join(", ");
  return <>{`Unknown: ${why || "figures are missing"}`}</>;
}

/** What a range and all time both tell. */
type Told = Counted & Pick<AllTime, "win_rate" | "profit_factor" | "max_drawdown">;

interface StatisticsTilesProps {
  allTime: AllTime | undefined;
  currency: string | undefined;
}

function StatisticsTiles({ allTime, currency }: StatisticsTilesProps) {
  const accountId = useAccountId();
  const { range, start, isKnown } = useRange();
  const { data, isPlaceholderData } = useStatistics({ start }, { enabled: isKnown });
  // All time is in the first answer already; the rest of it follows.
  const known: Told | undefined = data ?? (range === "all" ? allTime : undefined);
  const has = known !== undefined;
  const whose = `${accountId} ${range}`;
  const isNothing = known?.total_trades === 0;
  const shared = { whose, isOld: isPlaceholderData };
  return (
    <>
      <Tile
        label="Win rate"
        hint="Winning trades / all closed trades"
        of={known?.win_rate}
        value={has ? (isNothing ? NOTHING : pct(known.win_rate)) : undefined}
        foot={
          has && (
            <>
              n = {count(known.total_trades)} · {winsAndLosses(known)}
            </>
          )
        }
        {...shared}
      />
      <Tile
        label="Profit factor"
        hint="Sum of wins / sum of losses"
        of={known?.profit_factor}
        value={has ? ratio(known.profit_factor) : undefined}
        foot={data ? `Payoff ${ratio(data.payoff_ratio)}` : " "}
        {...shared}
      />
      <Tile
        label="Expectancy"
        hint="Net P&L / closed trades"
        of={data?.expectancy}
        value={data && (isNothing ? NOTHING : <Pnl value={data.expectancy} currency={currency} />)}
        foot={data && <Averages of={data} />}
        {...shared}
      />
      <Tile
        label="Max drawdown"
        hint="The deepest fall of cumulative net P&L below its peak, trade by trade"
        of={known?.max_drawdown}
        value={has ? <Pnl value={known.max_drawdown} currency={currency} /> : undefined}
        foot={data ? <Recovery of={data} /> : " "}
        {...shared}
      />
    </>
  );
}

function winsAndLosses(of: Told): string {
  return `${count(of.winning_trades)}W ${count(of.losing_trades)}L`;
}

function Averages({ of }: { of: Statistics }) {
  return (
    <>
      Avg <Pnl value={of.avg_win} /> / <Pnl value={of.avg_loss} />
    </>
  );
}

function Recovery({ of }: { of: Statistics }) {
  if (!of.max_drawdown_trough_at) return <>Never below the start</>;
  const date = of.max_drawdown_recovered_at ?? of.max_drawdown_trough_at;
  return (
    <>
      {of.max_drawdown_recovered_at ? "Recovered " : "Low "}
      <Time at={date} show="date" />
      {!of.max_drawdown_recovered_at && ", not yet recovered"}
    </>
  );
}
