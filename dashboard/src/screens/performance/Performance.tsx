import "./performance.css";
import { useSummary } from "../../api/performance";
import { useStatistics } from "../../api/statistics";
import { Choice } from "../../ui/Choice";
import { PeriodPicker } from "../../ui/PeriodPicker";
import { ErrorState } from "../../ui/States";
import { Breakdown, Hours } from "./Breakdown";
import { CurveCard } from "./CurveCard";
import { Distribution } from "./Distribution";
import { Figures } from "./Figures";
import { useWanted, type Wanted } from "./window";

/** How the account came to where it is, and what its trades have in common. */
export default function Performance() {
  const wanted = useWanted();
  const { period, query } = wanted;
  const told = useStatistics(query, { enabled: period.isKnown });
  const error = told.error ?? period.error;
  const retry = period.error ? period.retry : () => void told.refetch();
  return (
    <div className="performance">
      <Bar of={wanted} />
      {error && !told.data ? (
        // What fails for all of it is said once.
        <div className="card performance-failure middle">
          <ErrorState error={error} onRetry={retry} />
        </div>
      ) : (
        <>
          <Figures of={wanted} />
          <CurveCard of={wanted} />
          {told.data?.total_trades !== 0 && <Parts of={wanted} />}
        </>
      )}
    </div>
  );
}

function Parts({ of }: { of: Wanted }) {
  return (
    <div className="performance-parts">
      <Breakdown of={of} by="weekday" title="Day of the week" />
      <Hours of={of} />
      <Breakdown of={of} by="symbol" title="Symbol" leadsTo="symbol" />
      <Breakdown of={of} by="strategy" title="Strategy" leadsTo="strategy" />
      <Breakdown of={of} by="side" title="Side" leadsTo="side" />
      <Breakdown of={of} by="holding_time" title="Time held" />
      <Distribution of={of} />
    </div>
  );
}

const BY_SYMBOL = { group_by: "symbol" } as const;
const BY_STRATEGY = { group_by: "strategy" } as const;

function Bar({ of }: { of: Wanted }) {
  const { data } = useSummary();
  const symbols = useStatistics(BY_SYMBOL).data?.groups ?? [];
  const strategies = useStatistics(BY_STRATEGY).data?.groups ?? [];
  const names = (groups: typeof symbols) =>
    groups.map((each) => each.group).filter((name) => name !== null);
  return (
    <div className="performance-bar">
      <Choice
        label="Symbol"
        all="All symbols"
        options={names(symbols)}
        value={of.query.symbol ?? ""}
        onChange={of.setSymbol}
      />
      <Choice
        label="Strategy"
        all="All strategies"
        options={names(strategies)}
        value={of.query.strategy ?? ""}
        onChange={of.setStrategy}
      />
      <small className="performance-days">
        {data && (data.calendar === "session" ? "Session days" : `Days of ${data.timezone}`)}
      </small>
      <PeriodPicker of={of.period} />
    </div>
  );
}
