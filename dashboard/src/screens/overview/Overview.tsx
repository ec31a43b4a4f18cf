import "./overview.css";
import { useSummary } from "../../api/performance";
import { dayName } from "../../format/time";
import { useShortcut } from "../../keys/keys";
import { Segmented } from "../../ui/Segmented";
import { RANGE_OPTIONS, RANGES, useRange } from "../../url/range";
import { CalendarCard } from "./CalendarCard";
import { EquityCard } from "./EquityCard";
import { OpenPositions } from "./OpenPositions";
import { RecentTrades } from "./RecentTrades";
import { RulesCard } from "./RulesCard";
import { Tiles } from "./Tiles";

/** How the account stands, on one page. */
export function Overview() {
  const { range, setRange } = useRange();
  const { data } = useSummary();
  const step = (by: number) => {
    const next = RANGES[RANGES.indexOf(range) + by];
    if (next) setRange(next);
  };
  useShortcut("+", "Longer range", () => step(1));
  useShortcut("-", "Shorter range", () => step(-1));
  return (
    <div className="overview">
      <div className="page-bar">
        <p className="page-day">
          {data ? (
            dayName(data.today.date, true)
          ) : (
            <span className="skeleton">Fri, Nov 7, 2025</span>
          )}
          <small>
            {data && (data.calendar === "session" ? "Session days" : `Days of ${data.timezone}`)}
          </small>
        </p>
        <Segmented label="Range" options={RANGE_OPTIONS} value={range} onChange={setRange} />
      </div>
      <Tiles />
      <EquityCard />
      <CalendarCard />
      <div className="beside">
        <OpenPositions />
        <RulesCard />
      </div>
      <RecentTrades />
    </div>
  );
}
