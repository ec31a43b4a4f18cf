import { Icon } from "./Icon";

interface ChoiceProps {
  label: string;
  /** What stands there when nothing is chosen. */
  all: string;
  options: readonly (string | { value: string; label: string })[];
  value: string;
  onChange: (value: string) => void;
}

/** One of many, or all of them: a filter. */
export function Choice({ label, all, options, value, onChange }: ChoiceProps) {
  const listed = options.map((each) =>
    typeof each === "string" ? { value: each, label: each } : each,
  );
  // A value from the address is shown even where nobody offers it.
  const isListed = value === "" || listed.some((each) => each.value === value);
  return (
    <span className="choice" data-on={value !== "" || undefined}>
      <select aria-label={label} value={value} onChange={(event) => onChange(event.target.value)}>
        <option value="">{all}</option>
        {!isListed && <option value={value}>{value}</option>}
        {listed.map((each) => (
          <option key={each.value} value={each.value}>
            {each.label}
          </option>
        ))}
      </select>
      <Icon name="down" size={14} />
    </span>
  );
}
