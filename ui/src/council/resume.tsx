import { Play } from "lucide-react";
import { useState } from "react";
import { answer, noticeOf, server } from "../api/client";
import { once } from "../api/once";
import { followCouncil, keys, queryClient } from "../api/queries";
import type { Consultation, Notice, Resumable } from "../api/types";
import { ProblemNotice } from "../common/problem";
import { useWords, type Words } from "../i18n/language";

async function resume(id: string): Promise<void> {
  const { run_id } = await once(`resume ${id}`, (key) =>
    answer(
      server.POST("/api/v1/consultations/{id}/resume", {
        params: { path: { id }, header: { "Idempotency-Key": key } },
      }),
    ),
  );
  followCouncil(run_id, id);
  await queryClient.invalidateQueries({ queryKey: keys.consultation(id) });
}

/** What going on would keep, repeat and cost: "2 answers stay · 1 is asked · …". */
export function resumeText({ kept, missing, unknown, stages, high_usd }: Omit<Resumable, "low_usd" | "low_pusd" | "high_pusd">, { t, fill, plural, usd }: Words): string {
  return [
    plural(t.council.resumeKept, kept),
    ...(missing > 0 ? [plural(t.council.resumeMissing, missing)] : []),
    ...(stages ? [t.deliberation.resumeStages] : []),
    ...(unknown > 0 ? [plural(t.council.resumeUnknown, unknown)] : []),
    ...(missing === 0 ? [] : [high_usd ? fill(t.council.resumeCost, { cost: usd(high_usd) }) : t.model.priceUnknown]),
  ].join(" · ");
}

/** The way on for a consultation that ended before everybody had answered. */
export function Resume({ consultation: { id, resumable } }: { consultation: Pick<Consultation, "id" | "resumable"> }) {
  const words = useWords();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Notice | null>(null);
  if (!resumable) return null;
  const go = async () => {
    setBusy(true);
    setProblem(null);
    try {
      await resume(id);
    } catch (error) {
      setProblem(noticeOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <div className="card row wrap resume">
        <p className="grow small">{resumeText(resumable, words)}</p>
        <button type="button" className="button primary" disabled={busy} onClick={() => void go()}>
          <Play size={14} aria-hidden className="flip" /> {resumable.missing > 0 ? words.t.council.resume : words.t.deliberation.resumeGo}
        </button>
      </div>
      {problem && <ProblemNotice notice={problem} />}
    </>
  );
}
