import type { ReactNode } from "react";

export interface Column<Row> {
  id: string;
  title: string;
  /** Figures stand right, so that their digits do. */
  align?: "left" | "right";
  cell: (row: Row) => ReactNode;
  /** Left out where the table is narrow. */
  wide?: boolean;
  hint?: string;
  /** For a virtual grid: a CSS grid track, `1fr` if it is left out. */
  width?: string;
}

interface TableProps<Row> {
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  onOpen?: (row: Row) => void;
  /** The row that stands out, if any does. */
  isCurrent?: (row: Row) => boolean;
}

/** A short table; many rows are for the virtual grid. */
export function Table<Row>({ caption, columns, rows, rowKey, onOpen, isCurrent }: TableProps<Row>) {
  return (
    <div className="table-box">
      <table className="table">
        <caption className="unseen">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.id} scope="col" className={looks(column)} title={column.hint}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr
              key={rowKey(row)}
              tabIndex={onOpen ? 0 : undefined}
              className={onOpen ? "opens" : undefined}
              aria-current={isCurrent?.(row) || undefined}
              onClick={onOpen && (() => onOpen(row))}
              onKeyDown={onOpen && ((event) => event.key === "Enter" && onOpen(row))}
            >
              {columns.map((column) => (
                <td key={column.id} className={looks(column)}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function looks<Row>({ align, wide }: Column<Row>): string {
  return `${align === "right" ? "right" : ""}${wide ? " wide" : ""}`;
}
