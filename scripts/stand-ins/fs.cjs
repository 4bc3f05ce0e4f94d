// @actions/core takes three functions out of fs.promises as it is loaded, which costs 2 ms, and this action calls none.
module.exports = Object.create(require('node:fs'), { promises: { value: {} } });
