import { useTitle } from "../common/title";
import { useWords } from "../i18n/language";
import { Backups } from "./backups";
import { HealthList } from "./health";
import { SettingsHead } from "./settings-head";
import "./data.css";
import "./settings.css";

/** Everything that keeps the data: its health, backups, and the ways out and in. */
export default function DataScreen() {
  const { t } = useWords();
  useTitle(t.data.title);
  return (
    <div className="page settings">
      <SettingsHead />
      <HealthList />
      <Backups />
    </div>
  );
}
