"use strict";
const articles = [...document.querySelectorAll("article")].map((article) => ({
  article,
  text: article.textContent.toLowerCase(),
}));
const form = document.getElementById("filters");
const search = document.getElementById("search");
function show() {
  const checked = (name) =>
    new Set([...form.querySelectorAll(`[name=${name}]:checked`)].map((box) => box.value));
  const facets = checked("facet");
  const severities = checked("severity");
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const { article, text } of articles) {
    const fits =
      facets.has(article.dataset.facet) &&
      severities.has(article.dataset.severity) &&
      words.every((word) => text.includes(word));
    article.hidden = !fits;
    count += fits ? 1 : 0;
  }
  document.getElementById("none").hidden = count > 0;
}
form.addEventListener("input", show);
form.addEventListener("submit", (event) => event.preventDefault());
show();
