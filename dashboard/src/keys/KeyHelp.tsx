import { Fragment } from "react";
import { useStore } from "../store";
import { Dialog } from "../ui/Dialog";
import { shortcuts } from "./keys";

/** Every key that does something now. */
export function KeyHelp({ onClose }: { onClose: () => void }) {
  const all = useStore(shortcuts);
  const groups = [...new Set(all.map((each) => each.group))];
  return (
    <Dialog title="Keyboard" onClose={onClose}>
      <div className="keys">
        {groups.map((group) => (
          <section key={group}>
            <h3>{group}</h3>
            <dl>
              {all
                .filter((each) => each.group === group)
                .map((each) => (
                  <Fragment key={each.keys}>
                    <dt>
                      {each.keys.split(" ").map((key) => (
                        <kbd key={key}>{key}</kbd>
                      ))}
                    </dt>
                    <dd>{each.does}</dd>
                  </Fragment>
                ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
