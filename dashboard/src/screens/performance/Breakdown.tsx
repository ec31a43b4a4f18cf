import { useState } from "react";
import { useStatistics } from "../../api/statistics";
import type { Group } from "../../api/types";
import { count, outcome, pct, pnl, shortPnl } from "../../format/numbers";
import { Card } from "../../ui/Card";
import { Pnl } from "../../ui/Figures";
import { Link } from "../../ui/Link";
import { EmptyState, Loaded, SkeletonRows } from "../../ui/States";
import { Columns } from "./Columns";
import { tradesOf, type Wanted } from "./window";

type By = "weekday" | "symbol" | "strategy" | "side" | "holding_time";

const ROWS = 7;
const NAMES: Readonly<Record<string, string>> = { LONG: "Long", SHORT: "Short" };
const SPANS: Readonly<Record<string, string>> = {
  "<1m": "under 1 min",
  "1m-5m": "1 to 5 min",
  "5m-15m": "5 to 15 min",
  "15m-1h": "15 min to 1 h",
  "1h-4h": "1 to 4 h",
  "4h-1d": "4 h to a day",
  ">=1d": "a day and more",
};

interface BreakdownProps {
  of: Wanted;
  by: By;
  title: string;
  /** Which filter of the trades a row leads to, if there is one. */
  leadsTo?: "symbol" | "strategy" | "side";
}

/** Net P&L, win rate and sample of each group, the bars on one scale. */
export function Breakdown({ of, by, title, leadsTo }: BreakdownProps) {
  const query = useStatistics({ ...of.query, group_by: by }, { enabled: of.period.isKnown });
  return (
    <Card title={title} className={`breakdown by-${by}`} busy={query.isPlaceholderData}>
      <Loaded query={query} skeleton={<SkeletonRows rows={5} height={33} />}>
        {({ groups = [] }) =>
          groups.length ? (
            <Groups of={of} groups={inOrder(groups, by)} title={title} leadsTo={leadsTo} />
          ) : (
            <EmptyState title="No closed trades." />
          )
        }
      </Loaded>
    </Card>
  );
}

/** What has an order of its own keeps it; names stand by what they came to. */
function inOrder(groups: readonly Group[], by: By): readonly Group[] {
  if (by !== "symbol" && by !== "strategy") return groups;
  return [...groups].sort((a, b) => b.net_pnl - a.net_pnl);
}

interface GroupsProps {
  of: Wanted;
  groups: readonly Group[];
  title: string;
  leadsTo: BreakdownProps["leadsTo"];
}

function Groups({ of, groups, title, leadsTo }: GroupsProps) {
  const [showsAll, setShowsAll] = useState(false);
  const most = Math.max(0, ...groups.map((each) => each.net_pnl));
  const least = Math.min(0, ...groups.map((each) => each.net_pnl));
  const shown = showsAll ? groups : groups.slice(0, ROWS);
  return (
    <>
      <table className="groups">
        <caption className="unseen">{title}</caption>
        <thead>
          <tr>
            <th scope="col" className="unseen">
              Group
            </th>
            <td />
            <th scope="col">Net P&amp;L</th>
            <th scope="col" title="Winning trades / all trades of the group">
              Won
            </th>
            <th scope="col" title="Closed trades">
              n
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((each) => (
            <tr key={String(each.group)}>
              <th scope="row">
                <Name of={of} group={each.group} leadsTo={leadsTo} />
              </th>
              <td className="group-bar">
                <span
                  className={outcome(each.net_pnl)}
                  title={`Expectancy ${pnl(each.expectancy)} a trade`}
                  style={bar(each.net_pnl, least, most)}
                />
                <i style={{ left: `${(-least / (most - least || 1)) * 100}%` }} />
              </td>
              <td>
                <Pnl value={each.net_pnl} decimals={0} />
              </td>
              <td>{pct(each.win_rate, 0)}</td>
              <td>{count(each.total_trades)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {groups.length > ROWS && (
        <button type="button" className="link" onClick={() => setShowsAll(!showsAll)}>
          {showsAll ? "Show fewer" : `Show all ${groups.length}`}
        </button>
      )}
    </>
  );
}

function bar(value: number, least: number, most: number) {
  const span = most - least || 1;
  return {
    left: `${((Math.min(0, value) - least) / span) * 100}%`,
    width: `max(2px, ${(Math.abs(value) / span) * 100}%)`,
  };
}

interface NameProps {
  of: Wanted;
  group: string | null;
  leadsTo: BreakdownProps["leadsTo"];
}

function Name({ of, group, leadsTo }: NameProps) {
  if (group === null) return <span className="none">none</span>;
  const said = NAMES[group] ?? SPANS[group] ?? group;
  if (!leadsTo) return said;
  return (
    <Link
      to="trades"
      params={{ ...tradesOf(of), [leadsTo]: group }}
      label={`${said}: show its trades`}
    >
      {said}
    </Link>
  );
}

const HOURS = Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, "0"));

/** Net P&L by the hour in which trades closed. */
export function Hours({ of }: { of: Wanted }) {
  const query = useStatistics({ ...of.query, group_by: "hour" }, { enabled: of.period.isKnown });
  return (
    <Card
      title="Hour of closing"
      className="hours"
      busy={query.isPlaceholderData}
      note={query.data?.timezone}
    >
      <Loaded query={query} skeleton={<SkeletonRows rows={5} height={36} />}>
        {({ groups = [], currency }) =>
          groups.length ? (
            <Columns label="Net P&L by hour" bars={hourBars(groups, currency)} scale={shortPnl} />
          ) : (
            <EmptyState title="No closed trades." />
          )
        }
      </Loaded>
    </Card>
  );
}

function hourBars(groups: readonly Group[], currency: string) {
  const byHour = new Map(groups.map((each) => [each.group, each]));
  return HOURS.map((hour, index) => {
    const found = byHour.get(hour);
    const value = found?.net_pnl ?? 0;
    return {
      key: hour,
      label: index % 3 === 0 ? hour : "",
      value,
      tone: outcome(value),
      title: `${hour}:00 to ${hour}:59`,
      facts: [
        ["Net P&L", pnl(value, currency)],
        ["Trades", count(found?.total_trades ?? 0)],
        ["Won", found ? pct(found.win_rate, 0) : "–"],
        ["Expectancy", found ? pnl(found.expectancy, currency) : "–"],
      ] as const,
    };
  });
}
