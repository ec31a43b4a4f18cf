import { act, renderHook } from "@testing-library/react";
import { expect, test } from "vitest";
import {
  day,
  goTo,
  integer,
  linkTo,
  month,
  oneOf,
  setParams,
  text,
  useParam,
  useScreen,
} from "./params";

const RANGE = oneOf(["1d", "all"], "all");

test("a parameter is read from the address and written to it", () => {
  window.history.replaceState(null, "", "/dashboard/?range=1d");
  const { result } = renderHook(() => useParam("range", RANGE));
  expect(result.current[0]).toBe("1d");
  act(() => result.current[1]("all"));
  expect(result.current[0]).toBe("all");
  expect(window.location.search).toBe("");
});

test("what makes no sense in the address is the usual value", () => {
  expect(RANGE.read("<script>")).toBe("all");
  expect([
    integer(1, 0, 9).read("10"),
    integer(1, 0, 9).read("x"),
    integer(1, 0, 9).read("7"),
  ]).toEqual([1, 1, 7]);
  expect([day.read("2025-11-07"), day.read("yesterday"), month.read("2025-13")]).toEqual([
    "2025-11-07",
    null,
    null,
  ]);
  expect(text("").read(null)).toBe("");
});

test("going to another screen keeps the account and leaves the filters behind", () => {
  const { result } = renderHook(() => useScreen());
  act(() => setParams({ account: "A/B 1", range: "1d" }));
  expect(linkTo("trades", { start: "2025-11-07" })).toBe(
    "/dashboard/trades?account=A%2FB+1&start=2025-11-07",
  );
  act(() => goTo("trades"));
  expect(result.current).toBe("trades");
  expect(window.location.search).toBe("?account=A%2FB+1");
});

test("going back shows what was shown", async () => {
  const { result } = renderHook(() => useParam("range", RANGE));
  act(() => result.current[1]("1d"));
  const moved = new Promise((resolve) =>
    window.addEventListener("popstate", resolve, { once: true }),
  );
  window.history.back();
  await act(async () => void (await moved));
  expect(result.current[0]).toBe("all");
});
