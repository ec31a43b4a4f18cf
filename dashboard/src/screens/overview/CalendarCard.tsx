import { useMonthly, useSummary } from "../../api/performance";
import type { DayOfPeriod, Monthly } from "../../api/types";
import { outcome, pnl, shortPnl } from "../../format/numbers";
import { addDays, addMonths, dayName, monthName } from "../../format/time";
import { useShortcut } from "../../keys/keys";
import { Card } from "../../ui/Card";
import { Pnl } from "../../ui/Figures";
import { Icon } from "../../ui/Icon";
import { Link } from "../../ui/Link";
import { Loaded } from "../../ui/States";
import { month as monthCodec, useParam } from "../../url/params";
import { fullColour, weeks } from "./calendar";

const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/** Each day's P&L of a month and what the weeks come to; a day leads to its trades. */
export function CalendarCard() {
  const [named, setMonth] = useParam("month", monthCodec);
  const today = useSummary().data?.today.date;
  const current = today?.slice(0, 7);
  const shown = named ?? current;
  const query = useMonthly(named ? `${named}-01` : undefined);
  const move = (by: number) => {
    if (!shown) return;
    const next = addMonths(shown, by);
    if (current && next > current) return;
    setMonth(next === current ? null : next);
  };
  useShortcut("[", "Month before", () => move(-1));
  useShortcut("]", "Month after", () => move(1));
  return (
    <Card
      title={shown ? monthName(shown) : "This month"}
      className="calendar"
      note={query.data && <Pnl value={query.data.monthly_pnl} currency={query.data.currency} />}
      actions={
        <>
          <button
            type="button"
            className="icon-button"
            aria-label="Month before"
            onClick={() => move(-1)}
          >
            <Icon name="left" size={16} />
          </button>
          <button
            type="button"
            className="icon-button"
            aria-label="Month after"
            disabled={!shown || shown === current}
            onClick={() => move(1)}
          >
            <Icon name="right" size={16} />
          </button>
        </>
      }
    >
      <Loaded query={query} skeleton={<div className="skeleton month-skeleton" />}>
        {(month) => <Month of={month} today={today} />}
      </Loaded>
    </Card>
  );
}

function Month({ of, today }: { of: Monthly; today: string | undefined }) {
  const full = fullColour(of.days);
  return (
    <table className="month">
      <caption className="unseen">P&amp;L by day, and by week in the last column</caption>
      <thead>
        <tr>
          {WEEKDAYS.map((each) => (
            <th key={each} scope="col">
              {each}
            </th>
          ))}
          <th scope="col" className="week-total">
            Week
          </th>
        </tr>
      </thead>
      <tbody>
        {weeks(of.days).map((week) => (
          <tr key={week.start}>
            {week.days.map((each, index) => (
              <td key={addDays(week.start, index)}>
                {each && <Day of={each} full={full} isToday={each.date === today} />}
              </td>
            ))}
            <td className="week-total">{week.trades > 0 && <Pnl value={week.total} short />}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface DayProps {
  of: DayOfPeriod;
  full: number;
  isToday: boolean;
}

function Day({ of, full, isToday }: DayProps) {
  const number = Number(of.date.slice(8));
  const looks = `day${isToday ? " today" : ""}`;
  if (of.total_trades === 0 && of.pnl === 0) {
    return (
      <span className={looks}>
        <span className="day-number">{number}</span>
      </span>
    );
  }
  const strength = Math.min(1, Math.abs(of.pnl) / full);
  const tint = `rgb(var(--${outcome(of.pnl) === "loss" ? "loss" : "gain"}-fill) / ${Math.round(8 + strength * 34)}%)`;
  return (
    <Link to="trades" params={{ start: of.date, end: of.date }} className={`${looks} traded`}>
      <span className="unseen">{`${dayName(of.date)}: ${pnl(of.pnl)}, ${of.total_trades} trades`}</span>
      <span className="day-tint" style={{ backgroundColor: tint }} />
      <span className="day-number" aria-hidden="true">
        {number}
      </span>
      <span className={`day-pnl ${outcome(of.pnl)}`} aria-hidden="true">
        {shortPnl(of.pnl)}
      </span>
    </Link>
  );
}
