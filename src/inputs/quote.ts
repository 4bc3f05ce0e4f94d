/** Quotes a value for a message, shortened if it's long. */
export function quote(text: string): string {
  return text.length <= 100 ? `"${text}"` : `"${text.slice(0, 100).toWellFormed()}…"`;
}
