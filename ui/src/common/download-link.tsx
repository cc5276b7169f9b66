import { useState, type ReactNode } from "react";
import { heldSession } from "../access/held";
import { download, noticeOf } from "../api/client";
import type { Notice } from "../api/types";
import { ProblemNotice } from "./problem";
import { saveFile } from "./save-file";

type Props = { href: string; className: string; label?: string; children: ReactNode };

/**
 * A file of the server. The browser saves it as it streams; a link cannot send this tab's session along, so
 * where there is one the page gets the file itself.
 */
export function DownloadLink({ href, className, label, children }: Props) {
  const [problem, setProblem] = useState<Notice | null>(null);
  const fetched = async () => {
    setProblem(null);
    try {
      const { content, name } = await download(href);
      saveFile(content, name);
    } catch (error) {
      setProblem(noticeOf(error));
    }
  };
  return (
    <>
      <a
        className={className}
        href={href}
        download
        aria-label={label}
        title={label}
        onClick={(event) => {
          if (heldSession() === null) return;
          event.preventDefault();
          void fetched();
        }}
      >
        {children}
      </a>
      {problem && <ProblemNotice notice={problem} />}
    </>
  );
}
