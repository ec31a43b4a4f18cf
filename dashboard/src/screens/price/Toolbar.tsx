import { type FormEvent, useId } from "react";
import { useInstruments } from "../../api/instruments";
import { useShortcut } from "../../keys/keys";
import { Icon } from "../../ui/Icon";
import { Segmented } from "../../ui/Segmented";
import { type Shown, type Span, SPAN_OPTIONS, TIMEFRAMES } from "./spans";

interface ToolbarProps {
  symbol: string;
  contracts: readonly string[];
  onSymbol: (symbol: string) => void;
  timeframe: Shown;
  onTimeframe: (timeframe: Shown) => void;
  span: Span;
  onSpan: (span: Span) => void;
  isLatest: boolean;
  onStep: (direction: -1 | 1) => void;
  onLatest: () => void;
}

const FRAME_OPTIONS = TIMEFRAMES.map((value) => ({ value, label: value }));

/** What is looked at: contract, timeframe, span, and where. */
export function Toolbar(props: ToolbarProps) {
  const { symbol, contracts, onSymbol, timeframe, onTimeframe, span, onSpan, isLatest } = props;
  const change = (by: number) => {
    const next = TIMEFRAMES[TIMEFRAMES.indexOf(timeframe) + by];
    if (next) onTimeframe(next);
  };
  useShortcut("+", "Longer bars", () => change(1));
  useShortcut("-", "Shorter bars", () => change(-1));
  useShortcut("[", "Earlier", () => props.onStep(-1));
  useShortcut("]", "Later", () => !isLatest && props.onStep(1));
  useShortcut("l", "Latest bars", props.onLatest);
  return (
    <div className="price-bar">
      <div className="price-what">
        {contracts.length > 0 && (
          <Segmented
            label="Contract"
            options={contracts.map((value) => ({ value, label: value }))}
            value={symbol}
            onChange={onSymbol}
          />
        )}
        <OtherContract onSymbol={onSymbol} />
      </div>
      <div className="price-when">
        <Segmented
          label="Length of a bar"
          options={FRAME_OPTIONS}
          value={timeframe}
          onChange={onTimeframe}
        />
        <Segmented label="In view" options={SPAN_OPTIONS} value={span} onChange={onSpan} />
        <div className="price-steps">
          <button
            type="button"
            className="icon-button"
            aria-label="Earlier"
            title="Earlier ( [ )"
            onClick={() => props.onStep(-1)}
          >
            <Icon name="left" />
          </button>
          <button
            type="button"
            className="icon-button"
            aria-label="Later"
            title="Later ( ] )"
            disabled={isLatest}
            onClick={() => props.onStep(1)}
          >
            <Icon name="right" />
          </button>
          <button type="button" className="button" disabled={isLatest} onClick={props.onLatest}>
            Latest
          </button>
        </div>
      </div>
    </div>
  );
}

/** Any contract or root that the service knows; what it does not know it says itself. */
function OtherContract({ onSymbol }: { onSymbol: (symbol: string) => void }) {
  const list = useId();
  const { data: instruments = [] } = useInstruments();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const said = String(new FormData(event.currentTarget).get("symbol") ?? "").trim();
    if (!said) return;
    onSymbol(said.toUpperCase());
    event.currentTarget.reset();
  };
  return (
    <form onSubmit={submit} className="other-contract">
      <input
        className="field"
        name="symbol"
        aria-label="Another contract or root"
        placeholder="Other…"
        list={list}
        maxLength={24}
        autoComplete="off"
        spellCheck={false}
      />
      <datalist id={list}>
        {instruments.map((each) => (
          <option key={each.symbol} value={each.symbol}>
            {each.name}
          </option>
        ))}
      </datalist>
    </form>
  );
}
