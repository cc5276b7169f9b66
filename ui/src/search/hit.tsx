import type { LucideIcon } from "lucide-react";
import { Link } from "wouter";
import type { SearchHit } from "../api/types";
import { useModelFacts } from "../common/model-picker";
import { useWords } from "../i18n/language";
import { directionOf } from "../markdown/direction";
import { placeOf } from "./filters";

type Props = { hit: SearchHit; icon: LucideIcon };

/** One thing found: where, what, by whom, when, at what cost. The words looked for are marked. */
export function Hit({ hit, icon: Icon }: Props) {
  const { t, when, usd, languageName } = useWords();
  const facts = useModelFacts();
  const place = placeOf(hit);
  const text = hit.snippet.map((part) => part.text).join("");
  const title = hit.title || t.chat.untitled;
  // So that what does not fit is cut at the end of the title, not of the page's line.
  const shown = { className: "ellipsis", dir: directionOf(title) ?? undefined, children: title };
  return (
    <article className="hit">
      <h2 className="hit-title">
        <Icon size={16} aria-hidden />
        {place === null ? <span {...shown} /> : <Link href={place} {...shown} />}
      </h2>
      <p className="snippet" dir={directionOf(text) ?? undefined}>
        {hit.snippet.map((part, index) =>
          // The parts of one snippet never change places.
          part.mark ? <mark key={index}>{part.text}</mark> : <span key={index}>{part.text}</span>,
        )}
      </p>
      <p className="facts-line muted tiny">
        <span className="chip">{t.search.kinds[hit.kind]}</span>
        {hit.model !== null && <bdi title={hit.model}>{facts(hit.model).name}</bdi>}
        {hit.language !== null && <span>{languageName(hit.language)}</span>}
        <time dateTime={hit.created_at}>{when(hit.created_at)}</time>
        {hit.model !== null && <span className="number">{hit.cost_usd === null ? t.measure.costUnknown : usd(hit.cost_usd)}</span>}
      </p>
    </article>
  );
}
