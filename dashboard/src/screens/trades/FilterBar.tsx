import { useId, useRef, useState } from "react";
import { useStatistics } from "../../api/statistics";
import { useShortcut } from "../../keys/keys";
import { Choice } from "../../ui/Choice";
import { Icon } from "../../ui/Icon";
import { PeriodPicker } from "../../ui/PeriodPicker";
import { Segmented } from "../../ui/Segmented";
import { change, type Filters, inForce, type View } from "./filters";

const VIEWS = [
  { value: "positions", label: "Positions", hint: "From flat to flat: what a trade is in counts" },
  { value: "executions", label: "Executions", hint: "Each fill, and orders without one" },
] as const;
const SIDES = [
  { value: "LONG", label: "Long" },
  { value: "SHORT", label: "Short" },
];
const STATUSES = [
  { value: "open", label: "Open" },
  { value: "all", label: "Open and closed" },
];
const KINDS = [
  { value: "cancelled", label: "Cancelled" },
  { value: "rejected", label: "Rejected" },
  { value: "pending", label: "Pending" },
  { value: "all", label: "All orders" },
];
const BY_SYMBOL = { group_by: "symbol" } as const;
const BY_STRATEGY = { group_by: "strategy" } as const;

/** Which rows: what they are, the window, and what keeps some out. */
export function FilterBar({ of }: { of: Filters }) {
  const [isUnfolded, setIsUnfolded] = useState(false);
  const count = inForce(of);
  return (
    <div className="trades-bar">
      <Segmented<View>
        label="Rows"
        options={VIEWS}
        value={of.view}
        onChange={(view) => change({ view, position: "" })}
      />
      <button
        type="button"
        className="button trades-unfold"
        aria-expanded={isUnfolded}
        onClick={() => setIsUnfolded(!isUnfolded)}
      >
        <Icon name="filter" size={16} />
        Filters{count > 0 && ` (${count})`}
      </button>
      <div className={isUnfolded ? "trades-filters unfolded" : "trades-filters"}>
        <Few of={of} />
      </div>
      <PeriodPicker of={of.period} />
    </div>
  );
}

function Few({ of }: { of: Filters }) {
  const strategies = useNames(BY_STRATEGY);
  return (
    <>
      <SymbolField value={of.symbol} />
      <Choice
        label="Strategy"
        all="All strategies"
        options={strategies}
        value={of.strategy}
        onChange={(strategy) => change({ strategy })}
      />
      {of.view === "positions" ? (
        <>
          <Choice
            label="Side"
            all="Both sides"
            options={SIDES}
            value={of.side}
            onChange={(side) => change({ side })}
          />
          <Choice
            label="Status"
            all="Closed"
            options={STATUSES}
            value={of.status === "closed" ? "" : of.status}
            onChange={(status) => change({ status })}
          />
        </>
      ) : (
        <Choice
          label="Status"
          all="Filled"
          options={KINDS}
          value={of.kind === "filled" ? "" : of.kind}
          onChange={(type) => change({ type })}
        />
      )}
    </>
  );
}

/** The names that the account's trades have, whatever is filtered. */
function useNames(query: typeof BY_SYMBOL | typeof BY_STRATEGY): string[] {
  const groups = useStatistics(query).data?.groups ?? [];
  return groups.map((each) => each.group).filter((name) => name !== null);
}

/** A root or contract in any spelling; it is asked for when it is complete. */
function SymbolField({ value }: { value: string }) {
  const [typed, setTyped] = useState(value);
  const [asked, setAsked] = useState(value);
  if (asked !== value) {
    setAsked(value);
    setTyped(value);
  }
  const field = useRef<HTMLInputElement>(null);
  const names = useNames(BY_SYMBOL);
  const list = useId();
  useShortcut("/", "Filter by symbol", () => {
    field.current?.focus();
    field.current?.select();
  });
  const ask = (symbol: string) => change({ symbol: symbol.trim() });
  return (
    <span className="choice symbol-field" data-on={value !== "" || undefined}>
      <input
        ref={field}
        className="field"
        aria-label="Symbol or contract"
        placeholder="All symbols"
        autoComplete="off"
        autoCapitalize="characters"
        spellCheck={false}
        maxLength={40}
        list={list}
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          // What was taken from the list, or emptied, is complete.
          if (["", ...names].includes(event.target.value)) ask(event.target.value);
        }}
        onBlur={() => ask(typed)}
        onKeyDown={(event) => {
          if (event.key === "Enter") ask(typed);
          else if (event.key === "Escape") {
            setTyped(value);
            requestAnimationFrame(() => field.current?.blur());
          }
        }}
      />
      {typed === "" && <kbd aria-hidden="true">/</kbd>}
      <datalist id={list}>
        {names.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </span>
  );
}
