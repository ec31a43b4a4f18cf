import { useShortcut } from "../keys/keys";
import { type Chosen, PERIODS, type Period } from "../url/period";
import { Segmented } from "./Segmented";

const OPTIONS = [
  { value: "1d", label: "1D", hint: "Today" },
  { value: "1w", label: "1W", hint: "7 days" },
  { value: "1m", label: "1M", hint: "30 days" },
  { value: "3m", label: "3M", hint: "91 days" },
  { value: "all", label: "All", hint: "Since the first execution" },
  { value: "custom", label: "Custom", hint: "From one day to another" },
] as const;

/** The choice of a window; the keys 1 to 5 are its ranges. */
export function PeriodPicker({ of }: { of: Chosen }) {
  return (
    <div className="period">
      {PERIODS.map((period, index) => (
        <Key key={period} of={of} period={period} at={index} />
      ))}
      {of.period === "custom" && <Days of={of} />}
      <Segmented label="Range" options={OPTIONS} value={of.period} onChange={of.choose} />
    </div>
  );
}

function Key({ of, period, at }: { of: Chosen; period: Period; at: number }) {
  useShortcut(`${at + 1}`, OPTIONS[at]?.hint ?? period, () => of.choose(period));
  return null;
}

function Days({ of }: { of: Chosen }) {
  return (
    <div className="period-days">
      <input
        type="date"
        className="field"
        aria-label="First day"
        value={of.start ?? ""}
        max={of.end}
        onChange={(event) => of.setDays({ start: event.target.value || null })}
      />
      <span aria-hidden="true">–</span>
      <input
        type="date"
        className="field"
        aria-label="Last day"
        value={of.end ?? ""}
        min={of.start}
        onChange={(event) => of.setDays({ end: event.target.value || null })}
      />
    </div>
  );
}
