import type { MouseEvent, ReactNode } from "react";
import { goTo, linkTo } from "../url/params";

interface LinkProps {
  to: string;
  params?: Readonly<Record<string, string>>;
  className?: string;
  children: ReactNode;
  current?: boolean;
  label?: string;
}

/** A link to a screen about the same account; opens elsewhere as any link does. */
export function Link({ to, params, className, children, current, label }: LinkProps) {
  const follow = (event: MouseEvent) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    goTo(to, params);
  };
  return (
    <a
      href={linkTo(to, params)}
      className={className}
      aria-current={current ? "page" : undefined}
      aria-label={label}
      onClick={follow}
    >
      {children}
    </a>
  );
}
