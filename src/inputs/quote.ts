/** Quotes a value for a message, shortened if it's long. */
export function quote(text: string): string {
  return text.length <= 100 ? `"${text}"` : `"${text.slice(0, 100).toWellFormed()}…"`;
}

/** Whether a text is a variable that a CI system or shell left as it is, or has an expression of a workflow in it. */
export function isUnexpanded(text: string): boolean {
  // Searched without a pattern, which would take quadratic time.
  const expression = text.indexOf('$' + '{{');
  if (expression >= 0 && text.includes('}}', expression)) return true;
  return /^(?:\$\([\w.-]+\)|\$\{\w+\}|\$[A-Za-z_]\w*|%[A-Za-z_]\w*%)$/.test(text.trim());
}
