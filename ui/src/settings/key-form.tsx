import { useId, useState } from "react";
import { Button } from "react-aria-components/Button";
import { answer, noticeOf, server } from "../api/client";
import { keys, queryClient } from "../api/queries";
import type { Notice, ProviderKey } from "../api/types";
import { Confirm } from "../common/confirm";
import { ProblemNotice } from "../common/problem";
import { useWords } from "../i18n/language";
import { announce } from "../state/announce";

/** What may be different once a key is: who can be asked, and with which models. */
async function lookAgain() {
  const changed = [keys.keys, keys.providers, keys.models, keys.health];
  await Promise.all(changed.map((queryKey) => queryClient.invalidateQueries({ queryKey })));
}

/** Takes a key, stores it and has the provider asked with it. What is typed is shown to nobody. */
export function KeyForm({ of, done }: { of: ProviderKey; done(): void }) {
  const words = useWords();
  const { t, fill } = words;
  const id = useId();
  const [key, setKey] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Notice | null>(null);
  const save = async () => {
    setBusy(true);
    setProblem(null);
    try {
      const now = await answer(server.PUT("/api/v1/keys/{provider}", { params: { path: { provider: of.name } }, body: { key } }));
      setKey("");
      await lookAgain();
      if (now.state === "ready") {
        announce(fill(t.providerKeys.works, { provider: of.name }));
        done();
        return;
      }
      setProblem(now.reason);
    } catch (error) {
      setProblem(noticeOf(error));
    }
    setBusy(false);
  };
  return (
    <form
      className="key-form"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <div className="field">
        <label htmlFor={id}>{fill(t.providerKeys.label, { provider: of.name })}</label>
        <input
          id={id}
          className="input"
          type="password"
          dir="ltr"
          autoFocus
          autoComplete="off"
          spellCheck={false}
          maxLength={16384}
          aria-describedby={`${id}-hint`}
          value={key}
          onChange={(event) => setKey(event.target.value)}
        />
        <p id={`${id}-hint`} className="muted tiny" dir="auto">
          {fill(t.providerKeys.formHint, { origin: of.origin })}
        </p>
      </div>
      {of.source === "environment" && <p className="small tone warn">{fill(t.providerKeys.overruled, { variable: of.variable ?? "" })}</p>}
      {problem && <ProblemNotice notice={problem} />}
      <div className="row confirm-actions">
        <button type="button" className="button" onClick={done}>
          {problem && key === "" ? t.common.close : t.common.cancel}
        </button>
        <button type="submit" className="button primary" disabled={busy || key.trim() === ""}>
          {busy ? t.providerKeys.asking : t.providerKeys.save}
        </button>
      </div>
    </form>
  );
}

/** Forgets a stored key, which nobody can bring back. */
export function RemoveKey({ provider }: { provider: string }) {
  const { t, fill } = useWords();
  const [problem, setProblem] = useState<Notice | null>(null);
  const remove = async () => {
    try {
      await answer(server.DELETE("/api/v1/keys/{provider}", { params: { path: { provider } } }));
      await lookAgain();
      announce(fill(t.providerKeys.removed, { provider }));
    } catch (error) {
      setProblem(noticeOf(error));
    }
  };
  return (
    <>
      <Confirm title={fill(t.providerKeys.removeTitle, { provider })} text={t.providerKeys.removeText} action={t.providerKeys.remove} onConfirm={() => void remove()}>
        <Button className="button small" aria-label={`${t.providerKeys.remove}: ${provider}`}>
          {t.providerKeys.remove}
        </Button>
      </Confirm>
      {problem && <ProblemNotice notice={problem} />}
    </>
  );
}
