// What stands in the place of figures that are not there: why, and what to do.
import { type ReactNode, useEffect, useState } from "react";
import { ApiError } from "../api/errors";
import { Icon } from "./Icon";

interface ErrorStateProps {
  error: Error;
  onRetry?: () => void;
}

/** A failure in the API's words; a retry where one makes sense, not before it does. */
export function ErrorState({ error, onRetry }: ErrorStateProps) {
  const told = error instanceof ApiError ? error : null;
  const waitS = useCountdown(error, told?.retryAfterS ?? 0);
  return (
    <div className="state state-error" role="alert">
      <Icon name="alert" size={22} />
      <p className="state-text">{error.message}</p>
      {told?.details.map((each) => (
        <p className="state-detail" key={`${each.row ?? ""} ${each.field} ${each.message}`}>
          {each.row !== undefined && <>row {each.row}: </>}
          <code>{each.field}</code> {each.message}
        </p>
      ))}
      <p className="state-detail">
        <code>{told?.code ?? error.name}</code>
        {told?.requestId && (
          <>
            {" "}
            · request <code>{told.requestId}</code>
          </>
        )}
      </p>
      {onRetry && (told?.retryable ?? true) && (
        <button type="button" className="button" disabled={waitS > 0} onClick={onRetry}>
          {waitS > 0 ? `Try again in ${waitS} s` : "Try again"}
        </button>
      )}
    </div>
  );
}

function useCountdown(error: Error, seconds: number): number {
  const [left, setLeft] = useState(seconds);
  useEffect(() => {
    const until = Date.now() + seconds * 1_000;
    const tell = () => setLeft(Math.max(0, Math.ceil((until - Date.now()) / 1_000)));
    tell();
    if (!seconds || !error) return;
    const timer = setInterval(tell, 500);
    return () => clearInterval(timer);
  }, [error, seconds]);
  return left;
}

interface EmptyStateProps {
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}

/** Nothing to show, why, and what would show something. */
export function EmptyState({ title, children, action }: EmptyStateProps) {
  return (
    <div className="state">
      <Icon name="empty" size={22} />
      <p className="state-text">{title}</p>
      {children && <p className="state-detail">{children}</p>}
      {action}
    </div>
  );
}

export interface Loading<T> {
  data: T | undefined;
  error: Error | null;
  refetch: () => unknown;
}

interface LoadedProps<T> {
  query: Loading<T>;
  /** Of the final size, so that nothing moves when the figures come. */
  skeleton: ReactNode;
  children: (data: T) => ReactNode;
}

/** What a query brought; old figures stay under a line that says that they are old. */
export function Loaded<T>({ query, skeleton, children }: LoadedProps<T>) {
  const { data, error, refetch } = query;
  if (data === undefined) {
    return error ? <ErrorState error={error} onRetry={() => refetch()} /> : skeleton;
  }
  return (
    <>
      {error && <OldFigures error={error} onRetry={() => refetch()} />}
      {children(data)}
    </>
  );
}

function OldFigures({ error, onRetry }: { error: Error; onRetry: () => void }) {
  return (
    <div className="old-figures" role="status">
      <Icon name="alert" size={14} />
      <span>Not up to date: {error.message}</span>
      <button type="button" className="link" onClick={onRetry}>
        Try again
      </button>
    </div>
  );
}

/** Lines of a table or list that is not here yet. */
export function SkeletonRows({ rows, height = 36 }: { rows: number; height?: number }) {
  return (
    <div className="skeleton-rows" aria-hidden="true">
      {Array.from({ length: rows }, (_, row) => row).map((row) => (
        <div key={row} style={{ height }}>
          <span className="skeleton" style={{ width: `${55 + ((row * 17) % 40)}%` }} />
        </div>
      ))}
    </div>
  );
}
