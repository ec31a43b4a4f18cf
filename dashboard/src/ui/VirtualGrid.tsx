import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import type { Column } from "./Table";

interface VirtualGridProps<Row> {
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  /** How many rows there are in all, if that is known; else those that are here. */
  total?: number | undefined;
  rowHeight?: number;
  /** The end of what is here comes near. */
  onNearEnd?: () => void;
  onOpen?: (row: Row) => void;
  isLoadingMore?: boolean;
}

const NEAR = 20;

/** Any number of rows, of which only those in view are in the page; arrows, j and k move. */
export function VirtualGrid<Row>(props: VirtualGridProps<Row>) {
  const { caption, columns, rows, rowKey, total, rowHeight = 36, onNearEnd, onOpen } = props;
  const box = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(0);
  const grid = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    getItemKey: (index) => rowKey(rows[index] as Row),
  });
  const shown = grid.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (rows.length > 0 && last >= rows.length - NEAR) onNearEnd?.();
  }, [last, rows.length, onNearEnd]);

  const move = (to: number) => {
    const next = Math.min(rows.length - 1, Math.max(0, to));
    setActive(next);
    grid.scrollToIndex(next);
    requestAnimationFrame(() =>
      box.current?.querySelector<HTMLElement>(`[data-row="${next}"]`)?.focus(),
    );
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor((box.current?.clientHeight ?? 0) / rowHeight) - 1);
    const steps: Record<string, number> = {
      ArrowDown: active + 1,
      j: active + 1,
      ArrowUp: active - 1,
      k: active - 1,
      PageDown: active + page,
      PageUp: active - page,
      Home: 0,
      End: rows.length - 1,
    };
    const to = steps[event.key];
    const row = rows[active];
    if (to !== undefined) move(to);
    else if (event.key === "Enter" && onOpen && row !== undefined) onOpen(row);
    else return;
    event.preventDefault();
  };

  const tracks = columns.map((column) => column.width ?? "1fr").join(" ");
  return (
    <div
      ref={box}
      className="grid"
      role="grid"
      aria-label={caption}
      aria-rowcount={total ?? rows.length}
      aria-colcount={columns.length}
      aria-busy={props.isLoadingMore}
      onKeyDown={onKeyDown}
      tabIndex={-1}
    >
      <div className="grid-head" role="row" style={{ gridTemplateColumns: tracks }}>
        {columns.map((column) => (
          <div
            key={column.id}
            role="columnheader"
            className={cellLooks(column)}
            title={column.hint}
          >
            {column.title}
          </div>
        ))}
      </div>
      <div className="grid-body" role="presentation" style={{ height: grid.getTotalSize() }}>
        {shown.map((item) => {
          const row = rows[item.index] as Row;
          return (
            <div
              key={item.key}
              role="row"
              className={onOpen ? "grid-row opens" : "grid-row"}
              data-row={item.index}
              aria-rowindex={item.index + 1}
              tabIndex={item.index === active ? 0 : -1}
              style={{
                gridTemplateColumns: tracks,
                height: item.size,
                transform: `translateY(${item.start}px)`,
              }}
              onFocus={() => setActive(item.index)}
              onClick={onOpen && (() => onOpen(row))}
            >
              {columns.map((column) => (
                <div key={column.id} role="gridcell" className={cellLooks(column)}>
                  {column.cell(row)}
                </div>
              ))}
            </div>
          );
        })}
      </div>
    </div>
  );
}

function cellLooks<Row>({ align, wide }: Column<Row>): string {
  return `grid-cell${align === "right" ? " right" : ""}${wide ? " wide" : ""}`;
}
