const rightToLeft = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;
const letter = /\p{L}/u;

/** Enough to know: a block of 4,000 letters does not change its direction in the next thousand. */
const sample = 4000;

/** Direction by the majority of letters; null when there are none. Not by the first letter, as dir=auto does. */
export function directionOf(text: string): "ltr" | "rtl" | null {
  let right = 0;
  let left = 0;
  for (const character of text.slice(0, sample)) {
    if (!letter.test(character)) continue;
    if (rightToLeft.test(character)) right += 1;
    else left += 1;
  }
  if (right === 0 && left === 0) return null;
  return right > left ? "rtl" : "ltr";
}
