// The futures week by the clock: 17:00 to 16:00 Chicago, Sunday evening to Friday; no holidays.
import { wallTime } from "./time";

export const EXCHANGE_ZONE = "America/Chicago";
const MINUTES = 24 * 60;
const OPENS = 17 * 60;
const CLOSES = 16 * 60;

export interface MarketSession {
  isOpen: boolean;
  /** Seconds until it closes or opens. */
  changesInS: number;
  /** How much of the 23 hours has passed, 0 to 1; 0 while it is closed. */
  passed: number;
}

/** Whether the market trades at an instant, and for how long still. */
export function marketSession(at: number): MarketSession {
  const now = wallTime(at, EXCHANGE_ZONE);
  const minutes = now.hour * 60 + now.minute;
  const isOpen = trades(now.weekday, minutes);
  let ahead = 1;
  while (trades(...later(now.weekday, minutes, ahead)) === isOpen) ahead += 1;
  const length = (MINUTES - OPENS + CLOSES) * 60;
  const changesInS = ahead * 60 - now.second;
  return { isOpen, changesInS, passed: isOpen ? 1 - changesInS / length : 0 };
}

function trades(weekday: number, minutes: number): boolean {
  const isEvening = minutes >= OPENS && (weekday <= 4 || weekday === 7);
  return isEvening || (minutes < CLOSES && weekday <= 5);
}

function later(weekday: number, minutes: number, ahead: number): [number, number] {
  const all = minutes + ahead;
  return [((weekday - 1 + Math.floor(all / MINUTES)) % 7) + 1, all % MINUTES];
}
