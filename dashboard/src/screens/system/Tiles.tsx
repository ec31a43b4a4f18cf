import { useHealth, useServiceMetrics } from "../../api/health";
import type { Endpoint } from "../../api/types";
import { count, NOTHING, pct, ratio } from "../../format/numbers";
import { duration } from "../../format/time";
import { ErrorState } from "../../ui/States";
import { Tile } from "../../ui/Tile";

/** The service at a glance; counts are of all its workers since it was started. */
export function Tiles() {
  const health = useHealth();
  const metrics = useServiceMetrics();
  if (!health.data && health.error) {
    return <ErrorState error={health.error} onRetry={() => health.refetch()} />;
  }
  const { data } = health;
  const total = metrics.data?.total;
  const isWell = data?.status === "ok" && !health.error;
  return (
    <div className="tiles">
      <Tile
        label="Service"
        of={data && (health.error ? "away" : data.status)}
        value={
          data && (
            <span className="system-state">
              <span className={`dot ${isWell ? "ok" : "danger"}`} aria-hidden="true" />
              {health.error ? "Not answering" : isWell ? "Well" : "Degraded"}
            </span>
          )
        }
        foot={
          data && (
            <>
              Version {data.version} · up {duration(data.uptime_s)} · {data.workers} workers
            </>
          )
        }
      />
      <Tile
        label="Requests"
        hint="Since the service was started, of all workers"
        of={undefined}
        value={total && count(total.calls)}
        foot={total && <Errors of={total} />}
      />
      <Tile
        label="Cache hits"
        hint="Answers that nobody had to make / answers that can be kept"
        of={undefined}
        value={total && (total.cache.hit_rate === null ? NOTHING : pct(total.cache.hit_rate))}
        foot={
          total && (
            <>
              {count(total.cache.memory)} memory · {count(total.cache.redis)} Redis ·{" "}
              {count(total.cache.miss)} made
            </>
          )
        }
      />
      <Tile
        label="Latency p95"
        hint="Of 100 requests 95 took at most so long, inside the service"
        of={undefined}
        value={total && milliseconds(total.latency_ms.p95)}
        foot={
          total && (
            <>
              p50 {milliseconds(total.latency_ms.p50)} · p99 {milliseconds(total.latency_ms.p99)}
            </>
          )
        }
      />
    </div>
  );
}

function Errors({ of }: { of: Endpoint }) {
  return (
    <>
      {count(of.errors)} errors, {count(of.server_errors)} of the service’s own
    </>
  );
}

export function milliseconds(value: number | null | undefined): string {
  if (value === null || value === undefined) return NOTHING;
  return `${ratio(value, value < 10 ? 1 : 0)} ms`;
}
