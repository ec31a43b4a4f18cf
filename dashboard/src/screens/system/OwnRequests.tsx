import { useMemo } from "react";
import { traffic } from "../../api/traffic";
import { count, NOTHING, ratio } from "../../format/numbers";
import { useStore } from "../../store";
import { Card } from "../../ui/Card";
import { EmptyState } from "../../ui/States";
import { type Column, Table } from "../../ui/Table";
import { type Asked, byPath } from "./own";

/** What this page asked for, and how much of the waiting was the service's. */
export function OwnRequests() {
  const exchanges = useStore(traffic);
  const rows = useMemo(() => byPath(exchanges), [exchanges]);
  return (
    <Card
      title="This page’s requests"
      className="own-requests"
      note={`the last ${count(exchanges.length)}, medians in milliseconds`}
    >
      {rows.length ? (
        <div className="system-rows">
          <Table
            caption="This page’s requests"
            columns={columns(Math.max(1, ...rows.map((each) => each.tookMs)))}
            rows={rows}
            rowKey={(each) => `${each.method} ${each.path}`}
          />
        </div>
      ) : (
        <EmptyState title="Nothing was asked yet." />
      )}
    </Card>
  );
}

function columns(slowest: number): Column<Asked>[] {
  return [
    {
      id: "path",
      title: "Request",
      cell: (each) => (
        <code>
          {each.method === "GET" ? "" : `${each.method} `}
          {each.path}
        </code>
      ),
    },
    { id: "count", title: "Times", align: "right", cell: (each) => count(each.count) },
    {
      id: "took",
      title: "Here",
      align: "right",
      hint: "From asking to the answer, as this page saw it",
      cell: (each) => figure(each.tookMs),
    },
    {
      id: "server",
      title: "Service",
      align: "right",
      hint: "Inside the service, as its Server-Timing says",
      cell: (each) => figure(each.serverMs),
    },
    {
      id: "bar",
      title: "Service and way",
      wide: true,
      cell: (each) => <Bar of={each} slowest={slowest} />,
    },
    {
      id: "slowest",
      title: "Slowest",
      align: "right",
      wide: true,
      cell: (each) => figure(each.slowestMs),
    },
    {
      id: "unchanged",
      title: "Unchanged",
      align: "right",
      wide: true,
      cell: (each) => count(each.notModified),
    },
    {
      id: "failures",
      title: "Failed",
      align: "right",
      cell: (each) => (
        <span className={each.failures ? "system-bad" : undefined}>{count(each.failures)}</span>
      ),
    },
  ];
}

/** The service's part filled, the rest of the way an outline. */
function Bar({ of, slowest }: { of: Asked; slowest: number }) {
  const server = Math.min(of.serverMs ?? 0, of.tookMs);
  return (
    <span className="way" aria-hidden="true">
      <span className="way-service" style={{ width: `${(100 * server) / slowest}%` }} />
      <span className="way-rest" style={{ width: `${(100 * (of.tookMs - server)) / slowest}%` }} />
    </span>
  );
}

function figure(value: number | null): string {
  return value === null ? NOTHING : ratio(value, value < 10 ? 1 : 0);
}
