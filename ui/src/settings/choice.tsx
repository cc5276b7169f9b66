import type { ReactNode } from "react";
import { Label } from "react-aria-components/Label";
import { Radio, RadioGroup } from "react-aria-components/RadioGroup";

type Props<Value extends string> = {
  label: string;
  value: Value;
  options: [Value, string][];
  onChange(value: Value): void;
};

/** One of a few, all of them in sight. */
export function Choice<Value extends string>({ label, value, options, onChange }: Props<Value>): ReactNode {
  return (
    <RadioGroup
      className="setting"
      orientation="horizontal"
      value={value}
      onChange={(next) => onChange(next as Value)}
    >
      <Label className="label grow">{label}</Label>
      <div className="segments">
        {options.map(([option, text]) => (
          <Radio key={option} value={option} className="segment">
            {text}
          </Radio>
        ))}
      </div>
    </RadioGroup>
  );
}
