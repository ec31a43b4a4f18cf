import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { fireEvent, render, screen, waitFor } from "@testing-library/react";
import { beforeEach, expect, test, vi } from "vitest";
import { ApiError } from "../../api/errors";
import Import from "./Import";
import { badLines, helpOf } from "./options";

const OUTCOME = {
  id: null,
  account_id: "A",
  file: "day.csv",
  format: "topstepx-trades",
  rows: 2,
  executions: 4,
  accepted: 4,
  duplicates: 0,
  orders_accepted: 0,
  positions_closed: 2,
  closed_positions: 2,
  open_positions: 0,
  gross_pnl: 12,
  fees: 2,
  net_pnl: 10,
  first_execution_at: "2025-11-07T14:30:00Z",
  last_execution_at: "2025-11-07T15:30:00Z",
  warnings: ["a position in MNQZ5 is still open where the file ends"],
  accounts_created: ["A"],
};
const UNDONE = { id: "7", undone: 4, orders: 0, corrected: 0, restorable: 0, accounts: {} };

let scope = "admin";
const asked: string[] = [];

function answer(method: string, address: string): unknown {
  if (method === "POST") return { ...OUTCOME, id: address.includes("dry_run") ? null : "7" };
  if (method === "DELETE") return UNDONE;
  if (address.startsWith("/api/session")) return { name: "me", scope };
  return address.startsWith("/api/imports") ? { items: [], next_cursor: null } : [];
}

beforeEach(() => {
  scope = "admin";
  asked.length = 0;
  window.history.replaceState(null, "", "/dashboard/import?account=A");
  vi.stubGlobal("fetch", (address: string, init: RequestInit) => {
    const method = init.method ?? "GET";
    if (method !== "GET") asked.push(`${method} ${address}`);
    return Promise.resolve(new Response(JSON.stringify(answer(method, address))));
  });
});

function show() {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  render(
    <QueryClientProvider client={client}>
      <Import />
    </QueryClientProvider>,
  );
}

const drop = () =>
  fireEvent.drop(screen.getByText("Drop an export of your platform here"), {
    dataTransfer: { files: [new File(["x"], "day.csv")], types: ["Files"] },
  });

test("a file that is dropped is looked at, then stored, then undone, in this order", async () => {
  show();
  drop();
  const store = await screen.findByText("Store 4 executions");
  expect(screen.getByText(/still open where the file ends/)).toBeTruthy();
  fireEvent.click(store);
  fireEvent.click(await screen.findByText("Undo"));
  await screen.findByText(/taken out, as if the file had never/);
  expect(asked).toEqual([
    "POST /api/imports?account_id=A&dry_run=true",
    "POST /api/imports?account_id=A",
    "DELETE /api/imports/7?account_id=A",
  ]);
});

test("another way to read the file is tried at once, and stores nothing", async () => {
  show();
  drop();
  await screen.findByText("Store 4 executions");
  fireEvent.change(screen.getByLabelText("Format"), { target: { value: "topstepx-trades" } });
  await waitFor(() =>
    expect(asked.at(-1)).toBe("POST /api/imports?account_id=A&format=topstepx-trades&dry_run=true"),
  );
});

test("who may only read is told so, and sends nothing", async () => {
  scope = "read";
  show();
  await screen.findByText(/importing needs one that may write/);
  drop();
  expect(screen.queryByText("day.csv")).toBeNull();
  expect(asked).toEqual([]);
});

const refusal = (message: string) =>
  new ApiError({
    code: "INVALID_BODY",
    message: "2 bad lines, nothing was stored",
    status: 400,
    retryable: false,
    details: [{ row: 5, field: "quantity", message }],
  });

test("a bad line is told by its line and column, without the file's name again", () => {
  expect(badLines(refusal("my day.csv:5: quantity must be a number"))).toEqual([
    { line: 5, column: "quantity", message: "quantity must be a number" },
  ]);
});

test("what a refusal asks for is offered", () => {
  expect(helpOf(refusal("day.csv:5: at has no offset from UTC: name the zone (--tz)"))).toBe(
    "zone",
  );
  expect(helpOf(refusal("quantity must be a number"))).toBeNull();
});
