import { Pencil, Plus, Search, Trash2 } from "lucide-react";
import { useRef, useState } from "react";
import { noticeOf } from "../api/client";
import type { Notice, Template } from "../api/types";
import { IconButton } from "../common/icon-button";
import { Loading, ProblemNotice } from "../common/problem";
import { useWords } from "../i18n/language";
import { deleteTemplate, keepTemplate, useTemplates } from "./data";

type Props = { pick(template: Template): void; edit(template: Template | null): void };

/** Templates with all words of a search in their name or text. */
export function matching(templates: Template[], search: string): Template[] {
  const words = search.toLowerCase().split(/\s+/);
  return templates.filter(({ name, text }) => {
    const all = `${name} ${text}`.toLowerCase();
    return words.every((word) => all.includes(word));
  });
}

/** The templates to choose from. The arrows go through them, Enter takes the first. */
export function TemplateList({ pick, edit }: Props) {
  const { t } = useWords();
  const query = useTemplates();
  const [search, setSearch] = useState("");
  const [gone, setGone] = useState<Template | null>(null);
  const [problem, setProblem] = useState<Notice | null>(null);
  const box = useRef<HTMLDivElement>(null);
  const found = matching(query.data ?? [], search);
  const attempt = (action: Promise<void>, then: Template | null) =>
    action.then(() => {
      setGone(then);
      setProblem(null);
    }, (error: unknown) => setProblem(noticeOf(error)));
  return (
    <div className="templates" ref={box} onKeyDown={(event) => walk(event, box.current)}>
      <form
        className="search"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          if (found[0]) pick(found[0]);
        }}
      >
        <Search size={16} aria-hidden />
        {/* The dialog was asked for to choose here. */}
        <input type="search" autoFocus aria-label={t.templates.search} placeholder={t.templates.search} value={search} onChange={(event) => setSearch(event.target.value)} />
      </form>
      {query.isPending && <Loading />}
      {query.error && <ProblemNotice title={t.templates.failed} notice={noticeOf(query.error)} retry={() => query.refetch()} />}
      {problem && <ProblemNotice notice={problem} />}
      {query.data?.length === 0 && (
        <div className="empty">
          <p>{t.templates.empty}</p>
          <p className="small">{t.templates.emptyHint}</p>
        </div>
      )}
      {query.data && query.data.length > 0 && found.length === 0 && <p className="muted small pad">{t.palette.empty}</p>}
      <ul className="template-list">
        {found.map((template) => (
          <Row key={template.id} template={template} pick={() => pick(template)} edit={() => edit(template)} remove={() => void attempt(deleteTemplate(template.id), template)} />
        ))}
      </ul>
      <footer className="row wrap template-foot">
        <span role="status" className="grow small">
          {gone && <Gone template={gone} undo={() => void attempt(keepTemplate(null, { name: gone.name, text: gone.text }), null)} />}
        </span>
        <button type="button" className="button" onClick={() => edit(null)}>
          <Plus size={16} aria-hidden /> {t.templates.add}
        </button>
      </footer>
    </div>
  );
}

function Gone({ template, undo }: { template: Template; undo(): void }) {
  const { t } = useWords();
  return (
    <>
      {t.templates.gone} <bdi>{template.name}</bdi>{" "}
      <button type="button" className="link-button" onClick={undo}>
        {t.templates.undo}
      </button>
    </>
  );
}

type RowProps = { template: Template; pick(): void; edit(): void; remove(): void };

function Row({ template: { name, text }, pick, edit, remove }: RowProps) {
  const { t, fill } = useWords();
  return (
    <li className="row">
      <button type="button" className="template-pick grow" onClick={pick}>
        <bdi className="ellipsis">{name}</bdi>
        <bdi className="muted tiny ellipsis">{text}</bdi>
      </button>
      <IconButton icon={Pencil} label={fill(t.templates.editOne, { name })} onClick={edit} />
      <IconButton icon={Trash2} label={fill(t.templates.deleteOne, { name })} onClick={remove} />
    </li>
  );
}

/** The arrows move between the search and the templates. */
function walk(event: React.KeyboardEvent, box: HTMLElement | null): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined || box === null) return;
  const stops = [...box.querySelectorAll<HTMLElement>("input, .template-pick")];
  const next = stops[stops.indexOf(document.activeElement as HTMLElement) + step];
  if (next) {
    event.preventDefault();
    next.focus();
  }
}
