export default {
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '../scripts/jest-strip-types.js' },
  testTimeout: 300_000,
};
