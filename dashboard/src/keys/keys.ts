// Keys that do something on the page that is shown; `?` lists whatever is in force.
import { useEffect, useRef } from "react";
import { createStore } from "../store";

export interface Shortcut {
  /** One key (`?`, `Escape`) or two after one another (`g t`). */
  keys: string;
  does: string;
  group: string;
  run: () => void;
}

// How long the first of two keys waits for the second.
const PATIENCE_MS = 1_200;
const TYPED_IN = "input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]";

export const shortcuts = createStore<readonly Shortcut[]>([]);

let first: { key: string; at: number } | null = null;

/** What a key press asks for, given the key before it. */
export function asked(key: string, at: number): Shortcut | undefined {
  const pair = first && at - first.at < PATIENCE_MS ? `${first.key} ${key}` : null;
  const all = [...shortcuts.get()].reverse();
  const found = all.find((each) => each.keys === pair) ?? all.find((each) => each.keys === key);
  first = found ? null : { key, at };
  return found;
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches(TYPED_IN);
}

function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Shift" || isTyping(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  const found = asked(event.key, event.timeStamp);
  if (!found) return;
  event.preventDefault();
  found.run();
}

/** Listen to the keys of the page. */
export function listenToKeys(): () => void {
  document.addEventListener("keydown", onKeyDown);
  return () => document.removeEventListener("keydown", onKeyDown);
}

/** Keys that are in force while the component is there; the newest of the same keys wins. */
export function useShortcut(keys: string, does: string, run: () => void, group = "This screen") {
  const latest = useRef(run);
  useEffect(() => {
    latest.current = run;
  });
  useEffect(() => {
    const shortcut: Shortcut = { keys, does, group, run: () => latest.current() };
    shortcuts.set([...shortcuts.get(), shortcut]);
    return () => shortcuts.set(shortcuts.get().filter((each) => each !== shortcut));
  }, [keys, does, group]);
}
