// What is drawn on a chart besides its series: shaded stretches of time behind it, and trades as
// an entry and an exit joined by a line. Its exit says what came of a trade: a filled dot with a
// full line won, a ring with a dashed line lost.
import type { CanvasRenderingTarget2D } from "fancy-canvas";
import type {
  IChartApi,
  IPrimitivePaneRenderer,
  IPrimitivePaneView,
  ISeriesApi,
  ISeriesPrimitive,
  PrimitiveHoveredItem,
  SeriesAttachedParameter,
  SeriesType,
  Time,
} from "lightweight-charts";
import type { Band, Colours, Overlay, TradeMark } from "./spec";

const REACH_PX = 8;
const FAINT = 0.28;
const TITLE_GAP = 7;

type Context = CanvasRenderingContext2D;

interface Point {
  x: number;
  y: number;
}

/** A trade as it lies in the pane now. */
interface Placed {
  trade: TradeMark;
  from: Point;
  to: Point;
}

/** The overlay of one series, which moves and scales with it. */
export class OverlayPrimitive implements ISeriesPrimitive<Time> {
  private chart: IChartApi | null = null;
  private series: ISeriesApi<SeriesType> | null = null;
  private redraw: (() => void) | null = null;
  private overlay: Overlay = { bands: [], trades: [], chosen: null };
  private colours: Colours | null = null;
  private readonly views: readonly IPrimitivePaneView[] = [
    {
      zOrder: () => "bottom",
      renderer: () => this.renderer((context, size) => this.shade(context, size)),
    },
    { zOrder: () => "top", renderer: () => this.renderer((context) => this.mark(context)) },
  ];

  attached(to: SeriesAttachedParameter<Time>): void {
    this.chart = to.chart as IChartApi;
    this.series = to.series;
    this.redraw = to.requestUpdate;
  }

  detached(): void {
    this.chart = null;
    this.series = null;
  }

  show(overlay: Overlay, colours: Colours): void {
    this.overlay = overlay;
    this.colours = colours;
    this.redraw?.();
  }

  paneViews(): readonly IPrimitivePaneView[] {
    return this.views;
  }

  hitTest(x: number, y: number): PrimitiveHoveredItem | null {
    const distances = this.placed().map((each) => ({ each, far: distance({ x, y }, each) }));
    const nearest = distances.sort((one, other) => one.far - other.far)[0];
    if (!nearest || nearest.far > REACH_PX) return null;
    return { externalId: nearest.each.trade.id, cursorStyle: "pointer", zOrder: "top" };
  }

  private renderer(draw: (context: Context, size: { width: number; height: number }) => void) {
    const renderer: IPrimitivePaneRenderer = {
      draw: (target: CanvasRenderingTarget2D) =>
        target.useMediaCoordinateSpace(({ context, mediaSize }) => draw(context, mediaSize)),
    };
    return renderer;
  }

  private shade(context: Context, { height }: { height: number }): void {
    const { colours } = this;
    if (!colours) return;
    for (const band of this.overlay.bands) this.shadeBand(context, band, height, colours);
  }

  private shadeBand(context: Context, band: Band, height: number, colours: Colours): void {
    const ends = this.ends(band);
    if (!ends) return;
    const isQuiet = band.kind === "quiet";
    context.fillStyle = isQuiet ? colours.shade : colours.lineStrong;
    if (isQuiet) context.fillRect(ends.from, 0, ends.to - ends.from, height);
    else context.fillRect(Math.round(ends.from), 0, 1, height);
  }

  /** The name of a band at its beginning, or where it comes into view, if there is room for it. */
  private title(context: Context, band: Band, colours: Colours): void {
    const ends = this.ends(band);
    if (!ends || !band.title) return;
    context.font = '500 10.5px "Inter Variable", system-ui, sans-serif';
    const x = Math.max(0, ends.from) + TITLE_GAP;
    if (ends.to - x < context.measureText(band.title).width + TITLE_GAP) return;
    context.fillStyle = colours.muted;
    context.fillText(band.title, x, 14);
  }

  private ends(band: Band): { from: number; to: number } | null {
    const half = (this.chart?.timeScale().options().barSpacing ?? 0) / 2;
    const [from, to] = [this.x(band.from), this.x(band.to)];
    return from === null || to === null ? null : { from: from - half, to: to + half };
  }

  private mark(context: Context): void {
    const { colours } = this;
    if (!colours) return;
    const { bands, chosen } = this.overlay;
    for (const band of bands) this.title(context, band, colours);
    const placed = this.placed();
    const last = placed.filter((each) => each.trade.id === chosen);
    const others = placed.filter((each) => each.trade.id !== chosen);
    for (const each of [...others, ...last]) {
      context.save();
      context.globalAlpha = chosen && each.trade.id !== chosen ? FAINT : 1;
      draw(context, each, colours, each.trade.id === chosen);
      context.restore();
    }
  }

  private placed(): Placed[] {
    return this.overlay.trades.flatMap((trade) => {
      const [from, to] = [this.point(trade.from), this.point(trade.to)];
      return from && to ? [{ trade, from, to }] : [];
    });
  }

  private point({ time, price }: { time: Time; price: number }): Point | null {
    const x = this.x(time);
    const y = this.series?.priceToCoordinate(price) ?? null;
    return x === null || y === null ? null : { x, y };
  }

  private x(time: Time): number | null {
    return this.chart?.timeScale().timeToCoordinate(time) ?? null;
  }
}

function draw(context: Context, { trade, from, to }: Placed, colours: Colours, isChosen: boolean) {
  const colour = trade.outcome === "even" ? colours.muted : colours[trade.outcome];
  line(context, from, to, {
    colour,
    width: isChosen ? 2 : 1.25,
    isDashed: trade.outcome === "loss",
  });
  const size = isChosen ? 6.5 : 5;
  if (trade.hasEntry) triangle(context, from, trade.side === "LONG" ? -1 : 1, size, colours);
  if (trade.hasExit)
    dot(context, to, { colour, isFilled: trade.outcome === "gain" }, size, colours);
}

interface Stroke {
  colour: string;
  width: number;
  isDashed: boolean;
}

function line(context: Context, from: Point, to: Point, { colour, width, isDashed }: Stroke): void {
  context.beginPath();
  context.setLineDash(isDashed ? [4, 3] : []);
  context.moveTo(from.x, from.y);
  context.lineTo(to.x, to.y);
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.stroke();
  context.setLineDash([]);
}

/** An entry: up for a purchase, down for a sale; its tip is at the price. */
function triangle(context: Context, at: Point, up: -1 | 1, size: number, colours: Colours): void {
  context.beginPath();
  context.moveTo(at.x, at.y);
  context.lineTo(at.x - size, at.y - up * size * 1.7);
  context.lineTo(at.x + size, at.y - up * size * 1.7);
  context.closePath();
  context.lineJoin = "round";
  context.strokeStyle = colours.card;
  context.lineWidth = 3;
  context.stroke();
  context.fillStyle = colours.ink;
  context.fill();
}

interface Fill {
  colour: string;
  isFilled: boolean;
}

function dot(
  context: Context,
  at: Point,
  { colour, isFilled }: Fill,
  size: number,
  colours: Colours,
) {
  context.beginPath();
  context.arc(at.x, at.y, size * 0.78 + 1.5, 0, 2 * Math.PI);
  context.fillStyle = colours.card;
  context.fill();
  context.beginPath();
  context.arc(at.x, at.y, size * 0.78, 0, 2 * Math.PI);
  context.fillStyle = isFilled ? colour : colours.card;
  context.fill();
  context.strokeStyle = colour;
  context.lineWidth = 2;
  context.stroke();
}

/** How far a point lies from a trade's line, in pixels. */
function distance(at: Point, { from, to }: Placed): number {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = dx * dx + dy * dy;
  const along = length ? ((at.x - from.x) * dx + (at.y - from.y) * dy) / length : 0;
  const share = Math.min(1, Math.max(0, along));
  return Math.hypot(at.x - from.x - share * dx, at.y - from.y - share * dy);
}
