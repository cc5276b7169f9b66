import { DownloadLink } from "../common/download-link";
import { ChevronDown, Download, PanelLeft, Plus, SquarePen } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { Dialog } from "react-aria-components/Dialog";
import { Modal, ModalOverlay } from "react-aria-components/Modal";
import { Link, useLocation } from "wouter";
import { noticeOf } from "../api/client";
import { exportAddress } from "../api/contract";
import { cancelRun, useConversation, useModels } from "../api/queries";
import type { Message, Model, Notice } from "../api/types";
import { Glyph } from "../common/glyph";
import { ModelPicker, useModelFacts } from "../common/model-picker";
import { IconButton } from "../common/icon-button";
import { Loading, ProblemNotice } from "../common/problem";
import { useTitle } from "../common/title";
import { useWords } from "../i18n/language";
import { liveRun, useRunOutline } from "../live/live";
import { preloadMarkdown } from "../markdown/lazy";
import { useExternal } from "../state/external";
import { Columns, type ColumnEntry } from "./columns";
import { Composer } from "./composer";
import { placeOfEdit, readColumns, writeColumns, writeDraft } from "./drafts";
import { History } from "./history";
import { useNamedMessage } from "./named";
import * as sending from "./sending";
import "./chat.css";

const mostColumns = 6;

export default function ChatScreen({ id }: { id: string | null }) {
  const { t } = useWords();
  const [drawer, setDrawer] = useState(false);
  useEffect(preloadMarkdown, []);
  return (
    <div className="chat">
      <aside className="chat-side">
        <History current={id} />
      </aside>
      <div className="chat-main">
        <div className="chat-bar">
          <IconButton icon={PanelLeft} label={t.chat.openHistory} onClick={() => setDrawer(true)} />
          <span className="grow" />
          <Link href="/chat" className="icon-button" aria-label={t.chat.new} title={t.chat.new}>
            <SquarePen size={16} aria-hidden />
          </Link>
        </div>
        {id === null ? <NewConversation /> : <OpenConversation key={id} id={id} />}
      </div>
      <ModalOverlay className="overlay drawer-overlay" isOpen={drawer} onOpenChange={setDrawer} isDismissable>
        <Modal className="drawer">
          <Dialog aria-label={t.chat.history}>
            <History current={id} onChoose={() => setDrawer(false)} />
          </Dialog>
        </Modal>
      </ModalOverlay>
    </div>
  );
}

/** What a new conversation begins with: the last columns that still exist, else the first ready model. */
export function firstColumns(kept: string[], models: Model[]): string[] {
  const usable = new Set(models.filter((model) => model.state !== "unavailable").map((model) => model.id));
  const still = kept.filter((id) => usable.has(id)).slice(0, mostColumns);
  if (still.length > 0) return still;
  const ready = models.filter((model) => model.state === "ready");
  const first = ready.find((model) => !model.demo) ?? ready[0] ?? models.find((model) => usable.has(model.id));
  return first ? [first.id] : [];
}

/** Nothing is stored until the first message is sent. */
function NewConversation() {
  const { t } = useWords();
  const [, go] = useLocation();
  const models = useModels();
  const [chosen, setChosen] = useState<string[] | null>(null);
  const [problem, setProblem] = useState<Notice | null>(null);
  const made = useRef<string | null>(null);
  useTitle(t.chat.new);
  if (models.isPending) return <Loading />;
  const columns = chosen ?? firstColumns(readColumns(), models.data ?? []);
  const choose = (next: string[]) => {
    made.current = null;
    setChosen(next);
    writeColumns(next);
  };
  const send = async (text: string) => {
    try {
      // A conversation whose first message was refused is the one that the next attempt goes to.
      const id = made.current ?? (await sending.createConversation(columns)).id;
      made.current = id;
      await sending.sendMessage(id, text);
      writeColumns(columns);
      go(`/chat/${id}`);
      return true;
    } catch (error) {
      setProblem(noticeOf(error));
      return false;
    }
  };
  const entries = columns.map(
    (model, index): ColumnEntry => ({
      key: `${index}-${model}`,
      model,
      messages: [],
      conversation: undefined,
      change: (to) => choose(columns.with(index, to)),
      remove: columns.length > 1 ? () => choose(columns.toSpliced(index, 1)) : null,
      retry: null,
      versions: null,
    }),
  );
  return (
    <>
      {entries.length > 1 ? (
        <>
          <h1 className="hidden-text">{t.chat.new}</h1>
          <Columns entries={entries} />
        </>
      ) : (
        <div className="empty chat-empty">
          <h1>{t.chat.emptyTitle}</h1>
          <p>{t.chat.emptyHint}</p>
          {models.data?.length === 0 && <p className="notice warn">{t.model.noneHint}</p>}
          {models.error && <ProblemNotice notice={noticeOf(models.error)} retry={() => models.refetch()} />}
        </div>
      )}
      <Foot
        problem={problem}
        add={columns.length < mostColumns ? (model) => choose([...columns, model.id]) : null}
        download={null}
        first={columns.length === 1 ? { id: columns[0] ?? "", change: (id) => choose([id]) } : null}
      >
        <Composer
          place="new"
          conversation={null}
          several={columns.length > 1}
          running={false}
          disabledReason={columns.length === 0 ? t.chat.needModel : null}
          editing={null}
          estimate={null}
          send={send}
          stop={() => {}}
        />
      </Foot>
    </>
  );
}

function OpenConversation({ id }: { id: string }) {
  const { t } = useWords();
  const query = useConversation(id);
  const [problem, setProblem] = useState<Notice | null>(null);
  const [edited, setEdited] = useState<Message | null>(null);
  const known = useExternal(sending.writing);
  const conversation = query.data;
  const gone = useNamedMessage(conversation);
  useRunOutline(conversation?.run_id ?? null);
  useTitle(conversation?.title || t.chat.title);
  useEffect(() => setProblem(null), [conversation?.updated_at]);
  if (query.isPending) return <Loading />;
  if (!conversation) {
    return (
      <div className="pad">
        <ProblemNotice title={t.chat.loadFailed} notice={noticeOf(query.error)} retry={() => query.refetch()} />
      </div>
    );
  }
  const runs = activeRuns(conversation, known);
  const attempt = async (action: () => Promise<unknown>) => {
    try {
      await action();
      setProblem(null);
      return true;
    } catch (error) {
      setProblem(noticeOf(error));
      return false;
    }
  };
  const edit = (message: Message) => {
    writeDraft(placeOfEdit(message.id), message.text);
    setEdited(message);
  };
  const endEdit = () => {
    if (edited) writeDraft(placeOfEdit(edited.id), "");
    setEdited(null);
  };
  const channels = conversation.channels.toSorted((a, b) => a.position - b.position);
  const entries = channels.map(
    (channel): ColumnEntry => ({
      key: channel.id,
      model: channel.model,
      messages: channel.messages,
      conversation,
      change: (model) => void attempt(() => sending.changeChannel(id, channel.id, model)),
      remove:
        channels.length > 1 ? () => void attempt(() => sending.removeChannel(id, channel.id)) : null,
      retry: (message) => void attempt(() => sending.retryMessage(id, message)),
      versions: runs.length > 0 ? null : { show: (message) => void attempt(() => sending.showMessage(id, message)), edit },
    }),
  );
  return (
    <>
      <h1 className="hidden-text">{conversation.title || t.chat.untitled}</h1>
      {gone && <p className="notice warn">{t.search.gone}</p>}
      <Columns entries={entries} />
      <Foot
        problem={problem}
        add={
          channels.length < mostColumns
            ? (model) => void attempt(() => sending.addChannel(id, model.id))
            : null
        }
        first={null}
        download={exportAddress({ format: "markdown", conversation: id })}
      >
        <Composer
          place={edited ? placeOfEdit(edited.id) : id}
          conversation={edited ? null : id}
          several={channels.length > 1 && !edited}
          running={runs.length > 0}
          disabledReason={null}
          editing={edited ? endEdit : null}
          estimate={(text, signal) => sending.estimateMessage(id, text, edited?.id, signal)}
          send={async (text) => {
            const sent = await attempt(() => sending.sendMessage(id, text, edited?.id));
            if (sent && edited) endEdit();
            return sent;
          }}
          stop={() => runs.forEach((run) => void attempt(() => cancelRun(run)))}
        />
      </Foot>
    </>
  );
}

/** Runs that still write into this conversation. */
function activeRuns(
  conversation: { id: string; run_id: string | null; channels: { messages: { id: string; state: string }[] }[] },
  known: ReturnType<typeof sending.writing.get>,
): string[] {
  const open = conversation.channels.flatMap(({ messages }) =>
    messages.filter(({ state }) => state === "streaming").map(({ id }) => id),
  );
  const runs = open.map((id) => known.get(id)?.run_id ?? conversation.run_id);
  return [...new Set(runs)].filter((run): run is string => run !== null && liveRun(run)?.finished !== true);
}

type FootProps = {
  problem: Notice | null;
  add: ((model: Model) => void) | null;
  first: { id: string; change(id: string): void } | null;
  /** The address of the conversation as a file; null while there is none. */
  download: string | null;
  children: React.ReactNode;
};

/** Below the columns: what went wrong with sending, the composer, the way to more columns. */
function Foot({ problem, add, first, download, children }: FootProps) {
  const { t } = useWords();
  return (
    <footer className="chat-foot">
      {problem && <ProblemNotice notice={problem} />}
      {children}
      <div className="row chat-tools">
        {first && <SingleModel id={first.id} change={first.change} />}
        {add && (
          <ModelPicker className="link-button" label={t.chat.addColumn} onPick={add}>
            <Plus size={14} aria-hidden /> {t.chat.addColumn}
          </ModelPicker>
        )}
        {download && (
          <DownloadLink className="link-button" href={download}>
            <Download size={14} aria-hidden /> {t.data.exportOne}
          </DownloadLink>
        )}
      </div>
    </footer>
  );
}

/** With a single column there is no column head yet, so the model is chosen here. */
function SingleModel({ id, change }: { id: string; change(id: string): void }) {
  const { t, fill } = useWords();
  const { name, demo } = useModelFacts()(id);
  return (
    <>
      <ModelPicker className="link-button" label={fill(t.model.change, { model: name })} onPick={(model) => change(model.id)}>
        <Glyph place={0} size={12} /> <bdi>{name}</bdi>
        <ChevronDown size={14} aria-hidden />
      </ModelPicker>
      {demo && (
        <span className="chip warn" title={t.model.demoHint}>
          {t.model.demo}
        </span>
      )}
    </>
  );
}
