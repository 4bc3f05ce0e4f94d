import fc from 'fast-check';

// Nobody reads the smallest counterexample to a property that a mutant breaks, and each run is to see the same values.
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: 1, endOnFailure: true });
