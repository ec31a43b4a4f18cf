// Instants are UTC in the API; here they become wall time in one zone, and dates stay dates.

export interface WallTime {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  /** Monday is 1, Sunday 7. */
  weekday: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function format(zone: string | undefined, options: Intl.DateTimeFormatOptions) {
  const key = `${zone} ${JSON.stringify(options)}`;
  const known = formats.get(key);
  if (known) return known;
  const made = new Intl.DateTimeFormat("en-US", { timeZone: zone, hourCycle: "h23", ...options });
  formats.set(key, made);
  return made;
}

type Moment = string | number | Date;

const SHORT = { month: "short", day: "numeric" } as const;
const CLOCK = { hour: "2-digit", minute: "2-digit" } as const;

/** `14:32`, with seconds `14:32:05`. */
export function clock(at: Moment, zone: string, withSeconds = false): string {
  const options = withSeconds ? { ...CLOCK, second: "2-digit" as const } : CLOCK;
  return format(zone, options).format(new Date(at));
}

/** `Nov 7`, with the year `Nov 7, 2025`. */
export function date(at: Moment, zone: string, withYear = false): string {
  const options = withYear ? { ...SHORT, year: "numeric" as const } : SHORT;
  return format(zone, options).format(new Date(at));
}

/** `Nov 7, 14:32`, with the year `Nov 7, 2025, 14:32`. */
export function dateTime(at: Moment, zone: string, withSeconds = false, withYear = false): string {
  return `${date(at, zone, withYear)}, ${clock(at, zone, withSeconds)}`;
}

/** `CST`, `GMT+2`: what the zone is called at an instant. */
export function zoneName(zone: string, at: Moment = Date.now()): string {
  const parts = format(zone, { timeZoneName: "short" }).formatToParts(new Date(at));
  return parts.find((part) => part.type === "timeZoneName")?.value ?? zone;
}

/** `2025-11-07` as `Fri, Nov 7`, with the year `Fri, Nov 7, 2025`; no zone can shift it. */
export function dayName(date: string, withYear = false): string {
  const options = withYear ? { ...SHORT, year: "numeric" as const } : SHORT;
  return format("UTC", { weekday: "short", ...options }).format(new Date(`${date}T00:00:00Z`));
}

/** `2025-11` as `November 2025`. */
export function monthName(month: string): string {
  return format("UTC", { month: "long", year: "numeric" }).format(
    new Date(`${month}-01T00:00:00Z`),
  );
}

const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/** The wall clock of a zone at an instant. */
export function wallTime(at: Moment, zone: string): WallTime {
  const parts = format(zone, {
    weekday: "short",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  }).formatToParts(new Date(at));
  const part = (type: string) => parts.find((each) => each.type === type)?.value ?? "0";
  return {
    year: Number(part("year")),
    month: Number(part("month")),
    day: Number(part("day")),
    hour: Number(part("hour")),
    minute: Number(part("minute")),
    second: Number(part("second")),
    weekday: WEEKDAYS.indexOf(part("weekday")) + 1,
  };
}

/** Whether an instant is of the year that it is now. */
export function isThisYear(at: Moment, zone: string): boolean {
  const year = format(zone, { year: "numeric" });
  return year.format(new Date(at)) === year.format(Date.now());
}

/** `2025-11-07` some days later. */
export function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/** `2025-11` some months later. */
export function addMonths(month: string, months: number): string {
  const [year = 0, number = 1] = month.split("-").map(Number);
  return new Date(Date.UTC(year, number - 1 + months, 1)).toISOString().slice(0, 7);
}

/** Monday is 1, Sunday 7. */
export function weekdayOf(date: string): number {
  return new Date(`${date}T00:00:00Z`).getUTCDay() || 7;
}

/** A length of time in its two largest units: `7m 43s`, `1h 05m`, `2d 3h`. */
export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return "–";
  const whole = Math.round(seconds);
  const [d, h] = [Math.floor(whole / 86_400), Math.floor((whole % 86_400) / 3_600)];
  const [m, s] = [Math.floor((whole % 3_600) / 60), whole % 60];
  if (d) return `${d}d ${h}h`;
  if (h) return `${h}h ${String(m).padStart(2, "0")}m`;
  if (m) return `${m}m ${String(s).padStart(2, "0")}s`;
  return `${s}s`;
}

/** `12 s ago`, `4 min ago`. */
export function ago(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1_000));
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}
