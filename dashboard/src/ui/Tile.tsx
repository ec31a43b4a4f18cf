import { type ReactNode, useEffect, useId, useRef } from "react";

interface TileProps {
  label: string;
  /** What is shown large; `undefined` while it is not known, and the tile keeps its size. */
  value: ReactNode | undefined;
  /** What the value is made of: the tile flashes when this changes, and only then. */
  of: number | string | null | undefined;
  /** Whose figure it is: another account's is not a change. */
  whose?: string | null;
  foot?: ReactNode;
  /** The formula, or what the figure is about. */
  hint?: string;
  /** Old figures that wait for new ones. */
  isOld?: boolean;
  emphasis?: boolean;
  extra?: ReactNode;
}

/** One figure, its name, and the line that qualifies it. */
export function Tile(props: TileProps) {
  const { label, value, of, whose, foot, hint, isOld, emphasis, extra } = props;
  const box = useFlash(of, whose ?? null);
  const name = useId();
  const isKnown = value !== undefined;
  const looks = `tile${emphasis ? " tile-major" : ""}${isOld ? " is-old" : ""}`;
  return (
    <div ref={box} className={looks} role="group" aria-labelledby={name} aria-busy={!isKnown}>
      <div className="tile-label" id={name} title={hint}>
        {label}
      </div>
      <div className="tile-value">
        {isKnown ? value : <span className="skeleton">+$1,234.00</span>}
      </div>
      <div className="tile-foot">
        {isKnown ? foot : <span className="skeleton">12 trades</span>}
      </div>
      {extra && <div className="tile-extra">{isKnown && extra}</div>}
    </div>
  );
}

/** A short glow of the element when a figure became another one of the same owner. */
function useFlash(of: TileProps["of"], whose: string | null) {
  const box = useRef<HTMLDivElement>(null);
  const before = useRef({ of, whose });
  useEffect(() => {
    const last = before.current;
    before.current = { of, whose };
    const isChange = last.whose === whose && last.of !== undefined && of !== undefined;
    if (!isChange || last.of === of || !box.current) return;
    const glow = typeof last.of === "number" && typeof of === "number" && of < last.of;
    box.current.animate?.(
      [
        { backgroundColor: `rgb(var(--${glow ? "loss" : "gain"}-fill) / 22%)` },
        { backgroundColor: `rgb(var(--${glow ? "loss" : "gain"}-fill) / 0%)` },
      ],
      { duration: 1_400, easing: "ease-out" },
    );
    box.current.dataset.flashed = String(Number(box.current.dataset.flashed ?? 0) + 1);
  }, [of, whose]);
  return box;
}
