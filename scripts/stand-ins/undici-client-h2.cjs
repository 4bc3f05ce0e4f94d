// HTTP/2 is off (src/capture/transport.ts), as undici may send a request again on a new HTTP/2 connection.
module.exports = () => {
  throw new Error('HTTP/2 is left out of this bundle');
};
