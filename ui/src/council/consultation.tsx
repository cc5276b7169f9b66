import { DownloadLink } from "../common/download-link";
import { ArrowLeft, Download, RotateCcw, Square, Trash2 } from "lucide-react";
import { Button } from "react-aria-components/Button";
import { Link, useLocation } from "wouter";
import { answer, noticeOf, server } from "../api/client";
import { exportAddress } from "../api/contract";
import { cancelRun, keys, queryClient, useConsultation } from "../api/queries";
import type { Consultation } from "../api/types";
import { Confirm } from "../common/confirm";
import { costText } from "../common/cost-text";
import { Defined } from "../common/defined";
import { useModelFacts } from "../common/model-picker";
import { Loading, ProblemNotice } from "../common/problem";
import { useTitle } from "../common/title";
import { useWords, type Words } from "../i18n/language";
import { liveRun, useRunOutline } from "../live/live";
import { directionOf } from "../markdown/direction";
import { useCommand } from "../state/commands";
import { Answers } from "./answers";
import { memberNames } from "./claims";
import { Conclusion, Reviews, SecondRound, SkippedStages } from "./deliberation";
import { emptyDraft, newKey, writeCouncilDraft, type DraftMember } from "./draft";
import { Measured, Part } from "./measured";
import { statusTone } from "./past";
import { Resume } from "./resume";
import { Stages } from "./stages";
import { StatusBanner } from "./status-banner";

export function ConsultationScreen({ id }: { id: string }) {
  const { t } = useWords();
  const query = useConsultation(id);
  useTitle(query.data?.question ?? t.council.title);
  if (query.isPending) return <Loading />;
  if (!query.data) {
    return (
      <div className="page">
        <ProblemNotice title={t.council.loadFailed} notice={noticeOf(query.error)} retry={() => query.refetch()} />
      </div>
    );
  }
  return <Loaded consultation={query.data} />;
}

function Loaded({ consultation }: { consultation: Consultation }) {
  const { t, plural } = useWords();
  const facts = useModelFacts();
  const run = useRunOutline(consultation.run_id);
  const names = memberNames(consultation.members, (model) => facts(model).name);
  const analysis = consultation.analysis ?? run.analysis;
  const running = consultation.status === "running" && !run.finished;
  const writing = consultation.run_id !== null && !run.finished;
  const deliberation = run.deliberation ?? consultation.deliberation;
  const known = new Set(consultation.syntheses.map(({ version }) => version));
  const syntheses = [...consultation.syntheses, ...run.syntheses.filter(({ version }) => !known.has(version))];
  const open = consultation.members.filter((member) => {
    const state = run.states.get(member.message_id) ?? member.state;
    return state === "waiting" || state === "streaming";
  }).length;
  const answers = (
    <Part title={t.council.answers}>
      <Answers consultation={consultation.id} members={consultation.members} names={names} run_id={consultation.run_id} />
    </Part>
  );
  return (
    <div className="page consultation">
      <Head consultation={consultation} running={running} />
      <StatusBanner consultation={consultation} names={names} />
      <Resume consultation={consultation} />
      <Stages consultation={consultation} running={writing ? (run.stage ?? (running ? "answer" : null)) : null} />
      {deliberation && <SkippedStages deliberation={deliberation} />}
      <Conclusion consultation={consultation} syntheses={syntheses} running={writing} />
      {analysis ? (
        <Measured analysis={analysis} members={withLive(consultation)} names={names} />
      ) : (
        running && (
          <p className="notice measuring">
            <span className="spinner" aria-hidden />
            {open > 0 ? plural(t.council.waitingMeasure, open) : t.council.measuring}
          </p>
        )
      )}
      {deliberation && (
        <>
          <Reviews deliberation={deliberation} names={names} />
          <SecondRound deliberation={deliberation} names={names} />
        </>
      )}
      {answers}
      <details className="small sent">
        <summary className="muted">{t.council.prompt}</summary>
        <pre className="card" tabIndex={0} role="group" aria-label={t.council.prompt} dir={directionOf(consultation.prompt) ?? undefined}>
          {consultation.prompt}
        </pre>
      </details>
    </div>
  );
}

/** Until the snapshot has come, the quotations need the texts that came live. */
function withLive(consultation: Consultation) {
  const replies = consultation.run_id === null ? undefined : liveRun(consultation.run_id)?.replies;
  return consultation.members.map((member) => {
    const live = replies?.get(member.message_id);
    return live && live.text.length > member.text.length ? { ...member, text: live.text } : member;
  });
}

function Head({ consultation, running }: { consultation: Consultation; running: boolean }) {
  const words = useWords();
  const { t, plural, when, duration, fill, score } = words;
  const [, go] = useLocation();
  const { id, question, context, members, run_id, status, created_at, finished_at } = consultation;
  const stop = () => {
    if (run_id) void cancelRun(run_id);
  };
  useCommand("stop", stop, running && run_id !== null);
  const remove = async () => {
    await answer(server.DELETE("/api/v1/consultations/{id}", { params: { path: { id } } }));
    queryClient.removeQueries({ queryKey: keys.consultation(id) });
    void queryClient.invalidateQueries({ queryKey: keys.consultations });
    go("/council");
  };
  const again = () => {
    const { mode, editors } = consultation.plan;
    writeCouncilDraft({ ...emptyDraft, question, context: context ?? "", members: membersOf(consultation), mode, editors });
    go("/council");
  };
  const took = finished_at === null ? null : Date.parse(finished_at) - Date.parse(created_at);
  const shownStatus = running ? "running" : status;
  return (
    <header className="consultation-head">
      <div className="row">
        <Link href="/council" className="link-button back">
          <ArrowLeft size={14} aria-hidden className="flip" /> {t.council.title}
        </Link>
        <span className="grow" />
        {running ? (
          <button type="button" className="button" onClick={stop}>
            <Square size={12} fill="currentColor" aria-hidden /> {t.council.stop}
          </button>
        ) : (
          <button type="button" className="button" onClick={again}>
            <RotateCcw size={14} aria-hidden className="flip" /> {t.council.again}
          </button>
        )}
        {!running && (
          <DownloadLink className="icon-button" href={exportAddress({ format: "markdown", consultation: id })} label={t.data.exportOne}>
            <Download size={16} aria-hidden />
          </DownloadLink>
        )}
        <Confirm title={t.council.deleteTitle} text={t.council.deleteText} action={t.common.delete} onConfirm={() => void remove()}>
          <Button className="icon-button" aria-label={t.common.delete}>
            <Trash2 size={16} aria-hidden />
          </Button>
        </Confirm>
      </div>
      <h1 dir={directionOf(question) ?? undefined} className={question.length > 160 ? "long" : undefined}>
        {question}
      </h1>
      <p className="muted small facts-line">
        <span className={`chip ${statusTone(shownStatus)}`}>{t.status[shownStatus]}</span>
        <span className="chip">{t.deliberation.modes[consultation.plan.mode]}</span>
        <span>{plural(t.council.membersCount, members.length)}</span>
        {consultation.votes && (
          <span className="number">
            {fill(t.deliberation.votes, { n: score(consultation.votes.effective) })}
            <Defined name={t.deliberation.votesName} text={t.deliberation.votesDefinition} />
          </span>
        )}
        <span>{when(created_at)}</span>
        {took !== null && took >= 0 && <span className="number">{duration(took)}</span>}
        {!running && <span className="number">{totalCost(consultation, words)}</span>}
      </p>
      {context && (
        <details className="small">
          <summary className="muted">{t.council.context}</summary>
          <pre className="card" tabIndex={0} role="group" aria-label={t.council.context} dir={directionOf(context) ?? undefined}>
            {context}
          </pre>
        </details>
      )}
    </header>
  );
}

/** What the whole council cost. Pasted answers cost nothing. */
export function totalCost(
  { cost_usd, unknown_costs, members }: Pick<Consultation, "cost_usd" | "unknown_costs" | "members">,
  words: Pick<Words, "t" | "fill" | "usd">,
): string {
  if (members.every(({ kind }) => kind === "pasted")) return words.t.model.free;
  return costText(cost_usd, unknown_costs, words);
}

/** The members as they were asked for, samples folded into one entry. */
export function membersOf({ members }: Pick<Consultation, "members">): DraftMember[] {
  const drafts: DraftMember[] = [];
  for (const member of members) {
    if (member.model === null) {
      drafts.push({ key: newKey(), type: "pasted", name: member.label, text: member.text });
      continue;
    }
    const same = drafts.find((draft) => draft.type === "model" && draft.model === member.model);
    if (same?.type === "model") same.samples = (same.samples ?? 1) + 1;
    else drafts.push({ key: newKey(), type: "model", model: member.model, samples: 1 });
  }
  return drafts;
}
