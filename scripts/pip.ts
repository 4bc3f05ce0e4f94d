/** What a virtual environment's Python is told, before `--requirement`: to install what a file names by its hash, and no more. */
export const pipInstall = [
  '-m',
  'pip',
  'install',
  '--quiet',
  '--disable-pip-version-check',
  '--require-hashes',
];
