import { Link } from "wouter";
import { useWords } from "../i18n/language";

export function NotFound() {
  const { t } = useWords();
  return (
    <div className="empty">
      <h2>{t.common.notFound}</h2>
      <p>{t.common.notFoundHint}</p>
      <Link href="/council" className="button">
        {t.nav.council}
      </Link>
    </div>
  );
}
