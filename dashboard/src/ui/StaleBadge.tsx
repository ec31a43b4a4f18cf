import { ago, clock, zoneName } from "../format/time";
import { type LiveStatus, live } from "../live/state";
import { useStore } from "../store";
import { useNow } from "./useNow";
import { useZone } from "./zone";

const LATE_MS = 60_000;
const WORDS: Record<LiveStatus, string> = {
  connecting: "Connecting",
  live: "Live",
  polling: "Polling",
  offline: "Offline",
};

/** How the page hears of news, and how old what it shows is: green, amber or red, and a word. */
export function StaleBadge({ asOf, failing }: { asOf: number; failing: boolean }) {
  const { status, heardAt } = useStore(live);
  const zone = useZone();
  const now = useNow(1_000);
  const latest = status === "live" ? Math.max(asOf, heardAt ?? 0) : asOf;
  const isLate = latest > 0 && now - latest > LATE_MS;
  const level = failing || status === "offline" ? "danger" : isLate ? "warn" : "ok";
  const word = failing && status !== "offline" ? "Disconnected" : WORDS[status];
  return (
    <span className={`badge ${level}`} role="status" aria-live="off" title={why(status)}>
      <span className="dot" aria-hidden="true" />
      <span>{isLate && !failing ? `${word}, late` : word}</span>
      {latest > 0 && (
        <span className="badge-note">
          as of {clock(latest, zone, true)} {zoneName(zone)}
          {isLate && `, ${ago(now - latest)}`}
        </span>
      )}
    </span>
  );
}

function why(status: LiveStatus): string {
  if (status === "live") return "Changes are pushed by the service as they happen.";
  if (status === "polling") return "No push connection: figures are asked for every 15 seconds.";
  if (status === "offline") return "This device has no network.";
  return "Opening the push connection; figures are asked for until it is there.";
}
