import type { Colours } from "./spec";

/** The colours that the style sheet gives now. */
export function readColours(element: Element): Colours {
  const style = getComputedStyle(element);
  const token = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const at = (name: string) => (opacity: number) =>
    `rgba(${token(name).split(/\s+/).join(", ")}, ${opacity})`;
  return {
    ink: token("ink"),
    muted: token("ink-3"),
    line: token("line"),
    card: token("card"),
    accent: token("accent"),
    gain: token("gain"),
    loss: token("loss"),
    warn: token("warn"),
    danger: token("danger"),
    lineStrong: token("line-strong"),
    shade: token("shade"),
    volume: token("line-strong"),
    gainAt: at("gain-fill"),
    lossAt: at("loss-fill"),
  };
}
