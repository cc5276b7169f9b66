import type { Stance } from "../api/types";
import { useWords } from "../i18n/language";

/** What a member does with a claim, by shape first and colour second. */
export function StanceSign({ stance }: { stance: Stance | null }) {
  switch (stance) {
    case "asserts":
      return (
        <svg viewBox="0 0 20 20" className="sign asserts" aria-hidden="true">
          <path d="m4.5 10.5 3.8 3.8 7.2-8.2" fill="none" stroke="currentColor" strokeWidth="2.6" strokeLinecap="round" strokeLinejoin="round" />
        </svg>
      );
    case "denies":
      return (
        <svg viewBox="0 0 20 20" className="sign denies" aria-hidden="true">
          <rect x="1.5" y="1.5" width="17" height="17" rx="3" fill="currentColor" fillOpacity=".12" stroke="currentColor" strokeWidth="1.2" />
          <path d="M2 8 8 2M2 14 14 2M4 18 18 4M10 18l8-8" stroke="currentColor" strokeWidth="1" opacity=".45" />
          <path d="m6 6 8 8m0-8-8 8" stroke="currentColor" strokeWidth="2.4" strokeLinecap="round" />
        </svg>
      );
    case "different_value":
      return (
        <svg viewBox="0 0 20 20" className="sign differs" aria-hidden="true">
          <path d="M4 7.5h12M4 12.5h12M12.5 3.5l-5 13" stroke="currentColor" strokeWidth="2" strokeLinecap="round" />
        </svg>
      );
    case "silent":
      return (
        <svg viewBox="0 0 20 20" className="sign silent" aria-hidden="true">
          <circle cx="10" cy="10" r="2.4" fill="currentColor" />
        </svg>
      );
    default:
      return (
        <svg viewBox="0 0 20 20" className="sign silent" aria-hidden="true">
          <path d="M6 10h8" stroke="currentColor" strokeWidth="1.6" strokeDasharray="2 2" />
        </svg>
      );
  }
}

export function useStanceName(): (stance: Stance | null) => string {
  const { t } = useWords();
  const names: Record<Stance, string> = {
    asserts: t.analysis.asserts,
    denies: t.analysis.denies,
    different_value: t.analysis.differs,
    silent: t.analysis.silent,
  };
  return (stance) => (stance === null ? t.analysis.notMeasuredCell : names[stance]);
}
