import { ChevronRight, X } from "lucide-react";
import { Fragment, useState } from "react";
import { useSearchParams } from "wouter";
import type { Analysis, ClaimRow, FailedCheck, Member, MemberStance } from "../api/types";
import { Glyph } from "../common/glyph";
import { useWords } from "../i18n/language";
import { directionOf } from "../markdown/direction";
import { claimFilters, filterClaims, filterOf, type ClaimFilter, type Named } from "./claims";
import { Evidence } from "./evidence";
import { checksByClaim, saidCertainty } from "./insight";
import { CertaintyMark, CheckMark } from "./marks";
import { moveBetweenRows } from "./rows";
import { StanceSign, useStanceName } from "./stance-sign";

type Props = { analysis: Analysis; members: Member[]; names: ReadonlyMap<number, Named> };

/** More than fit one look; the rest is one click away. */
const firstRows = 12;

/** Claim by member: who says it, denies it, gives another value, is silent. */
export function ClaimGrid({ analysis, members, names }: Props) {
  const { t, fill, plural } = useWords();
  const [query, setQuery] = useSearchParams();
  const [all, setAll] = useState(false);
  const filter = filterOf(query.get("show"));
  const open = query.get("claim");
  const word = query.get("word");
  const rows = filterClaims(analysis, filter, word);
  const checks = checksByClaim(analysis);
  const openIndex = rows.findIndex(({ id }) => id === open);
  const shown = all || openIndex >= firstRows ? rows : rows.slice(0, firstRows);
  const change = (name: string, value: string | null) =>
    setQuery((before) => {
      const next = new URLSearchParams(before);
      if (value === null) next.delete(name);
      else next.set(name, value);
      return next;
    }, { replace: true });
  if (analysis.claims.length === 0) return <p className="muted">{t.analysis.noClaims}</p>;
  return (
    <>
      <div className="grid-tools">
        <Filters analysis={analysis} filter={filter} word={word} choose={(next) => change("show", next === "all" ? null : next)} />
        {word !== null && (
          <button type="button" className="button narrowed" aria-label={t.insight.withoutWord} title={t.insight.withoutWord} onClick={() => change("word", null)}>
            <bdi>{fill(t.insight.withWord, { word })}</bdi> <X size={14} aria-hidden />
          </button>
        )}
        <Legend />
      </div>
      <div className="grid-frame card">
        <table className="claim-grid" onKeyDown={moveBetweenRows}>
          <thead>
            <tr>
              <th scope="col">{t.analysis.claim}</th>
              {members.map((member) => (
                <MemberHead key={member.position} named={names.get(member.position)} />
              ))}
              <th scope="col" className="grid-score">
                {t.analysis.agreement}
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <Fragment key={row.id}>
                <Row row={row} marks={{ certainty: saidCertainty(analysis, row), checks: checks.get(row.id) ?? [] }} members={members} names={names} open={row.id === open} toggle={() => change("claim", row.id === open ? null : row.id)} />
                {row.id === open && (
                  <tr className="evidence-row">
                    <td colSpan={members.length + 2}>
                      <Evidence row={row} certainty={saidCertainty(analysis, row)} checks={checks.get(row.id) ?? []} members={members} names={names} />
                    </td>
                  </tr>
                )}
              </Fragment>
            ))}
          </tbody>
        </table>
        {rows.length === 0 && <p className="muted small pad">{t.common.none}</p>}
        {rows.length > shown.length && (
          <button type="button" className="link-button grid-more" onClick={() => setAll(true)}>
            {plural(t.analysis.showAll, rows.length - shown.length)}
          </button>
        )}
      </div>
    </>
  );
}

function MemberHead({ named }: { named: Named | undefined }) {
  const { t } = useWords();
  if (!named) return null;
  return (
    <th scope="col" className="grid-member" title={named.demo ? `${named.name} (${t.model.demo})` : named.name}>
      <Glyph place={named.place} />
      <bdi className="ellipsis">{named.name}</bdi>
    </th>
  );
}

/** What stands beside the words of a claim. */
type Marks = { certainty: "hedged" | "categorical" | null; checks: FailedCheck[] };
type RowProps = { row: ClaimRow; marks: Marks; members: Member[]; names: Props["names"]; open: boolean; toggle(): void };

function Row({ row, marks, members, names, open, toggle }: RowProps) {
  const { t, score } = useWords();
  const byMember = new Map(row.stances.map((stance) => [stance.member, stance]));
  const values = row.stances.some(({ stance }) => stance === "different_value");
  return (
    <tr className={open ? "open" : undefined} onClick={toggle}>
      <th scope="row">
        <button
          type="button"
          id={`claim-${row.id}`}
          className="claim-button"
          aria-expanded={open}
          onClick={(event) => {
            event.stopPropagation();
            toggle();
          }}
        >
          <ChevronRight size={14} aria-hidden className="turn" />
          <span dir={directionOf(row.text) ?? undefined}>
            {row.context && <span className="muted">{row.context.replace(/\s*[:：]$/u, "")}: </span>}
            {row.text} {marks.certainty && <CertaintyMark certainty={marks.certainty} />}
            {[...new Set(marks.checks.map(({ kind }) => kind))].map((kind) => (
              <CheckMark key={kind} kind={kind} />
            ))}
          </span>
        </button>
      </th>
      {members.map(({ position }) => (
        <Cell key={position} stance={byMember.get(position)} showValue={values} demo={names.get(position)?.demo ?? false} />
      ))}
      <td className="grid-score number" title={t.analysis.rowAgreement}>
        {row.agreement === null ? (
          <span className="muted" title={t.analysis.notMeasured}>
            –
          </span>
        ) : (
          score(row.agreement)
        )}
      </td>
    </tr>
  );
}

function Cell({ stance, showValue, demo }: { stance: MemberStance | undefined; showValue: boolean; demo: boolean }) {
  const nameOf = useStanceName();
  const what = stance?.stance ?? null;
  return (
    <td className={`grid-cell ${demo ? "apart" : ""}`} title={nameOf(what)}>
      <StanceSign stance={what} />
      <span className="hidden-text">{nameOf(what)}</span>
      {showValue && stance?.value && (
        <bdi className="grid-value number" dir="auto">
          {stance.value}
        </bdi>
      )}
    </td>
  );
}

type FiltersProps = { analysis: Analysis; filter: ClaimFilter; word: string | null; choose(filter: ClaimFilter): void };

function Filters({ analysis, filter, word, choose }: FiltersProps) {
  const { t, number } = useWords();
  const names: Record<ClaimFilter, string> = {
    all: t.analysis.filterAll,
    contested: t.analysis.filterContested,
    shared: t.analysis.filterShared,
    gaps: t.insight.filterGaps,
    single: t.analysis.filterSingle,
  };
  return (
    <div className="segments" role="group" aria-label={t.analysis.claims}>
      {claimFilters.map((each) => (
        <button key={each} type="button" className="segment" aria-pressed={each === filter} onClick={() => choose(each)}>
          {names[each]} <span className="number muted">{number(filterClaims(analysis, each, word).length)}</span>
        </button>
      ))}
    </div>
  );
}

function Legend() {
  const { t } = useWords();
  const nameOf = useStanceName();
  return (
    <ul className="legend" aria-label={t.analysis.legend}>
      {(["asserts", "different_value", "denies", "silent"] as const).map((stance) => (
        <li key={stance}>
          <StanceSign stance={stance} /> {nameOf(stance)}
        </li>
      ))}
    </ul>
  );
}
