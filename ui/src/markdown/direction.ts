const letter = /\p{L}/u;

/** Blocks of letters that are written from right to left: Hebrew to Thaana and Nko, and the presentation forms. */
function isRightToLeft(unit: number): boolean {
  return (unit >= 0x0590 && unit <= 0x08ff) || (unit >= 0xfb1d && unit <= 0xfdff) || (unit >= 0xfe70 && unit <= 0xfefc);
}

function isLatin(unit: number): boolean {
  const lower = unit | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
}

/** Enough to know: a block of 4,000 characters does not change its direction in the next thousand. */
const sample = 4000;

/** Direction by the majority of letters; null when there are none. Not by the first letter, as dir=auto does. */
export function directionOf(text: string): "ltr" | "rtl" | null {
  let right = 0;
  let left = 0;
  const end = Math.min(text.length, sample);
  // By UTF-16 units, because this runs for every block on every frame; only what is not ASCII is looked up.
  for (let index = 0; index < end; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) left += isLatin(unit) ? 1 : 0;
    else if (!letter.test(text[index] ?? "")) continue;
    else if (isRightToLeft(unit)) right += 1;
    else left += 1;
  }
  if (right === 0 && left === 0) return null;
  return right > left ? "rtl" : "ltr";
}
