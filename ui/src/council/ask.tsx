import { ArrowUp, FileText, Sparkles } from "lucide-react";
import { useState } from "react";
import { useLocation } from "wouter";
import { answer, noticeOf, server } from "../api/client";
import { once } from "../api/once";
import { followCouncil, keys, queryClient, useConsultations, useCouncilSample, useModels } from "../api/queries";
import type { ConsultationRequest, Mode, Model, Notice } from "../api/types";
import { EstimateLine } from "../common/estimate";
import { ProblemNotice } from "../common/problem";
import { useTitle } from "../common/title";
import { useWords } from "../i18n/language";
import { directionOf } from "../markdown/direction";
import { draftProblem, emptyDraft, newKey, readCouncilDraft, requestOf, writeCouncilDraft, type Draft } from "./draft";
import { MemberList } from "./member-list";
import { Past } from "./past";

const modes: Mode[] = ["quick", "council", "deep", "stance"];

/** Starts a consultation and gives its id. */
async function startConsultation(body: ConsultationRequest): Promise<string> {
  const { id, run_id } = await once(`consult ${JSON.stringify(body)}`, (key) =>
    answer(server.POST("/api/v1/consultations", { params: { header: { "Idempotency-Key": key } }, body })),
  );
  followCouncil(run_id, id);
  void queryClient.invalidateQueries({ queryKey: keys.consultations });
  return id;
}

/** The first members offered: up to three real models that are ready. */
export function firstMembers(models: Model[]): Draft["members"] {
  return models
    .filter((model) => model.state === "ready" && !model.demo)
    .slice(0, 3)
    .map((model) => ({ key: newKey(), type: "model", model: model.id, samples: 1 }));
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

type StartProps = { busy: boolean; start(body: ConsultationRequest): Promise<boolean> };

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

function AskForm({ busy, start }: StartProps) {
  const { t, fill } = useWords();
  const models = useModels();
  const [kept, setKept] = useState(readCouncilDraft);
  const [touched, setTouched] = useState(false);
  const [withContext, setWithContext] = useState(kept.context !== "");
  const untouchedMembers = kept.members.length === 0 && !touched ? firstMembers(models.data ?? []) : kept.members;
  const draft: Draft = { ...kept, members: untouchedMembers };
  const change = (part: Partial<Draft>) => {
    const next = { ...draft, ...part };
    setKept(next);
    setTouched(true);
    writeCouncilDraft(next);
  };
  const problem = draftProblem(draft);
  const reason =
    problem &&
    { question: t.council.needQuestion, members: t.council.needMembers, text: "" }[problem.kind];
  const said = problem?.kind === "text" ? fill(t.council.needText, { name: problem.name }) : reason;
  const submit = async () => {
    if (problem || busy) return;
    if (await start(requestOf(draft))) writeCouncilDraft({ ...emptyDraft, members: draft.members.filter((m) => m.type === "model") });
  };
  const onlyPasted = draft.members.length > 0 && draft.members.every(({ type }) => type === "pasted");
  return (
    <form
      className="card ask-form"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
      onKeyDown={(event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void submit();
      }}
    >
      <div className="field">
        <label htmlFor="question">{t.council.question}</label>
        <textarea
          id="question"
          className="input question"
          rows={3}
          value={draft.question}
          dir={directionOf(draft.question) ?? undefined}
          placeholder={t.council.questionHint}
          onChange={(event) => change({ question: event.target.value })}
        />
      </div>
      {withContext ? (
        <div className="field">
          <label htmlFor="context">{t.council.context}</label>
          <textarea
            id="context"
            className="input pasted-text"
            rows={4}
            value={draft.context}
            dir={directionOf(draft.context) ?? undefined}
            placeholder={t.council.contextHint}
            onChange={(event) => change({ context: event.target.value })}
          />
        </div>
      ) : (
        <button type="button" className="link-button ask-context" onClick={() => setWithContext(true)}>
          <FileText size={14} aria-hidden /> {t.council.addContext}
        </button>
      )}
      <MemberList members={draft.members} change={(members) => change({ members })} />
      <div className="row wrap ask-foot">
        <label className="row small">
          <span className="muted">{t.deliberation.mode}</span>
          <select
            className="input"
            value={draft.mode ?? ""}
            title={t.deliberation.modeHints[draft.mode ?? "auto"]}
            onChange={(event) => change({ mode: event.target.value === "" ? null : (event.target.value as Mode) })}
          >
            <option value="">{t.deliberation.modes.auto}</option>
            {modes.map((mode) => (
              <option key={mode} value={mode}>
                {t.deliberation.modes[mode]}
              </option>
            ))}
          </select>
        </label>
        <p className="muted small grow">{said ?? ""}</p>
        <EstimateLine
          scope="council"
          request={problem || onlyPasted ? null : JSON.stringify(requestOf(draft))}
          ask={(request, signal) => answer(server.POST("/api/v1/consultations/estimate", { body: JSON.parse(request) as ConsultationRequest, signal }))}
        />
        <button type="submit" className="button primary" disabled={busy || problem !== null}>
          <ArrowUp size={16} aria-hidden /> {onlyPasted ? t.council.compare : t.council.start}
        </button>
      </div>
    </form>
  );
}
