/** A template with its names filled in; a name without a value stays visible. Other braces are text. */
export function fillTemplate(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\{([\p{L}\p{N}_-]+)\}/gu, (place, name: string) => (Object.hasOwn(values, name) && values[name] ? values[name] : place));
}

/** What is typed, with a text put behind it as a paragraph of its own. */
export function putBehind(typed: string, text: string): string {
  return typed.trim() === "" ? text : `${typed.trimEnd()}\n\n${text}`;
}
