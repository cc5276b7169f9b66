import { Switch } from "react-aria-components/Switch";
import { SignOut } from "../access/sign-out";
import { useTitle } from "../common/title";
import { useWords } from "../i18n/language";
import { choose } from "../shell/shell";
import { languageOf, setPreferences, usePreferences, type Language, type Theme } from "../state/preferences";
import { Choice } from "./choice";
import { Providers } from "./providers";
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
      <SignOut />
      <section className="stack">
        <h2>{t.settings.about}</h2>
        <p className="muted">{t.settings.aboutText}</p>
      </section>
    </div>
  );
}
