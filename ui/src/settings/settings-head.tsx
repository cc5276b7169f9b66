import { Link, useLocation } from "wouter";
import { useWords } from "../i18n/language";

/** The name of the screen and the way between its parts. */
export function SettingsHead() {
  const { t } = useWords();
  const [path] = useLocation();
  const parts = [
    ["/settings", t.settings.general],
    ["/settings/data", t.data.title],
  ] as const;
  return (
    <>
      <h1>{t.settings.title}</h1>
      <nav className="segments settings-parts" aria-label={t.settings.title}>
        {parts.map(([address, name]) => (
          <Link key={address} href={address} className="segment" aria-current={path === address ? "page" : undefined}>
            {name}
          </Link>
        ))}
      </nav>
    </>
  );
}
