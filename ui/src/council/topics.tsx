import { ChevronRight } from "lucide-react";
import { Fragment, useState } from "react";
import { useSearchParams } from "wouter";
import type { Analysis, ClaimRow, Member, Topic } from "../api/types";
import { Defined } from "../common/defined";
import { Glyph } from "../common/glyph";
import { useWords } from "../i18n/language";
import { directionOf } from "../markdown/direction";
import { ClaimLink } from "./claim-link";
import type { Named } from "./claims";
import { hasWord, spokenOf } from "./insight";
import { moveBetweenRows } from "./rows";

type Props = { analysis: Analysis; members: Member[]; names: ReadonlyMap<number, Named> };

/** The largest ones; the rest is one click away. */
const firstTopics = 8;

/** Topic by member: to how many of its claims each speaks. The shade only repeats the numbers. */
export function Topics({ analysis, members, names }: Props) {
  const { t, plural } = useWords();
  const [all, setAll] = useState(false);
  const [query, setQuery] = useSearchParams();
  const rows = new Map(analysis.claims.map((row) => [row.id, row]));
  const open = query.get("topic");
  const shown = all || Number(open) >= firstTopics ? analysis.topics : analysis.topics.slice(0, firstTopics);
  const toggle = (place: string) =>
    setQuery((before) => {
      const next = new URLSearchParams(before);
      if (open === place) next.delete("topic");
      else next.set("topic", place);
      return next;
    }, { replace: true });
  return (
    <div className="grid-frame card">
      <table className="claim-grid" onKeyDown={moveBetweenRows}>
        <thead>
          <tr>
            <th scope="col">{t.insight.topic}</th>
            {members.map(({ position }) => (
              <th key={position} scope="col" className="grid-member" title={names.get(position)?.name}>
                <Glyph place={position} />
                <bdi className="ellipsis">{names.get(position)?.name}</bdi>
              </th>
            ))}
            <th scope="col" className="grid-score">
              {t.insight.topicClaims}
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((topic, place) => (
            <Fragment key={topic.claims.join()}>
              <TopicRow topic={topic} rows={rows} members={members} open={open === `${place}`} toggle={() => toggle(`${place}`)} />
              {open === `${place}` && (
                <tr className="evidence-row">
                  <td colSpan={members.length + 2}>
                    <ClaimTexts claims={topic.claims} rows={rows} />
                  </td>
                </tr>
              )}
            </Fragment>
          ))}
        </tbody>
      </table>
      {analysis.topics.length > shown.length && (
        <button type="button" className="link-button grid-more" onClick={() => setAll(true)}>
          {plural(t.insight.moreTopics, analysis.topics.length - shown.length)}
        </button>
      )}
    </div>
  );
}

type RowProps = { topic: Topic; rows: ReadonlyMap<string, ClaimRow>; members: Member[]; open: boolean; toggle(): void };

function TopicRow({ topic, rows, members, open, toggle }: RowProps) {
  const { number } = useWords();
  return (
    <tr className={open ? "open" : undefined} onClick={toggle}>
      <th scope="row">
        <button
          type="button"
          className="claim-button"
          aria-expanded={open}
          onClick={(event) => {
            event.stopPropagation();
            toggle();
          }}
        >
          <ChevronRight size={14} aria-hidden className="turn" />
          <span>
            {topic.label.map((word, place) => (
              <Fragment key={word}>
                {place > 0 && " · "}
                <bdi>{word}</bdi>
              </Fragment>
            ))}
          </span>
        </button>
      </th>
      {members.map(({ position }) => (
        <TopicCell key={position} spoken={spokenOf(topic, rows, position)} of={topic.claims.length} />
      ))}
      <td className="grid-score number">{number(topic.claims.length)}</td>
    </tr>
  );
}

function TopicCell({ spoken, of }: { spoken: number | null; of: number }) {
  const { t, number, plural } = useWords();
  if (spoken === null) return <td className="topic-cell muted" title={t.analysis.notMeasured}>–</td>;
  const said = spoken === 0 ? t.insight.topicSilent : plural(t.insight.topicCell, spoken);
  return (
    <td className="topic-cell number" title={said} style={{ "--share": spoken / of } as React.CSSProperties}>
      <span aria-hidden="true">{spoken === 0 ? "·" : number(spoken)}</span>
      <span className="hidden-text">{said}</span>
    </td>
  );
}

/** Claims in words, each leading to its evidence. */
function ClaimTexts({ claims, rows }: { claims: string[]; rows: ReadonlyMap<string, ClaimRow> }) {
  return (
    <ul className="claim-texts small">
      {claims.map((id) => {
        const text = rows.get(id)?.text ?? id;
        return (
          <li key={id} dir={directionOf(text) ?? undefined}>
            <ClaimLink id={id}>{text}</ClaimLink>
          </li>
        );
      })}
    </ul>
  );
}

/** The words the answers turn on. One that stands in a claim narrows the list of claims to those. */
export function Keywords({ analysis }: { analysis: Analysis }) {
  const { t, languageName } = useWords();
  const [query, setQuery] = useSearchParams();
  const chosen = query.get("word");
  const choose = (word: string) => {
    setQuery((before) => {
      const next = new URLSearchParams(before);
      for (const name of ["show", "claim"]) next.delete(name);
      if (word === chosen) next.delete("word");
      else next.set("word", word);
      return next;
    }, { replace: true });
    document.getElementById("claims")?.scrollIntoView({ block: "start" });
  };
  const byLanguage = [...Map.groupBy(analysis.keywords, ({ language }) => language)];
  return (
    <div className="keywords">
      <p className="label">
        {t.insight.keywords} <Defined name={t.insight.keywords} text={t.insight.keywordsDefinition} />
      </p>
      {byLanguage.map(([language, words]) => (
        <ul key={language} className="row wrap" lang={language} aria-label={`${t.insight.keywords}: ${languageName(language)}`}>
          {words.map(({ text }) => (
            <li key={text}>
              {analysis.claims.some((row) => hasWord(row, text)) ? (
                <button type="button" className="chip keyword" aria-pressed={text === chosen} onClick={() => choose(text)}>
                  <bdi>{text}</bdi>
                </button>
              ) : (
                <span className="chip">
                  <bdi>{text}</bdi>
                </span>
              )}
            </li>
          ))}
        </ul>
      ))}
    </div>
  );
}
