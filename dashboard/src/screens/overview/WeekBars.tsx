import type { DayOfPeriod } from "../../api/types";
import { outcome, pnl } from "../../format/numbers";
import { dayName } from "../../format/time";

const WIDTH = 8;
const GAP = 4;
const HALF = 16;

/** A week's days as bars above and below a line. */
export function WeekBars({ days }: { days: readonly DayOfPeriod[] }) {
  const most = Math.max(1, ...days.map((each) => Math.abs(each.pnl)));
  const width = days.length * (WIDTH + GAP) - GAP;
  const told = days.map((each) => `${dayName(each.date)} ${pnl(each.pnl)}`).join(", ");
  return (
    <svg className="week-bars" width={width} height={2 * HALF} role="img" aria-label={told}>
      {days.map((each, index) => {
        const height = each.total_trades ? Math.max(1.5, (Math.abs(each.pnl) / most) * HALF) : 1;
        return (
          <rect
            key={each.date}
            className={each.total_trades ? outcome(each.pnl) : "none"}
            x={index * (WIDTH + GAP)}
            y={each.pnl >= 0 ? HALF - height : HALF}
            width={WIDTH}
            height={height}
            rx={1.5}
          >
            <title>{`${dayName(each.date)}: ${pnl(each.pnl)}`}</title>
          </rect>
        );
      })}
    </svg>
  );
}
