import { ShieldAlert, X } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";
import type { HealthCheck } from "../api/types";
import { useHealth } from "../api/queries";
import { IconButton } from "../common/icon-button";
import { useWords } from "../i18n/language";

const seenKey = "majlis.alerts.seen";

/** What was read and put away: for this tab only, because it stays in Settings and may come back. */
function readSeen(): string[] {
  try {
    return (sessionStorage.getItem(seenKey) ?? "").split("\n").filter((each) => each !== "");
  } catch {
    return [];
  }
}

const nameOf = (check: HealthCheck) => `${check.code} ${JSON.stringify(check.params)}`;

/** What the person must know at once: that data was mended at the start, or that something is wrong now. */
export function urgent(checks: HealthCheck[], seen: string[]): HealthCheck[] {
  return checks.filter((check) => (check.status === "error" || (check.name === "alert" && check.status !== "ok")) && !seen.includes(nameOf(check)));
}

export function HealthBanner() {
  const words = useWords();
  const { t } = words;
  const { data } = useHealth();
  const [seen, setSeen] = useState(readSeen);
  const [first] = urgent(data?.checks ?? [], seen);
  if (!first) return null;
  const putAway = () => {
    const next = [...seen, nameOf(first)];
    setSeen(next);
    try {
      sessionStorage.setItem(seenKey, next.join("\n"));
    } catch {
      // Without storage it is put away as long as the page lives.
    }
  };
  return (
    <div className={`banner ${first.status === "error" ? "bad" : ""}`} role="alert">
      <ShieldAlert size={16} aria-hidden />
      <span className="grow" dir="auto">
        <strong>{words.told(first)}</strong> <span className="muted">{words.hint(first)}</span>
      </span>
      <span className="row">
        <Link href="/settings/data" className="button">
          {t.data.look}
        </Link>
        <IconButton icon={X} className="quiet" label={t.common.close} onClick={putAway} />
      </span>
    </div>
  );
}
