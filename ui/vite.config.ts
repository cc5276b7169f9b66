import optimizeLocales from "@react-aria/optimize-locales-plugin";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** Where the Rust server (or the one under test) listens while developing. */
const server = process.env.MAJLIS_URL ?? "http://127.0.0.1:7777";

export default defineConfig({
  // Texts of react-aria in other languages than ours are left out.
  plugins: [react(), { ...optimizeLocales.vite({ locales: ["en-US", "ar-AE"] }), enforce: "pre" }],
  build: {
    target: "es2024",
    // A font or picture inlined as data: would be refused by font-src 'self'.
    assetsInlineLimit: 0,
    // The polyfill is for browsers without modulepreload; our targets have it.
    modulePreload: { polyfill: false },
    manifest: true,
    chunkSizeWarningLimit: 700,
  },
  server: {
    proxy: {
      "/api": { target: server, ws: true, changeOrigin: true },
      "/healthz": server,
    },
  },
});
