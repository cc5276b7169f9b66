import { FileUp } from "lucide-react";
import { useId, useRef, useState } from "react";
import { noticeOf } from "../api/client";
import { importFile, importFormats, importKinds, mostImportBytes, type ImportFormat, type ImportReport } from "../api/contract";
import { queryClient } from "../api/queries";
import type { Notice } from "../api/types";
import { ProblemNotice } from "../common/problem";
import { useWords } from "../i18n/language";
import { announce } from "../state/announce";

type Step =
  | { at: "choose" }
  /** `share`: how much of the file has been sent, 0 to 1; then it is being read. */
  | { at: "sending"; dry_run: boolean; share: number }
  | { at: "report"; report: ImportReport };

/** Brings in a file: first what it holds is said, and only then, when wished, it is kept. */
export function Import() {
  const { t, fill, bytes } = useWords();
  const [file, setFile] = useState<File | null>(null);
  const [format, setFormat] = useState<ImportFormat>("auto");
  const [step, setStep] = useState<Step>({ at: "choose" });
  const [problem, setProblem] = useState<Notice | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const formatId = useId();
  const send = async (chosen: File, dry_run: boolean, as: ImportFormat) => {
    setProblem(null);
    setStep({ at: "sending", dry_run, share: 0 });
    try {
      const report = await importFile({ file: chosen, format: as, dry_run }, (share) => setStep({ at: "sending", dry_run, share }));
      setStep({ at: "report", report });
      announce(dry_run ? t.data.importChecked : t.data.imported);
      if (!dry_run) void queryClient.invalidateQueries();
    } catch (error) {
      setProblem(noticeOf(error));
      setStep({ at: "choose" });
    }
  };
  const choose = (chosen: File | null) => {
    setFile(chosen);
    setStep({ at: "choose" });
    if (chosen && chosen.size > mostImportBytes) {
      const detail = fill(t.data.tooLarge, { size: bytes(chosen.size), limit: bytes(mostImportBytes) });
      setProblem({ code: "", params: {}, detail, hint: null });
    } else if (chosen) void send(chosen, true, format);
  };
  const busy = step.at === "sending";
  return (
    <section className="stack" aria-labelledby="import">
      <h2 id="import">{t.data.import}</h2>
      <p className="muted small">{t.data.importHint}</p>
      <div className="card">
        <div className="setting">
          <label className="label grow" htmlFor={formatId}>
            {t.data.importFormat}
          </label>
          <select
            id={formatId}
            className="input import-format"
            value={format}
            disabled={busy}
            onChange={(event) => {
              const next = event.target.value as ImportFormat;
              setFormat(next);
              if (file && file.size <= mostImportBytes) void send(file, true, next);
            }}
          >
            {importFormats.map((each) => (
              <option key={each} value={each}>
                {t.data.formats[each]}
              </option>
            ))}
          </select>
        </div>
        <div className="setting">
          <span className="grow small">
            {file ? (
              <>
                <bdi>{file.name}</bdi> <span className="muted number">{bytes(file.size)}</span>
              </>
            ) : (
              <span className="muted">{t.data.noFile}</span>
            )}
          </span>
          <input
            ref={input}
            type="file"
            hidden
            aria-label={t.data.chooseFile}
            accept=".jsonl,.zip,.json,.db,.sqlite,.sqlite3"
            onChange={(event) => {
              choose(event.target.files?.[0] ?? null);
              // So that choosing the same file again, perhaps changed, is a change.
              event.target.value = "";
            }}
          />
          <button type="button" className="button" disabled={busy} onClick={() => input.current?.click()}>
            <FileUp size={16} aria-hidden /> {t.data.chooseFile}
          </button>
        </div>
        {step.at === "sending" && <Progress dry_run={step.dry_run} share={step.share} />}
        {step.at === "report" && (
          <Report
            report={step.report}
            keep={file ? () => void send(file, false, format) : null}
            cancel={() => {
              setFile(null);
              setStep({ at: "choose" });
            }}
          />
        )}
      </div>
      {problem && <ProblemNotice title={t.data.importFailed} notice={problem} />}
    </section>
  );
}

function Progress({ dry_run, share }: { dry_run: boolean; share: number }) {
  const { t } = useWords();
  const name = share < 1 ? t.data.sending : dry_run ? t.data.checking : t.data.importing;
  return (
    <div className="setting">
      <span className="small" id="import-progress">
        {name}
      </span>
      {/* Without a value it moves to and fro: how long the reading takes is not known. */}
      <progress className="grow" aria-labelledby="import-progress" {...(share < 1 ? { value: share } : {})} />
    </div>
  );
}

type ReportProps = { report: ImportReport; keep: (() => void) | null; cancel(): void };

function Report({ report, keep, cancel }: ReportProps) {
  const { t, fill, number, plural } = useWords();
  const rows = importKinds.flatMap((kind) => {
    const count = report[kind];
    return count && count.new + count.known > 0 ? [{ kind, count }] : [];
  });
  const fresh = rows.reduce((sum, { count }) => sum + count.new, 0);
  return (
    <div className="import-report">
      <p className="small">
        <strong>{report.dry_run ? fill(t.data.reportDry, { format: t.data.formats[report.format] }) : t.data.reportDone}</strong>{" "}
        {fresh === 0 && (report.dry_run ? t.data.nothingNew : t.data.nothingChanged)}
      </p>
      {rows.length > 0 && (
        <table className="report-table small">
          <thead>
            <tr>
              <td />
              <th scope="col">{report.dry_run ? t.data.wouldBeNew : t.data.new}</th>
              <th scope="col">{t.data.known}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ kind, count }) => (
              <tr key={kind}>
                <th scope="row">{t.data.kinds[kind]}</th>
                <td className="number">{number(count.new)}</td>
                <td className="number">{number(count.known)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {report.skipped_count > 0 && (
        <details className="small">
          <summary>{plural(t.data.skipped, report.skipped_count)}</summary>
          <ul className="skipped">
            {report.skipped.map(({ place, reason }, index) => (
              // Two things left out may have the same words.
              <li key={index} dir="ltr">
                <code>{place}</code> {reason}
              </li>
            ))}
          </ul>
        </details>
      )}
      <div className="row wrap">
        {report.dry_run && keep && fresh > 0 && (
          <button type="button" className="button primary" onClick={keep}>
            {t.data.keep}
          </button>
        )}
        <button type="button" className="button" onClick={cancel}>
          {report.dry_run ? t.common.cancel : t.common.close}
        </button>
      </div>
    </div>
  );
}
