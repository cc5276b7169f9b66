import { useQuery } from "@tanstack/react-query";
import { LogOut } from "lucide-react";
import { useState } from "react";
import { answer, noticeOf, server } from "../api/client";
import type { Notice } from "../api/types";
import { ProblemNotice } from "../common/problem";
import { useWords } from "../i18n/language";
import { signOut } from "./signing";

/** The way out, where the server asks for a token. */
export function SignOut() {
  const { t } = useWords();
  const access = useQuery({ queryKey: ["access"], queryFn: () => answer(server.GET("/api/v1/session")) });
  const [problem, setProblem] = useState<Notice | null>(null);
  if (!access.data?.token_required) return null;
  return (
    <section className="stack">
      <h2>{t.access.here}</h2>
      <p className="muted small">{t.access.signOutHint}</p>
      {problem && <ProblemNotice notice={problem} />}
      <div>
        <button type="button" className="button" onClick={() => void signOut().catch((error: unknown) => setProblem(noticeOf(error)))}>
          <LogOut size={16} aria-hidden className="flip" /> {t.access.signOut}
        </button>
      </div>
    </section>
  );
}
