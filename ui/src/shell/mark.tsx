/** The sign of Majlis: seats around one question. */
export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
      <circle cx="16" cy="16" r="10" fill="none" stroke="currentColor" strokeWidth="2.5" />
      <circle cx="16" cy="5.5" r="4" fill="currentColor" />
      <circle cx="25.3" cy="21.2" r="4" fill="currentColor" />
      <circle cx="6.7" cy="21.2" r="4" fill="currentColor" />
    </svg>
  );
}
