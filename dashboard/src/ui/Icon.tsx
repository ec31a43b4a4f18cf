// Line icons on a grid of 20; each is one path.
const PATHS = {
  overview: "M3 3h6v8H3zM11 3h6v4h-6zM11 9h6v8h-6zM3 13h6v4H3z",
  performance: "M3 16l4.5-6 3.5 3L17 5M13 5h4v4",
  trades: "M3 5h14M3 10h14M3 15h9",
  price: "M6 3v3m0 7v4M4 6h4v7H4zM14 3v2m0 8v4M12 5h4v8h-4z",
  import: "M10 3v9m-3.5-3.5L10 12l3.5-3.5M3 14v3h14v-3",
  system: "M3 10h3l2-6 4 12 2-6h3",
  close: "M5 5l10 10M15 5L5 15",
  left: "M12 5l-5 5 5 5",
  right: "M8 5l5 5-5 5",
  down: "M5 8l5 5 5-5",
  sun: "M10 6.5a3.5 3.5 0 100 7 3.5 3.5 0 000-7zM10 2v1.5M10 16.5V18M2 10h1.5M16.5 10H18M4.3 4.3l1.1 1.1M14.6 14.6l1.1 1.1M4.3 15.7l1.1-1.1M14.6 5.4l1.1-1.1",
  settings: "M3 6h8m4 0h2M3 14h2m4 0h8M11 4v4M5 12v4",
  key: "M3 5.5h14v9H3zM6 8.5h.01M9 8.5h.01M12 8.5h.01M14.5 8.5h.01M6.5 11.7h7",
  out: "M8 3H4v14h4M12 6l4 4-4 4M7.5 10H16",
  alert: "M10 3l7.5 13.5h-15zM10 8.5v3.5M10 14.2v.01",
  filter: "M3 5h14M6 10h8M8.5 15h3",
  download: "M10 3v9m-3.5-3.5L10 12l3.5-3.5M4 16h12",
  empty: "M3 11l2.5-7h9L17 11v5H3zM3 11h4l1 2h4l1-2h4",
} as const;

export type IconName = keyof typeof PATHS;

/** A picture that says nothing by itself: its button or link has the words. */
export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg className="icon" width={size} height={size} viewBox="0 0 20 20" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
