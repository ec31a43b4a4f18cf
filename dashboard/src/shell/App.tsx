import { Suspense, useEffect } from "react";
import { useAccountId, useChosenAccount } from "../account/account";
import { listenToKeys } from "../keys/keys";
import { useLive } from "../live/useLive";
import { SCREENS } from "../screens/screens";
import { SignIn } from "../session/SignIn";
import { session } from "../session/state";
import { useStore } from "../store";
import { Link } from "../ui/Link";
import { EmptyState } from "../ui/States";
import { useScreen } from "../url/params";
import { Boundary } from "./Boundary";
import { Header } from "./Header";
import { Navigation } from "./Navigation";
import { NoAccount } from "./NoAccount";

/** The page: whoever is not signed in signs in first, and comes back to the same address. */
export function App() {
  const state = useStore(session);
  return state === "none" || state === "ended" ? <SignIn /> : <SignedIn />;
}

function SignedIn() {
  const path = useScreen();
  const screen = SCREENS.find((each) => each.path === path);
  const { error, retry } = useChosenAccount();
  useLive(useAccountId(), path);
  useEffect(listenToKeys, []);
  useEffect(() => {
    document.title = `${screen?.name ?? "Not found"} · Trader Performance`;
  }, [screen]);
  return (
    <div className="app">
      <a className="skip" href="#content">
        Skip to the figures
      </a>
      <Navigation current={path} />
      <Header />
      <main id="content" tabIndex={-1}>
        <h1 className="unseen">{screen?.name ?? "Not found"}</h1>
        <Boundary key={path}>
          {error && !screen?.needsNoAccount ? (
            <NoAccount error={error} onRetry={retry} />
          ) : screen ? (
            <Suspense fallback={null}>
              <screen.View />
            </Suspense>
          ) : (
            <EmptyState
              title="There is no such screen."
              action={
                <Link to="" className="button">
                  Go to the overview
                </Link>
              }
            />
          )}
        </Boundary>
      </main>
    </div>
  );
}
