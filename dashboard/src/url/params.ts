// The address is the state: which screen, account, range and filters; Back undoes, links share it.
import { useCallback, useMemo, useSyncExternalStore } from "react";

/** How a value stands in the address; what cannot be read is the usual value. */
export interface Codec<T> {
  read(text: string | null): T;
  write(value: T): string | null;
}

export const BASE = "/dashboard";
const MOVED = "dashboard:moved";

export function text(usual: string): Codec<string> {
  return { read: (said) => said ?? usual, write: (value) => (value === usual ? null : value) };
}

export function oneOf<const T extends string>(values: readonly T[], usual: T): Codec<T> {
  return {
    read: (said) => values.find((each) => each === said) ?? usual,
    write: (value) => (value === usual ? null : value),
  };
}

export function integer(usual: number, least: number, most: number): Codec<number> {
  return {
    read: (said) => {
      const value = said !== null && /^-?\d+$/.test(said) ? Number(said) : Number.NaN;
      return value >= least && value <= most ? value : usual;
    },
    write: (value) => (value === usual ? null : String(value)),
  };
}

/** A civil date, `2025-11-07`, or nothing. */
export const day: Codec<string | null> = {
  read: (said) => (said && /^\d{4}-\d{2}-\d{2}$/.test(said) ? said : null),
  write: (value) => value,
};

/** A month, `2025-11`, or nothing. */
export const month: Codec<string | null> = {
  read: (said) => (said && /^\d{4}-(0[1-9]|1[0-2])$/.test(said) ? said : null),
  write: (value) => value,
};

interface Moving {
  replace?: boolean;
}

/** Change some parameters of the address; `null` takes one out. */
export function setParams(
  changes: Readonly<Record<string, string | null>>,
  { replace = false }: Moving = {},
): void {
  const search = new URLSearchParams(window.location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) search.delete(name);
    else search.set(name, value);
  }
  move(address(window.location.pathname, search), replace);
}

/** Go to a screen; the account stays, other parameters only if they are given. */
export function goTo(screen: string, params: Readonly<Record<string, string>> = {}): void {
  move(linkTo(screen, params), false);
  window.scrollTo(0, 0);
}

/** The address of a screen about the same account. */
export function linkTo(screen: string, params: Readonly<Record<string, string>> = {}): string {
  const search = new URLSearchParams();
  const account = new URLSearchParams(window.location.search).get("account");
  if (account) search.set("account", account);
  for (const [name, value] of Object.entries(params)) search.set(name, value);
  return address(`${BASE}/${screen}`, search);
}

function address(path: string, search: URLSearchParams): string {
  const said = search.toString();
  return said ? `${path}?${said}` : path;
}

function move(to: string, replace: boolean): void {
  if (to === window.location.pathname + window.location.search) return;
  window.history[replace ? "replaceState" : "pushState"](null, "", to);
  window.dispatchEvent(new Event(MOVED));
}

function subscribe(listener: () => void): () => void {
  window.addEventListener("popstate", listener);
  window.addEventListener(MOVED, listener);
  return () => {
    window.removeEventListener("popstate", listener);
    window.removeEventListener(MOVED, listener);
  };
}

/** The screen that the address names, `""` for the first. */
export function useScreen(): string {
  const path = useSyncExternalStore(subscribe, () => window.location.pathname);
  return path.replace(/^\/dashboard\/?/, "").replace(/\/$/, "");
}

/** One parameter of the address as a value, and how to change it; keep the codec out of renders. */
export function useParam<T>(
  name: string,
  codec: Codec<T>,
): readonly [T, (value: T, moving?: Moving) => void] {
  const search = useSyncExternalStore(subscribe, () => window.location.search);
  const said = useMemo(() => new URLSearchParams(search).get(name), [search, name]);
  const set = useCallback(
    (value: T, moving?: Moving) => setParams({ [name]: codec.write(value) }, moving),
    [name, codec],
  );
  return [codec.read(said), set];
}
