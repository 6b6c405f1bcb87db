/** How many characters the service takes: those of Unicode, which are not those of UTF-16. */
const NAME_MAX = 64;

/** Stops where the service does, as what is pasted or typed comes to be in the field. */
function limitNames(field) {
  // What is still being composed is not in its last form.
  field.addEventListener("input", ({ isComposing }) => isComposing || limitName(field));
  field.addEventListener("compositionend", () => limitName(field));
}

/** It is what has come last, before the caret, that is too much. */
function limitName(field) {
  const { value, selectionEnd: caret } = field;
  if (lengthOf(value) <= NAME_MAX) return;
  const after = limited(value.slice(caret), NAME_MAX);
  const before = limited(value.slice(0, caret), NAME_MAX - lengthOf(after));
  field.value = before + after;
  field.setSelectionRange(before.length, before.length);
}

const lengthOf = (text) => [...text].length;

/** As many whole graphemes of a text as have no more than `most` characters. */
function limited(text, most) {
  let left = most;
  const fitting = graphemes(text).map((grapheme) => {
    left -= lengthOf(grapheme);
    return left < 0 ? "" : grapheme;
  });
  return fitting.join("");
}
