import { useTitle } from "../common/title";
import { useWords } from "../i18n/language";
import { Backups } from "./backups";
import { Export } from "./export";
import { HealthList } from "./health";
import { Import } from "./import";
import { Retention } from "./retention";
import { SettingsHead } from "./settings-head";
import "./data.css";
import "./settings.css";

/** Everything that keeps the data: its health, backups, the ways out and in, and the rules by which it goes. */
export default function DataScreen() {
  const { t } = useWords();
  useTitle(t.data.title);
  return (
    <div className="page settings">
      <SettingsHead />
      <HealthList />
      <Backups />
      <Export />
      <Import />
      <Retention />
    </div>
  );
}
