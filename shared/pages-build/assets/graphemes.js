const segmenter = Intl.Segmenter && new Intl.Segmenter(lang);
/** An approximation for browsers without Intl.Segmenter: flags, marks, and joined characters. */
const GRAPHEME = /(\p{RI}{2}|.)([\p{M}\p{Emoji_Modifier}\u{e0020}-\u{e007f}\u200c]|\u200d.)*/gsu;

/** Splits a text into what people regard as its characters, none of which may be cut. */
function graphemes(text) {
  if (!segmenter) return text.match(GRAPHEME) ?? [];
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

/** Returns the first character of a name, which the page shows instead of a face. */
function initial(name) {
  const [first = ""] = graphemes(name.trim());
  const capital = first.toLocaleUpperCase(lang);
  // Some letters have a capital of two letters (ß), or one that hardly any font has (Georgian).
  const isUsual = graphemes(capital).length === 1 && !/\p{Script=Georgian}/u.test(first);
  return isUsual ? capital : first;
}
