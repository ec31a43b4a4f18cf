import "./trades.css";
import { useMemo } from "react";
import { useAccountId } from "../../account/account";
import { useAccount } from "../../account/useAccount";
import { useReload } from "../../api/pages";
import { positionPagesOptions, usePositionPages } from "../../api/positions";
import { tradesOptions, useTrades } from "../../api/trades";
import type { Position, Trade, Trades as TradesBody } from "../../api/types";
import { useMedia } from "../../ui/useMedia";
import { PositionCard, positionColumns, type Setting, TradeCard, tradeColumns } from "./columns";
import { DetailDialog, DetailPanel } from "./Detail";
import { FilterBar } from "./FilterBar";
import { type Filters, openPosition, positionsQuery, tradesQuery, useFilters } from "./filters";
import { Rows } from "./Rows";
import { PositionTotals, TradeTotals } from "./Totals";

const PAGE_ROWS = 500;

/** Every position and every execution: filtered, added up, and each with what it is made of. */
export default function Trades() {
  const filters = useFilters();
  return (
    <div className="trades">
      <FilterBar of={filters} />
      {filters.view === "positions" ? <Positions of={filters} /> : <Executions of={filters} />}
    </div>
  );
}

function Positions({ of }: { of: Filters }) {
  const asked = { ...positionsQuery(of), limit: PAGE_ROWS };
  const query = usePositionPages(asked, { enabled: of.period.isKnown });
  const onReload = useReload(positionPagesOptions(useAccountId(), asked).queryKey);
  const currency = useAccount()?.currency;
  const rows = useRows(query.data?.pages);
  const known = rows.find((each) => each.id === of.opened);
  return (
    <Rows<Position>
      name="Positions"
      filters={of}
      query={query}
      onReload={onReload}
      rows={rows}
      total={query.data?.pages[0]?.summary.total}
      totals={
        query.data?.pages[0] && (
          <PositionTotals of={query.data.pages[0].summary} currency={currency} />
        )
      }
      rowKey={(each) => each.id}
      positionOf={(each) => each.id}
      columns={positionColumns}
      card={positionCard}
      detail={<Detail of={of} known={known} />}
    />
  );
}

function Executions({ of }: { of: Filters }) {
  const asked = { ...tradesQuery(of), limit: PAGE_ROWS };
  const query = useTrades(asked, { enabled: of.period.isKnown });
  const onReload = useReload(tradesOptions(useAccountId(), asked).queryKey);
  const currency = useAccount()?.currency;
  const rows = useRows(query.data?.pages);
  const summary = query.data?.pages[0]?.summary;
  return (
    <Rows<Trade>
      name="Executions"
      filters={of}
      query={query}
      onReload={onReload}
      rows={rows}
      total={summary && counted(summary, of.kind)}
      totals={summary && <TradeTotals of={summary} currency={currency} />}
      rowKey={(each) => `${each.status} ${each.id}`}
      positionOf={(each) => each.position_id}
      columns={tradeColumns}
      card={tradeCard}
      detail={<Detail of={of} known={undefined} />}
    />
  );
}

const positionCard = (of: Position, setting: Setting) => <PositionCard of={of} {...setting} />;
const tradeCard = (of: Trade, setting: Setting) => <TradeCard of={of} {...setting} />;

function Detail({ of, known }: { of: Filters; known: Position | undefined }) {
  const currency = useAccount()?.currency;
  const hasRoom = useMedia("(min-width: 1101px)");
  if (!of.opened) return null;
  const Shown = hasRoom ? DetailPanel : DetailDialog;
  return (
    <Shown id={of.opened} known={known} currency={currency} onClose={() => openPosition(null)} />
  );
}

function useRows<Row>(pages: readonly { items: Row[] }[] | undefined): readonly Row[] {
  return useMemo(() => pages?.flatMap((page) => page.items) ?? [], [pages]);
}

/** How many rows the filter of the status lets pass, of a summary that counts all. */
function counted(summary: TradesBody["summary"], kind: Filters["kind"]): number {
  return kind === "all" ? summary.total : summary[kind];
}
