// What a person prefers on this device: kept here, not in the address that others may be sent.
import { createStore, useStore } from "../store";

export const THEMES = ["system", "dark", "light"] as const;
export const PALETTES = ["blue-orange", "green-red"] as const;
export const ZONES = ["account", "utc", "local"] as const;

export interface Preferences {
  theme: (typeof THEMES)[number];
  palette: (typeof PALETTES)[number];
  zone: (typeof ZONES)[number];
}

const KEY = "dashboard-preferences";
const USUAL: Preferences = { theme: "system", palette: "blue-orange", zone: "account" };

function among<T extends string>(values: readonly T[], said: unknown, usual: T): T {
  return values.find((each) => each === said) ?? usual;
}

/** What was kept, as far as it still makes sense. */
export function readPreferences(text: string | null): Preferences {
  let said: Partial<Record<keyof Preferences, unknown>> = {};
  try {
    const told: unknown = JSON.parse(text ?? "{}");
    if (told !== null && typeof told === "object") said = told;
  } catch {
    // What cannot be read was not kept.
  }
  return {
    theme: among(THEMES, said.theme, USUAL.theme),
    palette: among(PALETTES, said.palette, USUAL.palette),
    zone: among(ZONES, said.zone, USUAL.zone),
  };
}

function kept(): string | null {
  try {
    return window.localStorage.getItem(KEY);
  } catch {
    return null; // A browser may refuse to keep anything.
  }
}

export const preferences = createStore<Preferences>(readPreferences(kept()));

/** The colours that are in force, which the system may have chosen. */
export const shownTheme = createStore<"dark" | "light">("dark");

const prefersLight = () => window.matchMedia("(prefers-color-scheme: light)");

/** Put the preferences on the page, and keep them. */
export function applyPreferences(): void {
  const { theme, palette } = preferences.get();
  const shown = theme === "system" ? (prefersLight().matches ? "light" : "dark") : theme;
  document.documentElement.dataset.theme = shown;
  document.documentElement.dataset.palette = palette;
  shownTheme.set(shown);
  colours.set(`${shown} ${palette}`);
}

/** Changes whenever any colour does; charts paint themselves again. */
export const colours = createStore("");

export function prefer(change: Partial<Preferences>): void {
  preferences.set({ ...preferences.get(), ...change });
  try {
    window.localStorage.setItem(KEY, JSON.stringify(preferences.get()));
  } catch {
    // Then it lasts as long as the page.
  }
  applyPreferences();
}

/** Follow the system's choice of colours from now on. */
export function followSystem(): void {
  prefersLight().addEventListener("change", applyPreferences);
}

export function usePreferences(): Preferences {
  return useStore(preferences);
}
