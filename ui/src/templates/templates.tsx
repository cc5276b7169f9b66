import { BookMarked, X } from "lucide-react";
import { useState } from "react";
import { Button } from "react-aria-components/Button";
import { Dialog } from "react-aria-components/Dialog";
import { Heading } from "react-aria-components/Heading";
import { Modal, ModalOverlay } from "react-aria-components/Modal";
import type { Template } from "../api/types";
import { useWords } from "../i18n/language";
import { useCommand } from "../state/commands";
import { EditTemplate } from "./edit-template";
import { FillTemplate } from "./fill-template";
import { TemplateList } from "./template-list";
import "./templates.css";

type Props = {
  /** What stands in the field; a new template begins with it. */
  typed: string;
  insert(text: string): void;
  /** Shows the word beside the picture. */
  named?: boolean;
};

type Place = { at: "list" } | { at: "fill"; template: Template } | { at: "edit"; template: Template | null };

const list: Place = { at: "list" };

/** A button (and a command) that puts a kept prompt into a field. */
export function Templates({ typed, insert, named = false }: Props) {
  const { t } = useWords();
  const [open, setOpen] = useState(false);
  useCommand("templates", () => setOpen(true));
  const take = (text: string) => {
    setOpen(false);
    insert(text);
  };
  return (
    <>
      <button
        type="button"
        className={named ? "link-button" : "icon-button"}
        aria-label={named ? undefined : t.templates.title}
        title={`${t.templates.insert} (Alt T)`}
        aria-haspopup="dialog"
        onClick={() => setOpen(true)}
      >
        <BookMarked size={named ? 14 : 16} aria-hidden /> {named && t.templates.title}
      </button>
      <ModalOverlay className="overlay" isOpen={open} onOpenChange={setOpen} isDismissable>
        <Modal className="modal">
          <Dialog>{open && <Inside typed={typed} take={take} />}</Dialog>
        </Modal>
      </ModalOverlay>
    </>
  );
}

function Inside({ typed, take }: { typed: string; take(text: string): void }) {
  const { t } = useWords();
  const [place, setPlace] = useState<Place>(list);
  const pick = (template: Template) => {
    if (template.placeholders.length === 0) take(template.text);
    else setPlace({ at: "fill", template });
  };
  const back = () => setPlace(list);
  const titles = { list: t.templates.title, fill: t.templates.fill, edit: t.templates.edit };
  return (
    <>
      <header className="row sheet-head">
        <Heading slot="title" level={2} className="grow">
          {place.at === "edit" && place.template === null ? t.templates.add : titles[place.at]}
        </Heading>
        <Button slot="close" className="icon-button" aria-label={t.common.close}>
          <X size={18} aria-hidden />
        </Button>
      </header>
      {place.at === "list" && <TemplateList pick={pick} edit={(template) => setPlace({ at: "edit", template })} />}
      {place.at === "fill" && <FillTemplate template={place.template} take={take} back={back} />}
      {place.at === "edit" && <EditTemplate template={place.template} typed={typed} back={back} />}
    </>
  );
}
