import { EXCHANGE_ZONE, marketSession } from "../format/session";
import { clock, duration, zoneName } from "../format/time";
import { useNow } from "../ui/useNow";

/** The exchange's time and how long its session lasts still. */
export function SessionClock() {
  const now = useNow(1_000);
  const { isOpen, changesInS, passed } = marketSession(now);
  return (
    <div className="clock" title="Regular Globex hours, 17:00 to 16:00 Chicago; holidays differ.">
      <span className="clock-time">
        {clock(now, EXCHANGE_ZONE, true)} <small>{zoneName(EXCHANGE_ZONE, now)}</small>
      </span>
      <span className="clock-state">
        <span className={`dot ${isOpen ? "ok" : "quiet"}`} aria-hidden="true" />
        {isOpen ? "Open, closes in " : "Closed, opens in "}
        {duration(changesInS >= 60 ? Math.floor(changesInS / 60) * 60 : changesInS).replace(
          " 00s",
          "",
        )}
      </span>
      <span className="clock-bar" aria-hidden="true">
        <span style={{ width: `${passed * 100}%` }} />
      </span>
    </div>
  );
}
