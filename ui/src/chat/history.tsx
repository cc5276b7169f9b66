import { Pin, PinOff, SquarePen, Trash2 } from "lucide-react";
import { useRef } from "react";
import { Button } from "react-aria-components/Button";
import { Virtualizer } from "virtua";
import { Link, useLocation } from "wouter";
import { noticeOf } from "../api/client";
import { useConversations } from "../api/queries";
import type { ConversationSummary } from "../api/types";
import { Confirm } from "../common/confirm";
import { IconButton } from "../common/icon-button";
import { ProblemNotice } from "../common/problem";
import { useWords } from "../i18n/language";
import { deleteConversation, pinConversation } from "./sending";

type Props = { current: string | null; onChoose?: () => void };

/** All conversations, the newest first; only what is seen is in the page. */
export function History({ current, onChoose }: Props) {
  const { t } = useWords();
  const query = useConversations();
  const scroller = useRef<HTMLDivElement>(null);
  const items = pinnedFirst(query.data?.pages.flatMap((page) => page.items) ?? []);
  const nearEnd = () => {
    const element = scroller.current;
    if (!element || !query.hasNextPage || query.isFetchingNextPage) return;
    const rest = element.scrollHeight - element.scrollTop - element.clientHeight;
    if (rest < 2 * element.clientHeight) void query.fetchNextPage();
  };
  return (
    <nav className="history" aria-label={t.chat.history}>
      <Link href="/chat" className="button new-chat" onClick={onChoose}>
        <SquarePen size={16} aria-hidden />
        {t.chat.new}
      </Link>
      <div className="history-scroll" ref={scroller} onScroll={nearEnd}>
        {query.error && (
          <ProblemNotice title={t.chat.historyFailed} notice={noticeOf(query.error)} retry={() => query.refetch()} />
        )}
        {query.isSuccess && items.length === 0 && <p className="muted small pad">{t.chat.noHistory}</p>}
        <Virtualizer as="ul" item="li" scrollRef={scroller} itemSize={56}>
          {items.map((item) => (
            <Entry key={item.id} item={item} here={item.id === current} onChoose={onChoose} />
          ))}
        </Virtualizer>
      </div>
    </nav>
  );
}

/** Stable: within pinned and not pinned the server's order stays. */
export function pinnedFirst<Item extends { pinned: boolean }>(items: Item[]): Item[] {
  return items.toSorted((a, b) => Number(b.pinned) - Number(a.pinned));
}

type EntryProps = { item: ConversationSummary; here: boolean; onChoose: (() => void) | undefined };

function Entry({ item, here, onChoose }: EntryProps) {
  const { t, when, fill } = useWords();
  const [, go] = useLocation();
  const title = item.title || t.chat.untitled;
  const remove = async () => {
    await deleteConversation(item.id);
    if (here) go("/chat");
  };
  return (
    <div className="history-item" data-here={here || undefined}>
      <Link href={`/chat/${item.id}`} aria-current={here ? "page" : undefined} onClick={onChoose}>
        <bdi className="ellipsis">{title}</bdi>
        <span className="muted tiny ellipsis">
          {item.pinned && <Pin size={10} aria-hidden />} {when(item.updated_at)} ·{" "}
          <bdi>{item.models.map((id) => id.slice(id.indexOf("/") + 1)).join(", ")}</bdi>
        </span>
      </Link>
      <span className="history-tools">
        <IconButton
          icon={item.pinned ? PinOff : Pin}
          className="quiet"
          label={item.pinned ? t.common.unpin : t.common.pin}
          onClick={() => void pinConversation(item.id, !item.pinned)}
        />
        <Confirm
          title={t.chat.deleteTitle}
          text={fill(t.chat.deleteText, { title })}
          action={t.common.delete}
          onConfirm={() => void remove()}
        >
          <Button className="icon-button quiet" aria-label={t.common.delete}>
            <Trash2 size={16} aria-hidden />
          </Button>
        </Confirm>
      </span>
    </div>
  );
}
