/**
 * The number of characters that the service accepts, in Unicode characters and not in UTF-16 units.
 */
const NAME_MAX = 64;

/** Limits a field to what the service accepts, while text is typed or pasted. */
function limitNames(field) {
  // Text that is still being composed is not in its final form.
  field.addEventListener("input", ({ isComposing }) => isComposing || limitName(field));
  field.addEventListener("compositionend", () => limitName(field));
}

/** Shortens the value of a field. The excess is the latest input, which ends at the caret. */
function limitName(field) {
  const { value, selectionEnd: caret } = field;
  if (lengthOf(value) <= NAME_MAX) return;
  const after = limited(value.slice(caret), NAME_MAX);
  const before = limited(value.slice(0, caret), NAME_MAX - lengthOf(after));
  field.value = before + after;
  field.setSelectionRange(before.length, before.length);
}

const lengthOf = (text) => [...text].length;

/** Returns as many whole graphemes of a text as have no more than `most` characters. */
function limited(text, most) {
  let left = most;
  const fitting = graphemes(text).map((grapheme) => {
    left -= lengthOf(grapheme);
    return left < 0 ? "" : grapheme;
  });
  return fitting.join("");
}
