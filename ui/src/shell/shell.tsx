import { useEffect, useState, type ReactNode } from "react";
import { useLocation } from "wouter";
import { keys, queryClient, readSettings, writeSettings } from "../api/queries";
import { useWords } from "../i18n/language";
import { alertCount, socket } from "../live/live";
import { useCommand } from "../state/commands";
import { languageOf, nextTheme, preferences, setPreferences } from "../state/preferences";
import { ConnectionBanner } from "./connection-banner";
import { ErrorBoundary } from "./error-boundary";
import { HealthBanner } from "./health-banner";
import { useKeyboard } from "./keyboard";
import { KeysSheet } from "./keys-sheet";
import { LiveRegion } from "./live-region";
import { Palette } from "./palette";
import { Rail } from "./rail";
import "./shell.css";

/** Everything around the screens: rail, keys, palette, connection. */
export function Shell({ children }: { children: ReactNode }) {
  const { t } = useWords();
  const [path, go] = useLocation();
  const [palette, setPalette] = useState(false);
  const [keys, setKeys] = useState(false);
  useKeyboard();
  useStart();
  useCommand("palette", () => setPalette((open) => !open));
  useCommand("keys", () => setKeys((open) => !open));
  useCommand("go-chat", () => go("/chat"));
  useCommand("go-council", () => go("/council"));
  useCommand("go-search", () => go("/search"));
  useCommand("go-dashboard", () => go("/dashboard"));
  useCommand("go-settings", () => go("/settings"));
  useCommand("go-live", () => go("/dashboard/live"));
  useCommand("go-record", () => go("/dashboard/record"));
  useCommand("go-data", () => go("/settings/data"));
  useCommand("new-chat", () => go("/chat"));
  useCommand("new-council", () => go("/council"));
  useCommand("theme", () => choose({ theme: nextTheme(preferences().theme) }));
  useCommand("language", () =>
    choose({ language: languageOf(preferences().language) === "ar" ? "en" : "ar" }),
  );
  return (
    <div className="shell">
      <a className="skip button" href="#main">
        {t.nav.skip}
      </a>
      <Rail />
      <div className="banners">
        <ConnectionBanner />
        <HealthBanner />
      </div>
      <main className="main" id="main" tabIndex={-1}>
        <ErrorBoundary key={path.split("/")[1]}>{children}</ErrorBoundary>
      </main>
      <LiveRegion />
      <Palette open={palette} onOpenChange={setPalette} />
      <KeysSheet open={keys} onOpenChange={setKeys} />
    </div>
  );
}

/** Keeps a choice here at once and in the server for the next browser. */
export function choose(change: { theme?: "system" | "light" | "dark"; language?: "en" | "ar" }): void {
  setPreferences(change);
  // The choice already holds here; the server learns it when it can.
  writeSettings(change).catch(() => {});
}

function useStart(): void {
  useEffect(() => {
    socket.start();
    readSettings()
      .then(({ language, theme }) =>
        setPreferences({ ...(language ? { language } : {}), ...(theme ? { theme } : {}) }),
      )
      .catch(() => {});
    const forget = alertCount.subscribe(() => {
      void queryClient.invalidateQueries({ queryKey: keys.health });
      void queryClient.invalidateQueries({ queryKey: keys.alerts });
    });
    return () => {
      forget();
      socket.stop();
    };
  }, []);
}
