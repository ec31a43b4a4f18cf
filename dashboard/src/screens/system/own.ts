// This page's own requests, added up by what they asked for.
import type { Exchange } from "../../api/traffic";

export interface Asked {
  method: string;
  path: string;
  count: number;
  failures: number;
  notModified: number;
  /** Half of the requests took at most so long: as seen here, and inside the service. */
  tookMs: number;
  serverMs: number | null;
  slowestMs: number;
}

/** Requests of one method and path as one line, the most frequent first. */
export function byPath(exchanges: readonly Exchange[]): Asked[] {
  const groups = new Map<string, Exchange[]>();
  for (const each of exchanges) {
    const key = `${each.method} ${pathOf(each.path)}`;
    groups.set(key, [...(groups.get(key) ?? []), each]);
  }
  return [...groups.values()].map(asked).sort((one, other) => other.count - one.count);
}

function asked(group: readonly Exchange[]): Asked {
  const [first] = group as [Exchange, ...Exchange[]];
  const told = group.flatMap(({ serverMs }) => (serverMs === null ? [] : [serverMs]));
  return {
    method: first.method,
    path: pathOf(first.path),
    count: group.length,
    failures: group.filter(({ status }) => status >= 400).length,
    notModified: group.filter(({ status }) => status === 304).length,
    tookMs: median(group.map(({ tookMs }) => tookMs)) ?? 0,
    serverMs: median(told),
    slowestMs: Math.max(...group.map(({ tookMs }) => tookMs)),
  };
}

/** The address without its question, and without the ids in it. */
export function pathOf(address: string): string {
  const [path = ""] = address.split("?");
  return path.replace(/^(\/api\/(?:positions|imports|accounts|trades)\/)[^/]+/, "$1{id}");
}

export function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  const high = sorted[middle] as number;
  return sorted.length % 2 ? high : ((sorted[middle - 1] as number) + high) / 2;
}

/** A size on disk as people say it. */
export function bytes(value: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, value)) / 10));
  return `${(value / 1024 ** power).toFixed(power ? 1 : 0)} ${units[power]}`;
}
