import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { forgetAnswers } from "../api/client";
import { signIn } from "../api/session";
import { ErrorState } from "../ui/States";
import { session, sessionOpen } from "./state";

/** Show a token once; from then on a cookie that no script can read says who this is. */
export function SignIn() {
  const client = useQueryClient();
  const [token, setToken] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<Error | null>(null);
  const hasEnded = session.get() === "ended";

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await signIn(token.trim());
      forgetAnswers();
      client.clear();
      sessionOpen();
    } catch (cause) {
      setError(cause as Error);
      setBusy(false);
    }
  };

  return (
    <main className="sign-in">
      <form className="card" onSubmit={submit}>
        <Mark />
        <h1>Trader Performance</h1>
        <p>
          {hasEnded
            ? "Your session has ended. Sign in again to go on where you were."
            : "Sign in with an access token of this service."}
        </p>
        <label htmlFor="token">Access token</label>
        <input
          id="token"
          type="password"
          autoComplete="current-password"
          spellCheck={false}
          required
          autoFocus
          value={token}
          onChange={(event) => setToken(event.target.value)}
        />
        <button type="submit" className="button button-main" disabled={isBusy || !token.trim()}>
          {isBusy ? "Signing in…" : "Sign in"}
        </button>
        {error && <ErrorState error={error} />}
        <details>
          <summary>Where do I get a token?</summary>
          <p>
            The first start leaves one in the service’s data folder and says where in its log. More
            are made by:
          </p>
          <code>flask --app wsgi tokens create NAME --scope read</code>
        </details>
      </form>
    </main>
  );
}

/** The sign of the service. */
export function Mark() {
  return (
    <svg className="mark" width="28" height="28" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" />
      <path d="M6 22l6-7 5 4 9-11" />
      <circle cx="26" cy="8" r="2.5" />
    </svg>
  );
}
