import { expect, test } from "vitest";
import type { Limit } from "../../api/types";
import { room } from "./room";

const LIMIT: Limit = {
  limit: 2_000,
  used: 0,
  remaining: 2_000,
  violated: false,
  pct: 0,
  level: 50_000,
  reached_at: null,
};

test("the room is the way down to the level, however far above it the account is", () => {
  expect(room(LIMIT, 62_402.87)).toBe(12_402.87);
  expect(room(LIMIT, 50_000.01)).toBe(0.01);
});

test("a limit that was reached leaves none, and an unknown equity tells none", () => {
  expect(room({ ...LIMIT, violated: true }, 62_402.87)).toBe(0);
  expect(room(LIMIT, 49_000)).toBe(0);
  expect(room(LIMIT, null)).toBeNull();
});
