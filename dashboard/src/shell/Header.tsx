import { useState } from "react";
import { switchAccount, useAccountId } from "../account/account";
import { useAccounts } from "../api/accounts";
import { useSummary } from "../api/performance";
import type { Feed } from "../api/types";
import { Icon } from "../ui/Icon";
import { StaleBadge } from "../ui/StaleBadge";
import { SessionClock } from "./SessionClock";
import { Settings } from "./Settings";

/** What holds on every screen: whose figures, is the market open, and are the figures fresh. */
export function Header() {
  const summary = useSummary();
  const [showsSettings, setShowsSettings] = useState(false);
  return (
    <header className="header">
      <AccountSwitcher />
      <SessionClock />
      <div className="header-end">
        <FeedBadge feed={summary.data?.today.feed} />
        <StaleBadge asOf={summary.dataUpdatedAt} failing={summary.isError} />
        <button
          type="button"
          className="icon-button"
          aria-label="Settings"
          onClick={() => setShowsSettings(true)}
        >
          <Icon name="settings" />
        </button>
      </div>
      {showsSettings && <Settings onClose={() => setShowsSettings(false)} />}
    </header>
  );
}

function AccountSwitcher() {
  const accountId = useAccountId();
  const { data: accounts = [] } = useAccounts();
  const isListed = accounts.some((each) => each.id === accountId);
  return (
    <div className="account">
      <label className="unseen" htmlFor="account">
        Account
      </label>
      <select
        id="account"
        value={accountId ?? ""}
        onChange={(event) => switchAccount(event.target.value)}
      >
        {!isListed && <option value={accountId ?? ""}>{accountId ?? "Account"}</option>}
        {accounts.map((each) => (
          <option key={each.id} value={each.id}>
            {each.id}
            {each.name && each.name !== each.id ? ` · ${each.name}` : ""}
          </option>
        ))}
      </select>
      <Icon name="down" size={14} />
    </div>
  );
}

const FEEDS = {
  live: ["ok", "Feed live", "Executions come from the broker as they happen."],
  stale: ["danger", "Feed stale", "The broker has not been heard of: figures may lack executions."],
  manual: ["quiet", "Manual feed", "Nothing is synced: figures hold what was posted or imported."],
} as const;

function FeedBadge({ feed }: { feed: Feed | undefined }) {
  if (!feed) return null;
  const [level, word, why] = FEEDS[feed.status];
  return (
    <span className={`badge badge-feed ${level}`} role="status" title={why}>
      <span className="dot" aria-hidden="true" />
      {word}
    </span>
  );
}
