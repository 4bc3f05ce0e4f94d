// undici looks at bodies that are neither text nor bytes with a part of its fetch; this action sends text alone.
const refuse = () => {
  throw new Error('bodies other than text and bytes are left out of this bundle');
};

module.exports = { extractBody: refuse, webidl: { is: { FormData: refuse } } };
