import { createStore } from "../store";

/** Whether somebody is signed in; `ended` is a session that was good and is not any more. */
export type SessionState = "unknown" | "open" | "none" | "ended";

export const session = createStore<SessionState>("unknown");

/** A request was refused for want of a session. */
export function sessionEnded(): void {
  session.set(session.get() === "open" || session.get() === "ended" ? "ended" : "none");
}

/** A request was answered. */
export function sessionOpen(): void {
  session.set("open");
}
