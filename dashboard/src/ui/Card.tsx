import { type ReactNode, useId } from "react";

interface CardProps {
  title: string;
  /** What stands beside the title: a choice, a link, a total. */
  actions?: ReactNode;
  note?: ReactNode;
  className?: string;
  busy?: boolean;
  children: ReactNode;
}

/** A part of a screen with its name. */
export function Card({ title, actions, note, className = "", busy = false, children }: CardProps) {
  const heading = useId();
  return (
    <section className={`card ${className}`} aria-labelledby={heading} aria-busy={busy}>
      <header className="card-head">
        <h2 id={heading}>{title}</h2>
        {note && <span className="card-note">{note}</span>}
        {actions && <div className="card-actions">{actions}</div>}
      </header>
      {children}
    </section>
  );
}
