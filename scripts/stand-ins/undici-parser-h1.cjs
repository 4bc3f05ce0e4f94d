// An experimental parser, off by default; the undici inside Node leaves it out as well (lib/dispatcher/client-h1.js).
module.exports = {
  getMiloEnabled: () => false,
};
