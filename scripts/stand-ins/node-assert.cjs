// Of node:assert, which takes 3 ms to load, undici uses this one function.
module.exports = (value, message = 'an assertion failed') => {
  if (!value) throw message instanceof Error ? message : new Error(message);
};
