import fc from 'fast-check';

/** One seed for all properties of a file. fast-check prints it with a failure; FC_SEED gives it again. */
const { FC_SEED } = process.env;
const seed = FC_SEED ? Number(FC_SEED) : Math.trunc(Math.random() * 2 ** 31);
if (!Number.isInteger(seed)) throw new RangeError(`FC_SEED is "${FC_SEED}", which is no whole number`);

fc.configureGlobal({ seed });
