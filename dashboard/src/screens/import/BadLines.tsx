import { count, NOTHING } from "../../format/numbers";
import { type Column, Table } from "../../ui/Table";
import type { BadLine } from "./options";

/** Every line that has to be mended. */
export function BadLines({ lines }: { lines: readonly BadLine[] }) {
  return (
    <div className="bad-lines">
      <Table
        caption="Lines that cannot be read"
        columns={COLUMNS}
        rows={lines}
        rowKey={(each) => `${each.line} ${each.column} ${each.message}`}
      />
    </div>
  );
}

const COLUMNS: readonly Column<BadLine>[] = [
  {
    id: "line",
    title: "Line",
    align: "right",
    cell: (each) => (each.line === null ? NOTHING : count(each.line)),
  },
  { id: "column", title: "Column", cell: (each) => <code>{each.column}</code> },
  { id: "message", title: "What is wrong", cell: (each) => each.message },
];
