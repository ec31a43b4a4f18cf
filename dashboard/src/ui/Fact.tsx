import type { ReactNode } from "react";

interface FactProps {
  name: string;
  hint?: string | undefined;
  children: ReactNode;
}

/** One line of a list of facts: `<dl className="facts">`. */
export function Fact({ name, hint, children }: FactProps) {
  return (
    <div title={hint}>
      <dt>{name}</dt>
      <dd className="figure">{children}</dd>
    </div>
  );
}
