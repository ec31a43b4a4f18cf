// What a chart shows, said by whoever uses it; how it is drawn is in ChartCanvas, which is loaded
// only where there is a chart.
import type {
  SeriesDataItemTypeMap,
  SeriesMarker,
  SeriesPartialOptionsMap,
  Time,
} from "lightweight-charts";

/** The colours in force, for a canvas that cannot read style sheets. */
export interface Colours {
  ink: string;
  muted: string;
  line: string;
  card: string;
  accent: string;
  gain: string;
  loss: string;
  warn: string;
  danger: string;
  /** `gain` and `loss` with an opacity from 0 to 1. */
  gainAt: (opacity: number) => string;
  lossAt: (opacity: number) => string;
}

export type SeriesKind = "Area" | "Line" | "Histogram" | "Candlestick" | "Baseline";

/** A line across at one value; with `inView` the scale makes room for it. */
export interface Level {
  value: number;
  title: string;
  colour: keyof Pick<Colours, "danger" | "warn" | "accent" | "muted" | "gain" | "loss">;
  inView?: boolean;
}

type Coloured<M> = M extends unknown
  ? Omit<M, "color"> & { outcome: "gain" | "loss" | "even" }
  : never;

/** A mark at a bar; whether it won says its colour, its shape should say the rest. */
export type Marker = Coloured<SeriesMarker<Time>>;

export interface SeriesSpec<K extends SeriesKind = SeriesKind> {
  id: string;
  kind: K;
  pane?: number;
  /** Oldest first, no instant twice: see `ascending`. Keep the array while it is the same. */
  data: readonly SeriesDataItemTypeMap<Time>[K][];
  options?: (colours: Colours) => SeriesPartialOptionsMap[K];
  /** How values are written on the scale and the crosshair. */
  format?: (value: number) => string;
  levels?: readonly Level[];
  markers?: readonly Marker[];
}

export interface ChartProps {
  /** What the picture shows, for those who do not see it. */
  label: string;
  height: number;
  series: readonly SeriesSpec[];
  /** How high each pane is beside the others. */
  panes?: readonly number[];
  zone: string;
  /** The whole is brought into view when this changes. */
  fitOn?: string;
  /** The time under the pointer and how far from the left it stands; `null` when it left. */
  onHover?: (time: Time | null, x: number) => void;
  onPick?: (time: Time) => void;
  /** The first bar in view comes near the first there is. */
  onNearStart?: () => void;
}

export type { SeriesMarker, Time };
