/** Dollars as a person types them: a decimal with a point or comma, in either digits; null for none, undefined for nonsense. */
export function amountOf(text: string): string | null | undefined {
  const plain = text
    .trim()
    .replace(/^\$/, "")
    .replace(/[\u0660-\u0669]/g, (digit) => String(digit.charCodeAt(0) - 0x0660))
    .replace(/[,\u066b]/, ".");
  if (plain === "") return null;
  return /^\d+(?:\.\d+)?$|^\.\d+$/.test(plain) ? plain.replace(/^\./, "0.") : undefined;
}
