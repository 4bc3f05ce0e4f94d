'use strict';
var minimum = '22.19.0';
var wanted = minimum.split('.').map(Number);
var found = process.versions.node.split('.').map(Number);
if (found[0] < wanted[0] || (found[0] === wanted[0] && found[1] < wanted[1])) {
  console.log('::error::capture-client-action needs Node.js ' + minimum + ' or later; this is ' + process.versions.node + '. Use runner 2.327.1 or later, or an image with Node.js 24.');
  process.exitCode = 1;
} else {
  require('../index.js')['unseal']();
}
