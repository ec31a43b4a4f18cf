import { useVirtualizer } from "@tanstack/react-virtual";
import {
  type KeyboardEvent,
  type ReactNode,
  type Ref,
  memo,
  useEffect,
  useImperativeHandle,
  useRef,
  useState,
} from "react";
import type { Column } from "./Table";

/** What the rest of a screen can ask of a grid. */
export interface GridControl {
  /** Go some rows on and give the focus to the one that is reached. */
  step: (by: number) => void;
  /** Open the row that was reached last. */
  open: () => void;
}

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
  /** How many rows before the end that is. */
  near?: number;
  onOpen?: (row: Row) => void;
  /** The row that the keys have come to. */
  onReach?: (row: Row) => void;
  isOpen?: (row: Row) => boolean;
  isLoadingMore?: boolean;
  /** Where there is no room for columns: the whole row as one card of `rowHeight`. */
  card?: ((row: Row) => ReactNode) | undefined;
  control?: Ref<GridControl>;
}

/** Any number of rows, of which only those in view are in the page; arrows, j and k move. */
export function VirtualGrid<Row>(props: VirtualGridProps<Row>) {
  const { caption, columns, rows, rowKey, total, rowHeight = 36, onNearEnd, onOpen } = props;
  const { near = 20, isOpen, onReach, card, control } = props;
  const box = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(() => Math.max(0, isOpen ? rows.findIndex(isOpen) : 0));
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
    if (rows.length > 0 && last >= rows.length - near) onNearEnd?.();
  }, [last, rows.length, near, onNearEnd]);
  useEffect(() => grid.measure(), [grid, rowHeight]);

  const move = (to: number) => {
    const next = Math.min(rows.length - 1, Math.max(0, to));
    setActive(next);
    grid.scrollToIndex(next);
    requestAnimationFrame(() =>
      box.current?.querySelector<HTMLElement>(`[data-row="${next}"]`)?.focus(),
    );
    const row = rows[next];
    if (row !== undefined) onReach?.(row);
  };
  const open = () => {
    const row = rows[active];
    if (row !== undefined) onOpen?.(row);
  };
  useImperativeHandle(control, () => ({
    step: (by) => {
      const isHere = box.current?.contains(document.activeElement) || rows.some(isOpen ?? no);
      move(isHere ? active + by : active);
    },
    open,
  }));
  const onKeyDown = (event: KeyboardEvent) => {
    // Keys with others held down, and those of links in a row, are not for the grid.
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter" && isLink(event.target)) return;
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
    if (to !== undefined) move(to);
    else if (event.key === "Enter" && onOpen) open();
    else return;
    event.preventDefault();
  };

  const tracks = card ? "minmax(0, 1fr)" : columns.map((each) => each.width ?? "1fr").join(" ");
  return (
    <div
      ref={box}
      className={card ? "grid grid-cards" : "grid"}
      role="grid"
      aria-label={caption}
      aria-rowcount={total ?? rows.length}
      aria-colcount={card ? 1 : columns.length}
      aria-busy={props.isLoadingMore}
      onKeyDown={onKeyDown}
      tabIndex={-1}
    >
      {!card && (
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
      )}
      <div
        className="grid-body"
        role="presentation"
        style={{ height: grid.getTotalSize() }}
        onFocus={(event) => {
          const index = rowAt(event.target);
          if (index !== null) setActive(index);
        }}
        onClick={(event) => {
          const row = rows[rowAt(event.target) ?? -1];
          if (row !== undefined && !isLink(event.target)) onOpen?.(row);
        }}
      >
        {shown.map((item) => {
          const row = rows[item.index] as Row;
          return (
            <GridRow
              key={item.key}
              row={row}
              index={item.index}
              top={item.start}
              height={item.size}
              tracks={tracks}
              columns={columns}
              card={card}
              opens={onOpen !== undefined}
              isActive={item.index === active}
              isOpen={isOpen?.(row)}
            />
          );
        })}
      </div>
    </div>
  );
}

interface GridRowProps<Row> {
  row: Row;
  index: number;
  top: number;
  height: number;
  tracks: string;
  columns: readonly Column<Row>[];
  card: ((row: Row) => ReactNode) | undefined;
  opens: boolean;
  isActive: boolean;
  isOpen: boolean | undefined;
}

/** A row; while it scrolls by, nothing of it changes, and nothing is made anew. */
const GridRow = memo(function GridRow<Row>(props: GridRowProps<Row>) {
  const { row, index, top, height, tracks, columns, card, opens, isActive, isOpen } = props;
  return (
    <div
      role="row"
      className={opens ? "grid-row opens" : "grid-row"}
      data-row={index}
      aria-rowindex={index + 1}
      aria-selected={isOpen}
      tabIndex={isActive ? 0 : -1}
      style={{ gridTemplateColumns: tracks, height, transform: `translateY(${top}px)` }}
    >
      {card ? (
        <div role="gridcell">{card(row)}</div>
      ) : (
        columns.map((column) => (
          <div key={column.id} role="gridcell" className={cellLooks(column)}>
            {column.cell(row)}
          </div>
        ))
      )}
    </div>
  );
}) as <Row>(props: GridRowProps<Row>) => ReactNode;

/** Which row something in the page belongs to. */
function rowAt(target: EventTarget): number | null {
  const row = target instanceof Element ? target.closest<HTMLElement>("[data-row]") : null;
  return row ? Number(row.dataset.row) : null;
}

function isLink(target: EventTarget): boolean {
  return target instanceof Element && target.closest("a") !== null;
}

const no = () => false;

function cellLooks<Row>({ align, wide }: Column<Row>): string {
  return `grid-cell${align === "right" ? " right" : ""}${wide ? " wide" : ""}`;
}
