import type { LucideIcon } from "lucide-react";

type Props = { icon: LucideIcon; label: string; onClick(): void; className?: string; pressed?: boolean };

/** A button with a picture and a name that is read and shown on hover. */
export function IconButton({ icon: Icon, label, onClick, className = "", pressed }: Props) {
  return (
    <button
      type="button"
      className={`icon-button ${className}`}
      aria-label={label}
      title={label}
      aria-pressed={pressed}
      onClick={onClick}
    >
      <Icon size={16} aria-hidden />
    </button>
  );
}
