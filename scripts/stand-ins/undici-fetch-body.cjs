// undici reads bodies that are neither text nor bytes with its own fetch. This action sends only text.
module.exports = {
  extractBody() {
    throw new Error('this bundle sends only text and bytes');
  },
};
