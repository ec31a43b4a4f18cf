import { describe, expect, test } from "vitest";
import {
  count,
  decimalsOf,
  money,
  outcome,
  pct,
  pnl,
  price,
  ratio,
  shortPnl,
  sum,
} from "./numbers";

describe("money", () => {
  test("has a true minus, its cents and its thousands", () => {
    expect(money(-1234.5, { currency: "USD" })).toBe("−$1,234.50");
    expect(money(1234567.891, {})).toBe("1,234,567.89");
    expect(money(12, { currency: "EUR" })).toBe("€12.00");
  });
  test("is rounded from the decimals that were sent, not from binary ones", () => {
    expect(money(1.005)).toBe("1.00");
    expect(money(1.015)).toBe("1.02");
    expect(money(0.1 + 0.2, { decimals: 6 })).toBe("0.300000");
    expect(money(0.0000005, { decimals: 6 })).toBe("0.000000");
  });
  test("that is not known is no zero", () => {
    expect([money(null), money(undefined), money(Number.NaN)]).toEqual(["–", "–", "–"]);
  });
});

test("profit and loss always has a sign, and nothing has none", () => {
  expect(pnl(12, "USD")).toBe("+$12.00");
  expect(pnl(-0.5, "USD")).toBe("−$0.50");
  expect([pnl(0), pnl(-0), pnl(-0.001)]).toEqual(["0.00", "0.00", "0.00"]);
});

test("a calendar's cell has room for few digits", () => {
  expect([250.9, -296.91, 1234, -99_950, 999.6, 0].map((each) => shortPnl(each))).toEqual([
    "+251",
    "−297",
    "+1.2K",
    "−100K",
    "+1,000",
    "0",
  ]);
});

test("shares, ratios and counts", () => {
  expect([pct(53), pct(0), ratio(1.1968), ratio(null), count(1398)]).toEqual([
    "53.0%",
    "0.0%",
    "1.20",
    "–",
    "1,398",
  ]);
});

test("a price has its tick's decimals, an average two more", () => {
  expect([0.25, 1, 0.1, 0.00005, 0.0000005, 0.015625].map(decimalsOf)).toEqual([2, 0, 1, 5, 7, 6]);
  expect(price(25016.5, 0.25)).toBe("25,016.50");
  expect(price(4215.9, 0.1)).toBe("4,215.9");
  expect(price(25078.541666667, 0.25)).toBe("25,078.5417");
  expect(price(0.0068965, 0.0000005)).toBe("0.0068965");
  expect(price(-37.63, 0.01)).toBe("−37.63");
});

test("sums have no binary noise", () => {
  expect(sum([0.1, 0.2, -0.3])).toBe(0);
  expect(sum([121.36, 55.88, -296.91, 571.17, 373.82])).toBe(825.32);
});

test("an outcome is told by its sign alone", () => {
  expect([1e-6, -1e-6, 0, null].map(outcome)).toEqual(["gain", "loss", "even", "even"]);
});
