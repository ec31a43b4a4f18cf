import { createStore } from "../store";

const KEPT_MAX = 200;

/** What one request took, for those who look after the service. */
export interface Exchange {
  method: string;
  path: string;
  status: number;
  tookMs: number;
  serverMs: number | null;
  cache: string | null;
  requestId: string | null;
  at: number;
}

/** The last requests of this page, newest first. */
export const traffic = createStore<readonly Exchange[]>([]);

export function noteExchange(exchange: Exchange): void {
  traffic.set([exchange, ...traffic.get()].slice(0, KEPT_MAX));
}

/** The `total` of a `Server-Timing` header in milliseconds. */
export function serverMs(header: string | null): number | null {
  const found = /(?:^|,)\s*total;(?:[^,]*;)?dur=([\d.]+)/.exec(header ?? "");
  return found ? Number(found[1]) : null;
}
