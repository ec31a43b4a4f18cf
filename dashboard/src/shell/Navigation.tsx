import { useState } from "react";
import { KeyHelp } from "../keys/KeyHelp";
import { useShortcut } from "../keys/keys";
import { SCREENS, type Screen } from "../screens/screens";
import { Mark } from "../session/SignIn";
import { Icon } from "../ui/Icon";
import { Link } from "../ui/Link";
import { goTo } from "../url/params";

/** The screens: a rail beside the page, a bar below it on a phone. */
export function Navigation({ current }: { current: string }) {
  const [showsKeys, setShowsKeys] = useState(false);
  useShortcut("?", "Show the keys", () => setShowsKeys(true), "Everywhere");
  return (
    <nav className="nav" aria-label="Screens">
      <div className="nav-brand">
        <Mark />
        <span>Trader Performance</span>
      </div>
      <ul>
        {SCREENS.map((screen) => (
          <li key={screen.path}>
            <ScreenLink screen={screen} isCurrent={screen.path === current} />
          </li>
        ))}
      </ul>
      <div className="nav-foot">
        <button type="button" className="nav-link" onClick={() => setShowsKeys(true)}>
          <Icon name="key" />
          <span>Keyboard</span>
          <kbd>?</kbd>
        </button>
      </div>
      {showsKeys && <KeyHelp onClose={() => setShowsKeys(false)} />}
    </nav>
  );
}

function ScreenLink({ screen, isCurrent }: { screen: Screen; isCurrent: boolean }) {
  useShortcut(`g ${screen.key}`, screen.name, () => goTo(screen.path), "Go to");
  return (
    <Link to={screen.path} className="nav-link" current={isCurrent}>
      <Icon name={screen.icon} />
      <span>{screen.name}</span>
    </Link>
  );
}
