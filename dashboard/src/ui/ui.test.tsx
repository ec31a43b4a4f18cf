import { act, fireEvent, render, screen } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { ApiError } from "../api/errors";
import { listenToKeys, useShortcut } from "../keys/keys";
import { prefer, preferences, readPreferences } from "../theme/preferences";
import { Segmented } from "./Segmented";
import { ErrorState, Loaded } from "./States";
import { Tile } from "./Tile";

const flashes = () => screen.getByRole("group").dataset.flashed ?? "0";

test("a tile flashes when its figure changes, and only then", () => {
  const tile = (of: number | undefined, whose = "A") => (
    <Tile label="Today" value="x" {...{ of, whose }} />
  );
  const { rerender } = render(tile(undefined));
  rerender(tile(5)); // It came.
  rerender(tile(5)); // It came again.
  expect(flashes()).toBe("0");
  rerender(tile(6));
  expect(flashes()).toBe("1");
  rerender(tile(9, "B")); // Another account's.
  expect(flashes()).toBe("1");
});

test("a tile that waits is as large and says that it is busy", () => {
  render(<Tile label="Today" value={undefined} of={undefined} />);
  expect(screen.getByRole("group", { name: "Today" }).getAttribute("aria-busy")).toBe("true");
});

test("a failure says its code and request, and can be tried again when it makes sense", () => {
  vi.useFakeTimers();
  const retry = vi.fn();
  const error = new ApiError({
    code: "DATABASE_UNAVAILABLE",
    message: "the database is away",
    status: 503,
    retryable: true,
    requestId: "abc",
    retryAfterS: 2,
  });
  render(<ErrorState error={error} onRetry={retry} />);
  expect(screen.getByRole("alert").textContent).toMatch(
    /the database is away.*DATABASE_UNAVAILABLE.*abc/,
  );
  const button = screen.getByRole("button");
  expect(button.textContent).toBe("Try again in 2 s");
  fireEvent.click(button);
  expect(retry).not.toHaveBeenCalled();
  act(() => void vi.advanceTimersByTime(2_500));
  fireEvent.click(button);
  expect(retry).toHaveBeenCalledOnce();
  vi.useRealTimers();
});

test("what the caller did wrong offers no second try", () => {
  const error = new ApiError({ code: "FORBIDDEN", message: "no", status: 403, retryable: false });
  render(<ErrorState error={error} onRetry={() => undefined} />);
  expect(screen.queryByRole("button")).toBeNull();
});

test("old figures stay, and are said to be old", () => {
  const query = { data: 7, error: new Error("gone"), refetch: () => undefined };
  render(
    <Loaded query={query} skeleton={null}>
      {(data) => <b>{data}</b>}
    </Loaded>,
  );
  expect(screen.getByText("7")).toBeTruthy();
  expect(screen.getByRole("status").textContent).toContain("Not up to date: gone");
});

test("one of a few is chosen", () => {
  const chosen = vi.fn();
  const options = [
    { value: "a", label: "A" },
    { value: "b", label: "B" },
  ] as const;
  render(<Segmented label="Range" options={options} value="a" onChange={chosen} />);
  fireEvent.click(screen.getByRole("radio", { name: "B" }));
  expect(chosen).toHaveBeenCalledWith("b");
});

function Typing({ onTrades }: { onTrades: () => void }) {
  useShortcut("g t", "Trades", onTrades);
  return (
    <>
      <input />
      <input type="radio" />
    </>
  );
}

test("keys work one after another, but not while somebody types", () => {
  const went = vi.fn();
  const stop = listenToKeys();
  render(<Typing onTrades={went} />);
  for (const key of ["g", "x", "t"]) fireEvent.keyDown(document.body, { key });
  expect(went).not.toHaveBeenCalled();
  for (const key of ["g", "t"]) fireEvent.keyDown(screen.getByRole("textbox"), { key });
  expect(went).not.toHaveBeenCalled();
  for (const key of ["g", "t"]) fireEvent.keyDown(document.body, { key });
  expect(went).toHaveBeenCalledOnce();
  // A choice that was made keeps the focus, but nothing is typed into it.
  for (const key of ["g", "t"]) fireEvent.keyDown(screen.getByRole("radio"), { key });
  expect(went).toHaveBeenCalledTimes(2);
  stop();
});

test("preferences that make no sense are the usual ones", () => {
  expect(readPreferences('{"theme":"pink","palette":"green-red"}')).toEqual({
    theme: "system",
    palette: "green-red",
    zone: "account",
  });
  expect(readPreferences("{")).toEqual(readPreferences(null));
  prefer({ theme: "light" });
  expect(document.documentElement.dataset.theme).toBe("light");
  expect(preferences.get().theme).toBe("light");
});
