import { useAccountId } from "../../account/account";
import { useImports } from "../../api/imports";
import { count } from "../../format/numbers";
import { Card } from "../../ui/Card";
import { Time } from "../../ui/Figures";
import { Link } from "../../ui/Link";
import { EmptyState, Loaded, SkeletonRows } from "../../ui/States";

const ROWS = 6;

/** The files that came in last. */
export function Recent() {
  const accountId = useAccountId();
  const query = useImports();
  return (
    <Card
      title="Last imports"
      className="recent-imports"
      actions={
        <Link to="import" className="link">
          All imports
        </Link>
      }
    >
      {accountId === null ? (
        <EmptyState title="There is no account yet." />
      ) : (
        <Loaded query={query} skeleton={<SkeletonRows rows={3} />}>
          {({ pages }) => {
            const items = (pages[0]?.items ?? []).slice(0, ROWS);
            if (items.length === 0) {
              return (
                <EmptyState title="No file was imported into this account.">
                  <Link to="import" className="link">
                    Import one
                  </Link>
                </EmptyState>
              );
            }
            return (
              <ul>
                {items.map((each) => (
                  <li key={each.id} className="recent-import">
                    <strong>{each.file}</strong>
                    <span>
                      {each.undone_at ? "undone" : `${count(each.accepted)} executions`} ·{" "}
                      <Time at={each.created_at} />
                    </span>
                  </li>
                ))}
              </ul>
            );
          }}
        </Loaded>
      )}
    </Card>
  );
}
