/** What was typed and chosen but not sent; survives a reload. Keys: `majlis.draft.…`. */

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key: string, value: string): void {
  try {
    if (value === "") localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // Without storage a draft lives as long as the page.
  }
}

export const readDraft = (place: string): string => read(`majlis.draft.${place}`) ?? "";
export const writeDraft = (place: string, text: string): void => write(`majlis.draft.${place}`, text);

/** Where the new wording of a message is kept while it is written. */
export const placeOfEdit = (message: string): string => `edit.${message}`;

/** The models of the columns that were used last. */
export function readColumns(): string[] {
  try {
    const kept: unknown = JSON.parse(read("majlis.columns") ?? "[]");
    return Array.isArray(kept) ? kept.filter((each) => typeof each === "string") : [];
  } catch {
    return [];
  }
}

export const writeColumns = (models: string[]): void => write("majlis.columns", JSON.stringify(models));
