import { useRef } from "react";
import { Tab, TabList, TabPanel, Tabs } from "react-aria-components/Tabs";
import { useSearchParams } from "wouter";
import { Glyph } from "../common/glyph";
import { useModelFacts } from "../common/model-picker";
import { useWidth } from "../common/use-width";
import { useWords } from "../i18n/language";
import { useCommand } from "../state/commands";
import { Column, type ColumnProps } from "./column";

export type ColumnEntry = Omit<ColumnProps, "place" | "focus" | "named"> & { key: string };

const columnMinPx = 340;
const places = [1, 2, 3, 4, 5, 6] as const;

/** Columns side by side; one at a time, with tabs, where they do not fit or one is in focus. */
export function Columns({ entries }: { entries: ColumnEntry[] }) {
  const { t } = useWords();
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const [query, setQuery] = useSearchParams();
  const facts = useModelFacts();
  const only = Number(query.get("only") ?? 0);
  const narrow = width > 0 && width < 2 * columnMinPx && entries.length > 1;
  const focused = only >= 1 && only <= entries.length;
  const single = narrow || focused || entries.length === 1;
  const named = query.get("message");
  const home = named === null ? -1 : entries.findIndex(({ messages }) => messages.some(({ id }) => id === named));
  const current = focused ? only : Math.max(home, 0) + 1;
  const show = (place: number | null) =>
    setQuery((before) => {
      const next = new URLSearchParams(before);
      if (place === null) next.delete("only");
      else next.set("only", String(place));
      return next;
    }, { replace: true });
  const goTo = (place: number) => {
    if (single) show(place);
    else frame.current?.querySelector<HTMLElement>(`[data-column="${place}"]`)?.focus();
  };
  useCommand("focus", () => show(focused ? null : whichHasFocus(frame.current)), entries.length > 1);
  for (const place of places) {
    // The list of places is fixed, so the order of hooks is too.
    useCommand(`column-${place}`, () => goTo(place), place <= entries.length && entries.length > 1);
  }
  const column = (entry: ColumnEntry, index: number) => (
    <Column
      {...entry}
      key={entry.key}
      place={index}
      named={index === home ? named : null}
      focus={narrow || entries.length === 1 ? null : { on: focused, toggle: () => show(focused ? null : index + 1) }}
    />
  );
  const shown = entries[current - 1];
  return (
    <div className={`columns ${single ? "single" : ""}`} ref={frame}>
      {single && entries.length > 1 && shown ? (
        <Tabs
          className="column-tabs"
          selectedKey={String(current)}
          onSelectionChange={(key) => show(Number(key))}
        >
          <TabList aria-label={t.chat.columns} className="tab-list">
            {entries.map((entry, index) => (
              <Tab key={entry.key} id={String(index + 1)} className="tab">
                <Glyph place={index} size={12} />
                <bdi className="ellipsis">{facts(entry.model).name}</bdi>
              </Tab>
            ))}
          </TabList>
          <TabPanel id={String(current)} className="column-row">
            {column(shown, current - 1)}
          </TabPanel>
        </Tabs>
      ) : (
        <div className="column-row">{entries.map(column)}</div>
      )}
    </div>
  );
}

function whichHasFocus(frame: HTMLElement | null): number {
  const column = document.activeElement?.closest(".column");
  const index = column ? [...(frame?.querySelectorAll(".column") ?? [])].indexOf(column) : 0;
  return Math.max(0, index) + 1;
}
