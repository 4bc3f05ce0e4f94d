/** The contract suite on a live tenant: `npm run test:live`. */
import { spawnSync } from 'node:child_process';

const variables = {
  CAPTURE_DOMAIN: 'host of a Capture domain, such as example.us-dev.janraincapture.com; not production',
  OWNER_CLIENT_ID: "id of the application's owner client",
  OWNER_CLIENT_SECRET: 'secret of the owner client',
};

const missing = Object.entries(variables).filter(([name]) => !process.env[name]);
if (missing.length > 0) {
  console.error(
    [
      'This runs the contract suite, which the emulator passes, on a live tenant, and tells what the tenant does where',
      'the documents are silent. It creates clients whose descriptions begin with "capture-client-action contract" and',
      'deletes them at its end; it changes nothing else. It needs, in the environment:',
      ...missing.map(([name, meaning]) => `  ${name.padEnd(20)} ${meaning}`),
    ].join('\n'),
  );
  process.exitCode = 2;
} else {
  const jest = [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    'node_modules/jest/bin/jest.js',
  ];
  const suite = ['--runInBand', '__tests__/contract/capture', '__tests__/contract/points'];
  const { status } = spawnSync(process.execPath, [...jest, ...suite, ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  process.exitCode = status ?? 1;
}
