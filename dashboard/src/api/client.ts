// The one place that talks HTTP: typed by the document, revalidating by entity tag.
import { sessionEnded } from "../session/state";
import { ApiError, failureOf, unreachable } from "./errors";
import type { paths } from "./schema";
import { noteExchange, serverMs } from "./traffic";

const PATIENCE_MS = 20_000;
// A file has to get there, and all of it is read before the answer.
const FILE_PATIENCE_MS = 180_000;
const KEPT_MAX = 120;

type Json<R> = R extends { content: { "application/json": infer Body } } ? Body : never;
type Getting<P extends keyof paths> = paths[P] extends { get: infer Operation } ? Operation : never;

export type GetPath = {
  [P in keyof paths]: [Getting<P>] extends [never | undefined] ? never : P;
}[keyof paths];

/** What a GET answers. */
export type Answer<P extends GetPath> =
  Getting<P> extends { responses: { 200: infer R } } ? Json<R> : never;

/** The query that a GET takes, by its names in the document. */
export type Query<P extends GetPath> =
  Getting<P> extends { parameters: { query?: infer Q } } ? NonNullable<Q> : never;

export type Values = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** `/api/positions/{position_id}` with its names filled in, and the query that says something. */
export function url(path: string, query: Values = {}, names: Values = {}): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(names[name] ?? "")),
  );
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== "") search.set(name, String(value));
  }
  const said = search.toString();
  return said ? `${filled}?${said}` : filled;
}

interface Options<Q> {
  query?: Q;
  names?: Values;
  signal?: AbortSignal;
}

/** A GET by the document; the same object again while its entity tag is the same. */
export function get<P extends GetPath>(
  path: P,
  { query, names, signal }: Options<Query<P>> = {},
): Promise<Answer<P>> {
  return revalidated(url(path, query as Values, names), signal) as Promise<Answer<P>>;
}

interface Kept {
  tag: string;
  body: unknown;
}

// Answers by address, the least recently used first.
const kept = new Map<string, Kept>();

/** Forget what was answered to somebody who may have left. */
export function forgetAnswers(): void {
  kept.clear();
}

/** A GET of any address of the service, revalidated by its entity tag. */
export async function revalidated(address: string, signal?: AbortSignal): Promise<unknown> {
  const known = kept.get(address);
  const headers: HeadersInit = known ? { "If-None-Match": known.tag } : {};
  const response = await exchange(address, { headers, signal: signal ?? null });
  if (response.status === 304 && known) return remember(address, known).body;
  const body: unknown = await response.json();
  const tag = response.headers.get("ETag");
  if (tag) remember(address, { tag, body });
  return body;
}

function remember(address: string, answer: Kept): Kept {
  kept.delete(address);
  kept.set(address, answer);
  for (const oldest of kept.keys()) {
    if (kept.size <= KEPT_MAX) break;
    kept.delete(oldest);
  }
  return answer;
}

/** A GET of any address of the service as the text that it answers: CSV, mostly. */
export async function getText(address: string, signal?: AbortSignal): Promise<string> {
  return (await exchange(address, { signal: signal ?? null })).text();
}

/** A write; `body` goes out as JSON, a form as a form. */
export async function send<T>(
  method: "POST" | "PUT" | "DELETE",
  address: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<T> {
  const isForm = body instanceof FormData;
  const hasJson = body !== undefined && !isForm;
  const response = await exchange(address, {
    method,
    headers: hasJson ? { "Content-Type": "application/json" } : {},
    body: hasJson ? JSON.stringify(body) : isForm ? body : null,
    signal: signal ?? null,
  });
  return (await response.json()) as T;
}

async function exchange(address: string, init: RequestInit): Promise<Response> {
  const started = performance.now();
  const response = await answered(address, init);
  noteExchange({
    method: init.method ?? "GET",
    path: address,
    status: response.status,
    tookMs: performance.now() - started,
    serverMs: serverMs(response.headers.get("Server-Timing")),
    cache: response.headers.get("X-Cache"),
    requestId: response.headers.get("X-Request-ID"),
    at: Date.now(),
  });
  if (response.ok || response.status === 304) return response;
  const failure = await failureOf(response);
  if (failure.status === 401 && address !== "/api/session") sessionEnded();
  throw failure;
}

async function answered(address: string, init: RequestInit): Promise<Response> {
  const isFile = init.body instanceof FormData;
  const patience = AbortSignal.timeout(isFile ? FILE_PATIENCE_MS : PATIENCE_MS);
  const signal = init.signal ? AbortSignal.any([init.signal, patience]) : patience;
  try {
    // `no-store`: the entity tags are kept here, where a 304 can be seen.
    return await fetch(address, {
      ...init,
      signal,
      cache: "no-store",
      credentials: "same-origin",
      headers: { Accept: "application/json", ...init.headers },
    });
  } catch (cause) {
    if (init.signal?.aborted) throw cause;
    throw unreachable(cause);
  }
}

/** Whether a failure is worth another try, and which wait it asks for. */
export function shouldRetry(failures: number, error: unknown): boolean {
  return failures < 2 && error instanceof ApiError && error.retryable;
}

export function retryDelayMs(failures: number, error: unknown): number {
  const asked = error instanceof ApiError ? (error.retryAfterS ?? 0) * 1_000 : 0;
  return Math.max(asked, Math.min(8_000, 500 * 2 ** failures) * (0.75 + Math.random() / 2));
}
