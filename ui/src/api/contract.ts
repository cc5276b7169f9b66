import { heldSession } from "../access/held";
import { problemOf, unreachable } from "./client";

type Query = Record<string, string | number | boolean | null | undefined>;

/** A path of the server with the parameters that have a value. */
export function address(path: string, query: Query = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return `/api/v1${path}${text ? `?${text}` : ""}`;
}

export type ExportQuery = {
  format: "jsonl" | "markdown";
  conversation?: string;
  consultation?: string;
  since?: string | null;
  until?: string | null;
};

/** The address of an export: the browser saves it as it streams. */
export const exportAddress = (query: ExportQuery): string => address("/exports", query);

export const importFormats = ["auto", "majlis", "chatgpt", "claude", "llm", "ai-kernel"] as const;
export type ImportFormat = (typeof importFormats)[number];

/** Larger files are refused. */
export const mostImportBytes = 512 * 1024 * 1024;

export const importKinds = ["conversations", "messages", "consultations", "executions", "findings", "verdicts", "calls", "settings"] as const;
export type ImportKind = (typeof importKinds)[number];
export type ImportCount = { new: number; known: number };
export type ImportReport = { [kind in ImportKind]?: ImportCount } & {
  format: ImportFormat;
  dry_run: boolean;
  /** The first hundred. */
  skipped: { place: string; reason: string }[];
  skipped_count: number;
};

export type ImportRequest = { file: File; format: ImportFormat; dry_run: boolean };

/** Sends a file; `progress` hears the share that has been sent, 0 to 1. By XHR, because fetch does not tell. */
export function importFile({ file, format, dry_run }: ImportRequest, progress: (share: number) => void): Promise<ImportReport> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", address("/imports", { dry_run, format }));
    request.setRequestHeader("content-type", "application/octet-stream");
    request.setRequestHeader("accept", "application/json");
    const session = heldSession();
    if (session !== null) request.setRequestHeader("authorization", `Bearer ${session}`);
    request.upload.onprogress = ({ loaded, total }) => progress(total > 0 ? loaded / total : 1);
    request.upload.onload = () => progress(1);
    request.onerror = () => reject(unreachable());
    request.onload = () => {
      const body = parsed(request.responseText);
      if (request.status >= 200 && request.status < 300) resolve(body as ImportReport);
      else reject(problemOf(request.status, body));
    };
    request.send(file);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
