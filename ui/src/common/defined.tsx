import { Info } from "lucide-react";
import { Button } from "react-aria-components/Button";
import { Dialog, DialogTrigger } from "react-aria-components/Dialog";
import { Popover } from "react-aria-components/Popover";
import { useWords } from "../i18n/language";

/** The definition of a number, one click away from it. */
export function Defined({ name, text }: { name: string; text: string }) {
  const { t, fill } = useWords();
  return (
    <DialogTrigger>
      <Button className="icon-button defined" aria-label={fill(t.common.definition, { name })}>
        <Info size={14} aria-hidden />
      </Button>
      <Popover className="popover" placement="bottom">
        <Dialog className="dialog" aria-label={name}>
          <strong>{name}</strong>
          <p>{text}</p>
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}
