// As text: V8 takes a millisecond to read such patterns, and reads literals even if nothing needs them.
/** Format characters, such as zero-width spaces, and others that most fonts don't show. */
const invisible = '[\\p{Cf}\\p{Default_Ignorable_Code_Point}]';
const controlsAndSeparators = '[\\p{Cc}\\p{Zl}\\p{Zp}]';
/** Characters that reorder the text after them. */
const reordering = '[\\u202a-\\u202e\\u2066-\\u2069]';
const printableAscii = /^[ -~]*$/;

/** Whether a user's own text can be shown as it is. Direction marks are fine: Hebrew and Arabic need them. */
export function isOneLine(text: string): boolean {
  return printableAscii.test(text) || !new RegExp(`${controlsAndSeparators}|${reordering}`, 'u').test(text);
}

/** Drops invisible characters and replaces line breaks and other control characters with a space. */
export function toOneLine(text: string): string {
  // Most texts.
  if (printableAscii.test(text)) return text;
  return text.replace(new RegExp(invisible, 'gu'), '').replace(new RegExp(controlsAndSeparators, 'gu'), ' ');
}

/** Breaks both forms of a workflow command, `::name::` and `##[name]`, which the runner finds anywhere in a line. */
export function breakCommands(text: string): string {
  return text.replace(/:(?=:)/g, ': ').replace(/##(?=\[)/g, '## ');
}

/** Escapes text for HTML, in an element or in a double-quoted attribute. */
export function escapeHtml(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? character);
}

/** Escapes text for a job summary: HTML in Markdown, which a blank line would end. Markdown ignores entities. */
export function escapeForSummary(text: string): string {
  return escapeHtml(toOneLine(text))
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[`*[\]\\|~!@]|:(?=\/\/)/g, (character) => `&#${character.charCodeAt(0)};`);
}
