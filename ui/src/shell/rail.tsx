import { ChartColumn, Command, Keyboard, Landmark, MessageSquare, Search, Settings, type LucideIcon } from "lucide-react";
import { Link, useLocation } from "wouter";
import { useWords } from "../i18n/language";
import { runCommand } from "../state/commands";
import { Mark } from "./mark";

/** The screens there are, in the order of the rail. */
export const screens = ["chat", "council", "search", "dashboard", "settings"] as const;
export type Screen = (typeof screens)[number];

const icons: Record<Screen, LucideIcon> = { chat: MessageSquare, council: Landmark, search: Search, dashboard: ChartColumn, settings: Settings };

export function Rail() {
  const { t } = useWords();
  const [path] = useLocation();
  return (
    <nav className="rail" aria-label={t.nav.main}>
      <Mark />
      {screens.map((screen) => {
        const Icon = icons[screen];
        const here = path.split("/")[1] === screen;
        return (
          <Link key={screen} href={`/${screen}`} className="rail-item" aria-current={here ? "page" : undefined}>
            <Icon size={20} aria-hidden />
            <span>{t.nav[screen]}</span>
          </Link>
        );
      })}
      <span className="rail-space" />
      <button type="button" className="icon-button rail-tool" onClick={() => runCommand("palette")} aria-label={t.palette.title} title={`${t.palette.title} (Ctrl K)`}>
        <Command size={18} aria-hidden />
      </button>
      <button type="button" className="icon-button rail-tool" onClick={() => runCommand("keys")} aria-label={t.keys.title} title={`${t.keys.title} (?)`}>
        <Keyboard size={18} aria-hidden />
      </button>
    </nav>
  );
}
