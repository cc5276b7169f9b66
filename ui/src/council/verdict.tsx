import { Check, X } from "lucide-react";
import { useState } from "react";
import { answer, noticeOf, server } from "../api/client";
import { keys, queryClient } from "../api/queries";
import type { Member, Notice } from "../api/types";
import { ProblemNotice } from "../common/problem";
import { useWords } from "../i18n/language";

type Props = { consultation: string; member: Pick<Member, "position" | "verdict">; name: string };

/** The person's word on one answer; pressing it again takes it back. */
export function Verdict({ consultation, member, name }: Props) {
  const { t, fill } = useWords();
  const [problem, setProblem] = useState<Notice | null>(null);
  const say = async (verdict: "right" | "wrong") => {
    setProblem(null);
    try {
      const body = { member: member.position, verdict: member.verdict === verdict ? ("open" as const) : verdict };
      const held = await answer(server.POST("/api/v1/consultations/{id}/verdict", { params: { path: { id: consultation } }, body }));
      queryClient.setQueryData(keys.consultation(consultation), held);
    } catch (error) {
      setProblem(noticeOf(error));
    }
  };
  return (
    <div className="row wrap verdict" role="group" aria-label={fill(t.deliberation.verdictOf, { name })}>
      {(["right", "wrong"] as const).map((verdict) => (
        <button
          key={verdict}
          type="button"
          className="link-button"
          aria-pressed={member.verdict === verdict}
          onClick={() => void say(verdict)}
        >
          {verdict === "right" ? <Check size={14} aria-hidden /> : <X size={14} aria-hidden />} {t.deliberation.verdicts[verdict]}
        </button>
      ))}
      {problem && <ProblemNotice notice={problem} />}
    </div>
  );
}
