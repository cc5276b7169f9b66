import { memo, useEffect, useLayoutEffect, useRef } from "react";
import { useWords } from "../i18n/language";
import { announce } from "../state/announce";
import { BlockSplitter } from "./blocks";
import { codeFrame, renderBlock, sanitise, showBidiControls, type Labels } from "./render";
import "./markdown.css";

type Props = { text: string; streaming?: boolean };

/** Model output as a page. While it streams, only its last block is parsed again. */
export const Markdown = memo(function Markdown({ text, streaming = false }: Props) {
  const { t } = useWords();
  const splitter = useRef<BlockSplitter>(null);
  splitter.current ??= new BlockSplitter();
  const groups = groupsOf(splitter.current, text, streaming);
  const inCode = streaming && splitter.current.inCode;
  const copy = (event: React.MouseEvent) => {
    const button = (event.target as Element).closest("[data-copy]");
    const code = button?.closest(".code-frame")?.querySelector("code");
    if (!code) return;
    void navigator.clipboard.writeText(code.textContent ?? "").then(() => announce(t.chat.codeCopied));
  };
  return (
    // The buttons inside are real buttons; this only hears their clicks.
    <div className="markdown" onClick={copy}>
      {groups.map((blocks, index) => (
        <Group key={index} blocks={blocks} labels={t.chat} openCode={inCode && index === groups.length - 1} />
      ))}
    </div>
  );
});

const definition = /^ {0,3}\[[^\]\n]+\]:\s+\S/m;

/** A finished text with link definitions is one block, because any part of it may use them. */
function groupsOf(splitter: BlockSplitter, text: string, streaming: boolean): string[][] {
  return !streaming && definition.test(text) ? [[text]] : splitter.update(text);
}

type GroupProps = { blocks: string[]; labels: Labels; openCode: boolean };

const Group = memo(function Group({ blocks, labels, openCode }: GroupProps) {
  return (
    <div className="group">
      {blocks.map((block, index) =>
        openCode && index === blocks.length - 1 ? (
          <OpenCode key={index} text={block} labels={labels} />
        ) : (
          <Block key={index} text={block} labels={labels} />
        ),
      )}
    </div>
  );
});

type BlockProps = { text: string; labels: Labels };

const Block = memo(function Block({ text, labels }: BlockProps) {
  const place = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    place.current?.replaceChildren(renderBlock(text, labels));
  }, [text, labels]);
  useEffect(() => {
    const codes = place.current?.querySelectorAll<HTMLElement>("pre > code[class*=language-]") ?? [];
    for (const code of codes) void colour(code);
  }, [text]);
  return <div ref={place} />;
});

/** Colours one code block; the highlighter is loaded when the first one appears. */
async function colour(code: HTMLElement): Promise<void> {
  const language = /language-([\w+#.-]+)/.exec(code.className)?.[1];
  if (!language || code.querySelector(".bidi")) return;
  const { highlight } = await import("./highlight");
  const html = highlight(code.textContent ?? "", language.toLowerCase());
  if (html === null) return;
  code.replaceChildren(sanitise(html));
  showBidiControls(code);
}

/** A code block that is still growing: its text is appended to, nothing is parsed. */
function OpenCode({ text, labels }: BlockProps) {
  const place = useRef<HTMLDivElement>(null);
  const code = useRef<Text>(null);
  const [head = "", ...rest] = text.split("\n");
  const body = rest.join("\n");
  useLayoutEffect(() => {
    const pre = document.createElement("pre");
    const element = document.createElement("code");
    const node = document.createTextNode("");
    element.append(node);
    pre.append(element);
    code.current = node;
    place.current?.replaceChildren(codeFrame(pre, head.replace(/^[\s`~]+/, "").trim(), labels));
  }, [head, labels]);
  useLayoutEffect(() => {
    const node = code.current;
    if (!node) return;
    if (body.startsWith(node.data)) node.appendData(body.slice(node.data.length));
    else node.data = body;
  });
  return <div ref={place} />;
}
