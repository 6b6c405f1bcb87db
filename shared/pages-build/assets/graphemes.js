const segmenter = Intl.Segmenter && new Intl.Segmenter(lang);
/** What browsers without Intl.Segmenter get comes near to it: flags, marks, and what is joined. */
const GRAPHEME = /(\p{RI}{2}|.)([\p{M}\p{Emoji_Modifier}\u{e0020}-\u{e007f}\u200c]|\u200d.)*/gsu;

/** What people take for the characters of a text, none of which is ever to be cut. */
function graphemes(text) {
  if (!segmenter) return text.match(GRAPHEME) ?? [];
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

/** What stands for a face: how a name begins. */
function initial(name) {
  const [first = ""] = graphemes(name.trim());
  const capital = first.toLocaleUpperCase(lang);
  // Some letters have a capital of two letters (ß), or one that hardly any font has (Georgian).
  const isUsual = graphemes(capital).length === 1 && !/\p{Script=Georgian}/u.test(first);
  return isUsual ? capital : first;
}
