import { useState } from "react";
import type { Outcome } from "../../format/numbers";
import { beside } from "./beside";

export interface Bar {
  key: string;
  /** Below the bar, if anything. */
  label: string;
  value: number;
  tone: Outcome;
  /** What the bar stands for and what it says, for the note beside it. */
  title: string;
  facts: readonly (readonly [name: string, value: string])[];
}

interface ColumnsProps {
  label: string;
  bars: readonly Bar[];
  /** How the highest and the lowest value are written beside the line. */
  scale: (value: number) => string;
}

/** Upright bars on a line at zero: gains stand on it, losses hang from it. */
export function Columns({ label, bars, scale }: ColumnsProps) {
  const [at, setAt] = useState<number | null>(null);
  const most = Math.max(0, ...bars.map((each) => each.value));
  const least = Math.min(0, ...bars.map((each) => each.value));
  const span = most - least || 1;
  const told = bars.map((each) => `${each.title}: ${each.facts.map(said).join(", ")}`).join("; ");
  const shown = at === null ? undefined : bars[at];
  return (
    <div className="columns" role="img" aria-label={`${label}. ${told}`}>
      <div className="columns-plot" onPointerLeave={() => setAt(null)}>
        {bars.map((each, index) => (
          <div
            key={each.key}
            className="column"
            data-on={index === at || undefined}
            onPointerEnter={() => setAt(index)}
          >
            <span
              className={each.tone}
              style={{
                bottom: `${((Math.min(0, each.value) - least) / span) * 100}%`,
                height: `max(${each.value === 0 ? 0 : 2}px, ${(Math.abs(each.value) / span) * 100}%)`,
              }}
            />
          </div>
        ))}
        <span className="columns-zero" style={{ bottom: `${(-least / span) * 100}%` }} />
        <span className="columns-end top">{scale(most)}</span>
        {least < 0 && <span className="columns-end bottom">{scale(least)}</span>}
        {shown && at !== null && (
          <div className="tip" style={beside((at + 0.5) / bars.length)}>
            <p className="tip-title">{shown.title}</p>
            <dl>
              {shown.facts.map(([name, value]) => (
                <Fact key={name} name={name} value={value} />
              ))}
            </dl>
          </div>
        )}
      </div>
      <div className="columns-labels" aria-hidden="true">
        {bars.map((each) => (
          <span key={each.key}>{each.label}</span>
        ))}
      </div>
    </div>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}

function said([name, value]: readonly [string, string]): string {
  return `${name} ${value}`;
}
