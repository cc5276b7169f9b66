import type { ReactElement } from "react";
import { Dialog, DialogTrigger } from "react-aria-components/Dialog";
import { Heading } from "react-aria-components/Heading";
import { Modal, ModalOverlay } from "react-aria-components/Modal";
import { useWords } from "../i18n/language";

type Props = { title: string; text: string; action: string; onConfirm(): void; children: ReactElement };

/** Asks before something is gone for good. */
export function Confirm({ title, text, action, onConfirm, children }: Props) {
  const { t } = useWords();
  return (
    <DialogTrigger>
      {children}
      <ModalOverlay className="overlay" isDismissable>
        <Modal className="modal confirm">
          <Dialog role="alertdialog">
            {({ close }) => (
              <div className="confirm-body">
                <Heading slot="title" level={2}>
                  {title}
                </Heading>
                <p dir="auto">{text}</p>
                <div className="row confirm-actions">
                  <button type="button" className="button" onClick={close}>
                    {t.common.cancel}
                  </button>
                  <button
                    type="button"
                    className="button danger"
                    onClick={() => {
                      close();
                      onConfirm();
                    }}
                  >
                    {action}
                  </button>
                </div>
              </div>
            )}
          </Dialog>
        </Modal>
      </ModalOverlay>
    </DialogTrigger>
  );
}
