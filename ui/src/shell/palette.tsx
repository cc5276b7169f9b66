import { Activity, ChartColumn, Database, Landmark, MessageSquare, Search, Settings, Trophy, type LucideIcon } from "lucide-react";
import { useState, type ReactNode } from "react";
import { Autocomplete, useFilter } from "react-aria-components/Autocomplete";
import { Dialog } from "react-aria-components/Dialog";
import { Header } from "react-aria-components/Header";
import { Input } from "react-aria-components/Input";
import { Menu, MenuItem, MenuSection } from "react-aria-components/Menu";
import { Modal, ModalOverlay } from "react-aria-components/Modal";
import { SearchField } from "react-aria-components/SearchField";
import { Text } from "react-aria-components/Text";
import { useLocation } from "wouter";
import { useConsultations, useConversations } from "../api/queries";
import { useWords } from "../i18n/language";
import { offered, runCommand, type CommandId } from "../state/commands";
import { useExternal } from "../state/external";
import { Caps } from "./caps";
import { shortcutOf } from "./shortcuts";

type Props = { open: boolean; onOpenChange(open: boolean): void };

/** One field from which everything can be reached. */
export function Palette({ open, onOpenChange }: Props) {
  const { t } = useWords();
  return (
    <ModalOverlay className="overlay" isOpen={open} onOpenChange={onOpenChange} isDismissable>
      <Modal className="modal">
        <Dialog aria-label={t.palette.title}>{open && <Commands close={() => onOpenChange(false)} />}</Dialog>
      </Modal>
    </ModalOverlay>
  );
}

function Commands({ close }: { close(): void }) {
  const { t, fill } = useWords();
  const { contains } = useFilter({ sensitivity: "base" });
  const [query, setQuery] = useState("");
  const [, go] = useLocation();
  const can = useExternal(offered);
  const conversations = useConversations().data?.pages.flatMap((page) => page.items) ?? [];
  const consultations = useConsultations().data?.pages.flatMap((page) => page.items) ?? [];
  const run = (action: () => void) => () => {
    close();
    action();
  };
  const actions: [CommandId, string][] = [
    ["new-chat", t.keys.newChat],
    ["new-council", t.keys.newCouncil],
    ["templates", t.keys.templates],
    ["stop", t.keys.stop],
    ["focus", t.keys.focus],
    ["theme", t.keys.theme],
    ["language", t.keys.language],
    ["keys", t.keys.title],
  ];
  return (
    <Autocomplete filter={contains} inputValue={query} onInputChange={setQuery}>
      <SearchField className="search" aria-label={t.palette.placeholder} autoFocus>
        <Search size={18} aria-hidden />
        <Input placeholder={t.palette.placeholder} />
        <kbd>Esc</kbd>
      </SearchField>
      <Menu className="menu" renderEmptyState={() => <p className="muted small pad">{t.palette.empty}</p>}>
        <MenuSection>
          <Header>{t.palette.go}</Header>
          <Item icon={MessageSquare} text={t.nav.chat} command="go-chat" run={run(() => go("/chat"))} />
          <Item icon={Landmark} text={t.nav.council} command="go-council" run={run(() => go("/council"))} />
          <Item icon={Search} text={t.nav.search} command="go-search" run={run(() => go("/search"))} />
          <Item icon={ChartColumn} text={t.nav.dashboard} command="go-dashboard" run={run(() => go("/dashboard"))} />
          <Item icon={Activity} text={t.live.title} command="go-live" run={run(() => go("/dashboard/live"))} />
          <Item icon={Trophy} text={t.record.title} command="go-record" run={run(() => go("/dashboard/record"))} />
          <Item icon={Settings} text={t.nav.settings} command="go-settings" run={run(() => go("/settings"))} />
          <Item icon={Database} text={t.data.title} command="go-data" run={run(() => go("/settings/data"))} />
        </MenuSection>
        <MenuSection>
          <Header>{t.palette.actions}</Header>
          {actions
            .filter(([id]) => can.has(id))
            .map(([id, text]) => (
              <Item key={id} id={id} text={text} command={id} run={run(() => runCommand(id))} />
            ))}
        </MenuSection>
        {conversations.length > 0 && (
          <MenuSection>
            <Header>{t.palette.conversations}</Header>
            {conversations.map(({ id, title }) => (
              <Item
                key={id}
                id={`chat-${id}`}
                text={title || t.chat.untitled}
                icon={MessageSquare}
                run={run(() => go(`/chat/${id}`))}
              />
            ))}
          </MenuSection>
        )}
        {consultations.length > 0 && (
          <MenuSection>
            <Header>{t.palette.consultations}</Header>
            {consultations.map(({ id, question }) => (
              <Item
                key={id}
                id={`council-${id}`}
                text={question}
                icon={Landmark}
                run={run(() => go(`/council/${id}`))}
              />
            ))}
          </MenuSection>
        )}
        {query.trim() !== "" && (
          <MenuSection>
            <Header>{t.palette.everywhere}</Header>
            <Item
              id="search-for"
              // Its text is what was typed, so that no filter hides it.
              textValue={query}
              text={fill(t.palette.searchFor, { words: query.trim() })}
              icon={Search}
              run={run(() => go(`/search?${new URLSearchParams({ q: query.trim() })}`))}
            />
          </MenuSection>
        )}
      </Menu>
    </Autocomplete>
  );
}

type ItemProps = { id?: string; text: string; textValue?: string; icon?: LucideIcon; command?: CommandId; run(): void };

function Item({ id, text, textValue, icon: Icon, command, run }: ItemProps): ReactNode {
  const shortcut = command ? shortcutOf(command) : undefined;
  return (
    <MenuItem id={id ?? command ?? text} className="menu-item" textValue={textValue ?? text} onAction={run}>
      {Icon && <Icon size={16} aria-hidden className="muted" />}
      <Text slot="label" className="grow ellipsis">
        <bdi>{text}</bdi>
      </Text>
      {shortcut && <Caps shortcut={shortcut} />}
    </MenuItem>
  );
}
