// A SOCKS proxy is refused where its URL is read (src/capture/proxy.ts).
module.exports = class {
  constructor() {
    throw new Error('SOCKS is left out of this bundle');
  }
};
