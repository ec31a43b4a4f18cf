import { expect, test } from "vitest";
import type { Risk } from "../../api/types";
import type { Bar, Position } from "../../api/types";
import { dayOf, joined, placeOf } from "./bars";
import { bands, dayHours } from "./hours";
import { limitPrice, openLevels, pnlLine, tradeMarks } from "./marks";
import { fits, spanOf, SPANS, TIMEFRAMES, timeframeFor } from "./spans";

const bar = (timestamp: string, close = 100): Bar => ({
  timestamp,
  open: 100,
  high: 101,
  low: 99,
  close,
  volume: 5,
});
const MORNING = ["14:00", "14:05", "14:10", "14:15"].map((at) => bar(`2026-11-20T${at}:00Z`));

const position = (change: Partial<Position> = {}): Position =>
  ({
    id: "p1",
    side: "LONG",
    contract: "MNQZ6",
    quantity: 0,
    max_quantity: 2,
    entry_price: 100.25,
    exit_price: 102,
    opened_at: "2026-11-20T14:07:30Z",
    closed_at: "2026-11-20T14:15:00Z",
    net_pnl: 5,
    ...change,
  }) as Position;

test("pages are one row of bars, and what came last is right", () => {
  const [first, second, ...rest] = MORNING as [Bar, Bar, ...Bar[]];
  const corrected = { ...second, close: 7 };
  const bars = joined(
    [
      [first, second],
      [corrected, ...rest],
    ],
    "5m",
  );
  expect(bars.map((each) => each.close)).toEqual([100, 7, 100, 100]);
  expect(bars.map((each) => each.openedMs)).toEqual(MORNING.map((b) => Date.parse(b.timestamp)));
});

test("an instant lies in the bar that opened last", () => {
  const bars = joined([MORNING], "5m");
  const place = (at: string) => placeOf(bars, Date.parse(`2026-11-20T${at}Z`));
  expect(["13:59:59", "14:00:00", "14:07:30", "20:00:00"].map(place)).toEqual([-1, 0, 1, 3]);
});

test("a daily bar has the date on which its session ends, in summer and in winter", () => {
  expect(dayOf(Date.parse("2026-11-19T23:00:00Z"))).toBe("2026-11-20");
  expect(dayOf(Date.parse("2026-07-19T22:00:00Z"))).toBe("2026-07-20");
  expect(dayOf(Date.parse("2026-07-20T00:00:00Z"))).toBe("2026-07-20");
});

test("a position is drawn from the bar of its entry to that of its exit, at its prices", () => {
  const bars = joined([MORNING], "5m");
  const [mark] = tradeMarks([position()], bars);
  expect(mark).toMatchObject({
    outcome: "gain",
    from: { time: bars[1]?.time, price: 100.25 },
    to: { time: bars[3]?.time, price: 102 },
    hasEntry: true,
    hasExit: true,
  });
});

test("an open position is drawn to the last price, and one from before the bars from their start", () => {
  const bars = joined([MORNING], "5m");
  const open = { closed_at: null, exit_price: null, current_price: 98, unrealized_pnl: -9 };
  const [held] = tradeMarks([position({ ...open, opened_at: "2026-11-19T10:00:00Z" })], bars);
  expect(held).toMatchObject({ outcome: "loss", hasEntry: false, hasExit: false });
  expect(held?.from.time).toBe(bars[0]?.time);
  expect(held?.to).toEqual({ time: bars[3]?.time, price: 98 });
  const over = position({ opened_at: "2026-11-19T10:00:00Z", closed_at: "2026-11-19T11:00:00Z" });
  expect(tradeMarks([over], bars)).toEqual([]);
});

const LIMIT = {
  ...{ limit: 1_000, used: 400, remaining: 600, violated: false, pct: 40, level: 49_400 },
  reached_at: null,
};
const RISK = { balance: 50_000, equity: 49_800, dll: LIMIT, mll: null } as unknown as Risk;
const HELD = { quantity: 2, entry_price: 24_880, closed_at: null, exit_price: null };

test("a limit's price is as far from the entry as the room is worth", () => {
  const long = position({ ...HELD, current_price: null });
  // 600 of room, 2 contracts of 2 a point: 150 points.
  expect(limitPrice(long, RISK, LIMIT, 2)).toBe(24_730);
  expect(limitPrice({ ...long, side: "SHORT" }, RISK, LIMIT, 2)).toBe(25_030);
});

test("with a price known it is counted from there, which is the same price", () => {
  const long = position({ ...HELD, current_price: 24_830, unrealized_pnl: -200 });
  expect(limitPrice(long, RISK, LIMIT, 2)).toBe(24_730);
  expect(openLevels(long, RISK, 2).map((each) => [each.title, each.value, each.inView])).toEqual([
    ["Long from", 24_880, true],
    ["Daily loss limit", 24_730, true],
  ]);
});

test("without a limit, or with nothing held, there is no price", () => {
  expect(openLevels(position(HELD), null, 2)).toHaveLength(1);
  expect(limitPrice(position({ ...HELD, quantity: 0 }), RISK, LIMIT, 2)).toBeNull();
});

test("a session begins at 17:00 Chicago, and what is outside the day is shaded", () => {
  const hours = ["21:55", "23:00", "14:25", "14:30"];
  const days = ["19", "19", "20", "20"];
  const bars = joined([hours.map((at, index) => bar(`2026-11-${days[index]}T${at}:00Z`))], "5m");
  const found = bands(bars, dayHours("CME"));
  const titled = found.filter((each) => each.kind === "titled").map((each) => each.title);
  expect(titled).toEqual(["Thu, Nov 19", "Fri, Nov 20"]);
  const quiet = found.filter((each) => each.kind === "quiet");
  expect(quiet.map((each) => [each.from, each.to])).toEqual([
    [bars[0]?.time, bars[0]?.time],
    [bars[1]?.time, bars[2]?.time],
  ]);
  expect(bands(bars, dayHours("EUREX"))).toEqual([]);
});

test("every timeframe can show its usual span, and every span is shown by some bars", () => {
  for (const timeframe of TIMEFRAMES) {
    expect(fits(spanOf("auto", timeframe), timeframe)).toBe(true);
    expect(fits(spanOf("auto", timeframe, true), timeframe)).toBe(true);
    for (const span of SPANS) expect(fits(span, timeframeFor(span, timeframe))).toBe(true);
  }
  expect(spanOf("3m", "1m")).toBe("4h");
  expect([timeframeFor("3m", "1m"), timeframeFor("4h", "1d"), timeframeFor("1d", "5m")]).toEqual([
    "1h",
    "1h",
    "5m",
  ]);
});

test("P&L adds up where positions were closed, and begins at nothing", () => {
  const bars = joined([MORNING], "5m");
  const other = position({ id: "p2", closed_at: "2026-11-20T14:11:00Z", net_pnl: -2.5 });
  const open = position({ id: "p3", closed_at: null });
  const line = pnlLine([position(), other, open], bars);
  expect(line.map((each) => each.value)).toEqual([0, 0, -2.5, 2.5]);
  expect(line.map((each) => each.time)).toEqual(bars.map((each) => each.time));
});
