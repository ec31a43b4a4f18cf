import type { ReactNode } from "react";
import { useHealth } from "../../api/health";
import { useSummary } from "../../api/performance";
import { useCaller } from "../../api/session";
import type { Health } from "../../api/types";
import { count } from "../../format/numbers";
import { live } from "../../live/state";
import { useStore } from "../../store";
import { Card } from "../../ui/Card";
import { Time } from "../../ui/Figures";
import { Loaded, SkeletonRows } from "../../ui/States";
import { bytes } from "./own";

type Level = "ok" | "warn" | "danger" | "quiet";

/** What the service works with, and how each of it stands. */
export function Parts() {
  const health = useHealth();
  return (
    <Card title="Parts" className="parts">
      <Loaded query={health} skeleton={<SkeletonRows rows={6} height={52} />}>
        {(known) => (
          <ul>
            <Database of={known.database} />
            <Redis is={known.redis} />
            <Feed />
            <Sync of={known.sync} />
            <Limits of={known.broker_limits} />
            <Push />
            <Access is={known.access} />
          </ul>
        )}
      </Loaded>
    </Card>
  );
}

interface PartProps {
  name: string;
  level: Level;
  says: ReactNode;
  children?: ReactNode;
}

function Part({ name, level, says, children }: PartProps) {
  return (
    <li className={`part ${level}`}>
      <span className="dot" aria-hidden="true" />
      <span className="part-name">{name}</span>
      <span className="part-says">{says}</span>
      {children && <span className="part-more">{children}</span>}
    </li>
  );
}

function Database({ of }: { of: Health["database"] }) {
  const name = of.kind === "sqlite" ? "SQLite" : "PostgreSQL";
  return (
    <Part name="Database" level="ok" says={`${name}, ${bytes(of.bytes)}`}>
      {of.wal_bytes !== null && <>{bytes(of.wal_bytes)} to be written back · </>}
      schema {of.revision} · last change <Time at={of.last_change_at} />
    </Part>
  );
}

const REDIS: Readonly<Record<Health["redis"], readonly [Level, string, string]>> = {
  ok: ["ok", "Answers", "Workers share what they keep."],
  none: ["quiet", "Not in use", "Each worker keeps its own answers."],
  unavailable: ["danger", "Does not answer", "Everything still works, but slower."],
};

function Redis({ is }: { is: Health["redis"] }) {
  const [level, says, more] = REDIS[is];
  return (
    <Part name="Redis" level={level} says={says}>
      {more}
    </Part>
  );
}

const FEEDS = {
  live: ["ok", "Live", "Executions come from the broker as they happen."],
  stale: ["danger", "Stale", "The broker has not been heard of."],
  manual: ["quiet", "Manual", "Nothing is synced: posted and imported only."],
} as const;

function Feed() {
  const feed = useSummary().data?.today.feed;
  if (!feed) return null;
  const [level, says, more] = FEEDS[feed.status];
  return (
    <Part name="Feed" level={level} says={says}>
      {more}
    </Part>
  );
}

/** Where the sync with a broker stands. */
function Sync({ of }: { of: Health["sync"] }) {
  if (of === null) {
    return (
      <Part name="Sync" level="quiet" says="Not set up">
        No broker is asked for executions.
      </Part>
    );
  }
  const isWrong = of.fault !== null || of.faults > 0;
  const level = !of.running || isWrong ? "danger" : of.differing || of.undecided ? "warn" : "ok";
  return (
    <Part
      name="Sync"
      level={level}
      says={of.running ? (isWrong ? "Runs, with faults" : "Runs") : "Does not run"}
    >
      {count(of.accounts)} accounts, {count(of.differing)} differ from the broker,{" "}
      {count(of.undecided)} fills undecided · last pass <Time at={of.last_pass_at} seconds />
      {of.fault && <span className="system-bad"> · {of.fault}</span>}
    </Part>
  );
}

const LIMITS: Readonly<Record<string, string>> = {
  general: "accounts and orders",
  bars: "bars",
  callers: "bars for callers",
};

/** How much of what the broker takes is used up. */
function Limits({ of }: { of: Health["broker_limits"] }) {
  if (of === null) return null;
  const isTight = of.some((each) => each.used >= each.requests * 0.8);
  return (
    <Part
      name="Rate budget"
      level={isTight ? "warn" : "ok"}
      says={isTight ? "Nearly used up" : "Enough left"}
    >
      {of.map((each, n) => (
        <span key={each.name}>
          {n > 0 && " · "}
          {LIMITS[each.name] ?? each.name} {count(each.used)} of {count(each.requests)} in{" "}
          {each.span_s} s
        </span>
      ))}
    </Part>
  );
}

function Push() {
  const { status, heardAt } = useStore(live);
  const isLive = status === "live";
  return (
    <Part
      name="Push"
      level={isLive ? "ok" : status === "offline" ? "danger" : "quiet"}
      says={isLive ? "Connected" : status === "connecting" ? "Connecting" : "Not connected"}
    >
      {heardAt ? (
        <>
          last message <Time at={new Date(heardAt).toISOString()} show="clock" seconds />
        </>
      ) : (
        "Figures are asked for every 15 seconds."
      )}
    </Part>
  );
}

function Access({ is }: { is: Health["access"] }) {
  const { data: caller } = useCaller();
  const isOpen = is !== "tokens";
  return (
    <Part
      name="Access"
      level={isOpen ? "warn" : "ok"}
      says={isOpen ? "Open to anyone" : "By token"}
    >
      {caller && `You are ${caller.name}, who may ${MAY[caller.scope]}.`}
    </Part>
  );
}

const MAY = { read: "read", write: "read and write", admin: "do everything" } as const;
