import { type ReactNode, useCallback, useMemo, useRef } from "react";
import { useTickSizes } from "../../api/instruments";
import { useFollowed } from "../../api/pages";
import { count } from "../../format/numbers";
import { useShortcut } from "../../keys/keys";
import { Card } from "../../ui/Card";
import { Icon } from "../../ui/Icon";
import { Link } from "../../ui/Link";
import { EmptyState, Loaded, SkeletonRows } from "../../ui/States";
import type { Column } from "../../ui/Table";
import { useMedia } from "../../ui/useMedia";
import { type GridControl, VirtualGrid } from "../../ui/VirtualGrid";
import { useWidth } from "../../ui/useWidth";
import { useZone } from "../../ui/zone";
import type { Setting } from "./columns";
import { FileButton } from "./FileButton";
import { clearFilters, type Filters, inForce, openPosition } from "./filters";
import { TotalsSkeleton } from "./Totals";

/** What is used of a query of pages. */
interface Paged {
  data: { pages: readonly unknown[] } | undefined;
  error: Error | null;
  refetch: () => Promise<unknown>;
  fetchNextPage: () => unknown;
  hasNextPage: boolean;
  isFetching: boolean;
  isFetchingNextPage: boolean;
  isFetchNextPageError: boolean;
  isPlaceholderData: boolean;
}

interface RowsProps<Row> {
  name: string;
  filters: Filters;
  query: Paged;
  /** Begin with the first page again. */
  onReload: () => void;
  rows: readonly Row[];
  total: number | undefined;
  totals: ReactNode;
  rowKey: (row: Row) => string;
  positionOf: (row: Row) => string | null;
  columns: (setting: Setting, width: number) => Column<Row>[];
  card: (row: Row, setting: Setting) => ReactNode;
  detail: ReactNode;
}

// A page is asked for this many rows before the last that is here, so that nobody waits for it.
const AHEAD = 250;
const ROW = 36;
const CARD = 64;

/** The totals, the rows below them, and the one that is opened beside them. */
export function Rows<Row>(props: RowsProps<Row>) {
  const { name, filters, query, rows, total, totals, detail } = props;
  return (
    <>
      {totals || (!reached(query, filters).error && <TotalsSkeleton />)}
      <div className="trades-body">
        <Card
          title={name}
          className="trades-card"
          busy={query.isPlaceholderData}
          note={total !== undefined && <Progress here={rows.length} total={total} />}
          actions={
            <>
              {inForce(filters) > 0 && (
                <button type="button" className="link trades-clear" onClick={clearFilters}>
                  Clear filters
                </button>
              )}
              <FileButton of={filters} />
            </>
          }
        >
          <News query={query} onReload={props.onReload} />
          <Loaded query={reached(query, filters)} skeleton={<SkeletonRows rows={14} />}>
            {() => (rows.length ? <Listed {...props} /> : <Nothing filters={filters} />)}
          </Loaded>
        </Card>
        {detail}
      </div>
    </>
  );
}

/** The query, or what it waits for in vain. */
function reached(query: Paged, { period }: Filters): Paged {
  if (!period.error) return query;
  return { ...query, error: period.error, refetch: async () => period.retry() };
}

function Progress({ here, total }: { here: number; total: number }) {
  if (here >= total) return <>{count(total)}</>;
  return (
    <>
      {count(here)} of {count(total)} loaded
    </>
  );
}

/** A long list is not loaded again under the reader; it says that there is something new. */
function News({ query, onReload }: { query: Paged; onReload: () => void }) {
  const isBehind = useFollowed(query);
  if (!isBehind) return null;
  return (
    <div className="trades-news" role="status">
      <Icon name="alert" size={14} />
      The account has changed since these rows were loaded.
      <button type="button" className="link" onClick={onReload}>
        Load them again
      </button>
    </div>
  );
}

function Listed<Row>(props: RowsProps<Row>) {
  const { name, filters, query, rows, total, rowKey, positionOf, columns, card } = props;
  const ticks = useTickSizes();
  const zone = useZone();
  const setting = useMemo(() => ({ ticks, zone }), [ticks, zone]);
  const hasCards = useMedia("(max-width: 640px)");
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const hasPanel = filters.opened !== "";
  const grid = useRef<GridControl>(null);
  useShortcut("j", "Next row", () => grid.current?.step(1));
  useShortcut("k", "Row before", () => grid.current?.step(-1));
  useShortcut("Enter", "Details of the row", () => grid.current?.open());
  const shown = useMemo(() => columns(setting, width), [columns, setting, width]);
  const asCard = useCallback((row: Row) => card(row, setting), [card, setting]);
  const { hasNextPage, isFetching, fetchNextPage, isPlaceholderData, isFetchNextPageError } = query;
  const more = hasNextPage && !isFetching && !isPlaceholderData && !isFetchNextPageError;
  const onNearEnd = useCallback(() => more && void fetchNextPage(), [more, fetchNextPage]);
  return (
    <div className="trades-grid" ref={box}>
      <VirtualGrid
        key={identity(filters)}
        caption={name}
        columns={shown}
        rows={rows}
        rowKey={rowKey}
        total={total}
        rowHeight={hasCards ? CARD : ROW}
        card={hasCards ? asCard : undefined}
        near={AHEAD}
        onNearEnd={onNearEnd}
        onOpen={(row) => {
          const id = positionOf(row);
          if (id) openPosition(id === filters.opened ? null : id);
        }}
        onReach={(row) => {
          const id = positionOf(row);
          if (hasPanel && id) openPosition(id, true);
        }}
        isOpen={(row) => hasPanel && positionOf(row) === filters.opened}
        isLoadingMore={query.isFetchingNextPage}
        control={grid}
      />
      {query.isFetchingNextPage && (
        <p className="trades-more" role="status">
          Loading more rows
        </p>
      )}
    </div>
  );
}

/** Another list begins at its top. */
function identity({ view, period, symbol, strategy, side, status, kind }: Filters): string {
  return [view, period.start, period.end, symbol, strategy, side, status, kind].join(" ");
}

function Nothing({ filters }: { filters: Filters }) {
  const isFiltered = inForce(filters) > 0;
  const isBounded = filters.period.period !== "all";
  const rows = filters.view === "positions" ? "position" : "execution";
  return (
    <div className="middle trades-nothing">
      <EmptyState
        title={
          isFiltered
            ? `No ${rows} passes these filters${isBounded ? " in this range" : ""}.`
            : isBounded
              ? `There is no ${rows} in this range.`
              : `There is no ${rows} yet.`
        }
        action={
          <div className="choices">
            {isFiltered && (
              <button type="button" className="button" onClick={clearFilters}>
                Clear filters
              </button>
            )}
            {isBounded && (
              <button type="button" className="button" onClick={() => filters.period.choose("all")}>
                Show all of time
              </button>
            )}
            {!isFiltered && !isBounded && (
              <Link to="import" className="button">
                Import executions
              </Link>
            )}
          </div>
        }
      >
        {isFiltered || isBounded
          ? "Let more pass, or choose a longer range."
          : "Import a file of executions, or post them to the API."}
      </EmptyState>
    </div>
  );
}
