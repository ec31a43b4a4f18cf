import "./theme/tokens.css";
import "./theme/base.css";
import "./ui/ui.css";
import "./shell/shell.css";
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { summaryOptions } from "./api/performance";
import { createQueryClient } from "./api/query-client";
import { App } from "./shell/App";
import { applyPreferences, followSystem } from "./theme/preferences";

applyPreferences();
followSystem();

const client = createQueryClient();
// The answer that the first tiles are made of is on its way before anything is drawn.
const account = new URLSearchParams(window.location.search).get("account");
void client.prefetchQuery(summaryOptions(account));

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={client}>
        <App />
      </QueryClientProvider>
    </StrictMode>,
  );
}
