/// <reference types="vitest/config" />
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

const COMPRESS_ABOVE_BYTES = 1_024;

/** Every text of the build a second time, compressed once and well rather than at each request. */
function compressed(): Plugin {
  return {
    name: "compressed",
    apply: "build",
    writeBundle({ dir = "" }, bundle) {
      for (const name of Object.keys(bundle)) {
        if (!/\.(js|css|svg|html)$/.test(name)) continue;
        const content = readFileSync(join(dir, name));
        if (content.length < COMPRESS_ABOVE_BYTES) continue;
        writeFileSync(join(dir, `${name}.gz`), gzipSync(content, { level: 9 }));
      }
    },
  };
}

export default defineConfig({
  base: "/dashboard/",
  plugins: [react(), compressed()],
  build: {
    outDir: "../app/dashboard_build",
    emptyOutDir: true,
    manifest: "manifest.json",
    target: "es2022",
    // The strict policy of the page allows nothing inlined but styles.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    // `npm run dev` beside a running service; its own Origin would be refused as a foreign page.
    proxy: {
      "/api": { target: "http://127.0.0.1:8000", changeOrigin: false },
      "/ws": { target: "ws://127.0.0.1:8000", ws: true },
    },
  },
  test: { environment: "jsdom", setupFiles: ["src/testing/setup.ts"], restoreMocks: true },
});
