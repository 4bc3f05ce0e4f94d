// @actions/core runs programs to tell what machine it is on, which this action never asks.
export const getExecOutput = () => {
  throw new Error('this action runs no programs, so its bundle cannot');
};
