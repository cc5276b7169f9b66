// Sets language, direction and theme before the first paint, so that the page never flashes in the wrong one.
// A file of its own because the content security policy refuses inline script. The key and shape are those of
// src/state/preferences.ts.
(() => {
  const root = document.documentElement;
  let kept = {};
  try {
    kept = JSON.parse(localStorage.getItem("majlis.preferences")) ?? {};
  } catch {
    // Storage may be forbidden or hold something foreign: the defaults below do.
  }
  const wanted = kept.language ?? (navigator.language?.startsWith("ar") ? "ar" : "en");
  const language = wanted === "ar" ? "ar" : "en";
  root.lang = language;
  root.dir = language === "ar" ? "rtl" : "ltr";
  root.dataset.theme = kept.theme === "light" || kept.theme === "dark" ? kept.theme : "system";
})();
