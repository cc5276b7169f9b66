import { Archive } from "lucide-react";
import { useState } from "react";
import { answer, noticeOf, server } from "../api/client";
import { keys, queryClient, useBackups } from "../api/queries";
import type { Backup, Notice } from "../api/types";
import { CopyButton } from "../common/copy-button";
import { Loading, ProblemNotice } from "../common/problem";
import { useWords } from "../i18n/language";
import { announce } from "../state/announce";

/** So many are shown at first. */
const shownFirst = 5;

/** The backups there are, and making one. Restoring is the command line's, because Majlis must not run then. */
export function Backups() {
  const { t, fill, ago, plural } = useWords();
  const query = useBackups();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Notice | null>(null);
  const [all, setAll] = useState(false);
  const backUp = async () => {
    setBusy(true);
    setProblem(null);
    try {
      await answer(server.POST("/api/v1/backups"));
      announce(t.data.backupMade);
      await Promise.all([keys.backups, keys.health].map((queryKey) => queryClient.invalidateQueries({ queryKey })));
    } catch (error) {
      setProblem(noticeOf(error));
    } finally {
      setBusy(false);
    }
  };
  const items = query.data?.items ?? [];
  const newest = items.find(({ ok }) => ok);
  return (
    <section className="stack" aria-labelledby="backups">
      <div className="row wrap">
        <h2 id="backups" className="grow">
          {t.data.backups}
        </h2>
        <button type="button" className="button" disabled={busy} onClick={() => void backUp()}>
          {busy ? <span className="spinner" aria-hidden /> : <Archive size={16} aria-hidden />} {busy ? t.data.backingUp : t.data.backUp}
        </button>
      </div>
      {problem && <ProblemNotice title={t.data.backupFailed} notice={problem} />}
      {query.isPending && <Loading />}
      {query.error && <ProblemNotice title={t.data.backupsFailed} notice={noticeOf(query.error)} retry={() => query.refetch()} />}
      {query.data && (
        <>
          <p className="muted small">
            {newest ? fill(t.data.newest, { ago: ago(newest.created_at) }) : t.data.noBackup} {t.data.backupsHint}
          </p>
          {items.length > 0 && (
            <ul className="card backup-list">
              {(all ? items : items.slice(0, shownFirst)).map((item) => (
                <Entry key={item.name} item={item} folder={query.data.folder} />
              ))}
            </ul>
          )}
          {!all && items.length > shownFirst && (
            <button type="button" className="link-button" onClick={() => setAll(true)}>
              {plural(t.data.moreBackups, items.length - shownFirst)}
            </button>
          )}
          <p className="muted small">{t.data.restoreHint}</p>
          <p className="row command" dir="ltr">
            <code className="grow">{restoreCommand(query.data.folder, newest?.name ?? "FILE")}</code>
            <CopyButton label={t.data.copyRestore} text={restoreCommand(query.data.folder, newest?.name ?? "FILE")} />
          </p>
        </>
      )}
    </section>
  );
}

/** The command for a shell; quoted, because a folder may have blanks in its name. */
export function restoreCommand(folder: string, name: string): string {
  const separator = folder.includes("\\") && !folder.includes("/") ? "\\" : "/";
  return `majlis restore "${folder}${separator}${name}"`;
}

function Entry({ item, folder }: { item: Backup; folder: string }) {
  const { t, fill, time, bytes } = useWords();
  return (
    <li>
      <div className="grow">
        <span className="row wrap">
          <strong className="small">{time(item.created_at)}</strong>
          <span className="chip">{t.data.backupKinds[item.kind]}</span>
          {!item.ok && <span className="chip bad">{t.data.notWhole}</span>}
        </span>
        <span className="muted tiny facts-line number">
          <bdi className="backup-name" dir="ltr">
            {item.name}
          </bdi>
          <span>{bytes(item.bytes)}</span>
          {item.schema_version !== null && <span>{fill(t.data.schema, { n: String(item.schema_version) })}</span>}
        </span>
      </div>
      {item.ok && <CopyButton label={`${t.data.copyRestore}: ${item.name}`} text={restoreCommand(folder, item.name)} />}
    </li>
  );
}
