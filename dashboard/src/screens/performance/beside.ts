// What a note beside a pointer needs, its distance included.
const NOTE = "212px";

/** Where a note stands beside a place: where there is more room, and never out of the box. */
export function beside(share: number) {
  const isLeft = share <= 0.5;
  const from = `calc(${(isLeft ? share : 1 - share) * 100}% + 16px)`;
  const inset = `min(${from}, calc(100% - ${NOTE}))`;
  return isLeft ? { left: inset, top: 0 } : { right: inset, top: 0 };
}
