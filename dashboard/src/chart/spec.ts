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
  lineStrong: string;
  /** What is laid over time that matters less. */
  shade: string;
  volume: string;
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

/** A stretch of time behind the series: shaded, or begun by a line with its name. */
export interface Band {
  kind: "quiet" | "titled";
  from: Time;
  to: Time;
  title: string;
}

/** A trade as a line from its entry to its exit, or to the last price while it is open. */
export interface TradeMark {
  id: string;
  side: "LONG" | "SHORT";
  outcome: "gain" | "loss" | "even";
  /** At times that the series has. */
  from: { time: Time; price: number };
  to: { time: Time; price: number };
  /** Not where it lies before the first or after the last time of the series. */
  hasEntry: boolean;
  hasExit: boolean;
}

export interface Overlay {
  bands: readonly Band[];
  trades: readonly TradeMark[];
  /** The trade that stands out, if any does. */
  chosen: string | null;
}

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
  overlay?: Overlay;
  /** A scale of its own at the left. */
  scale?: "left";
}

export interface ChartProps {
  /** What the picture shows, for those who do not see it. */
  label: string;
  height: number;
  series: readonly SeriesSpec[];
  /** How high each pane is beside the others. */
  panes?: readonly number[];
  zone: string;
  /** The whole, or `view`, is brought into view when this changes. */
  fitOn?: string;
  /** The first and the last bar to be seen, counted from 0; all of them without it. */
  view?: { from: number; to: number } | undefined;
  /** The time under the pointer and how far from the left it stands; `null` when it left. */
  onHover?: (time: Time | null, x: number) => void;
  onPick?: (time: Time) => void;
  /** A trade of an overlay was clicked, by its id. */
  onPickTrade?: (id: string) => void;
  /** The first bar in view comes near the first there is. */
  onNearStart?: () => void;
}

export type { SeriesMarker, Time };
