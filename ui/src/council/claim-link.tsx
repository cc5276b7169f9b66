import type { ReactNode } from "react";
import { useSearchParams } from "wouter";
import { useWords } from "../i18n/language";

/** Opens a claim in the list and goes there, whatever the list is narrowed to. */
export function useOpenClaim(): (id: string) => void {
  const [, setQuery] = useSearchParams();
  return (id) => {
    setQuery((before) => {
      const next = new URLSearchParams(before);
      for (const name of ["show", "word"]) next.delete(name);
      next.set("claim", id);
      return next;
    }, { replace: true });
    // Once its row is there: the list may have been cut before it.
    setTimeout(() => {
      const row = document.getElementById(`claim-${id}`);
      row?.scrollIntoView({ block: "center" });
      row?.focus({ preventScroll: true });
    });
  };
}

/** The way from a word about a claim to the claim with its evidence. */
export function ClaimLink({ id, children }: { id: string; children?: ReactNode }) {
  const { t, fill } = useWords();
  const open = useOpenClaim();
  const name = fill(t.insight.openClaim, { id });
  return (
    <button type="button" className="claim-link" title={children === undefined ? undefined : name} aria-label={children === id ? name : undefined} onClick={() => open(id)}>
      {children ?? name}
    </button>
  );
}
