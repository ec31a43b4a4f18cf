import { useState } from "react";
import { useAccountId } from "../../account/account";
import { useCaller } from "../../api/session";
import { Brought } from "./Brought";
import { DropZone } from "./DropZone";
import "./import.css";
import { Imports } from "./Imports";
import type { Chosen } from "./options";
import { Options } from "./Options";
import { useImportRun } from "./useImportRun";

const NOTHING_CHOSEN: Omit<Chosen, "account"> = {
  format: "auto",
  zone: "",
  dateOrder: "",
  fees: "",
  allowsOverlap: false,
};

/** Files in: what one holds is shown before anything is stored, and all of it can be undone. */
export default function Import() {
  const accountId = useAccountId();
  const [named, setNamed] = useState<string | null>(null);
  const [rest, setRest] = useState(NOTHING_CHOSEN);
  const chosen: Chosen = { ...rest, account: named ?? accountId ?? "" };
  const run = useImportRun(chosen);
  const { data: caller } = useCaller();
  const mayWrite = caller?.scope !== "read";
  const choose = (change: Partial<Chosen>) => {
    const { account, ...others } = change;
    if (account !== undefined) setNamed(account);
    setRest((known) => ({ ...known, ...others }));
  };
  return (
    <div className="import">
      <DropZone run={run} mayWrite={mayWrite}>
        <Brought run={run} chosen={chosen} onChoose={choose} />
      </DropZone>
      <Options chosen={chosen} onChoose={choose} />
      <Imports mayWrite={mayWrite} />
    </div>
  );
}
