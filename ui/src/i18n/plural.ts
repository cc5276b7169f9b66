/** A sentence in each plural form its language has; `{n}` stands for the number. Arabic uses all six. */
export type Plural = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };

/** Puts values into `{name}` places; a place without a value stays visible, so that it is noticed. */
export function fill(template: string, values: Record<string, string>): string {
  return template.replaceAll(/\{(\w+)\}/g, (place, name: string) => values[name] ?? place);
}
