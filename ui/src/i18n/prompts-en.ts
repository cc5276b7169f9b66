/** Kept prompts, and what is typed and not sent. */
export const templates = {
  title: "Templates",
  insert: "Insert a template",
  take: "Insert",
  search: "Search templates…",
  empty: "No template yet",
  emptyHint: "Keep a prompt you use often. Write {names} in braces for what changes each time.",
  failed: "The templates could not be loaded",
  add: "New template",
  edit: "Edit the template",
  editOne: "Edit {name}",
  deleteOne: "Delete {name}",
  fill: "Fill in",
  back: "Back",
  name: "Name",
  text: "Text",
  textHint: "Names in braces, like {code}, are asked for each time.",
  gone: "Deleted:",
  undo: "Undo",
};

export const drafts = {
  elsewhere: "Something else was typed here in another tab or browser:",
  take: "Take that",
  keep: "Keep mine",
};
