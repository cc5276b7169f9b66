import { Switch } from "react-aria-components/Switch";
import { useProviders } from "../api/queries";
import { noticeOf } from "../api/client";
import { Loading, ProblemNotice } from "../common/problem";
import { useTitle } from "../common/title";
import { useWords } from "../i18n/language";
import { choose } from "../shell/shell";
import { languageOf, setPreferences, usePreferences, type Language, type Theme } from "../state/preferences";
import { Choice } from "./choice";
import { SettingsHead } from "./settings-head";
import "./settings.css";

export default function SettingsScreen() {
  const { t } = useWords();
  const chosen = usePreferences();
  const language = languageOf(chosen.language);
  useTitle(t.settings.title);
  return (
    <div className="page settings">
      <SettingsHead />
      <section className="card">
        <Choice<Language>
          label={t.settings.language}
          value={language}
          options={[
            ["en", "English"],
            ["ar", "العربية"],
          ]}
          onChange={(value) => choose({ language: value })}
        />
        <Choice<Theme>
          label={t.settings.theme}
          value={chosen.theme}
          options={[
            ["system", t.settings.system],
            ["light", t.settings.light],
            ["dark", t.settings.dark],
          ]}
          onChange={(theme) => choose({ theme })}
        />
        {language === "ar" && (
          <Choice<"latn" | "arab">
            label={t.settings.digits}
            value={chosen.digits}
            options={[
              ["latn", t.settings.latinDigits],
              ["arab", t.settings.arabicDigits],
            ]}
            onChange={(digits) => setPreferences({ digits })}
          />
        )}
        <div className="setting">
          <div className="grow">
            <span className="label" id="single-keys">
              {t.settings.singleKeys}
            </span>
            <p className="muted small">{t.settings.singleKeysHint}</p>
          </div>
          <Switch
            className="switch"
            aria-labelledby="single-keys"
            isSelected={chosen.singleKeys}
            onChange={(singleKeys) => setPreferences({ singleKeys })}
          >
            <span className="switch-track" />
          </Switch>
        </div>
      </section>
      <Providers />
      <section className="stack">
        <h2>{t.settings.about}</h2>
        <p className="muted">{t.settings.aboutText}</p>
      </section>
    </div>
  );
}

function Providers() {
  const words = useWords();
  const { t } = words;
  const providers = useProviders();
  return (
    <section className="stack">
      <h2>{t.settings.providers}</h2>
      <p className="muted small">{t.settings.modelsHint}</p>
      {providers.isPending && <Loading />}
      {providers.error && (
        <ProblemNotice title={t.model.failed} notice={noticeOf(providers.error)} retry={() => providers.refetch()} />
      )}
      {providers.data && (
        <ul className="card provider-list">
          {providers.data.map((provider) => (
            <li key={provider.name}>
              <div className="row">
                <strong className="grow">
                  <bdi>{provider.name}</bdi>
                </strong>
                <span className={`chip ${provider.state === "ready" ? "ok" : ""}`}>{t.model[provider.state]}</span>
                <span className="muted small number">{words.plural(t.settings.modelsCount, provider.models)}</span>
              </div>
              {provider.reason && (
                <p className="muted small" dir="auto">
                  {words.notice(provider.reason)} {words.hint(provider.reason)}
                </p>
              )}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
