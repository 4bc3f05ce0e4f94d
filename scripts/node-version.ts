/** What the documents promise. The code itself needs 22.15, for tls.getCACertificates. */
export const minimumNode = '22.19.0';

/**
 * Code that runs on every version of Node, so that an old one says what's wrong instead of a syntax error.
 * @param start what runs on a new one
 * @param complain what runs on an old one; `minimum` and `process.versions.node` are the versions
 */
export function ifNewEnough(start: string, complain: string): string {
  return `'use strict';
var minimum = '${minimumNode}';
var wanted = minimum.split('.').map(Number);
var found = process.versions.node.split('.').map(Number);
if (found[0] < wanted[0] || (found[0] === wanted[0] && found[1] < wanted[1])) {
  ${complain.trim().replaceAll('\n', '\n  ')}
} else {
  ${start}
}
`;
}
