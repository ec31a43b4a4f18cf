import { useServiceMetrics } from "../../api/health";
import type { Endpoint, Metrics } from "../../api/types";
import { count, NOTHING, pct, ratio } from "../../format/numbers";
import { Card } from "../../ui/Card";
import { EmptyState, Loaded, SkeletonRows } from "../../ui/States";
import { type Column, Table } from "../../ui/Table";

/** Each route: how often, how quick, how often from a cache, how often in vain. */
export function Endpoints() {
  const query = useServiceMetrics();
  return (
    <Card title="Endpoints" className="endpoints" note="in milliseconds, inside the service">
      <Loaded query={query} skeleton={<SkeletonRows rows={10} />}>
        {(metrics) =>
          metrics.endpoints.length ? (
            <div
              className="system-rows"
              // It scrolls by itself, so keys have to reach it.
              tabIndex={0}
              role="region"
              aria-label="Endpoints, scrollable"
            >
              <Table
                caption="Endpoints"
                columns={columns(metrics)}
                rows={[...metrics.endpoints].sort((one, other) => other.calls - one.calls)}
                rowKey={(each) => each.route}
              />
            </div>
          ) : (
            <EmptyState title="Nothing was asked since the service was started." />
          )
        }
      </Loaded>
    </Card>
  );
}

function columns(metrics: Metrics): Column<Endpoint>[] {
  const slowest = Math.max(1, ...metrics.endpoints.map((each) => each.latency_ms.p95 ?? 0));
  return [
    {
      id: "route",
      title: "Route",
      cell: (each) => (each.route === "(none)" ? "No such address" : <code>{each.route}</code>),
    },
    { id: "calls", title: "Calls", align: "right", cell: (each) => count(each.calls) },
    {
      id: "p50",
      title: "p50",
      align: "right",
      hint: "Half of the calls took at most so long",
      wide: true,
      cell: (each) => figure(each.latency_ms.p50),
    },
    {
      id: "p95",
      title: "p95",
      align: "right",
      hint: "95 of 100 calls took at most so long",
      cell: (each) => (
        <span className="latency">
          <span
            className="latency-bar"
            style={{ width: `${(100 * (each.latency_ms.p95 ?? 0)) / slowest}%` }}
            aria-hidden="true"
          />
          <span>{figure(each.latency_ms.p95)}</span>
        </span>
      ),
    },
    {
      id: "p99",
      title: "p99",
      align: "right",
      wide: true,
      hint: "99 of 100 calls took at most so long",
      cell: (each) => figure(each.latency_ms.p99),
    },
    {
      id: "cache",
      title: "Cache",
      align: "right",
      hint: "Answers that nobody had to make",
      cell: (each) => (each.cache.hit_rate === null ? NOTHING : pct(each.cache.hit_rate, 0)),
    },
    {
      id: "unchanged",
      title: "Unchanged",
      align: "right",
      wide: true,
      hint: "Answered 304: the caller had it already",
      cell: (each) => count(each.not_modified),
    },
    {
      id: "errors",
      title: "Errors",
      align: "right",
      hint: "Refused or failed; in brackets those of the service",
      cell: (each) => (
        <span className={each.server_errors ? "system-bad" : undefined}>
          {count(each.errors)}
          {each.server_errors > 0 && ` (${count(each.server_errors)})`}
        </span>
      ),
    },
  ];
}

function figure(value: number | null): string {
  return value === null ? NOTHING : ratio(value, value < 10 ? 1 : 0);
}
