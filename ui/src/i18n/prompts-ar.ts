import type * as english from "./prompts-en";

export const templates: typeof english.templates = {
  title: "القوالب",
  insert: "أدرج قالبًا",
  take: "أدرج",
  search: "ابحث في القوالب…",
  empty: "لا قوالب بعد",
  emptyHint: "احفظ نصًا تستعمله كثيرًا، واكتب ما يتغيّر كل مرة بين قوسين، مثل {names}.",
  failed: "تعذّر تحميل القوالب",
  add: "قالب جديد",
  edit: "عدّل القالب",
  editOne: "عدّل {name}",
  deleteOne: "احذف {name}",
  fill: "املأ القالب",
  back: "رجوع",
  name: "الاسم",
  text: "النص",
  textHint: "ما بين القوسين، مثل {code}، يُسأل عنه كل مرة.",
  gone: "حُذف:",
  undo: "تراجع",
};

export const drafts: typeof english.drafts = {
  elsewhere: "كُتب هنا شيء آخر في لسان أو متصفح آخر:",
  take: "خذ ذاك",
  keep: "أبقِ ما عندي",
};
