/** Texts about what claims say of themselves, what asking takes, and what one's own history says of models. */
import type { Plural } from "./plural";

const plural = (one: string, other: string): Plural => ({ one, other });

export const insight = {
  sure: "How sure they sound",
  sureHint: "The claims of each answer by how sure their words are of themselves. Sure is not the same as right.",
  sureDefinition:
    "Hedged words say perhaps, seems or might; categorical words say always, never or certainly; plain words say neither. It is told by the words alone and does not say whether the claim is right. Plain claims carry no mark in the list.",
  certainty: { hedged: "hedged", plain: "plain", categorical: "categorical" },
  checks: "Failed checks",
  checksHint: "What could be calculated again here, and does not hold. It outranks any vote.",
  checksDefinition:
    "Sums, conversions, days of a month, weekdays, JSON, regular expressions and code that were checked again on this machine and do not hold: code is parsed, and looked through by the surest security rules. Only what certainly fails is told: what is not listed here was not necessarily checked.",
  /** What fails, by the server's name. */
  fails: { arithmetic: "wrong sum", date: "no such date", weekday: "wrong weekday", json: "broken JSON", unit: "wrong conversion", regex: "broken regular expression", syntax: "unreadable code", rule: "weak code" } as Record<string, string>,
  failsOther: "failed check",
  /** What would hold instead, by the server's name. */
  holds: { arithmetic: "It is {expected}.", date: "That month has {expected} days.", weekday: "That day is a {expected}.", unit: "It is {expected}.", syntax: "No parser reads it from line {expected} on.", rule: "Rule and line: {expected}." } as Record<string, string>,
  filterGaps: "Missed by some",
  openClaim: "Claim {id}",
  topics: "Topics",
  topicsHint: "Subjects that two or more claims belong to, with how many of those claims each answer speaks to. Open one to read them.",
  topic: "Topic",
  topicClaims: "Claims",
  topicCell: plural("speaks to {n} claim", "speaks to {n} claims"),
  topicSilent: "silent",
  moreTopics: plural("Show {n} more topic", "Show {n} more topics"),
  keywords: "Keywords",
  keywordsDefinition: "The words the answers turn on, found by where and how often they stand (YAKE), the most telling first. Choose one to see the claims with it.",
  withWord: "with “{word}”",
  withoutWord: "Show claims with other words too",
};

export const asking = {
  calls: plural("{n} call", "{n} calls"),
  cap: "At most, US$",
  capHint: "What would go beyond is not asked. Empty: only the budgets hold.",
  capWrong: "Write dollars like 1.50, or leave it empty.",
  editor: "Editor",
  editorAny: "a member",
  editorHint: "Writes the conclusion; best one that is no member.",
  editorPick: "Choose the editor, now {model}",
  editorNone: "Let a member write the conclusion",
};

export const record = {
  title: "Track record",
  costs: "Costs",
  hint: "What your own verdicts and the reviews in your councils say of models. It stays on this machine.",
  failed: "The track record could not be loaded",
  emptyTitle: "No answer was judged yet",
  emptyHint: "Say of the answers in a council whether they were right or wrong, and let members review each other: then it is measured here who is right how often and how judges lean.",
  toCouncil: "Go to Council",
  fromReviews: "How these judges lean, and whose marks foretell your verdicts",
  members: "Answers you judged",
  membersNone: "You have not said of any answer whether it was right.",
  membersHint: "By your verdicts: who was right how often, and who was right where others were wrong.",
  model: "Model",
  right: "right",
  wrong: "wrong",
  few: "fewer than 20",
  fewHint: "Too few verdicts to rely on.",
  strength: "Strength",
  strengthDefinition:
    "Bradley–Terry: a right answer wins against each wrong one to the same question. 0 is the middle of your models; the higher, the more often it is right where others are wrong. The bar is the 95 % interval: where two bars overlap, nothing is shown to differ. A dash: it never met a different verdict.",
  interval: "{low} to {high}",
  judges: "How judges lean",
  judgesNone: "No member has reviewed another yet.",
  judgesHint: "Each judge’s marks against the other judges’ marks of the same answers. 0 leans nowhere; a dash is too little to say.",
  judge: "Judge",
  first: "Shown first",
  firstDefinition: "By how many points of ten it marks higher what it is shown first, compared with how others mark the same answers.",
  length: "Length",
  lengthDefinition: "Correlation of its marks with the logarithm of the answer’s length, −1 to 1: above 0 it prefers long answers.",
  own: "Own provider",
  ownDefinition: "By how many points of ten it marks higher what a model of its own provider wrote, compared with how others mark the same answers.",
  marks: "Marks",
  marksDefinition: "Its marks that another judge’s could be held against.",
  tooLittle: "too little to say",
  foretell: "Whose marks foretell your verdicts",
  foretellHint: "A mark for correctness read as a probability, held against what you said of the answer.",
  foretellNone: "No answer was both reviewed and judged by you yet.",
  brier: "Brier score",
  brierDefinition: "The mean squared distance between the probability it gave and what you said: 0 is perfect, 0.25 is a coin.",
  forecasts: "Forecasts",
  forecastsDefinition: "Answers it marked that you called right or wrong.",
  classes: "Forecasts by class",
  said: "Said",
  came: "Came true",
  count: "Answers",
  calibration: "{model}: of what it held for {said} likely, {came} came true ({n})",
};
