import { Download } from "lucide-react";
import { useState } from "react";
import { exportAddress, type ExportQuery } from "../api/contract";
import { DownloadLink } from "../common/download-link";
import { useWords } from "../i18n/language";
import { startOfDay } from "../search/filters";
import { Choice } from "./choice";

/** Everything, or what went on between two days, as a file. */
export function Export() {
  const { t } = useWords();
  const [format, setFormat] = useState<ExportQuery["format"]>("jsonl");
  const [since, setSince] = useState("");
  const [until, setUntil] = useState("");
  const address = exportAddress({ format, since: startOfDay(since), until: startOfDay(until, 1) });
  return (
    <section className="stack" aria-labelledby="export">
      <h2 id="export">{t.data.export}</h2>
      <p className="muted small">{t.data.exportHint}</p>
      <div className="card">
        <Choice<ExportQuery["format"]>
          label={t.data.format}
          value={format}
          options={[
            ["jsonl", t.data.jsonl],
            ["markdown", t.data.markdown],
          ]}
          onChange={setFormat}
        />
        <div className="setting export-days">
          <div className="field">
            <label htmlFor="export-since">{t.search.since}</label>
            <input id="export-since" className="input" type="date" dir="ltr" value={since} onChange={(event) => setSince(event.target.value)} />
          </div>
          <div className="field">
            <label htmlFor="export-until">{t.search.until}</label>
            <input id="export-until" className="input" type="date" dir="ltr" value={until} onChange={(event) => setUntil(event.target.value)} />
          </div>
          <span className="grow" />
          <DownloadLink className="button primary" href={address}>
            <Download size={16} aria-hidden /> {t.data.download}
          </DownloadLink>
        </div>
      </div>
    </section>
  );
}
