import { Landmark, MessageSquare, Search as SearchIcon, SlidersHorizontal } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { Input } from "react-aria-components/Input";
import { SearchField } from "react-aria-components/SearchField";
import { useSearchParams } from "wouter";
import { noticeOf } from "../api/client";
import { useSearch } from "../api/queries";
import { Loading, ProblemNotice } from "../common/problem";
import { useTitle } from "../common/title";
import { useWords } from "../i18n/language";
import { directionOf } from "../markdown/direction";
import { announce } from "../state/announce";
import { FilterForm } from "./filter-form";
import { countOf, filtersOf, noFilters, paramsOf, placeOf, queryOf, type Filters } from "./filters";
import { Hit } from "./hit";
import "./search.css";

/** So long after the last key the words are looked for. */
const pauseMs = 250;

export default function SearchScreen() {
  const { t, fill, plural } = useWords();
  const [params, setParams] = useSearchParams();
  const filters = filtersOf(params);
  const [open, setOpen] = useState(() => countOf(filters) > 0 && matchMedia("(min-width: 720px)").matches);
  const change = (part: Partial<Filters>) =>
    setParams((before) => paramsOf({ ...filtersOf(before), ...part }), { replace: true });
  const narrowed = countOf(filters);
  useTitle(filters.q.trim() === "" ? t.search.title : fill(t.search.titleOf, { words: filters.q.trim() }));
  return (
    <div className="page search-page">
      <h1>{t.search.title}</h1>
      <div className="row wrap search-bar">
        <Words words={filters.q} change={(q) => change({ q })} />
        <button type="button" className="button" aria-expanded={open} onClick={() => setOpen(!open)}>
          <SlidersHorizontal size={16} aria-hidden />
          {narrowed > 0 ? plural(t.search.filtersOn, narrowed) : t.search.filters}
        </button>
      </div>
      {open && <FilterForm filters={filters} change={change} clear={() => change({ ...noFilters, q: filters.q })} />}
      {filters.q.trim() === "" ? (
        <div className="empty">
          <SearchIcon size={28} aria-hidden />
          <h2>{t.search.emptyTitle}</h2>
          <p>{t.search.emptyHint}</p>
        </div>
      ) : (
        <Results filters={filters} clear={narrowed > 0 ? () => change({ ...noFilters, q: filters.q }) : null} />
      )}
    </div>
  );
}

/** The field; the address follows it when the keys rest, and at once with Enter. */
function Words({ words, change }: { words: string; change(words: string): void }) {
  const { t } = useWords();
  const [text, setText] = useState(words);
  const written = useRef(words);
  useEffect(() => {
    // The palette or the back button changed the address: it wins over what is in the field.
    if (words !== written.current) {
      written.current = words;
      setText(words);
    }
  }, [words]);
  const write = (next: string) => {
    if (next === written.current) return;
    written.current = next;
    change(next);
  };
  useEffect(() => {
    const timer = setTimeout(() => write(text), pauseMs);
    return () => clearTimeout(timer);
  });
  return (
    <SearchField className="search-field grow" aria-label={t.search.field} value={text} onChange={setText} onSubmit={write} autoFocus>
      <SearchIcon size={18} aria-hidden />
      <Input placeholder={t.search.placeholder} dir={directionOf(text) ?? undefined} enterKeyHint="search" />
    </SearchField>
  );
}

function Results({ filters, clear }: { filters: Filters; clear: (() => void) | null }) {
  const { t, fill, plural } = useWords();
  const query = useSearch(queryOf(filters));
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  const end = useRef<HTMLDivElement>(null);
  const { hasNextPage, isFetchingNextPage, fetchNextPage, isSuccess } = query;
  const count = items.length;
  const found = hasNextPage ? fill(t.search.atLeast, { found: plural(t.search.found, count) }) : plural(t.search.found, count);
  useEffect(() => {
    if (isSuccess) announce(found);
  }, [isSuccess, found]);
  useEffect(() => {
    const element = end.current;
    if (!element || !hasNextPage || isFetchingNextPage) return;
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && void fetchNextPage(), { rootMargin: "600px" });
    observer.observe(element);
    return () => observer.disconnect();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage, count]);
  if (query.isPending) return <Loading />;
  if (query.error && count === 0) {
    return <ProblemNotice title={t.search.failed} notice={noticeOf(query.error)} retry={() => query.refetch()} />;
  }
  if (count === 0) {
    return (
      <div className="empty">
        <h2>{fill(t.search.nothing, { words: filters.q.trim() })}</h2>
        <p>{clear ? t.search.nothingFiltered : t.search.nothingHint}</p>
        {clear && (
          <button type="button" className="button" onClick={clear}>
            {t.search.clear}
          </button>
        )}
      </div>
    );
  }
  return (
    <section aria-label={t.search.results} aria-busy={query.isFetching}>
      <p className="muted small search-count">{found}</p>
      {query.data?.pages.some((page) => page.indexing) && <p className="notice">{t.search.indexing}</p>}
      <ol className="hits">
        {items.map((hit, index) => (
          <li key={`${placeOf(hit)}-${index}`}>
            <Hit hit={hit} icon={hit.conversation_id === null ? Landmark : MessageSquare} />
          </li>
        ))}
      </ol>
      <div ref={end} />
      {query.error && <ProblemNotice title={t.search.failed} notice={noticeOf(query.error)} retry={() => fetchNextPage()} />}
      {hasNextPage && !query.error && (
        <button type="button" className="button search-more" disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {isFetchingNextPage ? t.common.loading : t.common.more}
        </button>
      )}
    </section>
  );
}
