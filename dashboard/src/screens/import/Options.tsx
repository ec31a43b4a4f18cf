import type { ReactNode } from "react";
import { useId } from "react";
import { useAccounts } from "../../api/accounts";
import type { ImportFormat } from "../../api/imports";
import { Card } from "../../ui/Card";
import { type Chosen, FORMATS } from "./options";

interface OptionsProps {
  chosen: Chosen;
  onChoose: (change: Partial<Chosen>) => void;
}

/** What the file cannot say by itself. */
export function Options({ chosen, onChoose }: OptionsProps) {
  const accounts = useAccounts().data ?? [];
  const list = useId();
  const isNew = chosen.account !== "" && !accounts.some((each) => each.id === chosen.account);
  return (
    <Card title="How it is read" className="import-options">
      <div className="option-list">
        <Option label="Into account" hint={isNew ? "A new account" : undefined}>
          {(id) => (
            <>
              <input
                id={id}
                className="field"
                value={chosen.account}
                list={list}
                maxLength={128}
                required
                spellCheck={false}
                placeholder="The account’s id"
                onChange={(event) => onChoose({ account: event.target.value })}
              />
              <datalist id={list}>
                {accounts.map((each) => (
                  <option key={each.id} value={each.id} />
                ))}
              </datalist>
            </>
          )}
        </Option>
        <Option label="Format">
          {(id) => (
            <select
              id={id}
              className="field"
              value={chosen.format}
              onChange={(event) => onChoose({ format: event.target.value as ImportFormat })}
            >
              {Object.entries(FORMATS).map(([value, name]) => (
                <option key={value} value={value}>
                  {name}
                </option>
              ))}
            </select>
          )}
        </Option>
        <Option label="Zone of its times" hint="Only where they have no offset">
          {(id) => <ZoneField id={id} zone={chosen.zone} onChoose={(zone) => onChoose({ zone })} />}
        </Option>
        <Option label="Dates" hint="Only where both ways make sense">
          {(id) => (
            <select
              id={id}
              className="field"
              value={chosen.dateOrder}
              onChange={(event) =>
                onChoose({ dateOrder: event.target.value as Chosen["dateOrder"] })
              }
            >
              <option value="">As the file tells</option>
              <option value="month-first">Month first, 11/07</option>
              <option value="day-first">Day first, 07/11</option>
            </select>
          )}
        </Option>
        <Option label="Fees per side" hint="Only where it has none">
          {(id) => (
            <input
              id={id}
              className="field"
              value={chosen.fees}
              maxLength={400}
              spellCheck={false}
              placeholder="MNQ=0.37,ES=2.10"
              onChange={(event) => onChoose({ fees: event.target.value })}
            />
          )}
        </Option>
        <label className="option-check">
          <input
            type="checkbox"
            checked={chosen.allowsOverlap}
            onChange={(event) => onChoose({ allowsOverlap: event.target.checked })}
          />
          <span>
            May overlap with another source
            <small>Two roads for the same fills would count them twice.</small>
          </span>
        </label>
      </div>
    </Card>
  );
}

interface ZoneFieldProps {
  id: string;
  zone: string;
  onChoose: (zone: string) => void;
}

const ZONES = Intl.supportedValuesOf("timeZone");

export function ZoneField({ id, zone, onChoose }: ZoneFieldProps) {
  return (
    <select
      id={id}
      className="field"
      value={zone}
      onChange={(event) => onChoose(event.target.value)}
    >
      <option value="">As the file tells</option>
      {ZONES.map((each) => (
        <option key={each} value={each}>
          {each.replaceAll("_", " ")}
        </option>
      ))}
    </select>
  );
}

interface OptionProps {
  label: string;
  hint?: string | undefined;
  children: (id: string) => ReactNode;
}

function Option({ label, hint, children }: OptionProps) {
  const id = useId();
  return (
    <div className="option">
      <label htmlFor={id}>{label}</label>
      {children(id)}
      {hint && <small>{hint}</small>}
    </div>
  );
}
