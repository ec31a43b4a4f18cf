import type { components } from "./schema";

export type Fault = components["schemas"]["FaultBody"];

/** A failure in the API's own words; `code` is `UNREACHABLE` where no answer came at all. */
export class ApiError extends Error {
  readonly code: string;
  readonly status: number;
  readonly retryable: boolean;
  readonly requestId: string | null;
  readonly details: readonly Fault[];
  readonly retryAfterS: number | null;

  constructor(said: {
    code: string;
    message: string;
    status: number;
    retryable: boolean;
    requestId?: string | null;
    details?: readonly Fault[];
    retryAfterS?: number | null;
  }) {
    super(said.message);
    this.name = "ApiError";
    this.code = said.code;
    this.status = said.status;
    this.retryable = said.retryable;
    this.requestId = said.requestId ?? null;
    this.details = said.details ?? [];
    this.retryAfterS = said.retryAfterS ?? null;
  }
}

/** The failure that an answer tells; one that is not the API's (a proxy's page) by its status. */
export async function failureOf(response: Response): Promise<ApiError> {
  const told = isFailure(await readJson(response));
  const seconds = Number(response.headers.get("Retry-After") ?? Number.NaN);
  return new ApiError({
    code: told?.code ?? `HTTP_${response.status}`,
    message: told?.message ?? `The service answered ${response.status} without saying why.`,
    status: response.status,
    retryable: told?.retryable ?? response.status >= 500,
    requestId: told?.request_id ?? response.headers.get("X-Request-ID"),
    details: told?.details ?? [],
    retryAfterS: Number.isFinite(seconds) ? seconds : null,
  });
}

/** The failure of a request that got no answer. */
export function unreachable(cause: unknown): ApiError {
  const isTimeout = cause instanceof DOMException && cause.name === "TimeoutError";
  return new ApiError({
    code: "UNREACHABLE",
    message: isTimeout ? "The service did not answer in time." : "The service cannot be reached.",
    status: 0,
    retryable: true,
  });
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return null;
  }
}

function isFailure(body: unknown): components["schemas"]["Failure"] | null {
  const error = (body as { error?: { code?: unknown; message?: unknown } } | null)?.error;
  const isTold = typeof error?.code === "string" && typeof error.message === "string";
  return isTold ? (error as components["schemas"]["Failure"]) : null;
}
