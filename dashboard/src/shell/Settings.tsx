import { useQueryClient } from "@tanstack/react-query";
import { forgetAnswers } from "../api/client";
import { signOut, useCaller } from "../api/session";
import { session } from "../session/state";
import { type Preferences, prefer, usePreferences } from "../theme/preferences";
import { Dialog } from "../ui/Dialog";
import { Icon } from "../ui/Icon";
import { Segmented } from "../ui/Segmented";

/** How this device shows figures, and the way out. */
export function Settings({ onClose }: { onClose: () => void }) {
  const chosen = usePreferences();
  return (
    <Dialog title="Settings" onClose={onClose}>
      <div className="settings">
        <Choice
          label="Appearance"
          name="theme"
          value={chosen.theme}
          options={{ system: "System", dark: "Dark", light: "Light" }}
        />
        <Choice
          label="Gain and loss"
          name="palette"
          value={chosen.palette}
          options={{ "blue-orange": "Blue, orange", "green-red": "Green, red" }}
        />
        <Choice
          label="Times in"
          name="zone"
          value={chosen.zone}
          options={{ account: "Account’s zone", utc: "UTC", local: "Local" }}
        />
        <Leave />
      </div>
    </Dialog>
  );
}

interface ChoiceProps<N extends keyof Preferences> {
  label: string;
  name: N;
  value: Preferences[N];
  options: Readonly<Record<Preferences[N], string>>;
}

function Choice<N extends keyof Preferences>({ label, name, value, options }: ChoiceProps<N>) {
  const list = Object.entries<string>(options).map(([key, said]) => ({
    value: key as Preferences[N],
    label: said,
  }));
  return (
    <div className="settings-row">
      <span>{label}</span>
      <Segmented
        label={label}
        options={list}
        value={value}
        onChange={(next) => prefer({ [name]: next })}
      />
    </div>
  );
}

function Leave() {
  const client = useQueryClient();
  const { data: caller } = useCaller();
  const leave = async () => {
    await signOut().catch(() => undefined);
    forgetAnswers();
    client.clear();
    session.set("none");
  };
  return (
    <div className="settings-row">
      <span>{caller ? `Signed in as ${caller.name} (${caller.scope})` : "Signed in"}</span>
      <button type="button" className="button" onClick={leave}>
        <Icon name="out" size={16} />
        Sign out
      </button>
    </div>
  );
}
