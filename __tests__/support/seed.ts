import fc from 'fast-check';

/** One seed for all properties in a file. fast-check prints it with a failure; set FC_SEED to repeat it. */
const { FC_SEED } = process.env;
const seed = FC_SEED ? Number(FC_SEED) : Math.trunc(Math.random() * 2 ** 31);
if (!Number.isInteger(seed)) throw new RangeError(`FC_SEED: "${FC_SEED}" isn't a whole number.`);

fc.configureGlobal({ seed });
