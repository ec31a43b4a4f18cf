import { expect, test, vi } from "vitest";
import { positionsFile } from "../../api/positions-file";
import { change, clearFilters, type Filters, inForce, openPosition, tradesQuery } from "./filters";

const search = () => window.location.search;

const USUAL = {
  view: "positions",
  period: { start: undefined, end: undefined },
  symbol: "",
  strategy: "",
  side: "",
  status: "closed",
  kind: "filled",
  opened: "",
} as unknown as Filters;

test("the address holds what is unusual, and nothing else", () => {
  change({ symbol: "MNQ", status: "open", type: "filled" });
  expect(search()).toBe("?symbol=MNQ&status=open");
  openPosition("abc", true);
  expect(search()).toBe("?symbol=MNQ&status=open&position=abc");
  clearFilters();
  expect(search()).toBe("?position=abc");
});

test("only the filters of the view that is shown are counted", () => {
  const some = { ...USUAL, side: "LONG", kind: "cancelled", symbol: "MNQ" } as Filters;
  expect(inForce(USUAL)).toBe(0);
  expect(inForce(some)).toBe(2);
  expect(inForce({ ...some, view: "executions" })).toBe(2);
});

test("executions of all of time are asked for as such, not as the last week", () => {
  expect(tradesQuery(USUAL).start).toBe("1970-01-01");
});

test("a file has all pages and the names of the columns once", async () => {
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (address: string) => {
    asked.push(address);
    const isLast = address.includes("cursor=next");
    if (!address.includes("format=csv")) {
      const items = isLast ? [{}] : [{}, {}];
      return Response.json({ items, next_cursor: isLast ? null : "next" });
    }
    return new Response(isLast ? "id,pnl\r\nc,0.0\r\n" : "id,pnl\r\na,1.5\r\nb,-2.0\r\n");
  });
  const onProgress = vi.fn();
  const { signal } = new AbortController();
  const made = await positionsFile("A", { side: "LONG" }, { signal, onProgress });
  expect(await made.text()).toBe("id,pnl\r\na,1.5\r\nb,-2.0\r\nc,0.0\r\n");
  expect(onProgress.mock.calls).toEqual([[2], [3]]);
  expect(asked.every((each) => each.includes("side=LONG"))).toBe(true);
  vi.unstubAllGlobals();
});
