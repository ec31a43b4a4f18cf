// How often trades came to how much.

export interface Bin {
  /** From this on, `null` for all that is less than `until`. */
  from: number | null;
  /** Up to but without this, `null` for all that is more. */
  until: number | null;
  count: number;
}

const WANTED = 26;
const STEPS = [1, 2, 2.5, 5, 10];

/** A round width of which about so many make up a length. */
export function roundStep(length: number, parts: number): number {
  const least = Math.max(length / parts, 0.01);
  const power = 10 ** Math.floor(Math.log10(least));
  return power * (STEPS.find((each) => each * power >= least) ?? 10);
}

/** Trades by P&L in steps that meet at zero; the few that lie far out are in the first and last. */
export function bins(values: readonly number[]): Bin[] {
  if (values.length === 0) return [];
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  const [low, high] = [Math.min(0, at(0.01)), Math.max(0, at(0.99))];
  const step = roundStep(high - low, WANTED);
  const [first, last] = [Math.floor(low / step), Math.floor(high / step)];
  const counts = new Array<number>(last - first + 1).fill(0);
  for (const value of values) {
    const place = Math.min(last, Math.max(first, Math.floor(value / step))) - first;
    counts[place] = (counts[place] ?? 0) + 1;
  }
  const isBelow = (sorted[0] ?? 0) < first * step;
  const isAbove = at(1) >= (last + 1) * step;
  return counts.map((count, index) => ({
    from: index === 0 && isBelow ? null : (first + index) * step,
    until: index === counts.length - 1 && isAbove ? null : (first + index + 1) * step,
    count,
  }));
}

/** The middle value; of two in the middle their mean. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  const upper = sorted[Math.floor(half)] ?? 0;
  return Number.isInteger(half) ? (upper + (sorted[half - 1] ?? 0)) / 2 : upper;
}
