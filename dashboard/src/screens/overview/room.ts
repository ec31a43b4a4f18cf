import type { Limit, Risk } from "../../api/types";
import { sum } from "../../format/numbers";

/** How far equity may fall until a limit is reached; `null` where the equity is not known. */
export function room(limit: Limit, equity: Risk["equity"]): number | null {
  if (limit.violated) return 0;
  return equity === null ? null : Math.max(0, sum([equity, -limit.level]));
}
