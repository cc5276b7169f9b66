import { KeyRound } from "lucide-react";
import { useState } from "react";
import { Button } from "react-aria-components/Button";
import { noticeOf } from "../api/client";
import { useKeys, useProviders } from "../api/queries";
import type { Provider, ProviderKey } from "../api/types";
import { Loading, ProblemNotice } from "../common/problem";
import { useWords } from "../i18n/language";
import { KeyForm, RemoveKey } from "./key-form";
import { sourceText } from "./key-source";

/** Every provider, whether it can be asked, and where its key comes from. */
export function Providers() {
  const { t } = useWords();
  const providers = useProviders();
  const stored = useKeys();
  const keyOf = (name: string) => stored.data?.find((key) => key.name === name) ?? null;
  return (
    <section className="stack" aria-labelledby="providers">
      <h2 id="providers">{t.settings.providers}</h2>
      <p className="muted small">{t.providerKeys.hint}</p>
      {providers.isPending && <Loading />}
      {providers.error && (
        <ProblemNotice title={t.model.failed} notice={noticeOf(providers.error)} retry={() => providers.refetch()} />
      )}
      {stored.error && <ProblemNotice title={t.providerKeys.failed} notice={noticeOf(stored.error)} retry={() => stored.refetch()} />}
      {providers.data && (
        <ul className="card provider-list">
          {providers.data.map((provider) => (
            <Row key={provider.name} provider={provider} stored={keyOf(provider.name)} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Row({ provider, stored }: { provider: Provider; stored: ProviderKey | null }) {
  const words = useWords();
  const { t } = words;
  const [typing, setTyping] = useState(false);
  const reason = provider.reason;
  return (
    <li>
      <div className="row">
        <strong className="grow">
          <bdi>{provider.name}</bdi>
        </strong>
        <span className={`chip ${provider.state === "ready" ? "ok" : ""}`}>{t.model[provider.state]}</span>
        <span className="muted small number">{words.plural(t.settings.modelsCount, provider.models)}</span>
      </div>
      {reason && reason.code !== "no_key" && (
        <p className="muted small" dir="auto">
          {words.notice(reason)} {words.hint(reason)}
        </p>
      )}
      {stored && (
        <div className="row provider-key">
          <KeyRound size={14} aria-hidden className={stored.source === "misplaced" ? "tone warn" : "tone"} />
          <span className="muted small grow" dir="auto">
            {sourceText(stored, words)}
          </span>
          {!typing && (
            <Button className="button small" aria-label={`${stored.source === "stored" ? t.providerKeys.replace : t.providerKeys.store}: ${provider.name}`} onPress={() => setTyping(true)}>
              {stored.source === "stored" ? t.providerKeys.replace : t.providerKeys.store}
            </Button>
          )}
          {(stored.source === "stored" || stored.source === "misplaced") && !typing && <RemoveKey provider={provider.name} />}
        </div>
      )}
      {typing && stored && <KeyForm of={stored} done={() => setTyping(false)} />}
    </li>
  );
}
