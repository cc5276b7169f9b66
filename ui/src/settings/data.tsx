import { useTitle } from "../common/title";
import { useWords } from "../i18n/language";
import { Backups } from "./backups";
import { HealthList } from "./health";
import { Retention } from "./retention";
import { SettingsHead } from "./settings-head";
import "./data.css";
import "./settings.css";

/** Everything that keeps the data: its health, backups, and the rules by which it goes. */
export default function DataScreen() {
  const { t } = useWords();
  useTitle(t.data.title);
  return (
    <div className="page settings">
      <SettingsHead />
      <HealthList />
      <Backups />
      <Retention />
    </div>
  );
}
