// Every screen once: its address, its name, its key, and where its code is. A screen is loaded
// when it is first shown; the first one comes with the page.
import { type ComponentType, type LazyExoticComponent, lazy } from "react";
import type { IconName } from "../ui/Icon";
import { Overview } from "./overview/Overview";

export interface Screen {
  path: string;
  name: string;
  /** The second key after `g`. */
  key: string;
  icon: IconName;
  /** Has something to show where there is no account yet. */
  needsNoAccount?: true;
  View: ComponentType | LazyExoticComponent<ComponentType>;
}

export const SCREENS: readonly Screen[] = [
  { path: "", name: "Overview", key: "o", icon: "overview", View: Overview },
  {
    path: "performance",
    name: "Performance",
    key: "p",
    icon: "performance",
    View: lazy(() => import("./performance/Performance")),
  },
  {
    path: "trades",
    name: "Trades",
    key: "t",
    icon: "trades",
    View: lazy(() => import("./trades/Trades")),
  },
  {
    path: "price",
    name: "Price",
    key: "c",
    icon: "price",
    View: lazy(() => import("./price/Price")),
  },
  {
    path: "import",
    name: "Import",
    key: "i",
    icon: "import",
    needsNoAccount: true,
    View: lazy(() => import("./import/Import")),
  },
  {
    path: "system",
    name: "System",
    key: "s",
    icon: "system",
    needsNoAccount: true,
    View: lazy(() => import("./system/System")),
  },
];
