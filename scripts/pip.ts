/** Arguments for Python, before `--requirement FILE`: installs only what the file names with its hash. */
export const pipInstall = [
  '-m',
  'pip',
  'install',
  '--quiet',
  '--disable-pip-version-check',
  '--require-hashes',
];
