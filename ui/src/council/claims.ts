import type { Analysis, ClaimRow, Member } from "../api/types";
import { hasWord } from "./insight";

export const claimFilters = ["all", "contested", "shared", "gaps", "single"] as const;
export type ClaimFilter = (typeof claimFilters)[number];

export function filterOf(text: string | null): ClaimFilter {
  return claimFilters.find((filter) => filter === text) ?? "all";
}

/** Members measured beside the others (demonstrations) take no part in any count. */
export function apartOf(analysis: Analysis): ReadonlySet<number> {
  return new Set(analysis.members.filter(({ apart }) => apart).map(({ member }) => member));
}

/** Someone who counts denies it or gives another value. */
export function isContested(row: ClaimRow, apart: ReadonlySet<number>): boolean {
  return row.stances.some(
    ({ member, stance }) => !apart.has(member) && (stance === "denies" || stance === "different_value"),
  );
}

export function speakers(row: ClaimRow, apart: ReadonlySet<number>): number {
  return row.stances.filter(({ member, stance }) => !apart.has(member) && stance !== null && stance !== "silent")
    .length;
}

/** The claims of a filter, and only those with a word where one is given. */
export function filterClaims(analysis: Analysis, filter: ClaimFilter, word: string | null = null): ClaimRow[] {
  const found = claimsOf(analysis, filter);
  return word === null ? found : found.filter((row) => hasWord(row, word));
}

function claimsOf(analysis: Analysis, filter: ClaimFilter): ClaimRow[] {
  const apart = apartOf(analysis);
  switch (filter) {
    case "all":
      return analysis.claims;
    case "contested":
      return analysis.claims.filter((row) => isContested(row, apart));
    case "shared":
      return analysis.claims.filter((row) => speakers(row, apart) > 1);
    case "gaps": {
      const missed = new Set(analysis.gaps.map(({ claim }) => claim));
      return analysis.claims.filter(({ id }) => missed.has(id));
    }
    case "single":
      return analysis.claims.filter((row) => speakers(row, apart) === 1);
  }
}

/** How a member is called: the model's name with the sample's number, or the name it was pasted under. */
export type Named = { place: number; name: string; demo: boolean };

export function memberNames(
  members: Member[],
  nameOf: (model: string) => string,
): ReadonlyMap<number, Named> {
  const several = new Set(
    members.filter(({ sample }) => (sample ?? 1) > 1).map(({ model }) => model),
  );
  return new Map(
    members.map((member) => {
      const base = member.model === null ? member.label : nameOf(member.model);
      const name = several.has(member.model) && member.sample !== null ? `${base} #${member.sample}` : base;
      return [member.position, { place: member.position, name, demo: member.demo }];
    }),
  );
}

/** Whether this page knows the form of a stored analysis. */
export function isReadable(analysis: Analysis): boolean {
  return analysis.schema === 1 && Array.isArray(analysis.claims) && Array.isArray(analysis.pairs);
}
