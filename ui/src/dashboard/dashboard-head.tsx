import { Link, useLocation } from "wouter";
import { useWords } from "../i18n/language";

/** The name of the screen and the way between its parts. */
export function DashboardHead() {
  const { t } = useWords();
  const [path] = useLocation();
  const parts = [
    ["/dashboard", t.record.costs],
    ["/dashboard/live", t.live.title],
    ["/dashboard/record", t.record.title],
  ] as const;
  return (
    <div className="dashboard-head">
      <h1>{t.dashboard.title}</h1>
      <nav className="segments" aria-label={t.dashboard.title}>
        {parts.map(([address, name]) => (
          <Link key={address} href={address} className="segment" aria-current={path === address ? "page" : undefined}>
            {name}
          </Link>
        ))}
      </nav>
    </div>
  );
}
