// Positions as they lie on the bars: an entry, an exit and a line, and the prices at which an open
// one would reach the account's loss limits.
import type { Limit, Position, Risk } from "../../api/types";
import type { Level, TradeMark } from "../../chart/spec";
import { outcome, sum } from "../../format/numbers";
import { type Drawn, placeOf } from "./bars";

/** Those positions that touch the bars, as marks at the bars that hold their ends. */
export function tradeMarks(positions: readonly Position[], bars: readonly Drawn[]): TradeMark[] {
  return positions.flatMap((each) => tradeMark(each, bars) ?? []);
}

function tradeMark(position: Position, bars: readonly Drawn[]): TradeMark | null {
  const [first, last] = [bars[0], bars.at(-1)];
  if (!first || !last) return null;
  const opened = placeOf(bars, Date.parse(position.opened_at));
  const closed = position.closed_at ? placeOf(bars, Date.parse(position.closed_at)) : null;
  if (closed === -1) return null;
  const isOpen = position.exit_price === null || closed === null;
  const from = { time: (bars[opened] ?? first).time, price: position.entry_price };
  const to = isOpen
    ? { time: last.time, price: position.current_price ?? last.close }
    : { time: (bars[closed] ?? last).time, price: position.exit_price as number };
  const result = isOpen ? position.unrealized_pnl : position.net_pnl;
  return {
    id: position.id,
    side: position.side,
    outcome: outcome(result),
    from,
    to,
    hasEntry: opened >= 0,
    hasExit: !isOpen,
  };
}

/** What the positions on the bars have won together by the end of each bar. */
export function pnlLine(positions: readonly Position[], bars: readonly Drawn[]) {
  const won = new Map<number, number[]>();
  for (const each of positions) {
    if (!each.closed_at) continue;
    const place = placeOf(bars, Date.parse(each.closed_at));
    won.set(place, [...(won.get(place) ?? []), each.net_pnl]);
  }
  let value = 0;
  return bars.map(({ time }, place) => {
    value = sum([value, ...(won.get(place) ?? [])]);
    return { time, value };
  });
}

/** The entry of an open position, and the prices at which the limits are reached. */
export function openLevels(position: Position, risk: Risk | null, pointValue: number): Level[] {
  const entry: Level = {
    value: position.entry_price,
    title: position.side === "LONG" ? "Long from" : "Short from",
    colour: "accent",
    inView: true,
  };
  return [
    entry,
    ...limitLevel("Daily loss limit", "warn", position, risk, risk?.dll, pointValue),
    ...limitLevel("Max loss limit", "danger", position, risk, risk?.mll, pointValue),
  ];
}

function limitLevel(
  title: string,
  colour: "warn" | "danger",
  position: Position,
  risk: Risk | null,
  limit: Limit | null | undefined,
  pointValue: number,
): Level[] {
  const value = risk && limit ? limitPrice(position, risk, limit, pointValue) : null;
  return value === null ? [] : [{ value, title, colour, inView: true }];
}

/** Where a limit is reached if this position alone moves: as far from its entry as the room that
 * the rest of the account leaves. With a price known it is as far from that as all room that is
 * left, which is the same, and right as well where a part was closed already.
 */
export function limitPrice(
  position: Position,
  risk: Risk,
  limit: Limit,
  pointValue: number,
): number | null {
  const perPoint = position.quantity * pointValue;
  const direction = position.side === "LONG" ? 1 : -1;
  if (perPoint <= 0) return null;
  const mark = position.current_price ?? null;
  const now = mark === null ? null : roomLeft(risk.equity, limit);
  const [from, room] =
    now === null ? [position.entry_price, roomLeft(risk.balance, limit)] : [mark, now];
  if (from === null || room === null) return null;
  return Math.round((from - (direction * room) / perPoint) * 1e6) / 1e6;
}

function roomLeft(worth: number | null, limit: Limit): number | null {
  return worth === null ? null : worth - limit.level;
}
