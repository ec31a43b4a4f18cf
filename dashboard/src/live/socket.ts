// One WebSocket that comes back by itself: it resumes after the last message it has, notices a
// silent line, waits longer after each failure, and says when it stays away.

export type MessageType =
  | "hello"
  | "performance_update"
  | "trade_update"
  | "position_update"
  | "account_update"
  | "risk_update"
  | "bar_update"
  | "health"
  | "pong"
  | "error";

export interface Message {
  type: MessageType;
  account_id: string | null;
  data: unknown;
  timestamp: string;
  seq: number | null;
}

export interface Listener {
  onMessage(message: Message): void;
  /** `polling` once the socket has failed often enough that figures should be asked for. */
  onStatus(status: "connecting" | "live" | "polling"): void;
  /** The service does not know the session any more. */
  onSignedOut(): void;
}

export const HEARTBEAT_MS = 20_000;
const SILENCE_MS = 45_000;
const ANSWER_WAIT_MS = 5_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 60_000;
const FULL_WAIT_MS = 15_000;
// So many failures in a row, and the page asks for itself.
const PATIENCE = 2;
const TYPES = new Set<string>([
  ...["hello", "performance_update", "trade_update", "position_update", "account_update"],
  ...["risk_update", "bar_update", "health", "pong", "error"],
]);

const CLOSED = { unauthenticated: 4401, revoked: 4403, full: 1013 } as const;

export class LiveSocket {
  private socket: WebSocket | null = null;
  private failures = 0;
  private heardAt = 0;
  private after: number | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private doubt: ReturnType<typeof setTimeout> | undefined;
  private heartbeat: ReturnType<typeof setInterval> | undefined;
  private isStopped = true;

  constructor(
    private readonly url: string,
    private readonly accountId: string,
    private readonly listener: Listener,
    private readonly open: (url: string) => WebSocket = (url) => new WebSocket(url),
    private readonly random: () => number = Math.random,
  ) {}

  start(): void {
    if (!this.isStopped) return;
    this.isStopped = false;
    this.listener.onStatus("connecting");
    this.connect();
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
    this.drop();
  }

  /** Try now rather than when the wait is over, as when the network is back. */
  hurry(): void {
    if (this.isStopped || this.socket) return;
    clearTimeout(this.timer);
    this.connect();
  }

  /** Ask the line whether it is well; one that does not answer soon is opened anew. */
  check(): void {
    if (this.socket?.readyState !== WebSocket.OPEN) return;
    const askedAt = Date.now();
    this.socket.send('{"type":"ping"}');
    clearTimeout(this.doubt);
    this.doubt = setTimeout(() => {
      if (this.heardAt >= askedAt) return;
      this.drop();
      this.wait(0);
    }, ANSWER_WAIT_MS);
  }

  private connect(): void {
    const socket = this.open(this.url);
    this.socket = socket;
    this.heardAt = Date.now();
    // A line that never opens is silent, too.
    this.heartbeat = setInterval(() => this.beat(), HEARTBEAT_MS);
    socket.onopen = () => this.subscribe(socket);
    socket.onmessage = (event: MessageEvent) => this.receive(event.data);
    socket.onclose = (event: CloseEvent) => this.closed(event.code);
  }

  private subscribe(socket: WebSocket): void {
    const wish = { type: "subscribe", account_id: this.accountId };
    socket.send(JSON.stringify(this.after === null ? wish : { ...wish, after: this.after }));
  }

  private receive(text: unknown): void {
    this.heardAt = Date.now();
    const message = read(text);
    if (!message) return;
    this.failures = 0;
    this.listener.onStatus("live");
    if (message.seq !== null && message.account_id === this.accountId) {
      // What is replayed may have been here already.
      if (this.after !== null && message.seq <= this.after) return;
      // The figures are the last of a write's messages: whoever has them has all of it.
      if (message.type === "performance_update") this.after = message.seq;
    }
    if (message.type === "error" && codeOf(message.data) === "RESYNC") this.after = null;
    this.listener.onMessage(message);
  }

  private beat(): void {
    if (Date.now() - this.heardAt > SILENCE_MS) {
      this.drop();
      this.wait(0);
    } else if (this.socket?.readyState === WebSocket.OPEN) {
      this.socket.send('{"type":"ping"}');
    }
  }

  private closed(code: number): void {
    this.drop();
    if (this.isStopped) return;
    if (code === CLOSED.unauthenticated || code === CLOSED.revoked) {
      this.stop();
      this.listener.onSignedOut();
    } else {
      this.wait(code);
    }
  }

  private wait(code: number): void {
    this.failures += 1;
    this.listener.onStatus(this.failures >= PATIENCE ? "polling" : "connecting");
    const least = code === CLOSED.full ? FULL_WAIT_MS : FIRST_WAIT_MS;
    const wait = Math.min(LONGEST_WAIT_MS, least * 2 ** (this.failures - 1));
    this.timer = setTimeout(() => this.connect(), wait * (0.5 + this.random() / 2));
  }

  private drop(): void {
    clearInterval(this.heartbeat);
    clearTimeout(this.doubt);
    const socket = this.socket;
    this.socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }
}

function read(text: unknown): Message | null {
  try {
    const told: unknown = JSON.parse(String(text));
    if (told === null || typeof told !== "object") return null;
    const { type, account_id, data, timestamp, seq } = told as Record<string, unknown>;
    if (typeof type !== "string" || !TYPES.has(type)) return null;
    return {
      type: type as MessageType,
      account_id: typeof account_id === "string" ? account_id : null,
      data,
      timestamp: typeof timestamp === "string" ? timestamp : "",
      seq: typeof seq === "number" ? seq : null,
    };
  } catch {
    return null;
  }
}

/** The code that an `error` message carries. */
export function codeOf(data: unknown): string | null {
  const code = (data as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : null;
}
