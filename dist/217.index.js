"use strict";

exports.id = 217, exports.ids = [ 217 ], exports.modules = {
 598: (__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {
  __webpack_require__.d(__webpack_exports__, {
   CompactEncrypt: () => CompactEncrypt,
   compactDecrypt: () => compactDecrypt,
   errors: () => errors_namespaceObject
  });
  var errors_namespaceObject = {};
  __webpack_require__.r(errors_namespaceObject), __webpack_require__.d(errors_namespaceObject, {
   JOSEAlgNotAllowed: () => JOSEAlgNotAllowed,
   JOSEError: () => JOSEError,
   JOSENotSupported: () => JOSENotSupported,
   JWEDecryptionFailed: () => JWEDecryptionFailed,
   JWEInvalid: () => errors_JWEInvalid,
   JWKInvalid: () => JWKInvalid,
   JWKSInvalid: () => JWKSInvalid,
   JWKSMultipleMatchingKeys: () => JWKSMultipleMatchingKeys,
   JWKSNoMatchingKey: () => JWKSNoMatchingKey,
   JWKSTimeout: () => JWKSTimeout,
   JWSInvalid: () => errors_JWSInvalid,
   JWSSignatureVerificationFailed: () => JWSSignatureVerificationFailed,
   JWTClaimValidationFailed: () => JWTClaimValidationFailed,
   JWTExpired: () => JWTExpired,
   JWTInvalid: () => JWTInvalid
  });
  const encoder = new TextEncoder, decoder = new TextDecoder, strictDecoder = new TextDecoder("utf-8", {
   fatal: !0
  }), UINT32_RANGE = 2 ** 32;
  function concat(...buffers) {
   const size = buffers.reduce((acc, {length: length}) => acc + length, 0), buf = new Uint8Array(size);
   let i = 0;
   for (const buffer of buffers) buf.set(buffer, i), i += buffer.length;
   return buf;
  }
  function writeUInt32BE(buf, value, offset) {
   if (value < 0 || value >= UINT32_RANGE) throw new RangeError(`value must be >= 0 and <= ${UINT32_RANGE - 1}. Received ${value}`);
   buf.set([ value >>> 24, value >>> 16, value >>> 8, 255 & value ], offset);
  }
  function uint64be(value) {
   const high = Math.floor(value / UINT32_RANGE), low = value % UINT32_RANGE, buf = new Uint8Array(8);
   return writeUInt32BE(buf, high, 0), writeUInt32BE(buf, low, 4), buf;
  }
  function uint32be(value) {
   const buf = new Uint8Array(4);
   return writeUInt32BE(buf, value), buf;
  }
  const NON_ASCII = /[^\x00-\x7f]/;
  function encode(string) {
   if ("string" == typeof string && string.length >= 128) {
    if (NON_ASCII.test(string)) throw new TypeError("non-ASCII string encountered in encode()");
    return encoder.encode(string);
   }
   const bytes = new Uint8Array(string.length);
   for (let i = 0; i < string.length; i++) {
    const code = string.charCodeAt(i);
    if (code > 127) throw new TypeError("non-ASCII string encountered in encode()");
    bytes[i] = code;
   }
   return bytes;
  }
  async function digest(algorithm, data) {
   const subtleDigest = `SHA-${algorithm.slice(-3)}`;
   return new Uint8Array(await crypto.subtle.digest(subtleDigest, data));
  }
  class JOSEError extends Error {
   static code="ERR_JOSE_GENERIC";
   code="ERR_JOSE_GENERIC";
   constructor(message, options) {
    super(message, options), this.name = this.constructor.name, Error.captureStackTrace?.(this, this.constructor);
   }
  }
  class JWTClaimValidationFailed extends JOSEError {
   static code="ERR_JWT_CLAIM_VALIDATION_FAILED";
   code="ERR_JWT_CLAIM_VALIDATION_FAILED";
   claim;
   reason;
   payload;
   constructor(message, payload, claim = "unspecified", reason = "unspecified") {
    super(message, {
     cause: {
      claim: claim,
      reason: reason,
      payload: payload
     }
    }), this.claim = claim, this.reason = reason, this.payload = payload;
   }
  }
  class JWTExpired extends JOSEError {
   static code="ERR_JWT_EXPIRED";
   code="ERR_JWT_EXPIRED";
   claim;
   reason;
   payload;
   constructor(message, payload, claim = "unspecified", reason = "unspecified") {
    super(message, {
     cause: {
      claim: claim,
      reason: reason,
      payload: payload
     }
    }), this.claim = claim, this.reason = reason, this.payload = payload;
   }
  }
  class JOSEAlgNotAllowed extends JOSEError {
   static code="ERR_JOSE_ALG_NOT_ALLOWED";
   code="ERR_JOSE_ALG_NOT_ALLOWED";
  }
  class JOSENotSupported extends JOSEError {
   static code="ERR_JOSE_NOT_SUPPORTED";
   code="ERR_JOSE_NOT_SUPPORTED";
  }
  class JWEDecryptionFailed extends JOSEError {
   static code="ERR_JWE_DECRYPTION_FAILED";
   code="ERR_JWE_DECRYPTION_FAILED";
   constructor(message = "decryption operation failed", options) {
    super(message, options);
   }
  }
  class errors_JWEInvalid extends JOSEError {
   static code="ERR_JWE_INVALID";
   code="ERR_JWE_INVALID";
  }
  class errors_JWSInvalid extends JOSEError {
   static code="ERR_JWS_INVALID";
   code="ERR_JWS_INVALID";
  }
  class JWTInvalid extends JOSEError {
   static code="ERR_JWT_INVALID";
   code="ERR_JWT_INVALID";
  }
  class JWKInvalid extends JOSEError {
   static code="ERR_JWK_INVALID";
   code="ERR_JWK_INVALID";
  }
  class JWKSInvalid extends JOSEError {
   static code="ERR_JWKS_INVALID";
   code="ERR_JWKS_INVALID";
  }
  class JWKSNoMatchingKey extends JOSEError {
   static code="ERR_JWKS_NO_MATCHING_KEY";
   code="ERR_JWKS_NO_MATCHING_KEY";
   constructor(message = "no applicable key found in the JSON Web Key Set", options) {
    super(message, options);
   }
  }
  class JWKSMultipleMatchingKeys extends JOSEError {
   [Symbol.asyncIterator]=async function*() {};
   static code="ERR_JWKS_MULTIPLE_MATCHING_KEYS";
   code="ERR_JWKS_MULTIPLE_MATCHING_KEYS";
   constructor(message = "multiple matching keys found in the JSON Web Key Set", options) {
    super(message, options);
   }
  }
  class JWKSTimeout extends JOSEError {
   static code="ERR_JWKS_TIMEOUT";
   code="ERR_JWKS_TIMEOUT";
   constructor(message = "request timed out", options) {
    super(message, options);
   }
  }
  class JWSSignatureVerificationFailed extends JOSEError {
   static code="ERR_JWS_SIGNATURE_VERIFICATION_FAILED";
   code="ERR_JWS_SIGNATURE_VERIFICATION_FAILED";
   constructor(message = "signature verification failed", options) {
    super(message, options);
   }
  }
  const invalid = "The input to be decoded is not correctly encoded.";
  function decode(input) {
   try {
    return function(encoded, url = !1) {
     if (Uint8Array.fromBase64) return Uint8Array.fromBase64(encoded, {
      alphabet: url ? "base64url" : "base64"
     });
     if (url) {
      if (encoded.includes("+") || encoded.includes("/")) throw new TypeError("Invalid base64url");
      encoded = encoded.replace(/-/g, "+").replace(/_/g, "/");
     }
     const binary = atob(encoded), bytes = new Uint8Array(binary.length);
     for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
     return bytes;
    }("string" == typeof input ? input : decoder.decode(input), !0);
   } catch (cause) {
    throw new TypeError(invalid, {
     cause: cause
    });
   }
  }
  function base64url_encode(input) {
   return function(input, url = !1) {
    if (Uint8Array.prototype.toBase64) return input.toBase64({
     alphabet: url ? "base64url" : "base64",
     omitPadding: url
    });
    const arr = [];
    for (let i = 0; i < input.length; i += 32768) arr.push(String.fromCharCode.apply(null, input.subarray(i, i + 32768)));
    const encoded = btoa(arr.join(""));
    return url ? encoded.replace(/=/g, "").replace(/\+/g, "-").replace(/\//g, "_") : encoded;
   }("string" == typeof input ? encoder.encode(input) : input, !0);
  }
  function assertUint8Array(input, label) {
   if (!(input instanceof Uint8Array)) throw new TypeError(`${label} must be an instance of Uint8Array`);
  }
  function validate_isObject(input) {
   if ("object" != typeof input || null === input || "[object Object]" !== Object.prototype.toString.call(input)) return !1;
   const prototype = Object.getPrototypeOf(input);
   return null === prototype || null === Object.getPrototypeOf(prototype);
  }
  function isDisjoint(...headers) {
   const parameters = new Set;
   for (const header of headers) if (header) for (const parameter of Object.keys(header)) {
    if (parameters.has(parameter)) return !1;
    parameters.add(parameter);
   }
   return !0;
  }
  function assertNotSet(value, name) {
   if (void 0 !== value) throw new TypeError(`${name} can only be called once`);
  }
  function decodeBase64url(value, label, ErrorClass) {
   try {
    return decode(value);
   } catch (cause) {
    throw new ErrorClass(`Failed to base64url decode the ${label}`, {
     cause: cause
    });
   }
  }
  function encodeAsciiMember(value, label, ErrorClass) {
   try {
    return encode(value);
   } catch (cause) {
    throw new ErrorClass(`The ${label} is not a valid base64url string`, {
     cause: cause
    });
   }
  }
  const JWE_RECOGNIZED = {
   __proto__: null
  };
  function validateAlgorithms(option, algorithms) {
   if (void 0 !== algorithms && (!Array.isArray(algorithms) || algorithms.some(s => "string" != typeof s))) throw new TypeError(`"${option}" option must be an array of strings`);
   return void 0 === algorithms ? void 0 : new Set(algorithms);
  }
  function validateCrit(Err, recognizedDefault, recognizedOption, protectedHeader, joseHeader) {
   if (void 0 !== joseHeader.crit && void 0 === protectedHeader?.crit) throw new Err('"crit" (Critical) Header Parameter MUST be integrity protected');
   if (!protectedHeader || void 0 === protectedHeader.crit) return [];
   if (!Array.isArray(protectedHeader.crit) || 0 === protectedHeader.crit.length || protectedHeader.crit.some(input => "string" != typeof input || 0 === input.length)) throw new Err('"crit" (Critical) Header Parameter MUST be an array of non-empty strings when present');
   const recognized = void 0 === recognizedOption ? recognizedDefault : {
    __proto__: null,
    ...recognizedOption,
    ...recognizedDefault
   };
   for (const parameter of protectedHeader.crit) {
    if (!(parameter in recognized)) throw new JOSENotSupported(`Extension Header Parameter "${parameter}" is not recognized`);
    if (!Object.hasOwn(joseHeader, parameter) || void 0 === joseHeader[parameter]) throw new Err(`Extension Header Parameter "${parameter}" is missing`);
    if (recognized[parameter] && (!Object.hasOwn(protectedHeader, parameter) || void 0 === protectedHeader[parameter])) throw new Err(`Extension Header Parameter "${parameter}" MUST be integrity protected`);
   }
   return protectedHeader.crit;
  }
  function serializeJoseHeader(Err, header) {
   let serialized, parsed;
   try {
    serialized = JSON.stringify(header), parsed = JSON.parse(serialized);
   } catch (cause) {
    throw new Err("JOSE Header is not valid JSON", {
     cause: cause
    });
   }
   if (!validate_isObject(parsed)) throw new Err("JOSE Header is not a JSON object");
   return [ parsed, serialized ];
  }
  const tag = key => key[Symbol.toStringTag], jwkMatchesOp = (entry, key, usage) => {
   const {alg: alg} = entry;
   if (void 0 !== key.use) {
    const expected = "sign" === usage || "verify" === usage ? "sig" : "enc";
    if (key.use !== expected) throw new TypeError(`Invalid key for this operation, its "use" must be "${expected}" when present`);
   }
   if ("AKP" === key.kty && void 0 === key.alg) throw new TypeError('missing "alg" (Algorithm) Parameter value');
   if (void 0 !== key.alg && key.alg !== alg) throw new TypeError(`Invalid key for this operation, its "alg" must be "${alg}" when present`);
   if (Array.isArray(key.key_ops)) {
    const expectedKeyOp = "encrypt" === usage || "decrypt" === usage ? entry.ops?.["encrypt" === usage ? 0 : 1] : usage;
    if (expectedKeyOp && !key.key_ops.includes(expectedKeyOp)) throw new TypeError(`Invalid key for this operation, its "key_ops" must include "${expectedKeyOp}" when present`);
   }
  };
  async function prepareKey(entry, key, usage) {
   const {alg: alg, secret: secret} = entry, requiresPrivateKey = "decrypt" === usage || "sign" === usage;
   if (secret && key instanceof Uint8Array) return key;
   let normalized, keyObject;
   if (validate_isObject(key)) {
    if (normalized = function(jwk) {
     const normalized = function(jwk) {
      return {
       __proto__: null,
       ...jwk
      };
     }(jwk);
     if (void 0 !== normalized.ext && "boolean" != typeof normalized.ext) throw new TypeError('"ext" (Extractable) Parameter must be a boolean');
     if (void 0 !== normalized.key_ops) {
      const value = normalized.key_ops, keyOps = Array.isArray(value) ? [ ...value ] : void 0;
      if (!keyOps || keyOps.some(operation => "string" != typeof operation) || new Set(keyOps).size !== keyOps.length) throw new TypeError('"key_ops" (Key Operations) Parameter must be an array of unique strings');
      normalized.key_ops = keyOps;
     }
     return normalized;
    }(key), "string" != typeof normalized.kty) throw invalidKeyType(alg, key, secret);
    if (!(secret ? "oct" === normalized.kty && "string" == typeof normalized.k : "oct" !== normalized.kty && (requiresPrivateKey ? "AKP" === normalized.kty && "string" == typeof normalized.priv || "string" == typeof normalized.d : void 0 === normalized.d && void 0 === normalized.priv))) throw new TypeError(secret ? 'JSON Web Key for symmetric algorithms must have JWK "kty" (Key Type) equal to "oct" and the JWK "k" (Key Value) present' : `JSON Web Key for this operation must be a ${requiresPrivateKey ? "private" : "public"} JWK`);
    if (jwkMatchesOp(entry, normalized, usage), "oct" === normalized.kty) return decode(normalized.k);
    if (!Object.isFrozen(key)) {
     const {key_ops: key_ops} = key;
     Array.isArray(key_ops) && Object.freeze(key_ops), Object.freeze(key);
    }
   } else {
    if (!isKeyLike(key)) throw invalidKeyType(alg, key, secret);
    const expectedType = secret ? "secret" : requiresPrivateKey ? "private" : "public";
    if (key.type !== expectedType && (secret || [ "secret", "public", "private" ].includes(key.type))) throw new TypeError(`${tag(key)} instances must be of type "${expectedType}" for the ${alg} algorithm`);
    if (isCryptoKey(key)) return key;
    if (keyObject = key, "secret" === keyObject.type) return keyObject.export();
   }
   cache ||= new WeakMap;
   const cacheKey = key;
   let cached = cache.get(cacheKey);
   if (cached?.[alg]) return cached[alg];
   if (cached || cache.set(cacheKey, cached = {}), keyObject && "function" == typeof keyObject.toCryptoKey) {
    const isPublic = "public" === keyObject.type, crv = nist[keyObject.asymmetricKeyDetails?.namedCurve], params = entry.resolve?.({
     crv: crv,
     asymmetricKeyType: keyObject.asymmetricKeyType
    }) ?? entry.subtle;
    return cached[alg] = keyObject.toCryptoKey(params, isPublic, entry.usages[isPublic ? 0 : 1]);
   }
   return normalized ??= keyObject.export({
    format: "jwk"
   }), normalized.alg = alg, cached[alg] = await jwkToKey(entry, normalized);
  }
  let cache;
  const nist = {
   __proto__: null,
   prime256v1: "P-256",
   secp384r1: "P-384",
   secp521r1: "P-521"
  };
  function assertCryptoKey(key) {
   if (!isCryptoKey(key)) throw new Error("CryptoKey instance expected");
  }
  const isCryptoKey = key => {
   if ("CryptoKey" === key?.[Symbol.toStringTag]) return !0;
   try {
    return key instanceof CryptoKey;
   } catch {
    return !1;
   }
  }, isKeyLike = key => isCryptoKey(key) || (key => "KeyObject" === key?.[Symbol.toStringTag])(key);
  function message(msg, actual, ...types) {
   if (types.length > 2) {
    const last = types.pop();
    msg += `one of type ${types.join(", ")}, or ${last}.`;
   } else 2 === types.length ? msg += `one of type ${types[0]} or ${types[1]}.` : msg += `of type ${types[0]}.`;
   return null == actual ? msg += ` Received ${actual}` : "function" == typeof actual && actual.name ? msg += ` Received function ${actual.name}` : "object" == typeof actual && null != actual && actual.constructor?.name && (msg += ` Received an instance of ${actual.constructor.name}`), 
   msg;
  }
  const invalidKeyInput = (actual, ...types) => message("Key must be ", actual, ...types);
  function invalidKeyType(alg, actual, secret) {
   const types = [ "CryptoKey", "KeyObject", "JSON Web Key" ];
   return secret && types.push("Uint8Array"), new TypeError(message(`Key for the ${alg} algorithm must be `, actual, ...types));
  }
  const unusable = (name, prop = "algorithm.name") => new TypeError(`CryptoKey does not support this operation, its ${prop} must be ${name}`);
  function checkUsage(key, usage) {
   if (usage && !key.usages.includes(usage)) throw new TypeError(`CryptoKey does not support this operation, its usages must include ${usage}.`);
  }
  function checkCryptoKey(key, expected, usage) {
   const algorithm = key.algorithm;
   if (algorithm.name !== expected.name) throw unusable(expected.name);
   if (expected.hash && algorithm.hash?.name !== expected.hash) throw unusable(expected.hash, "algorithm.hash");
   if (expected.namedCurve && algorithm.namedCurve !== expected.namedCurve) throw unusable(expected.namedCurve, "algorithm.namedCurve");
   if (void 0 !== expected.length && algorithm.length !== expected.length) throw unusable(expected.length, "algorithm.length");
   checkUsage(key, usage);
  }
  async function jwkToKey(entry, jwk, extractable) {
   if (!entry.kty.includes(jwk.kty)) throw new JOSENotSupported('Invalid or unsupported JWK "alg" (Algorithm) Parameter value');
   const algorithm = entry.resolve?.({
    kty: jwk.kty,
    crv: jwk.crv
   }) ?? entry.subtle, isPrivate = !(!jwk.d && !jwk.priv), keyData = {
    ...jwk,
    ext: extractable ?? jwk.ext
   };
   return "AKP" !== keyData.kty && delete keyData.alg, delete keyData.use, crypto.subtle.importKey("jwk", keyData, algorithm, keyData.ext ?? !isPrivate, jwk.key_ops ?? entry.usages[isPrivate ? 1 : 0]);
  }
  async function rawKey(key, expected, usage, extractable = !1) {
   return key instanceof Uint8Array && (key = await crypto.subtle.importKey("raw", key, expected, extractable, [ usage ])), 
   checkCryptoKey(key, expected, usage), key;
  }
  const generateCek = enc => crypto.getRandomValues(new Uint8Array(enc.cekBits >> 3));
  function checkCekLength(cek, expected) {
   const actual = cek.byteLength << 3;
   if (actual !== expected) throw new errors_JWEInvalid(`Invalid Content Encryption Key length. Expected ${expected} bits, got ${actual} bits`);
  }
  function checkIvLength(enc, iv) {
   if (iv.length << 3 !== enc.ivBits) throw new errors_JWEInvalid("Invalid Initialization Vector length");
  }
  async function cbcKeySetup(enc, cek, usage) {
   if (!(cek instanceof Uint8Array)) throw new TypeError(invalidKeyInput(cek, "Uint8Array"));
   const keyLengthBits = enc.cekBits >> 1;
   return [ await crypto.subtle.importKey("raw", cek.subarray(keyLengthBits >> 3), "AES-CBC", !1, [ usage ]), await crypto.subtle.importKey("raw", cek.subarray(0, keyLengthBits >> 3), {
    hash: "SHA-" + (keyLengthBits << 1),
    name: "HMAC"
   }, !1, [ "sign" ]), keyLengthBits ];
  }
  async function cbcHmacTag(macKey, macData, keyLengthBits) {
   return new Uint8Array((await crypto.subtle.sign("HMAC", macKey, macData)).slice(0, keyLengthBits >> 3));
  }
  async function encrypt(enc, plaintext, cek, iv, aad) {
   if (!(isCryptoKey(cek) || cek instanceof Uint8Array)) throw new TypeError(invalidKeyInput(cek, "CryptoKey", "KeyObject", "Uint8Array", "JSON Web Key"));
   if (iv ? checkIvLength(enc, iv) : iv = (enc => crypto.getRandomValues(new Uint8Array(enc.ivBits >> 3)))(enc), 
   cek instanceof Uint8Array && checkCekLength(cek, enc.cekBits), enc.cbc) return async function(enc, plaintext, cek, iv, aad) {
    const [encKey, macKey, keyLengthBits] = await cbcKeySetup(enc, cek, "encrypt"), ciphertext = new Uint8Array(await crypto.subtle.encrypt({
     iv: iv,
     name: "AES-CBC"
    }, encKey, plaintext)), macData = concat(aad, iv, ciphertext, uint64be(8 * aad.length));
    return {
     ciphertext: ciphertext,
     tag: await cbcHmacTag(macKey, macData, keyLengthBits),
     iv: iv
    };
   }(enc, plaintext, cek, iv, aad);
   const encKey = await rawKey(cek, enc.subtle, "encrypt"), encrypted = new Uint8Array(await crypto.subtle.encrypt({
    additionalData: aad,
    iv: iv,
    name: "AES-GCM",
    tagLength: 128
   }, encKey, plaintext));
   return {
    ciphertext: encrypted.subarray(0, -16),
    tag: encrypted.subarray(-16),
    iv: iv
   };
  }
  async function decrypt(enc, cek, ciphertext, iv, tag, aad) {
   if (!(isCryptoKey(cek) || cek instanceof Uint8Array)) throw new TypeError(invalidKeyInput(cek, "CryptoKey", "KeyObject", "Uint8Array", "JSON Web Key"));
   if (!iv) throw new errors_JWEInvalid("JWE Initialization Vector missing");
   if (!tag) throw new errors_JWEInvalid("JWE Authentication Tag missing");
   if (!enc.cbc && 16 !== tag.length) throw new errors_JWEInvalid("Invalid Authentication Tag length");
   if (checkIvLength(enc, iv), cek instanceof Uint8Array && checkCekLength(cek, enc.cekBits), 
   enc.cbc) return async function(enc, cek, ciphertext, iv, tag, aad) {
    const [encKey, macKey, keyLengthBits] = await cbcKeySetup(enc, cek, "decrypt"), macData = concat(aad, iv, ciphertext, uint64be(8 * aad.length)), expectedTag = await cbcHmacTag(macKey, macData, keyLengthBits);
    try {
     if (await async function(a, b) {
      const algorithm = {
       name: "HMAC",
       hash: "SHA-256"
      }, key = await crypto.subtle.generateKey(algorithm, !1, [ "sign", "verify" ]), aHmac = await crypto.subtle.sign(algorithm, key, a);
      return crypto.subtle.verify(algorithm, key, aHmac, b);
     }(tag, expectedTag)) return new Uint8Array(await crypto.subtle.decrypt({
      iv: iv,
      name: "AES-CBC"
     }, encKey, ciphertext));
    } catch {}
    throw new JWEDecryptionFailed;
   }(enc, cek, ciphertext, iv, tag, aad);
   const encKey = await rawKey(cek, enc.subtle, "decrypt");
   try {
    return new Uint8Array(await crypto.subtle.decrypt({
     additionalData: aad,
     iv: iv,
     name: "AES-GCM",
     tagLength: 128
    }, encKey, concat(ciphertext, tag)));
   } catch {
    throw new JWEDecryptionFailed;
   }
  }
  function table(entries) {
   const out = {
    __proto__: null
   };
   for (const alg in entries) out[alg] = {
    ...entries[alg],
    alg: alg
   };
   return out;
  }
  const wrap = [ [ "encrypt", "wrapKey" ], [ "decrypt", "unwrapKey" ] ], derive = [ [], [ "deriveBits" ] ], none = [ [], [] ];
  function rsaes(bits) {
   return {
    kty: [ "RSA" ],
    mode: "key-encryption",
    subtle: {
     name: "RSA-OAEP",
     hash: `SHA-${bits}`
    },
    usages: wrap,
    ops: [ "wrapKey", "unwrapKey" ]
   };
  }
  function ecdh(mode) {
   return {
    kty: [ "EC", "OKP" ],
    mode: mode,
    subtle: {
     name: "ECDH"
    },
    resolve: ({kty: kty, crv: crv, asymmetricKeyType: asymmetricKeyType}) => {
     if ("X25519" === crv || "x25519" === asymmetricKeyType) return {
      name: "X25519"
     };
     if ("OKP" === kty) throw new JOSENotSupported('Invalid or unsupported JWK "alg" (Algorithm) Parameter value');
     return {
      name: "ECDH",
      namedCurve: crv
     };
    },
    usages: derive,
    ops: [ void 0, "deriveBits" ]
   };
  }
  function aeskw(bits, gcm = !1) {
   return {
    kty: [ "oct" ],
    mode: "key-wrapping",
    secret: !0,
    subtle: {
     name: gcm ? "AES-GCM" : "AES-KW",
     length: bits
    },
    usages: none,
    ops: gcm ? [ "encrypt", "decrypt" ] : [ "wrapKey", "unwrapKey" ]
   };
  }
  function pbes2() {
   return {
    kty: [ "oct" ],
    mode: "key-wrapping",
    secret: !0,
    subtle: {
     name: "PBKDF2"
    },
    usages: none,
    ops: [ "deriveBits", "deriveBits" ]
   };
  }
  const JWE = table({
   dir: {
    kty: [ "oct" ],
    mode: "direct-encryption",
    secret: !0,
    subtle: {
     name: "AES-GCM"
    },
    usages: none,
    ops: [ "encrypt", "decrypt" ]
   },
   "RSA-OAEP": rsaes(1),
   "RSA-OAEP-256": rsaes(256),
   "RSA-OAEP-384": rsaes(384),
   "RSA-OAEP-512": rsaes(512),
   "ECDH-ES": ecdh("direct-key-agreement"),
   "ECDH-ES+A128KW": ecdh("key-agreement-with-key-wrapping"),
   "ECDH-ES+A192KW": ecdh("key-agreement-with-key-wrapping"),
   "ECDH-ES+A256KW": ecdh("key-agreement-with-key-wrapping"),
   A128KW: aeskw(128),
   A192KW: aeskw(192),
   A256KW: aeskw(256),
   A128GCMKW: aeskw(128, !0),
   A192GCMKW: aeskw(192, !0),
   A256GCMKW: aeskw(256, !0),
   "PBES2-HS256+A128KW": pbes2(),
   "PBES2-HS384+A192KW": pbes2(),
   "PBES2-HS512+A256KW": pbes2()
  }), contentOps = [ "encrypt", "decrypt" ];
  function contentEncryption(bits, cbc = !1) {
   return {
    kty: [ "oct" ],
    secret: !0,
    subtle: {
     name: cbc ? "AES-CBC" : "AES-GCM",
     length: bits
    },
    usages: none,
    ops: contentOps,
    cekBits: bits,
    ivBits: cbc ? 128 : 96,
    cbc: cbc
   };
  }
  const ENC = table({
   A128GCM: contentEncryption(128),
   A192GCM: contentEncryption(192),
   A256GCM: contentEncryption(256),
   "A128CBC-HS256": contentEncryption(256, !0),
   "A192CBC-HS384": contentEncryption(384, !0),
   "A256CBC-HS512": contentEncryption(512, !0)
  });
  function unsupported(parameter, name) {
   throw new JOSENotSupported(`Invalid or unsupported "${parameter}" (JWE ${name}) header value`);
  }
  function jweAlgorithm(alg) {
   return ("string" == typeof alg ? JWE[alg] : void 0) ?? unsupported("alg", "Algorithm");
  }
  function isJWECEKTransport(algorithm) {
   return "key-wrapping" === algorithm.mode || "key-encryption" === algorithm.mode || "key-agreement-with-key-wrapping" === algorithm.mode;
  }
  function jweEncryption(enc) {
   return ("string" == typeof enc ? ENC[enc] : void 0) ?? unsupported("enc", "Encryption Algorithm");
  }
  function checkEcdhCryptoKey(key, usage) {
   if ("ECDH" !== key.algorithm.name && "X25519" !== key.algorithm.name) throw new TypeError("CryptoKey does not support this operation, its algorithm.name must be ECDH or X25519");
   checkUsage(key, usage);
  }
  function checkRsaKey(alg, key, usage) {
   checkCryptoKey(key, jweAlgorithm(alg).subtle, usage), function(alg, key) {
    const {modulusLength: modulusLength} = key.algorithm;
    if ("number" != typeof modulusLength || modulusLength < 2048) throw new TypeError(`${alg} requires key modulusLength to be 2048 bits or larger`);
   }(alg, key);
  }
  async function deriveKey(p2s, alg, p2c, key) {
   if (!(p2s instanceof Uint8Array) || p2s.length < 8) throw new errors_JWEInvalid("PBES2 Salt Input must be 8 or more octets");
   if (!Number.isSafeInteger(p2c) || 1 !== Math.sign(p2c)) throw new errors_JWEInvalid("PBES2 Count Input must be a positive integer");
   const salt = concat(encode(alg), Uint8Array.of(0), p2s), keyLengthBits = parseInt(alg.slice(13, 16), 10), subtleAlg = {
    hash: `SHA-${alg.slice(8, 11)}`,
    iterations: p2c,
    name: "PBKDF2",
    salt: salt
   }, cryptoKey = await rawKey(key, jweAlgorithm(alg).subtle, "deriveBits");
   return new Uint8Array(await crypto.subtle.deriveBits(subtleAlg, cryptoKey, keyLengthBits));
  }
  function lengthAndInput(input) {
   return concat(uint32be(input.length), input);
  }
  async function ecdhesDeriveKey(publicKey, privateKey, algorithmId, keyDataLength, apu = new Uint8Array, apv = new Uint8Array) {
   checkEcdhCryptoKey(publicKey), checkEcdhCryptoKey(privateKey, "deriveBits");
   const otherInfo = concat(lengthAndInput(encode(algorithmId)), lengthAndInput(apu), lengthAndInput(apv), uint32be(keyDataLength));
   return async function(Z, keyDataLength, OtherInfo) {
    const dkLen = keyDataLength >> 3, reps = Math.ceil(dkLen / 32), dk = new Uint8Array(32 * reps);
    for (let i = 1; i <= reps; i++) {
     const hashResult = await digest("sha256", concat(uint32be(i), Z, OtherInfo));
     dk.set(hashResult, 32 * (i - 1));
    }
    return dk.slice(0, dkLen);
   }(new Uint8Array(await crypto.subtle.deriveBits({
    name: publicKey.algorithm.name,
    public: publicKey
   }, privateKey, "X25519" === publicKey.algorithm.name ? 256 : Math.ceil(parseInt(publicKey.algorithm.namedCurve.slice(-3), 10) / 8) << 3)), keyDataLength, otherInfo);
  }
  function assertEcdhKey(key) {
   assertCryptoKey(key);
   const curve = key.algorithm.namedCurve;
   if ("P-256" !== curve && "P-384" !== curve && "P-521" !== curve && "X25519" !== key.algorithm.name) throw new JOSENotSupported("ECDH with the provided key is not allowed or not supported by your javascript runtime");
  }
  function partyInfo(joseHeader, name) {
   const value = joseHeader[name];
   if (void 0 !== value) {
    if ("string" != typeof value) throw new errors_JWEInvalid(`JOSE Header "${name}" (Agreement Party${"apu" === name ? "U" : "V"}Info) invalid`);
    return decodeBase64url(value, name, errors_JWEInvalid);
   }
  }
  function checkPartyInfo(apu, apv) {
   if (void 0 !== apu && void 0 !== apv && apu.byteLength === apv.byteLength) {
    for (let i = 0; i < apu.byteLength; i++) if (apu[i] !== apv[i]) return;
    throw new errors_JWEInvalid('JOSE Header "apu" and "apv" values must be distinct');
   }
  }
  function assertNoEncryptedKey(encryptedKey) {
   if (void 0 !== encryptedKey) throw new errors_JWEInvalid("Encountered unexpected JWE Encrypted Key");
  }
  function validateZip(joseHeader, protectedHeader) {
   if (void 0 !== joseHeader.zip && "DEF" !== joseHeader.zip) throw new JOSENotSupported('Unsupported JWE "zip" (Compression Algorithm) Header Parameter value.');
   if (void 0 !== joseHeader.zip && !protectedHeader?.zip) throw new errors_JWEInvalid('JWE "zip" (Compression Algorithm) Header Parameter MUST be in a protected header.');
  }
  function supported(name) {
   if (typeof globalThis[name] > "u") throw new JOSENotSupported(`JWE "zip" (Compression Algorithm) Header Parameter requires the ${name} API.`);
  }
  async function transform(stream, input, maxLength = 1 / 0) {
   const writer = stream.writable.getWriter();
   writer.write(input).catch(() => {}), writer.close().catch(() => {});
   const chunks = [];
   let length = 0;
   const reader = stream.readable.getReader();
   for (;;) {
    const {value: value, done: done} = await reader.read();
    if (done) break;
    if (chunks.push(value), length += value.byteLength, maxLength !== 1 / 0 && length > maxLength) throw await reader.cancel().catch(() => {}), 
    new errors_JWEInvalid("Decompressed plaintext exceeded the configured limit");
   }
   return concat(...chunks);
  }
  async function decryptJWE(jwe, shared, key, token = function(jwe) {
   const {protected: encodedProtected, ciphertext: ciphertext, iv: iv, tag: tag, aad: aad} = jwe;
   let protectedHeader;
   return void 0 !== encodedProtected && (protectedHeader = function(encodedProtectedHeader, ErrorClass, message) {
    let parsed;
    try {
     parsed = JSON.parse(strictDecoder.decode(decode(encodedProtectedHeader)));
    } catch (cause) {
     throw new ErrorClass(message, {
      cause: cause
     });
    }
    if (!validate_isObject(parsed)) throw new ErrorClass(message);
    return parsed;
   }(encodedProtected, errors_JWEInvalid, "JWE Protected Header is invalid")), [ protectedHeader, decodeBase64url(ciphertext, "ciphertext", errors_JWEInvalid), void 0 !== iv ? decodeBase64url(iv, "iv", errors_JWEInvalid) : void 0, void 0 !== tag ? decodeBase64url(tag, "tag", errors_JWEInvalid) : void 0, encodeAsciiMember((encodedProtected ?? "") + (void 0 !== aad ? `.${aad}` : ""), "aad", errors_JWEInvalid) ];
  }(jwe)) {
   const [protectedHeader, ciphertext, iv, tag, additionalAuthenticatedData] = token, {header: header, unprotected: unprotected, aad: aad} = jwe;
   let joseHeader;
   if (void 0 !== header || void 0 !== unprotected) {
    if (!isDisjoint(protectedHeader, header, unprotected)) throw new errors_JWEInvalid("JWE Protected, JWE Unprotected Header, and JWE Per-Recipient Unprotected Header Parameter names must be disjoint");
    joseHeader = {
     ...protectedHeader,
     ...header,
     ...unprotected
    };
   } else joseHeader = protectedHeader ?? {};
   const [keyManagementAlgorithms, contentEncryptionAlgorithms, crit, maxPBES2Count, maxDecompressedLength] = shared, {encrypted_key: encodedKey} = jwe;
   validateCrit(errors_JWEInvalid, JWE_RECOGNIZED, crit, protectedHeader, joseHeader), 
   validateZip(joseHeader, protectedHeader);
   const {alg: alg, enc: enc} = joseHeader;
   if ("string" != typeof alg || !alg) throw new errors_JWEInvalid("missing JWE Algorithm (alg) in JWE Header");
   const selected = JWE[alg];
   if (!("" !== encodedKey || selected && isJWECEKTransport(selected))) throw new errors_JWEInvalid("JWE Encrypted Key incorrect type");
   const integrated = "integrated-encryption" === selected?.mode;
   if (!(integrated || "string" == typeof enc && enc)) throw new errors_JWEInvalid("missing JWE Encryption Algorithm (enc) in JWE Header");
   if (keyManagementAlgorithms && !keyManagementAlgorithms.has(alg) || !keyManagementAlgorithms && alg.startsWith("PBES2")) throw new JOSEAlgNotAllowed('"alg" (Algorithm) Header Parameter value not allowed');
   let encEntry, encryptedKey;
   if (integrated) {
    if (void 0 !== enc) throw new errors_JWEInvalid('JWE "enc" (Encryption Algorithm) Header Parameter must not be present for integrated encryption');
    if (iv?.byteLength) throw new errors_JWEInvalid("JWE Initialization Vector must be empty for integrated encryption");
    if (tag?.byteLength) throw new errors_JWEInvalid("JWE Authentication Tag must be empty for integrated encryption");
   } else {
    if (contentEncryptionAlgorithms && !contentEncryptionAlgorithms.has(enc)) throw new JOSEAlgNotAllowed('"enc" (Encryption Algorithm) Header Parameter value not allowed');
    encEntry = jweEncryption(enc);
   }
   if (void 0 !== encodedKey) try {
    encryptedKey = decodeBase64url(encodedKey, "encrypted_key", errors_JWEInvalid);
   } catch (error) {
    if (!selected || !isJWECEKTransport(selected)) throw error;
    encryptedKey = new Uint8Array;
   }
   let resolvedKey = !1;
   "function" == typeof key && (key = await key(protectedHeader, jwe), resolvedKey = !0);
   const algEntry = selected ?? jweAlgorithm(alg);
   isJWECEKTransport(algEntry) && void 0 === encryptedKey && (encryptedKey = new Uint8Array);
   const k = await prepareKey("direct-encryption" === algEntry.mode ? encEntry : algEntry, key, "decrypt");
   let plaintext;
   if ("integrated-encryption" === algEntry.mode) plaintext = await algEntry.decrypt(k, encryptedKey, ciphertext, additionalAuthenticatedData, protectedHeader, joseHeader); else {
    const encryption = encEntry;
    let cek;
    try {
     cek = await async function(entry, enc, key, encryptedKey, joseHeader, maxPBES2Count) {
      const {alg: alg} = entry, mode = entry.mode;
      if ("direct-encryption" === mode) return assertNoEncryptedKey(encryptedKey), key;
      const direct = "direct-key-agreement" === mode;
      switch (direct ? assertNoEncryptedKey(encryptedKey) : function(encryptedKey) {
       if (void 0 === encryptedKey) throw new errors_JWEInvalid("JWE Encrypted Key missing");
      }(encryptedKey), entry.subtle.name) {
      case "ECDH":
       {
        const {epk: epk} = joseHeader;
        if (!validate_isObject(epk) || [ "d", "k", "p", "q", "dp", "dq", "qi", "oth", "priv" ].some(parameter => Object.hasOwn(epk, parameter))) throw new errors_JWEInvalid('JOSE Header "epk" (Ephemeral Public Key) missing or invalid');
        assertEcdhKey(key);
        const ephemeralPublicKey = await jwkToKey(entry, epk), partyUInfo = partyInfo(joseHeader, "apu"), partyVInfo = partyInfo(joseHeader, "apv");
        checkPartyInfo(partyUInfo, partyVInfo);
        const derivedKey = await ecdhesDeriveKey(ephemeralPublicKey, key, direct ? enc.alg : alg, direct ? enc.cekBits : parseInt(alg.slice(-5, -2), 10), partyUInfo, partyVInfo);
        if (direct) return derivedKey;
        key = derivedKey;
        break;
       }

      case "RSA-OAEP":
       return assertCryptoKey(key), checkRsaKey(alg, key, "decrypt"), new Uint8Array(await crypto.subtle.decrypt("RSA-OAEP", key, encryptedKey));

      case "PBKDF2":
       {
        if ("number" != typeof joseHeader.p2c) throw new errors_JWEInvalid('JOSE Header "p2c" (PBES2 Count) missing or invalid');
        const p2cLimit = maxPBES2Count ?? 1e4;
        if (joseHeader.p2c > p2cLimit) throw new errors_JWEInvalid('JOSE Header "p2c" (PBES2 Count) out is of acceptable bounds');
        if ("string" != typeof joseHeader.p2s) throw new errors_JWEInvalid('JOSE Header "p2s" (PBES2 Salt) missing or invalid');
        const p2s = decodeBase64url(joseHeader.p2s, "p2s", errors_JWEInvalid);
        key = await deriveKey(p2s, alg, joseHeader.p2c, key);
        break;
       }

      case "AES-GCM":
       {
        if ("string" != typeof joseHeader.iv) throw new errors_JWEInvalid('JOSE Header "iv" (Initialization Vector) missing or invalid');
        if ("string" != typeof joseHeader.tag) throw new errors_JWEInvalid('JOSE Header "tag" (Authentication Tag) missing or invalid');
        const iv = decodeBase64url(joseHeader.iv, "iv", errors_JWEInvalid), tag = decodeBase64url(joseHeader.tag, "tag", errors_JWEInvalid);
        if (12 !== iv.byteLength) throw new errors_JWEInvalid("Invalid Initialization Vector length");
        if (16 !== tag.byteLength) throw new errors_JWEInvalid("Invalid Authentication Tag length");
        return decrypt(jweEncryption(alg.slice(0, -2)), key, encryptedKey, iv, tag, new Uint8Array);
       }
      }
      return async function(alg, key, encryptedKey) {
       const cryptoKey = await rawKey(key, jweAlgorithm(alg).subtle, "unwrapKey", !0), cryptoKeyCek = await crypto.subtle.unwrapKey("raw", encryptedKey, cryptoKey, "AES-KW", {
        hash: "SHA-256",
        name: "HMAC"
       }, !0, [ "sign" ]);
       return new Uint8Array(await crypto.subtle.exportKey("raw", cryptoKeyCek));
      }(alg.slice(-6), key, encryptedKey);
     }(algEntry, encryption, k, encryptedKey, joseHeader, maxPBES2Count), isJWECEKTransport(algEntry) && cek instanceof Uint8Array && cek.byteLength << 3 !== encryption.cekBits && (cek = generateCek(encryption));
    } catch (err) {
     if (err instanceof TypeError || err instanceof errors_JWEInvalid || err instanceof JOSENotSupported) throw err;
     cek = generateCek(encryption);
    }
    plaintext = await decrypt(encryption, cek, ciphertext, iv, tag, additionalAuthenticatedData);
   }
   if ("DEF" === joseHeader.zip) {
    const decompressionLimit = maxDecompressedLength ?? 25e4;
    if (0 === decompressionLimit) throw new JOSENotSupported('JWE "zip" (Compression Algorithm) Header Parameter is not supported.');
    plaintext = await async function(input, maxLength) {
     return supported("DecompressionStream"), transform(new DecompressionStream("deflate-raw"), input, maxLength);
    }(plaintext, decompressionLimit).catch(cause => {
     throw cause instanceof errors_JWEInvalid || cause instanceof JOSENotSupported ? cause : new errors_JWEInvalid("Failed to decompress plaintext", {
      cause: cause
     });
    });
   }
   return {
    plaintext: plaintext,
    ...protectedHeader && {
     protectedHeader: protectedHeader
    },
    ...void 0 !== aad && {
     additionalAuthenticatedData: decodeBase64url(aad, "aad", errors_JWEInvalid)
    },
    ...unprotected && {
     sharedUnprotectedHeader: unprotected
    },
    ...header && {
     unprotectedHeader: header
    },
    ...resolvedKey && {
     key: k
    }
   };
  }
  async function compactDecrypt(jwe, key, options) {
   return async function(jwe, shared, key) {
    if (jwe instanceof Uint8Array && (jwe = decoder.decode(jwe)), "string" != typeof jwe) throw new errors_JWEInvalid("Compact JWE must be a string or Uint8Array");
    const {0: protectedHeader, 1: encryptedKey, 2: iv, 3: ciphertext, 4: tag, length: length} = jwe.split(".");
    if (5 !== length) throw new errors_JWEInvalid("Invalid Compact JWE");
    return decryptJWE({
     ciphertext: ciphertext,
     iv: iv || void 0,
     protected: protectedHeader,
     tag: tag || void 0,
     encrypted_key: encryptedKey || void 0
    }, shared, key);
   }(jwe, function(options) {
    const keyManagementAlgorithms = options && validateAlgorithms("keyManagementAlgorithms", options.keyManagementAlgorithms), contentEncryptionAlgorithms = options && validateAlgorithms("contentEncryptionAlgorithms", options.contentEncryptionAlgorithms), {crit: crit, maxPBES2Count: maxPBES2Count, maxDecompressedLength: maxDecompressedLength} = options ?? {};
    !function(value) {
     if (void 0 !== value && value !== 1 / 0 && (!Number.isSafeInteger(value) || value < 1)) throw new TypeError("maxPBES2Count must be a positive safe integer or Infinity");
    }(maxPBES2Count);
    const decompressionLimit = maxDecompressedLength ?? 25e4;
    if (0 !== decompressionLimit && decompressionLimit !== 1 / 0 && (!Number.isSafeInteger(decompressionLimit) || decompressionLimit < 1)) throw new TypeError("maxDecompressedLength must be 0, a positive safe integer, or Infinity");
    return [ keyManagementAlgorithms, contentEncryptionAlgorithms, crit, maxPBES2Count, maxDecompressedLength ];
   }(options), key);
  }
  function checkDisjoint(protectedHeader, unprotectedHeader, sharedUnprotectedHeader) {
   if (!isDisjoint(protectedHeader, unprotectedHeader, sharedUnprotectedHeader)) throw new errors_JWEInvalid("JWE Protected, JWE Shared Unprotected and JWE Per-Recipient Header Parameter names must be disjoint");
  }
  async function encryptJWE(input, checked, key) {
   const [joseHeader, encEntry, selected] = checked, [inputPlaintext, inputProtectedHeader, inputUnprotectedHeader, sharedUnprotectedHeader, aad, providedCek, inputIv, keyManagementParameters, , unprotectedParameters] = input;
   let protectedHeader = inputProtectedHeader, unprotectedHeader = inputUnprotectedHeader;
   const algEntry = selected ?? jweAlgorithm(joseHeader.alg);
   let encryptedKey, parameters, cek;
   "integrated-encryption" === algEntry.mode ? cek = await prepareKey(algEntry, key, "encrypt") : [cek, encryptedKey, parameters] = await async function(entry, enc, inputKey, joseHeader, providedCek, providedParameters = {}) {
    const {alg: alg, mode: mode} = entry, transport = isJWECEKTransport(entry);
    if (void 0 !== providedCek && !transport) throw new TypeError(`setContentEncryptionKey cannot be called with JWE "alg" (Algorithm) Header ${alg}`);
    let key = await prepareKey("direct-encryption" === mode ? enc : entry, inputKey, "encrypt");
    if ("direct-encryption" === mode) return [ key, void 0, void 0 ];
    const cek = transport ? providedCek ?? generateCek(enc) : void 0;
    let encryptedKey, parameters;
    switch (cek && checkCekLength(cek, enc.cekBits), entry.subtle.name) {
    case "ECDH":
     {
      assertEcdhKey(key);
      const {apu: providedApu, apv: providedApv} = providedParameters;
      void 0 !== providedApu && assertUint8Array(providedApu, '"apu"'), void 0 !== providedApv && assertUint8Array(providedApv, '"apv"');
      const apu = providedApu ?? partyInfo(joseHeader, "apu"), apv = providedApv ?? partyInfo(joseHeader, "apv");
      let ephemeralPrivateKey;
      checkPartyInfo(apu, apv), ephemeralPrivateKey = void 0 !== providedParameters.epk ? await prepareKey(entry, providedParameters.epk, "decrypt") : (await crypto.subtle.generateKey(key.algorithm, !0, [ "deriveBits" ])).privateKey;
      const subtle = crypto.subtle;
      let exportableEpk = ephemeralPrivateKey;
      if (!exportableEpk.extractable) {
       if ("function" != typeof subtle.getPublicKey) throw new TypeError('CryptoKey for "epk" must be extractable');
       exportableEpk = await subtle.getPublicKey(ephemeralPrivateKey, []);
      }
      const {x: x, y: y, crv: crv, kty: kty} = await subtle.exportKey("jwk", exportableEpk), direct = "direct-key-agreement" === mode, derivedKey = await ecdhesDeriveKey(key, ephemeralPrivateKey, direct ? enc.alg : alg, direct ? enc.cekBits : parseInt(alg.slice(-5, -2), 10), apu, apv), epk = {
       x: x,
       crv: crv,
       kty: kty
      };
      if ("EC" === kty && (epk.y = y), parameters = {
       epk: epk
      }, void 0 !== providedApu && (parameters.apu = base64url_encode(providedApu)), void 0 !== providedApv && (parameters.apv = base64url_encode(providedApv)), 
      direct) return [ derivedKey, void 0, parameters ];
      key = derivedKey;
      break;
     }

    case "RSA-OAEP":
     assertCryptoKey(key), checkRsaKey(alg, key, "encrypt"), encryptedKey = new Uint8Array(await crypto.subtle.encrypt("RSA-OAEP", key, cek));
     break;

    case "PBKDF2":
     {
      const {p2c: p2c = 2048, p2s: p2s = crypto.getRandomValues(new Uint8Array(16))} = providedParameters;
      key = await deriveKey(p2s, alg, p2c, key), parameters = {
       p2c: p2c,
       p2s: base64url_encode(p2s)
      };
      break;
     }

    case "AES-GCM":
     {
      const iv = void 0 === providedParameters.iv ? crypto.getRandomValues(new Uint8Array(12)) : providedParameters.iv;
      if (!(iv instanceof Uint8Array)) throw new TypeError('"iv" must be an instance of Uint8Array');
      const wrapped = await encrypt(jweEncryption(alg.slice(0, -2)), cek, key, iv, new Uint8Array);
      encryptedKey = wrapped.ciphertext, parameters = {
       iv: base64url_encode(wrapped.iv),
       tag: base64url_encode(wrapped.tag)
      };
     }
    }
    if (encryptedKey ??= await async function(alg, key, cek) {
     const cryptoKey = await rawKey(key, jweAlgorithm(alg).subtle, "wrapKey", !0), cryptoKeyCek = await crypto.subtle.importKey("raw", cek, {
      hash: "SHA-256",
      name: "HMAC"
     }, !0, [ "sign" ]);
     return new Uint8Array(await crypto.subtle.wrapKey("raw", cryptoKeyCek, cryptoKey, "AES-KW"));
    }(alg.slice(-6), key, cek), !(encryptedKey instanceof Uint8Array && encryptedKey.byteLength)) throw new TypeError("JWE key management algorithm did not produce an Encrypted Key");
    return [ cek, encryptedKey, parameters ];
   }(algEntry, encEntry, key, joseHeader, providedCek, keyManagementParameters), parameters && (unprotectedParameters ? unprotectedHeader = unprotectedHeader ? {
    ...unprotectedHeader,
    ...parameters
   } : parameters : protectedHeader = protectedHeader ? {
    ...protectedHeader,
    ...parameters
   } : parameters, checkDisjoint(protectedHeader, unprotectedHeader, sharedUnprotectedHeader));
   const encodedProtectedHeader = protectedHeader ? base64url_encode(JSON.stringify(protectedHeader)) : "", encodedAad = aad?.byteLength ? base64url_encode(aad) : void 0, additionalAuthenticatedData = encode(encodedAad ? `${encodedProtectedHeader}.${encodedAad}` : encodedProtectedHeader);
   let ciphertext, tag, iv, plaintext = inputPlaintext;
   "DEF" === joseHeader.zip && (plaintext = await async function(input) {
    return supported("CompressionStream"), transform(new CompressionStream("deflate-raw"), input);
   }(plaintext).catch(cause => {
    throw cause instanceof JOSENotSupported ? cause : new errors_JWEInvalid("Failed to compress plaintext", {
     cause: cause
    });
   })), "integrated-encryption" === algEntry.mode ? [encryptedKey, ciphertext] = await algEntry.encrypt(cek, plaintext, additionalAuthenticatedData, protectedHeader, joseHeader, keyManagementParameters) : ({ciphertext: ciphertext, tag: tag, iv: iv} = await encrypt(encEntry, plaintext, cek, inputIv, additionalAuthenticatedData));
   const jwe = {
    ciphertext: base64url_encode(ciphertext)
   };
   return iv && (jwe.iv = base64url_encode(iv)), tag && (jwe.tag = base64url_encode(tag)), 
   encryptedKey?.byteLength && (jwe.encrypted_key = base64url_encode(encryptedKey)), 
   encodedAad && (jwe.aad = encodedAad), protectedHeader && (jwe.protected = encodedProtectedHeader), 
   sharedUnprotectedHeader && (jwe.unprotected = sharedUnprotectedHeader), unprotectedHeader && (jwe.header = unprotectedHeader), 
   jwe;
  }
  class CompactEncrypt {
   #input;
   constructor(plaintext) {
    assertUint8Array(plaintext, "plaintext"), this.#input = [ plaintext ];
   }
   setContentEncryptionKey(cek) {
    return assertNotSet(this.#input[5], "setContentEncryptionKey"), this.#input[5] = cek, 
    this;
   }
   setInitializationVector(iv) {
    return assertNotSet(this.#input[6], "setInitializationVector"), this.#input[6] = iv, 
    this;
   }
   setProtectedHeader(protectedHeader) {
    return assertNotSet(this.#input[1], "setProtectedHeader"), this.#input[1] = protectedHeader, 
    this;
   }
   setKeyManagementParameters(parameters) {
    return assertNotSet(this.#input[7], "setKeyManagementParameters"), this.#input[7] = parameters, 
    this;
   }
   async encrypt(key, options) {
    return jwe = await async function(input, key, options) {
     return encryptJWE(input, function(input, options, sharedHeadersNormalized = !1) {
      if (!input[1] && !input[2] && !input[3]) throw new errors_JWEInvalid("either setProtectedHeader, setUnprotectedHeader, or sharedUnprotectedHeader must be called before #encrypt()");
      void 0 !== options && (input[8] = options?.crit);
      let [, protectedHeader, unprotectedHeader, sharedUnprotectedHeader, aad, cek, iv, keyManagementParameters, crit] = input;
      if (void 0 !== aad && assertUint8Array(aad, "JWE Additional Authenticated Data"), 
      void 0 !== cek && assertUint8Array(cek, "JWE Content Encryption Key"), void 0 !== iv && assertUint8Array(iv, "JWE Initialization Vector"), 
      !sharedHeadersNormalized && void 0 !== protectedHeader && (protectedHeader = serializeJoseHeader(errors_JWEInvalid, protectedHeader)[0], 
      input[1] = protectedHeader), void 0 !== unprotectedHeader && (unprotectedHeader = serializeJoseHeader(errors_JWEInvalid, unprotectedHeader)[0], 
      input[2] = unprotectedHeader), !sharedHeadersNormalized && void 0 !== sharedUnprotectedHeader && (sharedUnprotectedHeader = serializeJoseHeader(errors_JWEInvalid, sharedUnprotectedHeader)[0], 
      input[3] = sharedUnprotectedHeader), void 0 !== keyManagementParameters && !validate_isObject(keyManagementParameters)) throw new TypeError("JWE Key Management Parameters must be an object");
      checkDisjoint(protectedHeader, unprotectedHeader, sharedUnprotectedHeader);
      const joseHeader = {
       ...protectedHeader,
       ...unprotectedHeader,
       ...sharedUnprotectedHeader
      };
      (function(Err, protectedHeader) {
       const {crit: crit} = protectedHeader ?? {};
       if (Array.isArray(crit) && new Set(crit).size !== crit.length) throw new Err('"crit" (Critical) Header Parameter MUST NOT contain duplicate values');
      })(errors_JWEInvalid, protectedHeader), validateCrit(errors_JWEInvalid, JWE_RECOGNIZED, crit, protectedHeader, joseHeader), 
      validateZip(joseHeader, protectedHeader);
      const {alg: alg, enc: enc} = joseHeader;
      if ("string" != typeof alg || !alg) throw new errors_JWEInvalid('JWE "alg" (Algorithm) Header Parameter missing or invalid');
      const algEntry = JWE[alg];
      if ("integrated-encryption" === algEntry?.mode) {
       if (void 0 !== enc) throw new errors_JWEInvalid('JWE "enc" (Encryption Algorithm) Header Parameter must not be present for integrated encryption');
       if (void 0 !== cek) throw new TypeError(`setContentEncryptionKey cannot be called with JWE "alg" (Algorithm) Header ${alg}`);
       if (void 0 !== iv) throw new TypeError(`setInitializationVector cannot be called with JWE "alg" (Algorithm) Header ${alg}`);
       return [ joseHeader, void 0, algEntry ];
      }
      if ("string" != typeof enc || !enc) throw new errors_JWEInvalid('JWE "enc" (Encryption Algorithm) Header Parameter missing or invalid');
      return [ joseHeader, jweEncryption(enc), algEntry ];
     }(input, options), key);
    }([ ...this.#input ], key, options), [ jwe.protected, jwe.encrypted_key, jwe.iv, jwe.ciphertext, jwe.tag ].join(".");
    var jwe;
   }
  }
 }
};
