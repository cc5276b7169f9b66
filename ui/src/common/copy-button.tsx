import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { useWords } from "../i18n/language";
import { announce } from "../state/announce";
import { IconButton } from "./icon-button";

const shownMs = 1600;

export function CopyButton({ label, text }: { label: string; text: string }) {
  const { t } = useWords();
  const [done, setDone] = useState(false);
  const copy = () =>
    void navigator.clipboard.writeText(text).then(() => {
      setDone(true);
      announce(t.common.copied);
      setTimeout(() => setDone(false), shownMs);
    });
  return <IconButton icon={done ? Check : Copy} label={done ? t.common.copied : label} onClick={copy} className="quiet" />;
}
