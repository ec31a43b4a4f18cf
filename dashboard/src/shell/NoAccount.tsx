import { switchAccount } from "../account/account";
import { useAccounts } from "../api/accounts";
import { ApiError } from "../api/errors";
import { Link } from "../ui/Link";
import { EmptyState, ErrorState, SkeletonRows } from "../ui/States";

/** Nobody said which account: choose one, or hear how the first one comes to be. */
export function NoAccount({ error, onRetry }: { error: Error; onRetry: () => void }) {
  const accounts = useAccounts();
  if (!(error instanceof ApiError && error.code === "ACCOUNT_REQUIRED")) {
    return <ErrorState error={error} onRetry={onRetry} />;
  }
  if (accounts.error) return <ErrorState error={accounts.error} onRetry={accounts.refetch} />;
  if (!accounts.data) return <SkeletonRows rows={3} />;
  if (accounts.data.length === 0) {
    return (
      <EmptyState title="There is no account yet.">
        <Link to="import" className="link">
          Import a file
        </Link>{" "}
        of executions, post them to <code>/api/executions</code>, or run{" "}
        <code>flask --app wsgi demo</code> for an invented history.
      </EmptyState>
    );
  }
  return (
    <EmptyState
      title="Which account?"
      action={
        <div className="choices">
          {accounts.data.map((each) => (
            <button
              key={each.id}
              type="button"
              className="button"
              onClick={() => switchAccount(each.id)}
            >
              {each.name || each.id}
            </button>
          ))}
        </div>
      }
    />
  );
}
