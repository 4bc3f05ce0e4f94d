// Of node:http, which takes 4 ms to load, undici uses its limit for headers and a class that it tells bodies apart with.
module.exports = { maxHeaderSize: 16_384, IncomingMessage: class {} };
