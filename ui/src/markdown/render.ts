import DOMPurify from "dompurify";
import MarkdownIt from "markdown-it";
import { directionOf } from "./direction";

/** Texts that the rendered page needs. */
export type Labels = { code: string; copyCode: string; image: string; table: string };

const markdown = new MarkdownIt({ html: false, linkify: true, breaks: false });
const webAddress = /^(?:https?:|mailto:)/i;

markdown.validateLink = (url) => webAddress.test(url.trim());
// "file.rs" and "node.js" are names, not addresses.
markdown.linkify.set({ fuzzyLink: false, fuzzyEmail: false });

/** A picture from elsewhere would tell its server that it was looked at: it becomes a link. */
markdown.renderer.rules.image = (tokens, index, _options, env) => {
  const token = tokens[index];
  const source = String(token?.attrGet("src") ?? "");
  const name = token?.content || (env as { labels?: Labels } | undefined)?.labels?.image || "image";
  const escape = markdown.utils.escapeHtml;
  return webAddress.test(source)
    ? `<a href="${escape(source)}">${escape(name)}</a>`
    : escape(name);
};

const allowed = {
  ALLOWED_TAGS:
    "a abbr b blockquote br code del em h1 h2 h3 h4 h5 h6 hr i li ol p pre s span strong sub sup table tbody td th thead tr ul".split(
      " ",
    ),
  ALLOWED_ATTR: ["href", "class", "start", "align"],
  ALLOWED_URI_REGEXP: webAddress,
  // Values that are no addresses and so need not look like one.
  ADD_URI_SAFE_ATTR: ["align", "start"],
  RETURN_DOM_FRAGMENT: true,
};

// Once, not with each call: reading the lists costs more than a small block does.
DOMPurify.setConfig(allowed);

/** The last step before anything enters the page. */
export function sanitise(html: string): DocumentFragment {
  // With RETURN_DOM_FRAGMENT set above this is a fragment, which the type of a call without it cannot know.
  return DOMPurify.sanitize(html) as unknown as DocumentFragment;
}

/** Lines in which Markdown means nothing: no mark of its syntax anywhere, no list, code or rule at a line's start. */
const prose = /^(?:(?![-+=\d\s])[^`*_[\]<>#|!~&:@\\\n\r\0]*[^\s`*_[\]<>#|!~&:@\\](?:\n| *$))+\n*$/;

/** One block of Markdown as nodes that are safe to put into the page. */
export function renderBlock(text: string, labels: Labels): DocumentFragment {
  return prose.test(text) ? paragraph(text) : renderMarkdown(text, labels);
}

/** Most of what is written, and most of what is parsed again as it grows: text needs no parser and no sanitiser. */
function paragraph(text: string): DocumentFragment {
  const fragment = document.createDocumentFragment();
  const element = document.createElement("p");
  element.textContent = text.trimEnd();
  setDirection(element);
  fragment.append(element);
  return fragment;
}

/** Any block, by the parser and the sanitiser. */
export function renderMarkdown(text: string, labels: Labels): DocumentFragment {
  const fragment = sanitise(alignByAttribute(markdown.render(text, { labels })));
  for (const link of fragment.querySelectorAll("a")) finishLink(link);
  for (const table of fragment.querySelectorAll("table")) finishTable(table, labels);
  for (const code of fragment.querySelectorAll("pre > code")) finishCode(code, labels);
  for (const code of fragment.querySelectorAll(":not(pre) > code")) {
    code.setAttribute("dir", "ltr");
    showBidiControls(code);
  }
  for (const block of fragment.querySelectorAll(readable)) setDirection(block);
  return fragment;
}

/** markdown-it aligns cells by a style attribute; the sanitiser keeps only `align`. */
function alignByAttribute(html: string): string {
  return html.replaceAll(/style="text-align:(left|right|center)"/g, 'align="$1"');
}

/** Shows where a link leads when its text does not, and opens it beside this page. */
function finishLink(link: HTMLAnchorElement): void {
  const address = link.getAttribute("href");
  if (!address) return;
  link.target = "_blank";
  link.rel = "noopener noreferrer nofollow";
  const host = hostOf(address);
  if (!host || link.textContent?.includes(host)) return;
  const shown = document.createElement("span");
  shown.className = "host";
  shown.dir = "ltr";
  shown.textContent = ` (${host})`;
  link.append(shown);
}

function hostOf(address: string): string | null {
  try {
    const url = new URL(address);
    return url.protocol === "mailto:" ? url.pathname : url.host;
  } catch {
    return null;
  }
}

function finishTable(table: Element, labels: Labels): void {
  const frame = document.createElement("div");
  frame.className = "table-frame";
  frame.tabIndex = 0;
  frame.setAttribute("role", "group");
  frame.setAttribute("aria-label", labels.table);
  table.replaceWith(frame);
  frame.append(table);
}

function finishCode(code: Element, labels: Labels): void {
  const pre = code.parentElement;
  if (!pre) return;
  const language = /(?:^|\s)language-([\w+#.-]+)/.exec(code.className)?.[1] ?? "";
  const place = document.createComment("");
  pre.replaceWith(place);
  place.replaceWith(codeFrame(pre, language, labels));
  showBidiControls(code);
}

/** A code block with its language and the button that copies it. */
export function codeFrame(pre: HTMLElement, language: string, labels: Labels): HTMLElement {
  const frame = document.createElement("div");
  frame.className = "code-frame";
  frame.dir = "ltr";
  const head = document.createElement("div");
  head.className = "code-head";
  const name = document.createElement("span");
  name.textContent = language;
  const copy = document.createElement("button");
  copy.type = "button";
  copy.className = "code-copy";
  copy.dataset.copy = "";
  copy.textContent = labels.copyCode;
  head.append(name, copy);
  pre.tabIndex = 0;
  pre.setAttribute("role", "group");
  pre.setAttribute("aria-label", language ? `${labels.code}: ${language}` : labels.code);
  frame.append(head, pre);
  return frame;
}

const bidiControl = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Characters that reorder code without being seen are shown by their number. */
export function showBidiControls(code: Element): void {
  const walker = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
  const texts: Text[] = [];
  while (walker.nextNode()) texts.push(walker.currentNode as Text);
  for (const text of texts) {
    if (text.data.search(bidiControl) < 0) continue;
    const parts: (string | Node)[] = [];
    let from = 0;
    for (const match of text.data.matchAll(bidiControl)) {
      parts.push(text.data.slice(from, match.index), bidiMark(match[0]));
      from = match.index + match[0].length;
    }
    text.replaceWith(...parts, text.data.slice(from));
  }
}

function bidiMark(character: string): HTMLElement {
  const mark = document.createElement("span");
  mark.className = "bidi";
  mark.textContent = `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
  return mark;
}

const readable = "p, h1, h2, h3, h4, h5, h6, li, ul, ol, blockquote, td, th, table";

/** By the majority of its letters, code left out. */
function setDirection(block: Element): void {
  const copy = block.querySelector("code") ? (block.cloneNode(true) as Element) : block;
  if (copy !== block) for (const code of copy.querySelectorAll("code")) code.remove();
  const direction = directionOf(copy.textContent ?? "");
  if (direction) block.setAttribute("dir", direction);
}
