import { ArrowUp, FileText } from "lucide-react";
import { useMemo, useRef, useState } from "react";
import { answer, server } from "../api/client";
import { useModels } from "../api/queries";
import type { ConsultationRequest, Model } from "../api/types";
import { EstimateText, useEstimate } from "../common/estimate";
import { Elsewhere } from "../drafts/elsewhere";
import { questionStore, useKeptDraft } from "../drafts/use-draft";
import { useWords } from "../i18n/language";
import { directionOf } from "../markdown/direction";
import { putBehind } from "../templates/fill";
import { Templates } from "../templates/templates";
import { draftProblem, emptyDraft, newKey, readCouncilDraft, requestOf, writeCouncilDraft, type Draft } from "./draft";
import { MemberList } from "./member-list";
import { CapField, EditorField, ModePicker, StageEstimates } from "./plan";
import { PresetField } from "./presets";

export type StartProps = { busy: boolean; start(body: ConsultationRequest): Promise<boolean> };

/** The first members offered: up to three real models that are ready. */
export function firstMembers(models: Model[]): Draft["members"] {
  return models
    .filter((model) => model.state === "ready" && !model.demo)
    .slice(0, 3)
    .map((model) => ({ key: newKey(), type: "model", model: model.id, samples: 1 }));
}

/** Who is asked what, how far, and what that may cost. */
export function AskForm({ busy, start }: StartProps) {
  const { t, fill } = useWords();
  const models = useModels();
  const [kept, setKept] = useState(readCouncilDraft);
  const [touched, setTouched] = useState(false);
  const [withContext, setWithContext] = useState(kept.context !== "");
  const offered = useMemo(() => firstMembers(models.data ?? []), [models.data]);
  // Until the person chooses: typing may begin before the models are known.
  const draft: Draft = kept.members.length === 0 && !touched ? { ...kept, members: offered } : kept;
  const change = (part: Partial<Draft>) => {
    const next = { ...kept, ...part };
    setKept(next);
    if (part.members) setTouched(true);
    writeCouncilDraft(next);
  };
  const typed = useKeptDraft({
    place: "council",
    store: questionStore,
    value: { question: kept.question, context: kept.context },
    empty: { question: "", context: "" },
    replace: (text) => {
      change(text);
      if (text.context !== "") setWithContext(true);
    },
  });
  const field = useRef<HTMLTextAreaElement>(null);
  const insert = (text: string) => {
    change({ question: putBehind(draft.question, text) });
    // After the dialog has given the focus back.
    requestAnimationFrame(() => field.current?.focus());
  };
  const problem = draftProblem(draft);
  const reason =
    problem &&
    { question: t.council.needQuestion, members: t.council.needMembers, cap: t.asking.capWrong, text: "" }[problem.kind];
  const said = problem?.kind === "text" ? fill(t.council.needText, { name: problem.name }) : reason;
  const submit = async () => {
    if (problem || busy) return;
    const lasting = { mode: draft.mode, cap: draft.cap, editors: draft.editors };
    if (!(await start(requestOf(draft)))) return;
    typed.sent();
    writeCouncilDraft({ ...emptyDraft, ...lasting, members: draft.members.filter((m) => m.type === "model") });
  };
  const onlyPasted = draft.members.length > 0 && draft.members.every(({ type }) => type === "pasted");
  const estimate = useEstimate({
    scope: "council",
    request: problem || onlyPasted ? null : JSON.stringify(requestOf(draft)),
    ask: (request, signal) => answer(server.POST("/api/v1/consultations/estimate", { body: JSON.parse(request) as ConsultationRequest, signal })),
  });
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
          ref={field}
          id="question"
          className="input question"
          rows={3}
          value={draft.question}
          dir={directionOf(draft.question) ?? undefined}
          placeholder={t.council.questionHint}
          onChange={(event) => change({ question: event.target.value })}
        />
      </div>
      {typed.other && <Elsewhere text={[typed.other.question, typed.other.context].join("\n\n").trim()} take={typed.take} keep={typed.keep} />}
      <div className="row wrap ask-more">
        {!withContext && (
          <button type="button" className="link-button" onClick={() => setWithContext(true)}>
            <FileText size={14} aria-hidden /> {t.council.addContext}
          </button>
        )}
        <Templates typed={draft.question} insert={insert} named />
      </div>
      {withContext && (
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
      )}
      <PresetField draft={draft} change={change} />
      <MemberList members={draft.members} change={(members) => change({ members })} />
      <ModePicker mode={draft.mode} choose={(mode) => change({ mode })} />
      <div className="ask-options">
        <EditorField editors={draft.editors} change={(editors) => change({ editors })} />
        <CapField cap={draft.cap} change={(cap) => change({ cap })} />
      </div>
      {estimate && <StageEstimates estimate={estimate} />}
      <div className="row wrap ask-foot">
        <p className="muted small grow">{said ?? ""}</p>
        <EstimateText estimate={estimate} />
        <button type="submit" className="button primary" disabled={busy || problem !== null}>
          <ArrowUp size={16} aria-hidden /> {onlyPasted ? t.council.compare : t.council.start}
        </button>
      </div>
    </form>
  );
}
