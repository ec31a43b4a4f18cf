import { createStore } from "../store";

/** `live`: messages come; `polling`: the socket is not there, so figures are asked for. */
export type LiveStatus = "connecting" | "live" | "polling" | "offline";

export interface LiveState {
  status: LiveStatus;
  /** When the service was last heard of by a message. */
  heardAt: number | null;
}

export const live = createStore<LiveState>({ status: "connecting", heardAt: null });
