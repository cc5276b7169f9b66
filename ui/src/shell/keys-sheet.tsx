import { X } from "lucide-react";
import { Button } from "react-aria-components/Button";
import { Dialog } from "react-aria-components/Dialog";
import { Heading } from "react-aria-components/Heading";
import { Modal, ModalOverlay } from "react-aria-components/Modal";
import { useWords } from "../i18n/language";
import { Caps } from "./caps";
import { shortcuts } from "./shortcuts";

type Props = { open: boolean; onOpenChange(open: boolean): void };

/** Every key there is, read from the one list. */
export function KeysSheet({ open, onOpenChange }: Props) {
  const { t } = useWords();
  const labels: Partial<Record<string, string>> = {
    palette: t.keys.palette,
    keys: t.keys.keys,
    "go-chat": t.keys.chat,
    "go-council": t.keys.council,
    "go-search": t.keys.search,
    "go-dashboard": t.keys.dashboard,
    "go-settings": t.keys.settings,
    templates: t.keys.templates,
    stop: t.keys.stop,
    focus: t.keys.focus,
    theme: t.keys.theme,
    language: t.keys.language,
  };
  const listed = shortcuts.filter(({ command }) => !command.startsWith("column-"));
  return (
    <ModalOverlay className="overlay" isOpen={open} onOpenChange={onOpenChange} isDismissable>
      <Modal className="modal keys-sheet">
        <Dialog>
          <header className="row sheet-head">
            <Heading slot="title" level={2} className="grow">
              {t.keys.title}
            </Heading>
            <Button slot="close" className="icon-button" aria-label={t.common.close}>
              <X size={18} aria-hidden />
            </Button>
          </header>
          <dl className="key-list">
            <div>
              <dt>{t.keys.send}</dt>
              <dd>
                <Caps groups={[["Ctrl", "Enter"]]} />
              </dd>
            </div>
            {listed.map((shortcut) => (
              <div key={shortcut.command}>
                <dt>{labels[shortcut.command]}</dt>
                <dd>
                  <Caps shortcut={shortcut} />
                </dd>
              </div>
            ))}
            <div>
              <dt>{t.keys.column}</dt>
              <dd>
                <Caps groups={[["Alt", "1…6"]]} />
              </dd>
            </div>
          </dl>
          <p className="muted small sheet-foot">{t.keys.single}</p>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
