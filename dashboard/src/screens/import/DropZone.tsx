import { type DragEvent, type ReactNode, useRef, useState } from "react";
import { useShortcut } from "../../keys/keys";
import { Card } from "../../ui/Card";
import { Icon } from "../../ui/Icon";
import { size } from "./options";
import type { ImportRun } from "./useImportRun";

interface DropZoneProps {
  run: ImportRun;
  mayWrite: boolean;
  children: ReactNode;
}

/** Where a file is dropped or chosen, and afterwards what it holds. */
export function DropZone({ run, mayWrite, children }: DropZoneProps) {
  const input = useRef<HTMLInputElement>(null);
  const [isOver, setOver] = useState(false);
  const choose = () => input.current?.click();
  useShortcut("o", "Choose a file", () => mayWrite && choose());
  const over = (event: DragEvent) => {
    if (!mayWrite || !event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    setOver(true);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    if (mayWrite) run.take([...event.dataTransfer.files]);
  };
  return (
    <div
      className={`drop${isOver ? " over" : ""}`}
      onDragOver={over}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <input
        ref={input}
        type="file"
        className="unseen"
        aria-label="File to import"
        accept=".csv,.txt,.tsv,text/csv,text/plain"
        disabled={!mayWrite}
        tabIndex={-1}
        onChange={(event) => {
          run.take([...(event.target.files ?? [])]);
          event.target.value = "";
        }}
      />
      {run.file ? (
        <Card
          title={run.file.name}
          note={size(run.file.size)}
          actions={
            <>
              <button type="button" className="link" onClick={choose}>
                Another file
              </button>
              <button
                type="button"
                className="icon-button"
                aria-label="Leave this file"
                onClick={run.leave}
              >
                <Icon name="close" size={16} />
              </button>
            </>
          }
        >
          {run.left > 0 && (
            <p className="drop-left">
              One file at a time: {run.left} more {run.left === 1 ? "was" : "were"} left.
            </p>
          )}
          {children}
        </Card>
      ) : (
        <Invitation mayWrite={mayWrite} onChoose={choose} />
      )}
    </div>
  );
}

function Invitation({ mayWrite, onChoose }: { mayWrite: boolean; onChoose: () => void }) {
  return (
    <Card title="Import a file" className="invitation">
      <div className="drop-here">
        <Icon name="import" size={30} />
        <p className="drop-title">Drop an export of your platform here</p>
        <p className="state-detail">
          TopstepX, Tradovate, NinjaTrader, Rithmic, Quantower, Interactive Brokers, TradingView, or
          this service’s own CSV. Nothing is stored before you have seen what it holds.
        </p>
        <button
          type="button"
          className="button button-main"
          disabled={!mayWrite}
          onClick={onChoose}
        >
          Choose a file
        </button>
        {!mayWrite && (
          <p className="state-detail">
            You are signed in with a token that may only read: importing needs one that may write.
          </p>
        )}
      </div>
    </Card>
  );
}
