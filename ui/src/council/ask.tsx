import { Sparkles } from "lucide-react";
import { useState } from "react";
import { useLocation } from "wouter";
import { answer, noticeOf, server } from "../api/client";
import { once } from "../api/once";
import { followCouncil, keys, queryClient, useConsultations, useCouncilSample } from "../api/queries";
import type { ConsultationRequest, Notice } from "../api/types";
import { ProblemNotice } from "../common/problem";
import { useTitle } from "../common/title";
import { useWords } from "../i18n/language";
import { directionOf } from "../markdown/direction";
import { AskForm, type StartProps } from "./ask-form";
import { Past } from "./past";

/** Starts a consultation and gives its id. */
async function startConsultation(body: ConsultationRequest): Promise<string> {
  const { id, run_id } = await once(`consult ${JSON.stringify(body)}`, (key) =>
    answer(server.POST("/api/v1/consultations", { params: { header: { "Idempotency-Key": key } }, body })),
  );
  followCouncil(run_id, id);
  void queryClient.invalidateQueries({ queryKey: keys.consultations });
  return id;
}

export function Ask() {
  const { t } = useWords();
  const [, go] = useLocation();
  const [problem, setProblem] = useState<Notice | null>(null);
  const [busy, setBusy] = useState(false);
  const past = useConsultations();
  useTitle(t.council.title);
  const start = async (body: ConsultationRequest) => {
    setBusy(true);
    try {
      const id = await startConsultation(body);
      go(`/council/${id}`);
      return true;
    } catch (error) {
      setProblem(noticeOf(error));
      return false;
    } finally {
      setBusy(false);
    }
  };
  const firstVisit = past.isSuccess && past.data.pages[0]?.items.length === 0;
  return (
    <div className="page ask">
      <header className="ask-head">
        <h1>{t.council.ask}</h1>
        <p className="muted">{t.council.intro}</p>
      </header>
      <div className="ask-main">
        {firstVisit && <Sample busy={busy} start={start} prominent />}
        {problem && <ProblemNotice notice={problem} />}
        <AskForm busy={busy} start={start} />
      </div>
      <aside className="ask-side">
        <Past query={past} />
        {past.isSuccess && !firstVisit && <Sample busy={busy} start={start} />}
      </aside>
    </div>
  );
}

/** Four written answers: shows what is measured, without a key and without cost. */
function Sample({ busy, start, prominent = false }: StartProps & { prominent?: boolean }) {
  const { t, language } = useWords();
  const sample = useCouncilSample(language);
  if (!sample.data) return null;
  const { question, answers } = sample.data;
  const members = answers.map(({ name, text }) => ({ type: "pasted" as const, name, text }));
  const run = () => void start({ question, members });
  if (!prominent) {
    return (
      <button type="button" className="link-button" disabled={busy} onClick={run}>
        <Sparkles size={14} aria-hidden /> {t.council.trySample}
      </button>
    );
  }
  return (
    <section className="card sample">
      <div className="grow">
        <h2>{t.council.sampleTitle}</h2>
        <p className="muted small">{t.council.sampleText}</p>
        <p className="sample-question" dir={directionOf(question) ?? undefined}>
          {question}
        </p>
      </div>
      <button type="button" className="button primary" disabled={busy} onClick={run}>
        <Sparkles size={16} aria-hidden /> {t.council.trySample}
      </button>
    </section>
  );
}
