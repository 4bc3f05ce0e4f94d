// HTTP/2 is off in src/capture/transport.ts, because undici may repeat a request on a new HTTP/2 connection.
module.exports = () => {
  throw new Error('this bundle has no HTTP/2');
};
