import {
  AreaSeries,
  BaselineSeries,
  CandlestickSeries,
  type ChartOptions,
  ColorType,
  CrosshairMode,
  createChart,
  createSeriesMarkers,
  type DeepPartial,
  HistogramSeries,
  type IChartApi,
  type IPriceLine,
  type ISeriesApi,
  type ISeriesMarkersPluginApi,
  LineSeries,
  LineStyle,
  type SeriesType,
  TickMarkType,
  type Time,
} from "lightweight-charts";
import { useEffect, useRef } from "react";
import { clock, dateTime, dayName } from "../format/time";
import { useStore } from "../store";
import { colours as shownColours } from "../theme/preferences";
import { readColours } from "./colours";
import { OverlayPrimitive } from "./overlay";
import type { ChartProps, Colours, Level, Marker, Overlay, SeriesSpec } from "./spec";

const KINDS = {
  Area: AreaSeries,
  Line: LineSeries,
  Histogram: HistogramSeries,
  Candlestick: CandlestickSeries,
  Baseline: BaselineSeries,
} as const;
const NEAR_START_BARS = 20;
const NOTHING_OVER: Overlay = { bands: [], trades: [], chosen: null };

/** One series as it is drawn now, and what it was drawn from. */
interface Drawn {
  api: ISeriesApi<SeriesType>;
  spec: SeriesSpec;
  lines: IPriceLine[];
  markers: ISeriesMarkersPluginApi<Time> | null;
  overlay: OverlayPrimitive | null;
}

/** A chart made once; what changes about it is changed in it, so nothing flickers. */
export default function ChartCanvas(props: ChartProps) {
  const { label, series, panes, zone, fitOn, view, onHover, onPick, onPickTrade, onNearStart } =
    props;
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<IChartApi | null>(null);
  const drawn = useRef(new Map<string, Drawn>());
  const hears = useRef({ view, onHover, onPick, onPickTrade, onNearStart });
  const painted = useStore(shownColours);

  useEffect(() => {
    hears.current = { view, onHover, onPick, onPickTrade, onNearStart };
  });

  useEffect(() => {
    if (!box.current) return;
    const made = createChart(box.current, { autoSize: true, ...fixed() });
    chart.current = made;
    const all = drawn.current;
    made.subscribeCrosshairMove(({ time }) => {
      const x = time === undefined ? null : made.timeScale().timeToCoordinate(time);
      hears.current.onHover?.(time ?? null, x ?? 0);
    });
    made.subscribeClick(({ time, hoveredInfo }) => {
      const trade = hoveredInfo?.objectId;
      if (typeof trade === "string") hears.current.onPickTrade?.(trade);
      else if (time !== undefined) hears.current.onPick?.(time);
    });
    made.timeScale().subscribeVisibleLogicalRangeChange((range) => {
      if (range && range.from < NEAR_START_BARS) hears.current.onNearStart?.();
    });
    return () => {
      all.clear();
      chart.current = null;
      made.remove();
    };
  }, []);

  useEffect(() => {
    if (!chart.current || !box.current) return;
    const colours = readColours(box.current);
    chart.current.applyOptions(look(colours, zone));
    chart.current.applyOptions({
      leftPriceScale: { visible: series.some((spec) => spec.scale), borderVisible: false },
    });
    draw(chart.current, drawn.current, series, colours);
    panes?.forEach((share, pane) => {
      chart.current?.panes()[pane]?.setStretchFactor(share);
    });
  }, [series, panes, zone, painted]);

  useEffect(() => {
    const wanted = hears.current.view;
    // A view may leave room after the last bar.
    chart.current?.timeScale().applyOptions({ fixRightEdge: wanted === undefined });
    if (wanted) chart.current?.timeScale().setVisibleLogicalRange(wanted);
    else chart.current?.timeScale().fitContent();
  }, [fitOn]);

  return (
    <>
      <div ref={box} className="chart-canvas" role="img" aria-label={label} />
      <a
        className="chart-credit"
        href="https://www.tradingview.com/"
        target="_blank"
        rel="noopener noreferrer"
        title="TradingView Lightweight Charts™, Copyright (с) 2025 TradingView, Inc."
      >
        TradingView
      </a>
    </>
  );
}

function fixed(): DeepPartial<ChartOptions> {
  return {
    rightPriceScale: { borderVisible: false, scaleMargins: { top: 0.08, bottom: 0.06 } },
    timeScale: { borderVisible: false, fixLeftEdge: true, fixRightEdge: true, minBarSpacing: 0.2 },
    crosshair: { mode: CrosshairMode.Magnet, horzLine: { visible: false, labelVisible: false } },
    handleScroll: { vertTouchDrag: false },
  };
}

function look(colours: Colours, zone: string): DeepPartial<ChartOptions> {
  return {
    layout: {
      background: { type: ColorType.Solid, color: "transparent" },
      textColor: colours.muted,
      fontFamily: '"Inter Variable", system-ui, sans-serif',
      fontSize: 11,
      // The link in the corner names them instead, where it covers no figure.
      attributionLogo: false,
      panes: { separatorColor: colours.line, separatorHoverColor: colours.line },
    },
    grid: { vertLines: { visible: false }, horzLines: { color: colours.line } },
    crosshair: {
      vertLine: { color: colours.muted, labelBackgroundColor: colours.ink },
      horzLine: { color: colours.muted, labelBackgroundColor: colours.ink },
    },
    localization: { timeFormatter: (time: Time) => said(time, zone) },
    timeScale: {
      timeVisible: true,
      tickMarkFormatter: (time: Time, type: TickMarkType) => tick(time, type, zone),
    },
  };
}

function said(time: Time, zone: string): string {
  return typeof time === "number" ? dateTime(time * 1_000, zone) : dayName(String(time), true);
}

function tick(time: Time, type: TickMarkType, zone: string): string {
  const isInstant = typeof time === "number";
  const at = isInstant ? time * 1_000 : Date.parse(`${String(time)}T00:00:00Z`);
  const timeZone = isInstant ? zone : "UTC";
  const name = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat("en-US", { timeZone, ...options }).format(at);
  if (type === TickMarkType.Year) return name({ year: "numeric" });
  if (type === TickMarkType.Month) return name({ month: "short" });
  if (type === TickMarkType.DayOfMonth) return name({ day: "numeric", month: "short" });
  return clock(at, timeZone, type === TickMarkType.TimeWithSeconds);
}

/** Bring what is drawn to what is wanted; data that is the same array is left alone. */
function draw(
  chart: IChartApi,
  drawn: Map<string, Drawn>,
  wanted: readonly SeriesSpec[],
  colours: Colours,
): void {
  const ids = new Set(wanted.map((spec) => spec.id));
  for (const [id, each] of drawn) {
    const spec = wanted.find((one) => one.id === id);
    if (ids.has(id) && spec?.kind === each.spec.kind && spec.pane === each.spec.pane) continue;
    chart.removeSeries(each.api);
    drawn.delete(id);
  }
  for (const spec of wanted) {
    const known = drawn.get(spec.id);
    const each = known ?? {
      api: chart.addSeries(KINDS[spec.kind], {}, spec.pane ?? 0) as ISeriesApi<SeriesType>,
      spec,
      lines: [],
      markers: null,
      overlay: null,
    };
    each.api.applyOptions({ ...spec.options?.(colours), ...scale(spec) });
    if (known?.spec.data !== spec.data) each.api.setData([...spec.data]);
    drawLevels(each, spec.levels ?? [], colours);
    drawMarkers(each, spec.markers, colours);
    drawOverlay(each, spec.overlay, colours);
    each.spec = spec;
    drawn.set(spec.id, each);
  }
}

/** How values are written, and room on the scale for the levels that want to be seen. */
function scale({ format, levels = [], scale: side }: SeriesSpec) {
  const seen = levels.filter((each) => each.inView).map((each) => each.value);
  return {
    ...(side && { priceScaleId: side }),
    ...(format && {
      priceFormat: { type: "custom" as const, formatter: format, minMove: 0.000001 },
    }),
    autoscaleInfoProvider: (
      original: () => { priceRange: { minValue: number; maxValue: number } | null } | null,
    ) => {
      const range = original()?.priceRange;
      if (!range) return original();
      const values = [range.minValue, range.maxValue, ...seen];
      return { priceRange: { minValue: Math.min(...values), maxValue: Math.max(...values) } };
    },
  };
}

function drawLevels(each: Drawn, levels: readonly Level[], colours: Colours): void {
  for (const line of each.lines) each.api.removePriceLine(line);
  each.lines = levels.map(({ value, title, colour }) =>
    each.api.createPriceLine({
      price: value,
      title,
      color: colours[colour],
      lineStyle: LineStyle.Dashed,
      lineWidth: 1,
      axisLabelVisible: true,
    }),
  );
}

function drawMarkers(each: Drawn, markers: readonly Marker[] | undefined, colours: Colours): void {
  if (!markers && !each.markers) return;
  const shown = (markers ?? []).map(({ outcome, ...rest }) => ({
    ...rest,
    color: outcome === "even" ? colours.muted : colours[outcome],
  }));
  if (each.markers) each.markers.setMarkers(shown);
  else each.markers = createSeriesMarkers(each.api, shown);
}

function drawOverlay(each: Drawn, overlay: Overlay | undefined, colours: Colours): void {
  if (!overlay && !each.overlay) return;
  if (!each.overlay) {
    each.overlay = new OverlayPrimitive();
    each.api.attachPrimitive(each.overlay);
  }
  each.overlay.show(overlay ?? NOTHING_OVER, colours);
}
