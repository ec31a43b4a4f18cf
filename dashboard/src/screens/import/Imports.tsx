import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useAccountId } from "../../account/account";
import { undoImport, useImports } from "../../api/imports";
import type { ImportEntry } from "../../api/types";
import { count, NOTHING } from "../../format/numbers";
import { Card } from "../../ui/Card";
import { Dialog } from "../../ui/Dialog";
import { Time } from "../../ui/Figures";
import { EmptyState, ErrorState, Loaded, SkeletonRows } from "../../ui/States";
import { type Column, Table } from "../../ui/Table";
import { formatName } from "./options";

/** What came in before, and the way back. */
export function Imports({ mayWrite }: { mayWrite: boolean }) {
  const accountId = useAccountId();
  return (
    <Card title="Imports" className="imports" note="of this account, newest first">
      {accountId === null ? (
        <EmptyState title="There is no account yet.">The first file makes one.</EmptyState>
      ) : (
        <List mayWrite={mayWrite} />
      )}
    </Card>
  );
}

function List({ mayWrite }: { mayWrite: boolean }) {
  const query = useImports();
  const [asked, setAsked] = useState<ImportEntry | null>(null);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  return (
    <>
      <Loaded query={query} skeleton={<SkeletonRows rows={4} />}>
        {({ pages }) => {
          const rows = pages.flatMap((page) => page.items);
          if (rows.length === 0) {
            return (
              <EmptyState title="No file was imported into this account.">
                Executions that were posted or synced are not listed here.
              </EmptyState>
            );
          }
          return (
            <>
              <Table
                caption="Imports"
                columns={columns(mayWrite ? setAsked : null)}
                rows={rows}
                rowKey={(each) => each.id}
              />
              {hasNextPage && (
                <button
                  type="button"
                  className="button imports-more"
                  disabled={isFetchingNextPage}
                  onClick={() => void fetchNextPage()}
                >
                  Earlier imports
                </button>
              )}
            </>
          );
        }}
      </Loaded>
      {asked && <Confirm of={asked} onClose={() => setAsked(null)} />}
    </>
  );
}

function Confirm({ of, onClose }: { of: ImportEntry; onClose: () => void }) {
  const client = useQueryClient();
  const undo = useMutation({
    mutationFn: () => undoImport(of.account_id, of.id),
    onSuccess: () => {
      void client.invalidateQueries();
      onClose();
    },
  });
  return (
    <Dialog title="Undo this import?" onClose={onClose}>
      <p>
        <strong>{of.file}</strong> brought {count(of.accepted)} executions into {of.account_id}.
        They are taken out as if the file had never come, also those that were corrected since;
        positions, days and balance follow. The same file can be imported again.
      </p>
      {undo.error && <ErrorState error={undo.error} onRetry={() => undo.mutate()} />}
      <div className="import-do">
        <button
          type="button"
          className="button button-main"
          disabled={undo.isPending}
          onClick={() => undo.mutate()}
        >
          {undo.isPending ? "Undoing…" : `Take out ${count(of.accepted)} executions`}
        </button>
        <button type="button" className="button" onClick={onClose}>
          Keep it
        </button>
      </div>
    </Dialog>
  );
}

function columns(onUndo: ((of: ImportEntry) => void) | null): Column<ImportEntry>[] {
  return [
    {
      id: "file",
      title: "File",
      cell: (each) => <strong className="imports-file">{each.file}</strong>,
    },
    { id: "format", title: "Format", wide: true, cell: (each) => formatName(each.format) },
    {
      id: "brought",
      title: "Brought",
      align: "right",
      hint: "Executions that were new",
      cell: (each) => count(each.accepted),
    },
    {
      id: "known",
      title: "Known",
      align: "right",
      wide: true,
      hint: "Executions that were there already",
      cell: (each) => count(each.duplicates),
    },
    {
      id: "orders",
      title: "Orders",
      align: "right",
      wide: true,
      cell: (each) => (each.orders_accepted ? count(each.orders_accepted) : NOTHING),
    },
    { id: "at", title: "Imported", cell: (each) => <Time at={each.created_at} /> },
    { id: "by", title: "By", wide: true, cell: (each) => each.created_by },
    {
      id: "undo",
      title: "Undo",
      align: "right",
      cell: (each) =>
        each.undone_at ? (
          <span className="imports-undone">
            Undone <Time at={each.undone_at} show="date" />
          </span>
        ) : (
          onUndo && (
            <button
              type="button"
              className="link"
              aria-label={`Undo ${each.file}`}
              onClick={() => onUndo(each)}
            >
              Undo
            </button>
          )
        ),
    },
  ];
}
