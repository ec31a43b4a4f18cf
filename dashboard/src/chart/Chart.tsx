import { lazy, Suspense } from "react";
import type { ChartProps } from "./spec";

const ChartCanvas = lazy(() => import("./ChartCanvas"));

/** A chart that loads its library when it is first shown, in a place of its final size. */
export function Chart(props: ChartProps) {
  const { height } = props;
  return (
    <div className="chart" style={{ height }}>
      <Suspense fallback={<ChartSkeleton height={height} />}>
        <ChartCanvas {...props} />
      </Suspense>
    </div>
  );
}

export function ChartSkeleton({ height }: { height: number }) {
  return <div className="chart-skeleton skeleton" style={{ height }} aria-hidden="true" />;
}
