import type { ReactNode } from "react";

const shapes: ReactNode[] = [
  <circle key="circle" cx="8" cy="8" r="6" />,
  <path key="triangle" d="M8 1.8 14.6 13.6H1.4Z" />,
  <rect key="square" x="2.4" y="2.4" width="11.2" height="11.2" rx="1" />,
  <path key="diamond" d="M8 1 15 8 8 15 1 8Z" />,
  <path key="cross" d="M6 1.6h4V6h4.4v4H10v4.4H6V10H1.6V6H6Z" />,
  <path key="star" d="m8 .9 2.1 4.6 5 .6-3.7 3.4 1 4.9L8 11.9l-4.4 2.5 1-4.9L.9 6.1l5-.6Z" />,
];

/** The sign of a member by its place: shape and colour together, so that neither is needed alone. */
export function Glyph({ place, size = 14 }: { place: number; size?: number }) {
  const index = place % shapes.length;
  return (
    <svg
      className="glyph"
      viewBox="0 0 16 16"
      width={size}
      height={size}
      style={{ color: `var(--identity-${index + 1})` }}
      fill="currentColor"
      aria-hidden="true"
    >
      {shapes[index]}
    </svg>
  );
}
