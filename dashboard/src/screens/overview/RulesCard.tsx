import type { ReactNode } from "react";
import { useRisk } from "../../api/risk";
import type { Risk } from "../../api/types";
import { count, money, pct } from "../../format/numbers";
import { dayName } from "../../format/time";
import { Card } from "../../ui/Card";
import { Money, Pnl, Time } from "../../ui/Figures";
import { EmptyState, Loaded, SkeletonRows } from "../../ui/States";

/** The rules that the account is held to, and how it stands to each. */
export function RulesCard() {
  const query = useRisk();
  return (
    <Card title="Account rules" className="rules" note={query.data && verdict(query.data)}>
      <Loaded query={query} skeleton={<SkeletonRows rows={5} />}>
        {(risk) => (isHeld(risk) ? <Rules of={risk} /> : <Nothing />)}
      </Loaded>
    </Card>
  );
}

function Nothing() {
  return (
    <EmptyState title="No rules are set.">
      Loss limits and targets come with <code>PUT /api/accounts/ID</code>, one by one or as a
      preset.
    </EmptyState>
  );
}

function isHeld(risk: Risk): boolean {
  const { dll, mll, profit_target, consistency, minimum_days } = risk;
  return [dll, mll, profit_target, consistency, minimum_days].some((each) => each !== null);
}

function verdict(risk: Risk): ReactNode {
  if (!isHeld(risk)) return undefined;
  if (risk.compliance === null) return "not known now";
  return risk.compliance ? "all limits kept" : <span className="reached">a limit was reached</span>;
}

function Rules({ of }: { of: Risk }) {
  const { currency, dll, mll, profit_target: target, consistency, minimum_days: days } = of;
  return (
    <dl>
      <Rule name="Equity">
        <Money value={of.equity} currency={currency} />
        <small>
          open <Pnl value={of.unrealized_pnl} />
        </small>
      </Rule>
      {dll && (
        <Rule name="Daily loss limit at">
          <Money value={dll.level} currency={currency} />
          <small>limit {money(dll.limit, { currency, decimals: 0 })}</small>
        </Rule>
      )}
      {mll && (
        <Rule name="Max loss limit at">
          <Money value={mll.level} currency={currency} />
          <small>{mll.mode === "eod" ? "follows session ends" : "fixed"}</small>
        </Rule>
      )}
      {target && (
        <Rule name="Profit target">
          <Pnl value={target.profit} currency={currency} />
          <small>
            {target.reached ? "reached, " : ""}of {money(target.target, { currency, decimals: 0 })}
          </small>
        </Rule>
      )}
      {consistency && <Consistency of={consistency} />}
      {days && (
        <Rule name="Days traded">
          {count(days.traded)}
          <small>of {count(days.required)}</small>
        </Rule>
      )}
      {highest(of.warnings).map((each) => (
        <Rule key={`${each.limit} ${each.share}`} name="Warning">
          {pct(each.share * 100, 0)} of the{" "}
          {each.limit === "daily_loss_limit" ? "daily" : "maximum"} loss
          <small>
            <Time at={each.crossed_at} />
          </small>
        </Rule>
      ))}
    </dl>
  );
}

/** The highest share of each limit that was used: whoever used most of it used less before. */
function highest(warnings: Risk["warnings"]): Risk["warnings"] {
  const found = new Map<string, Risk["warnings"][number]>();
  for (const each of warnings) {
    if (each.share > (found.get(each.limit)?.share ?? 0)) found.set(each.limit, each);
  }
  return [...found.values()];
}

function Consistency({ of }: { of: NonNullable<Risk["consistency"]> }) {
  const best = of.best_session ? ` on ${dayName(of.best_session)}` : "";
  return (
    <Rule name="Best day’s share">
      <span title={`At most ${pct(of.share * 100, 0)} of the profit${best}`}>
        {of.best_share === null ? "–" : pct(of.best_share * 100)}
      </span>
      <small>at most {pct(of.share * 100, 0)}</small>
    </Rule>
  );
}

function Rule({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
