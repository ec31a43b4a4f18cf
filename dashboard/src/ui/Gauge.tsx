/** How much of a limit is used; the words beside it say the same. */
export function Gauge({ used, label }: { used: number; label: string }) {
  const share = Math.min(1, Math.max(0, used));
  const level = share >= 0.8 ? "danger" : share >= 0.5 ? "warn" : "ok";
  return (
    <div
      className={`gauge ${level}`}
      role="meter"
      aria-label={label}
      aria-valuenow={Math.round(share * 100)}
      aria-valuemin={0}
      aria-valuemax={100}
    >
      <span style={{ width: `${share * 100}%` }} />
    </div>
  );
}
