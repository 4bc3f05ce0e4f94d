(function() {
 var leafPrototypes, getProto, installedChunks, __webpack_modules__ = {
  657: (function(module, __unused_webpack_exports, __nccwpck_require__) {
   "use strict";
   const net = __nccwpck_require__(30), assert = __nccwpck_require__(589), util = __nccwpck_require__(203), {InvalidArgumentError: InvalidArgumentError, ConnectTimeoutError: ConnectTimeoutError} = __nccwpck_require__(92);
   let tls;
   const SessionCache = class {
    constructor(maxCachedSessions) {
     this._maxCachedSessions = maxCachedSessions, this._sessionCache = new Map, this._sessionRegistry = new FinalizationRegistry(key => {
      if (this._sessionCache.size < this._maxCachedSessions) return;
      const ref = this._sessionCache.get(key);
      void 0 !== ref && void 0 === ref.deref() && this._sessionCache.delete(key);
     });
    }
    get(sessionKey) {
     const ref = this._sessionCache.get(sessionKey);
     return ref ? ref.deref() : null;
    }
    set(sessionKey, session) {
     if (0 !== this._maxCachedSessions) {
      if (this._sessionCache.has(sessionKey)) this._sessionCache.delete(sessionKey); else if (this._sessionCache.size >= this._maxCachedSessions) {
       let evicted = !1;
       for (const [key, ref] of this._sessionCache) if (void 0 === ref.deref()) {
        this._sessionCache.delete(key), evicted = !0;
        break;
       }
       if (!evicted) {
        const oldest = this._sessionCache.keys().next();
        oldest.done || this._sessionCache.delete(oldest.value);
       }
      }
      this._sessionCache.set(sessionKey, new WeakRef(session)), this._sessionRegistry.register(session, sessionKey);
     }
    }
   };
   module.exports = function({allowH2: allowH2, preferH2: preferH2, useH2c: useH2c, maxCachedSessions: maxCachedSessions, socketPath: socketPath, timeout: timeout, session: customSession, ...opts}) {
    if (null != maxCachedSessions && (!Number.isInteger(maxCachedSessions) || maxCachedSessions < 0)) throw new InvalidArgumentError("maxCachedSessions must be a positive integer or zero");
    const options = {
     path: socketPath,
     ...opts
    }, sessionCache = new SessionCache(null == maxCachedSessions ? 100 : maxCachedSessions);
    return timeout = null == timeout ? 1e4 : timeout, allowH2 = null == allowH2 || allowH2, 
    function({hostname: hostname, host: host, protocol: protocol, port: port, servername: servername, localAddress: localAddress, httpSocket: httpSocket}, callback) {
     let socket;
     if ("https:" === protocol) {
      tls || (tls = __nccwpck_require__(692));
      const sessionKey = (servername = servername || options.servername || util.getServerName(host) || null) || hostname;
      assert(sessionKey);
      const session = customSession || sessionCache.get(sessionKey) || null;
      port = port || 443, socket = tls.connect({
       highWaterMark: 16384,
       ...options,
       servername: servername,
       session: session,
       localAddress: localAddress,
       ALPNProtocols: allowH2 ? preferH2 ? [ "h2", "http/1.1" ] : [ "http/1.1", "h2" ] : [ "http/1.1" ],
       socket: httpSocket,
       port: port,
       host: hostname
      }), socket.on("session", function(session) {
       sessionCache.set(sessionKey, session);
      });
     } else {
      assert(!httpSocket, "httpSocket can only be sent on TLS update"), port = port || 80;
      const connectOptions = {
       highWaterMark: 65536,
       ...options,
       localAddress: localAddress,
       port: port,
       host: hostname
      }, family = net.isIP(hostname);
      0 !== family && servername && servername !== hostname && (connectOptions.host = servername, 
      connectOptions.lookup = (_hostname, lookupOptions, cb) => {
       lookupOptions.all ? cb(null, [ {
        address: hostname,
        family: family
       } ]) : cb(null, hostname, family);
      }), socket = net.connect(connectOptions), !0 === useH2c && (socket.alpnProtocol = "h2");
     }
     if (null == options.keepAlive || options.keepAlive) {
      const keepAliveInitialDelay = void 0 === options.keepAliveInitialDelay ? 6e4 : options.keepAliveInitialDelay;
      socket.setKeepAlive(!0, keepAliveInitialDelay);
     }
     const clearConnectTimeout = util.setupConnectTimeout(new WeakRef(socket), {
      timeout: timeout,
      hostname: hostname,
      port: port
     });
     return socket.setNoDelay(!0).once("https:" === protocol ? "secureConnect" : "connect", function() {
      if (queueMicrotask(clearConnectTimeout), callback) {
       const cb = callback;
       callback = null, cb(null, this);
      }
     }).on("error", function(err) {
      if (queueMicrotask(clearConnectTimeout), callback) {
       const cb = callback;
       callback = null, cb(function(err, socket, opts) {
        if (err instanceof AggregateError && ("ETIMEDOUT" === err.code || err.errors.some(e => null != e && "ETIMEDOUT" === e.code))) {
         let message = "Connect Timeout Error";
         Array.isArray(socket.autoSelectFamilyAttemptedAddresses) ? message += ` (attempted addresses: ${socket.autoSelectFamilyAttemptedAddresses.join(", ")},` : message += ` (attempted address: ${opts.hostname}:${opts.port},`, 
         message += ` timeout: ${opts.timeout}ms)`;
         const wrapped = new ConnectTimeoutError(message);
         return wrapped.cause = err, wrapped;
        }
        return err;
       }(err, this, {
        timeout: timeout,
        hostname: hostname,
        port: port
       }));
      }
     }), socket;
    };
   };
  }),
  574: (function(module) {
   "use strict";
   const wellknownHeaderNames = [ "Accept", "Accept-Encoding", "Accept-Language", "Accept-Ranges", "Access-Control-Allow-Credentials", "Access-Control-Allow-Headers", "Access-Control-Allow-Methods", "Access-Control-Allow-Origin", "Access-Control-Expose-Headers", "Access-Control-Max-Age", "Access-Control-Request-Headers", "Access-Control-Request-Method", "Age", "Allow", "Alt-Svc", "Alt-Used", "Authorization", "Cache-Control", "Clear-Site-Data", "Connection", "Content-Disposition", "Content-Encoding", "Content-Language", "Content-Length", "Content-Location", "Content-Range", "Content-Security-Policy", "Content-Security-Policy-Report-Only", "Content-Type", "Cookie", "Cross-Origin-Embedder-Policy", "Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy", "Date", "Device-Memory", "Downlink", "ECT", "ETag", "Expect", "Expect-CT", "Expires", "Forwarded", "From", "Host", "If-Match", "If-Modified-Since", "If-None-Match", "If-Range", "If-Unmodified-Since", "Keep-Alive", "Last-Modified", "Link", "Location", "Max-Forwards", "Origin", "Permissions-Policy", "Pragma", "Proxy-Authenticate", "Proxy-Authorization", "RTT", "Range", "Referer", "Referrer-Policy", "Refresh", "Retry-After", "Sec-WebSocket-Accept", "Sec-WebSocket-Extensions", "Sec-WebSocket-Key", "Sec-WebSocket-Protocol", "Sec-WebSocket-Version", "Server", "Server-Timing", "Service-Worker-Allowed", "Service-Worker-Navigation-Preload", "Set-Cookie", "SourceMap", "Strict-Transport-Security", "Supports-Loading-Mode", "TE", "Timing-Allow-Origin", "Trailer", "Transfer-Encoding", "Upgrade", "Upgrade-Insecure-Requests", "User-Agent", "Vary", "Via", "WWW-Authenticate", "X-Content-Type-Options", "X-DNS-Prefetch-Control", "X-Frame-Options", "X-Permitted-Cross-Domain-Policies", "X-Powered-By", "X-Requested-With", "X-XSS-Protection" ], headerNameLowerCasedRecord = {};
   Object.setPrototypeOf(headerNameLowerCasedRecord, null);
   for (let i = 0; i < wellknownHeaderNames.length; ++i) {
    const key = wellknownHeaderNames[i], lowerCasedKey = key.toLowerCase();
    headerNameLowerCasedRecord[key] = headerNameLowerCasedRecord[lowerCasedKey] = lowerCasedKey;
   }
   module.exports = {
    wellknownHeaderNames: wellknownHeaderNames,
    headerNameLowerCasedRecord: headerNameLowerCasedRecord,
    defaultWebSocketMaxFragments: 131072,
    defaultWebSocketMaxPayloadSize: 134217728
   };
  }),
  883: (function(module) {
   module.exports = {
    channels: new Proxy({}, {
     get: () => ({
      hasSubscribers: !1
     })
    })
   };
  }),
  92: (function(module) {
   "use strict";
   const kUndiciError = Symbol.for("undici.error.UND_ERR");
   class UndiciError extends Error {
    constructor(message, options) {
     super(message, options), this.name = "UndiciError", this.code = "UND_ERR";
    }
    static [Symbol.hasInstance](instance) {
     return instance && !0 === instance[kUndiciError];
    }
    get [kUndiciError]() {
     return !0;
    }
   }
   const kConnectTimeoutError = Symbol.for("undici.error.UND_ERR_CONNECT_TIMEOUT");
   class ConnectTimeoutError extends UndiciError {
    constructor(message) {
     super(message), this.name = "ConnectTimeoutError", this.message = message || "Connect Timeout Error", 
     this.code = "UND_ERR_CONNECT_TIMEOUT";
    }
    static [Symbol.hasInstance](instance) {
     return instance && !0 === instance[kConnectTimeoutError];
    }
    get [kConnectTimeoutError]() {
     return !0;
    }
   }
   const kHeadersTimeoutError = Symbol.for("undici.error.UND_ERR_HEADERS_TIMEOUT");
   class HeadersTimeoutError extends UndiciError {
    constructor(message) {
     super(message), this.name = "HeadersTimeoutError", this.message = message || "Headers Timeout Error", 
     this.code = "UND_ERR_HEADERS_TIMEOUT";
    }
    static [Symbol.hasInstance](instance) {
     return instance && !0 === instance[kHeadersTimeoutError];
    }
    get [kHeadersTimeoutError]() {
     return !0;
    }
   }
   const kHeadersOverflowError = Symbol.for("undici.error.UND_ERR_HEADERS_OVERFLOW");
   class HeadersOverflowError extends UndiciError {
    constructor(message) {
     super(message), this.name = "HeadersOverflowError", this.message = message || "Headers Overflow Error", 
     this.code = "UND_ERR_HEADERS_OVERFLOW";
    }
    static [Symbol.hasInstance](instance) {
     return instance && !0 === instance[kHeadersOverflowError];
    }
    get [kHeadersOverflowError]() {
     return !0;
    }
   }
   const kBodyTimeoutError = Symbol.for("undici.error.UND_ERR_BODY_TIMEOUT");
   class BodyTimeoutError extends UndiciError {
    constructor(message) {
     super(message), this.name = "BodyTimeoutError", this.message = message || "Body Timeout Error", 
     this.code = "UND_ERR_BODY_TIMEOUT";
    }
    static [Symbol.hasInstance](instance) {
     return instance && !0 === instance[kBodyTimeoutError];
    }
    get [kBodyTimeoutError]() {
     return !0;
    }
   }
   const kInvalidArgumentError = Symbol.for("undici.error.UND_ERR_INVALID_ARG");
   class InvalidArgumentError extends UndiciError {
    constructor(message) {
     super(message), this.name = "InvalidArgumentError", this.message = message || "Invalid Argument Error", 
     this.code = "UND_ERR_INVALID_ARG";
    }
    static [Symbol.hasInstance](instance) {
     return instance && !0 === instance[kInvalidArgumentError];
    }
    get [kInvalidArgumentError]() {
     return !0;
    }
   }
   const kInvalidReturnValueError = Symbol.for("undici.error.UND_ERR_INVALID_RETURN_VALUE");
   class InvalidReturnValueError extends UndiciError {
    constructor(message) {
     super(message), this.name = "InvalidReturnValueError", this.message = message || "Invalid Return Value Error", 
     this.code = "UND_ERR_INVALID_RETURN_VALUE";
    }
    static [Symbol.hasInstance](instance) {
     return instance && !0 === instance[kInvalidReturnValueError];
    }
    get [kInvalidReturnValueError]() {
     return !0;
    }
   }
   const kAbortError = Symbol.for("undici.error.UND_ERR_ABORT");
   class AbortError extends UndiciError {
    constructor(message) {
     super(message), this.name = "AbortError", this.message = message || "The operation was aborted", 
     this.code = "UND_ERR_ABORT";
    }
    static [Symbol.hasInstance](instance) {
     return instance && !0 === instance[kAbortError];
    }
    get [kAbortError]() {
     return !0;
    }
   }
   const kRequestAbortedError = Symbol.for("undici.error.UND_ERR_ABORTED");
   class RequestAbortedError extends AbortError {
    constructor(message) {
     super(message), this.name = "AbortError", this.message = message || "Request aborted", 
     this.code = "UND_ERR_ABORTED";
    }
    static [Symbol.hasInstance](instance) {
     return instance && !0 === instance[kRequestAbortedError];
    }
    get [kRequestAbortedError]() {
     return !0;
    }
   }
   const kInformationalError = Symbol.for("undici.error.UND_ERR_INFO");
   class InformationalError extends UndiciError {
    constructor(message, options) {
     super(message, options), this.name = "InformationalError", this.message = message || "Request information", 
     this.code = "UND_ERR_INFO";
    }
    static [Symbol.hasInstance](instance) {
     return instance && !0 === instance[kInformationalError];
    }
    get [kInformationalError]() {
     return !0;
    }
   }
   const kRequestContentLengthMismatchError = Symbol.for("undici.error.UND_ERR_REQ_CONTENT_LENGTH_MISMATCH");
   class RequestContentLengthMismatchError extends UndiciError {
    constructor(message) {
     super(message), this.name = "RequestContentLengthMismatchError", this.message = message || "Request body length does not match content-length header", 
     this.code = "UND_ERR_REQ_CONTENT_LENGTH_MISMATCH";
    }
    static [Symbol.hasInstance](instance) {
     return instance && !0 === instance[kRequestContentLengthMismatchError];
    }
    get [kRequestContentLengthMismatchError]() {
     return !0;
    }
   }
   const kResponseContentLengthMismatchError = Symbol.for("undici.error.UND_ERR_RES_CONTENT_LENGTH_MISMATCH");
   class ResponseContentLengthMismatchError extends UndiciError {
    constructor(message) {
     super(message), this.name = "ResponseContentLengthMismatchError", this.message = message || "Response body length does not match content-length header", 
     this.code = "UND_ERR_RES_CONTENT_LENGTH_MISMATCH";
    }
    static [Symbol.hasInstance](instance) {
     return instance && !0 === instance[kResponseContentLengthMismatchError];
    }
    get [kResponseContentLengthMismatchError]() {
     return !0;
    }
   }
   const kClientDestroyedError = Symbol.for("undici.error.UND_ERR_DESTROYED");
   class ClientDestroyedError extends UndiciError {
    constructor(message) {
     super(message), this.name = "ClientDestroyedError", this.message = message || "The client is destroyed", 
     this.code = "UND_ERR_DESTROYED";
    }
    static [Symbol.hasInstance](instance) {
     return instance && !0 === instance[kClientDestroyedError];
    }
    get [kClientDestroyedError]() {
     return !0;
    }
   }
   const kClientClosedError = Symbol.for("undici.error.UND_ERR_CLOSED");
   class ClientClosedError extends UndiciError {
    constructor(message) {
     super(message), this.name = "ClientClosedError", this.message = message || "The client is closed", 
     this.code = "UND_ERR_CLOSED";
    }
    static [Symbol.hasInstance](instance) {
     return instance && !0 === instance[kClientClosedError];
    }
    get [kClientClosedError]() {
     return !0;
    }
   }
   const kSocketError = Symbol.for("undici.error.UND_ERR_SOCKET");
   class SocketError extends UndiciError {
    constructor(message, socket) {
     super(message), this.name = "SocketError", this.message = message || "Socket error", 
     this.code = "UND_ERR_SOCKET", this.socket = socket;
    }
    static [Symbol.hasInstance](instance) {
     return instance && !0 === instance[kSocketError];
    }
    get [kSocketError]() {
     return !0;
    }
   }
   const kNotSupportedError = Symbol.for("undici.error.UND_ERR_NOT_SUPPORTED");
   class NotSupportedError extends UndiciError {
    constructor(message) {
     super(message), this.name = "NotSupportedError", this.message = message || "Not supported error", 
     this.code = "UND_ERR_NOT_SUPPORTED";
    }
    static [Symbol.hasInstance](instance) {
     return instance && !0 === instance[kNotSupportedError];
    }
    get [kNotSupportedError]() {
     return !0;
    }
   }
   const kBalancedPoolMissingUpstreamError = Symbol.for("undici.error.UND_ERR_BPL_MISSING_UPSTREAM");
   class BalancedPoolMissingUpstreamError extends UndiciError {
    constructor(message) {
     super(message), this.name = "MissingUpstreamError", this.message = message || "No upstream has been added to the BalancedPool", 
     this.code = "UND_ERR_BPL_MISSING_UPSTREAM";
    }
    static [Symbol.hasInstance](instance) {
     return instance && !0 === instance[kBalancedPoolMissingUpstreamError];
    }
    get [kBalancedPoolMissingUpstreamError]() {
     return !0;
    }
   }
   const kWebAssemblyNotSupportedError = Symbol.for("undici.error.ERR_WEBASSEMBLY_NOT_SUPPORTED");
   class WebAssemblyNotSupportedError extends Error {
    constructor(message) {
     super(message || "WebAssembly is not supported in this environment, but is required for HTTP/1 parsing"), 
     this.code = "ERR_WEBASSEMBLY_NOT_SUPPORTED";
    }
    static [Symbol.hasInstance](instance) {
     return instance && !0 === instance[kWebAssemblyNotSupportedError];
    }
    get [kWebAssemblyNotSupportedError]() {
     return !0;
    }
   }
   const kHTTPParserError = Symbol.for("undici.error.UND_ERR_HTTP_PARSER");
   class HTTPParserError extends Error {
    constructor(message, code, data) {
     super(message), this.name = "HTTPParserError", this.code = code ? `HPE_${code}` : void 0, 
     this.data = data ? data.toString() : void 0;
    }
    static [Symbol.hasInstance](instance) {
     return instance && !0 === instance[kHTTPParserError];
    }
    get [kHTTPParserError]() {
     return !0;
    }
   }
   const kResponseExceededMaxSizeError = Symbol.for("undici.error.UND_ERR_RES_EXCEEDED_MAX_SIZE");
   class ResponseExceededMaxSizeError extends UndiciError {
    constructor(message) {
     super(message), this.name = "ResponseExceededMaxSizeError", this.message = message || "Response content exceeded max size", 
     this.code = "UND_ERR_RES_EXCEEDED_MAX_SIZE";
    }
    static [Symbol.hasInstance](instance) {
     return instance && !0 === instance[kResponseExceededMaxSizeError];
    }
    get [kResponseExceededMaxSizeError]() {
     return !0;
    }
   }
   const kRequestRetryError = Symbol.for("undici.error.UND_ERR_REQ_RETRY");
   class RequestRetryError extends UndiciError {
    constructor(message, code, {headers: headers, data: data}) {
     super(message), this.name = "RequestRetryError", this.message = message || "Request retry error", 
     this.code = "UND_ERR_REQ_RETRY", this.statusCode = code, this.data = data, this.headers = headers;
    }
    static [Symbol.hasInstance](instance) {
     return instance && !0 === instance[kRequestRetryError];
    }
    get [kRequestRetryError]() {
     return !0;
    }
   }
   const kResponseError = Symbol.for("undici.error.UND_ERR_RESPONSE");
   class ResponseError extends UndiciError {
    constructor(message, code, {headers: headers, body: body, bodyTruncated: bodyTruncated = !1}) {
     super(message), this.name = "ResponseError", this.message = message || "Response error", 
     this.code = "UND_ERR_RESPONSE", this.statusCode = code, this.body = body, this.bodyTruncated = bodyTruncated, 
     this.headers = headers;
    }
    static [Symbol.hasInstance](instance) {
     return instance && !0 === instance[kResponseError];
    }
    get [kResponseError]() {
     return !0;
    }
   }
   const kSecureProxyConnectionError = Symbol.for("undici.error.UND_ERR_PRX_TLS");
   class SecureProxyConnectionError extends UndiciError {
    constructor(cause, message, options = {}) {
     super(message, {
      cause: cause,
      ...options
     }), this.name = "SecureProxyConnectionError", this.message = message || "Secure Proxy Connection failed", 
     this.code = "UND_ERR_PRX_TLS", this.cause = cause;
    }
    static [Symbol.hasInstance](instance) {
     return instance && !0 === instance[kSecureProxyConnectionError];
    }
    get [kSecureProxyConnectionError]() {
     return !0;
    }
   }
   const kProxyConnectionError = Symbol.for("undici.error.UND_ERR_PRX_CONN");
   class ProxyConnectionError extends UndiciError {
    constructor(cause, message, options = {}) {
     super(message, {
      cause: cause,
      ...options
     }), this.name = "ProxyConnectionError", this.message = message || "Proxy Connection failed", 
     this.code = "UND_ERR_PRX_CONN", this.cause = cause;
    }
    static [Symbol.hasInstance](instance) {
     return instance && !0 === instance[kProxyConnectionError];
    }
    get [kProxyConnectionError]() {
     return !0;
    }
   }
   const kMaxRedirectsError = Symbol.for("undici.error.UND_ERR_REDIRECT_MAX");
   class MaxRedirectsError extends UndiciError {
    constructor(message) {
     super(message), this.name = "MaxRedirectsError", this.message = message || "max redirects", 
     this.code = "UND_ERR_REDIRECT_MAX";
    }
    static [Symbol.hasInstance](instance) {
     return instance && !0 === instance[kMaxRedirectsError];
    }
    get [kMaxRedirectsError]() {
     return !0;
    }
   }
   const kMaxOriginsReachedError = Symbol.for("undici.error.UND_ERR_MAX_ORIGINS_REACHED");
   class MaxOriginsReachedError extends UndiciError {
    constructor(message) {
     super(message), this.name = "MaxOriginsReachedError", this.message = message || "Maximum allowed origins reached", 
     this.code = "UND_ERR_MAX_ORIGINS_REACHED";
    }
    static [Symbol.hasInstance](instance) {
     return instance && !0 === instance[kMaxOriginsReachedError];
    }
    get [kMaxOriginsReachedError]() {
     return !0;
    }
   }
   const kMessageSizeExceededError = Symbol.for("undici.error.UND_ERR_WS_MESSAGE_SIZE_EXCEEDED");
   class MessageSizeExceededError extends UndiciError {
    constructor(message) {
     super(message), this.name = "MessageSizeExceededError", this.message = message || "Max decompressed message size exceeded", 
     this.code = "UND_ERR_WS_MESSAGE_SIZE_EXCEEDED";
    }
    static [Symbol.hasInstance](instance) {
     return instance && !0 === instance[kMessageSizeExceededError];
    }
    get [kMessageSizeExceededError]() {
     return !0;
    }
   }
   module.exports = {
    AbortError: AbortError,
    WebAssemblyNotSupportedError: WebAssemblyNotSupportedError,
    HTTPParserError: HTTPParserError,
    UndiciError: UndiciError,
    HeadersTimeoutError: HeadersTimeoutError,
    HeadersOverflowError: HeadersOverflowError,
    BodyTimeoutError: BodyTimeoutError,
    RequestContentLengthMismatchError: RequestContentLengthMismatchError,
    ConnectTimeoutError: ConnectTimeoutError,
    InvalidArgumentError: InvalidArgumentError,
    InvalidReturnValueError: InvalidReturnValueError,
    RequestAbortedError: RequestAbortedError,
    ClientDestroyedError: ClientDestroyedError,
    ClientClosedError: ClientClosedError,
    InformationalError: InformationalError,
    SocketError: SocketError,
    NotSupportedError: NotSupportedError,
    ResponseContentLengthMismatchError: ResponseContentLengthMismatchError,
    BalancedPoolMissingUpstreamError: BalancedPoolMissingUpstreamError,
    ResponseExceededMaxSizeError: ResponseExceededMaxSizeError,
    RequestRetryError: RequestRetryError,
    ResponseError: ResponseError,
    SecureProxyConnectionError: SecureProxyConnectionError,
    ProxyConnectionError: ProxyConnectionError,
    MaxOriginsReachedError: MaxOriginsReachedError,
    MaxRedirectsError: MaxRedirectsError,
    Socks5ProxyError: class extends UndiciError {
     constructor(message, code) {
      super(message), this.name = "Socks5ProxyError", this.message = message || "SOCKS5 proxy error", 
      this.code = code || "UND_ERR_SOCKS5";
     }
    },
    MessageSizeExceededError: MessageSizeExceededError
   };
  }),
  450: (function(module, __unused_webpack_exports, __nccwpck_require__) {
   "use strict";
   const {InvalidArgumentError: InvalidArgumentError, NotSupportedError: NotSupportedError} = __nccwpck_require__(92), assert = __nccwpck_require__(589), {isValidHTTPToken: isValidHTTPToken, isValidHeaderValue: isValidHeaderValue, isStream: isStream, destroy: destroy, isBuffer: isBuffer, isFormDataLike: isFormDataLike, isIterable: isIterable, hasSafeIterator: hasSafeIterator, isBlobLike: isBlobLike, serializePathWithQuery: serializePathWithQuery, parseHeaders: parseHeaders, assertRequestHandler: assertRequestHandler, getServerName: getServerName, normalizedMethodRecords: normalizedMethodRecords, getProtocolFromUrlString: getProtocolFromUrlString} = __nccwpck_require__(203), {channels: channels} = __nccwpck_require__(883), {headerNameLowerCasedRecord: headerNameLowerCasedRecord} = __nccwpck_require__(574), invalidPathRegex = /[^\u0021-\u00ff]/, kHandler = Symbol("handler"), kController = Symbol("controller"), kResume = Symbol("resume");
   class RequestController {
    #paused=!1;
    #reason=null;
    #aborted=!1;
    #abort;
    [kResume]=null;
    rawHeaders=null;
    rawTrailers=null;
    constructor(abort) {
     this.#abort = abort;
    }
    pause() {
     this.#paused = !0;
    }
    resume() {
     this.#paused && (this.#paused = !1, this[kResume]?.());
    }
    abort(reason) {
     this.#aborted || (this.#aborted = !0, this.#reason = reason, this.#abort(reason));
    }
    get aborted() {
     return this.#aborted;
    }
    get reason() {
     return this.#reason;
    }
    get paused() {
     return this.#paused;
    }
   }
   function processHeader(request, key, val) {
    if (val && "object" == typeof val && !Array.isArray(val)) throw new InvalidArgumentError(`invalid ${key} header`);
    if (void 0 === val) return;
    let headerName = headerNameLowerCasedRecord[key];
    if (void 0 === headerName && (headerName = key.toLowerCase(), void 0 === headerNameLowerCasedRecord[headerName] && !isValidHTTPToken(headerName))) throw new InvalidArgumentError("invalid header key");
    if (Array.isArray(val)) {
     const arr = [];
     for (let i = 0; i < val.length; i++) if ("string" == typeof val[i]) {
      if (!isValidHeaderValue(val[i])) throw new InvalidArgumentError(`invalid ${key} header`);
      arr.push(val[i]);
     } else if (null === val[i]) arr.push(""); else {
      if ("object" == typeof val[i]) throw new InvalidArgumentError(`invalid ${key} header`);
      {
       const str = `${val[i]}`;
       if (!isValidHeaderValue(str)) throw new InvalidArgumentError(`invalid ${key} header`);
       arr.push(str);
      }
     }
     val = arr;
    } else if ("string" == typeof val) {
     if (!isValidHeaderValue(val)) throw new InvalidArgumentError(`invalid ${key} header`);
    } else if (null === val) val = ""; else if (!isValidHeaderValue(val = `${val}`)) throw new InvalidArgumentError(`invalid ${key} header`);
    if ("host" === headerName) {
     if (null !== request.host) throw new InvalidArgumentError("duplicate host header");
     if ("string" != typeof val) throw new InvalidArgumentError("invalid host header");
     request.host = val;
    } else if ("content-length" === headerName) {
     if (null !== request.contentLength) throw new InvalidArgumentError("duplicate content-length header");
     if (!function(val) {
      if ("string" != typeof val || 0 === val.length) return !1;
      for (let i = 0; i < val.length; i++) {
       const charCode = val.charCodeAt(i);
       if (charCode < 48 || charCode > 57) return !1;
      }
      return !0;
     }(val)) throw new InvalidArgumentError("invalid content-length header");
     request.contentLength = parseInt(val, 10);
    } else if (null === request.contentType && "content-type" === headerName) request.contentType = val, 
    request.headers.push(key, val); else {
     if ("transfer-encoding" === headerName || "keep-alive" === headerName || "upgrade" === headerName) throw new InvalidArgumentError(`invalid ${headerName} header`);
     if ("connection" === headerName) {
      const value = "string" == typeof val ? val : null;
      if (null === value) throw new InvalidArgumentError("invalid connection header");
      for (const token of value.toLowerCase().split(",")) {
       const trimmed = token.trim();
       if (!isValidHTTPToken(trimmed)) throw new InvalidArgumentError("invalid connection header");
       "close" === trimmed && (request.reset = !0);
      }
     } else {
      if ("expect" === headerName) throw new NotSupportedError("expect header not supported");
      request.headers.push(key, val);
     }
    }
   }
   let isFormData;
   module.exports = class {
    constructor(origin, {path: path, method: method, body: body, headers: headers, query: query, idempotent: idempotent, blocking: blocking, upgrade: upgrade, headersTimeout: headersTimeout, bodyTimeout: bodyTimeout, reset: reset, expectContinue: expectContinue, servername: servername, throwOnError: throwOnError, maxRedirections: maxRedirections, typeOfService: typeOfService}, handler) {
     if ("string" != typeof path) throw new InvalidArgumentError("path must be a string");
     if ("/" !== path[0] && !path.startsWith("http://") && !path.startsWith("https://") && "CONNECT" !== method) throw new InvalidArgumentError("path must be an absolute URL or start with a slash");
     if (invalidPathRegex.test(path)) throw new InvalidArgumentError("invalid request path");
     if ("string" != typeof method) throw new InvalidArgumentError("method must be a string");
     if (void 0 === normalizedMethodRecords[method] && !isValidHTTPToken(method)) throw new InvalidArgumentError("invalid request method");
     if (upgrade && "string" != typeof upgrade) throw new InvalidArgumentError("upgrade must be a string");
     if (upgrade && !isValidHeaderValue(upgrade)) throw new InvalidArgumentError("invalid upgrade header");
     if (null != headersTimeout && (!Number.isFinite(headersTimeout) || headersTimeout < 0)) throw new InvalidArgumentError("invalid headersTimeout");
     if (null != bodyTimeout && (!Number.isFinite(bodyTimeout) || bodyTimeout < 0)) throw new InvalidArgumentError("invalid bodyTimeout");
     if (null != reset && "boolean" != typeof reset) throw new InvalidArgumentError("invalid reset");
     if (null != expectContinue && "boolean" != typeof expectContinue) throw new InvalidArgumentError("invalid expectContinue");
     if (null != throwOnError) throw new InvalidArgumentError("invalid throwOnError");
     if (null != maxRedirections && 0 !== maxRedirections) throw new InvalidArgumentError("maxRedirections is not supported, use the redirect interceptor");
     if (null != typeOfService && (!Number.isInteger(typeOfService) || typeOfService < 0 || typeOfService > 255)) throw new InvalidArgumentError("typeOfService must be an integer between 0 and 255");
     if (this.headersTimeout = headersTimeout, this.bodyTimeout = bodyTimeout, this.method = method, 
     this.typeOfService = typeOfService, this.abort = null, null == body) this.body = null; else if (isStream(body)) {
      this.body = body;
      const rState = this.body._readableState;
      rState && rState.autoDestroy || (this.endHandler = function() {
       destroy(this);
      }, this.body.on("end", this.endHandler)), this.errorHandler = err => {
       this.abort ? this.abort(err) : this.error = err;
      }, this.body.on("error", this.errorHandler);
     } else if (isBuffer(body)) this.body = body.byteLength ? body : null; else if (ArrayBuffer.isView(body)) this.body = body.buffer.byteLength ? Buffer.from(body.buffer, body.byteOffset, body.byteLength) : null; else if (body instanceof ArrayBuffer) this.body = body.byteLength ? Buffer.from(body) : null; else if ("string" == typeof body) this.body = body.length ? Buffer.from(body) : null; else if (isFormDataLike(body)) {
      if (!function(body) {
       return void 0 === isFormData && (__nccwpck_require__(583), isFormData = __nccwpck_require__(314).webidl.is.FormData), 
       isFormData(body);
      }(body)) throw new InvalidArgumentError("body must be a FormData created by this undici package instance; FormData from other sources, such as the built-in FormData provided by Node.js, is not supported");
      this.body = body;
     } else {
      if (!isIterable(body) && !isBlobLike(body)) throw new InvalidArgumentError("body must be a string, a Buffer, a Readable stream, an iterable, or an async iterable");
      this.body = body;
     }
     if (this.completed = !1, this.aborted = !1, this.upgrade = upgrade || null, this.path = query ? serializePathWithQuery(path, query) : path, 
     this.origin = origin, this.protocol = getProtocolFromUrlString(origin), this.idempotent = null == idempotent ? "HEAD" === method || "GET" === method || "QUERY" === method : idempotent, 
     this.blocking = blocking ?? "HEAD" !== this.method, this.reset = null == reset ? null : reset, 
     this.host = null, this.contentLength = null, this.contentType = null, this.headers = [], 
     this.expectContinue = null != expectContinue && expectContinue, Array.isArray(headers)) {
      if (headers.length % 2 != 0) throw new InvalidArgumentError("headers array must be even");
      for (let i = 0; i < headers.length; i += 2) processHeader(this, headers[i], headers[i + 1]);
     } else if (headers && "object" == typeof headers) if (hasSafeIterator(headers)) for (const header of headers) {
      if (!Array.isArray(header) || 2 !== header.length) throw new InvalidArgumentError("headers must be in key-value pair format");
      processHeader(this, header[0], header[1]);
     } else {
      const keys = Object.keys(headers);
      for (let i = 0; i < keys.length; ++i) processHeader(this, keys[i], headers[keys[i]]);
     } else if (null != headers) throw new InvalidArgumentError("headers must be an object or an array");
     assertRequestHandler(handler, method, upgrade), this.servername = servername || getServerName(this.host) || null, 
     this[kHandler] = handler, channels.create.hasSubscribers && channels.create.publish({
      request: this
     });
    }
    onBodySent(chunk) {
     if (channels.bodyChunkSent.hasSubscribers && channels.bodyChunkSent.publish({
      request: this,
      chunk: chunk
     }), this[kHandler].onBodySent) try {
      return this[kHandler].onBodySent(chunk);
     } catch (err) {
      this.abort(err);
     }
    }
    onRequestSent() {
     if (channels.bodySent.hasSubscribers && channels.bodySent.publish({
      request: this
     }), this[kHandler].onRequestSent) try {
      return this[kHandler].onRequestSent();
     } catch (err) {
      this.abort(err);
     }
    }
    onRequestStart(abort, context) {
     if (assert(!this.aborted), assert(!this.completed), this[kController] = new RequestController(abort), 
     !this.error) return this.abort = abort, this[kHandler].onRequestStart(this[kController], context);
     this[kController].abort(this.error);
    }
    onResponseStarted() {
     return this[kHandler].onResponseStarted?.();
    }
    onResponseStart(statusCode, headers, resume, statusText) {
     assert(!this.aborted), assert(!this.completed), channels.headers.hasSubscribers && channels.headers.publish({
      request: this,
      response: {
       statusCode: statusCode,
       headers: headers,
       statusText: statusText
      }
     });
     const controller = this[kController];
     controller && (controller[kResume] = resume, controller.rawHeaders = headers);
     const parsedHeaders = Array.isArray(headers) ? parseHeaders(headers) : headers;
     try {
      return this[kHandler].onResponseStart?.(controller, statusCode, parsedHeaders, statusText), 
      !controller?.paused;
     } catch (err) {
      return this.abort(err), !1;
     }
    }
    onResponseData(chunk) {
     assert(!this.aborted), assert(!this.completed), channels.bodyChunkReceived.hasSubscribers && channels.bodyChunkReceived.publish({
      request: this,
      chunk: chunk
     });
     const controller = this[kController];
     try {
      return this[kHandler].onResponseData?.(controller, chunk), !controller?.paused;
     } catch (err) {
      return this.abort(err), !1;
     }
    }
    onRequestUpgrade(statusCode, headers, socket, statusText = "") {
     this.onFinally(), assert(!this.aborted), assert(!this.completed), channels.headers.hasSubscribers && channels.headers.publish({
      request: this,
      response: {
       statusCode: statusCode,
       headers: headers,
       statusText: statusText
      }
     });
     const controller = this[kController];
     controller && (controller.rawHeaders = headers);
     const parsedHeaders = Array.isArray(headers) ? parseHeaders(headers) : headers, result = this[kHandler].onRequestUpgrade?.(controller, statusCode, parsedHeaders, socket);
     return this.aborted || (this.completed = !0, channels.trailers.hasSubscribers && channels.trailers.publish({
      request: this,
      trailers: []
     })), result;
    }
    onResponseEnd(trailers) {
     this.onFinally(), assert(!this.aborted), assert(!this.completed), this.completed = !0, 
     channels.trailers.hasSubscribers && channels.trailers.publish({
      request: this,
      trailers: trailers
     });
     const controller = this[kController];
     controller && (controller.rawTrailers = trailers);
     const parsedTrailers = Array.isArray(trailers) ? parseHeaders(trailers) : trailers;
     try {
      return this[kHandler].onResponseEnd?.(controller, parsedTrailers);
     } catch (err) {
      this.onResponseError(err);
     }
    }
    onResponseError(error) {
     if (this.onFinally(), channels.error.hasSubscribers && channels.error.publish({
      request: this,
      error: error
     }), this.aborted) return;
     this.aborted = !0;
     const controller = this[kController];
     return this[kHandler].onResponseError?.(controller, error);
    }
    onFinally() {
     this.errorHandler && (this.body.off("error", this.errorHandler), this.errorHandler = null), 
     this.endHandler && (this.body.off("end", this.endHandler), this.endHandler = null);
    }
    addHeader(key, value) {
     return processHeader(this, key, value), this;
    }
   };
  }),
  478: (function(module) {
   "use strict";
   module.exports = {
    kClose: Symbol("close"),
    kDestroy: Symbol("destroy"),
    kDispatch: Symbol("dispatch"),
    kUrl: Symbol("url"),
    kRequestOrigin: Symbol("request origin"),
    kRedirectCacheControl: Symbol("redirect cache control"),
    kOriginless: Symbol("originless"),
    kWriting: Symbol("writing"),
    kResuming: Symbol("resuming"),
    kQueue: Symbol("queue"),
    kConnect: Symbol("connect"),
    kConnecting: Symbol("connecting"),
    kKeepAliveDefaultTimeout: Symbol("default keep alive timeout"),
    kKeepAliveMaxTimeout: Symbol("max keep alive timeout"),
    kKeepAliveTimeoutThreshold: Symbol("keep alive timeout threshold"),
    kKeepAliveTimeoutValue: Symbol("keep alive timeout"),
    kKeepAlive: Symbol("keep alive"),
    kHeadersTimeout: Symbol("headers timeout"),
    kBodyTimeout: Symbol("body timeout"),
    kServerName: Symbol("server name"),
    kLocalAddress: Symbol("local address"),
    kHost: Symbol("host"),
    kNoRef: Symbol("no ref"),
    kBodyUsed: Symbol("used"),
    kBody: Symbol("abstracted request body"),
    kRunning: Symbol("running"),
    kBlocking: Symbol("blocking"),
    kPending: Symbol("pending"),
    kSize: Symbol("size"),
    kBusy: Symbol("busy"),
    kQueued: Symbol("queued"),
    kFree: Symbol("free"),
    kConnected: Symbol("connected"),
    kClosed: Symbol("closed"),
    kNeedDrain: Symbol("need drain"),
    kReset: Symbol("reset"),
    kDestroyed: Symbol.for("nodejs.stream.destroyed"),
    kResume: Symbol("resume"),
    kOnError: Symbol("on error"),
    kMaxHeadersSize: Symbol("max headers size"),
    kRunningIdx: Symbol("running index"),
    kPendingIdx: Symbol("pending index"),
    kError: Symbol("error"),
    kClients: Symbol("clients"),
    kClient: Symbol("client"),
    kParser: Symbol("parser"),
    kOnDestroyed: Symbol("destroy callbacks"),
    kPipelining: Symbol("pipelining"),
    kSocket: Symbol("socket"),
    kHostHeader: Symbol("host header"),
    kConnector: Symbol("connector"),
    kStrictContentLength: Symbol("strict content length"),
    kMaxRedirections: Symbol("maxRedirections"),
    kMaxRequests: Symbol("maxRequestsPerClient"),
    kProxy: Symbol("proxy agent options"),
    kCounter: Symbol("socket request counter"),
    kMaxResponseSize: Symbol("max response size"),
    kHTTP2Session: Symbol("http2Session"),
    kHTTP2Options: Symbol("http2 options"),
    kHTTP2SessionState: Symbol("http2Session state"),
    kRetryHandlerDefaultRetry: Symbol("retry agent default retry"),
    kConstruct: Symbol("constructable"),
    kListeners: Symbol("listeners"),
    kHTTPContext: Symbol("http context"),
    kMaxConcurrentStreams: Symbol("max concurrent streams"),
    kHostAuthority: Symbol("host authority"),
    kHTTP2InitialWindowSize: Symbol("http2 initial window size"),
    kHTTP2ConnectionWindowSize: Symbol("http2 connection window size"),
    kEnableConnectProtocol: Symbol("http2session connect protocol"),
    kRemoteSettings: Symbol("http2session remote settings"),
    kHTTP2Stream: Symbol("http2session client stream"),
    kPingInterval: Symbol("ping interval"),
    kUseMilo: Symbol("use milo"),
    kNoProxyAgent: Symbol("no proxy agent"),
    kHttpProxyAgent: Symbol("http proxy agent"),
    kHttpsProxyAgent: Symbol("https proxy agent"),
    kSocks5ProxyAgent: Symbol("socks5 proxy agent")
   };
  }),
  959: (function(module) {
   module.exports = {
    tree: {
     lookup() {}
    }
   };
  }),
  203: (function(module, __unused_webpack_exports, __nccwpck_require__) {
   "use strict";
   const assert = __nccwpck_require__(589), {kDestroyed: kDestroyed, kBodyUsed: kBodyUsed, kListeners: kListeners, kBody: kBody} = __nccwpck_require__(478), {IncomingMessage: IncomingMessage} = __nccwpck_require__(67), stream = __nccwpck_require__(75), net = __nccwpck_require__(30), {stringify: stringify} = __nccwpck_require__(792), {EventEmitter: EE, addAbortListener: addAbortListenerNative} = __nccwpck_require__(474), timers = __nccwpck_require__(132), {InvalidArgumentError: InvalidArgumentError, ConnectTimeoutError: ConnectTimeoutError} = __nccwpck_require__(92), {headerNameLowerCasedRecord: headerNameLowerCasedRecord} = __nccwpck_require__(574), {tree: tree} = __nccwpck_require__(959);
   class BodyAsyncIterable {
    constructor(body) {
     this[kBody] = body, this[kBodyUsed] = !1;
    }
    async* [Symbol.asyncIterator]() {
     assert(!this[kBodyUsed], "disturbed"), this[kBodyUsed] = !0, yield* this[kBody];
    }
   }
   function noop() {}
   function isStream(obj) {
    return obj && "object" == typeof obj && "function" == typeof obj.pipe && "function" == typeof obj.on;
   }
   function isBlobLike(object) {
    return object instanceof Blob;
   }
   function pathHasQueryOrFragment(url) {
    return url.includes("?") || url.includes("#");
   }
   function isValidPort(port) {
    const value = parseInt(port, 10);
    return value === Number(port) && value >= 0 && value <= 65535;
   }
   function isHttpOrHttpsPrefixed(value) {
    return null != value && "h" === value[0] && "t" === value[1] && "t" === value[2] && "p" === value[3] && (":" === value[4] || "s" === value[4] && ":" === value[5]);
   }
   function parseURL(url) {
    if ("string" == typeof url) {
     if (!isHttpOrHttpsPrefixed((url = new URL(url)).origin || url.protocol)) throw new InvalidArgumentError("Invalid URL protocol: the URL must start with `http:` or `https:`.");
     return url;
    }
    if (!url || "object" != typeof url) throw new InvalidArgumentError("Invalid URL: The URL argument must be a non-null object.");
    if (!(url instanceof URL)) {
     if (null != url.port && "" !== url.port && !1 === isValidPort(url.port)) throw new InvalidArgumentError("Invalid URL: port must be a valid integer or a string representation of an integer.");
     if (null != url.path && "string" != typeof url.path) throw new InvalidArgumentError("Invalid URL path: the path must be a string or null/undefined.");
     if (null != url.pathname && "string" != typeof url.pathname) throw new InvalidArgumentError("Invalid URL pathname: the pathname must be a string or null/undefined.");
     if (null != url.hostname && "string" != typeof url.hostname) throw new InvalidArgumentError("Invalid URL hostname: the hostname must be a string or null/undefined.");
     if (null != url.origin && "string" != typeof url.origin) throw new InvalidArgumentError("Invalid URL origin: the origin must be a string or null/undefined.");
     if (!isHttpOrHttpsPrefixed(url.origin || url.protocol)) throw new InvalidArgumentError("Invalid URL protocol: the URL must start with `http:` or `https:`.");
     const port = null != url.port ? url.port : "https:" === url.protocol ? 443 : 80;
     let origin = null != url.origin ? url.origin : `${url.protocol || ""}//${url.hostname || ""}:${port}`, path = null != url.path ? url.path : `${url.pathname || ""}${url.search || ""}`;
     return "/" === origin[origin.length - 1] && (origin = origin.slice(0, origin.length - 1)), 
     path && "/" !== path[0] && (path = `/${path}`), new URL(`${origin}${path}`);
    }
    if (!isHttpOrHttpsPrefixed(url.origin || url.protocol)) throw new InvalidArgumentError("Invalid URL protocol: the URL must start with `http:` or `https:`.");
    return url;
   }
   function isIterable(obj) {
    return !(null == obj || "function" != typeof obj[Symbol.iterator] && "function" != typeof obj[Symbol.asyncIterator]);
   }
   function bodyLength(body) {
    if (null == body) return 0;
    if (isStream(body)) {
     const state = body._readableState;
     return state && !1 === state.objectMode && !0 === state.ended && Number.isFinite(state.length) ? state.length : null;
    }
    return isBlobLike(body) ? null != body.size ? body.size : null : isBuffer(body) ? body.byteLength : null;
   }
   function isDestroyed(body) {
    return body && !!(body.destroyed || body[kDestroyed] || stream.isDestroyed?.(body));
   }
   function destroy(stream, err) {
    if (null != stream && isStream(stream) && !isDestroyed(stream)) {
     if ("function" == typeof stream.destroy) {
      Object.getPrototypeOf(stream).constructor === IncomingMessage && (stream.socket = null);
      try {
       stream.destroy(err);
      } catch {}
     } else err && queueMicrotask(() => {
      stream.emit("error", err);
     });
     !0 !== stream.destroyed && (stream[kDestroyed] = !0);
    }
   }
   const KEEPALIVE_TIMEOUT_EXPR = /(?:^|,)[\t ]*timeout=(\d+)/i;
   function headerNameToString(value) {
    return "string" == typeof value ? headerNameLowerCasedRecord[value] ?? value.toLowerCase() : tree.lookup(value) ?? value.toString("latin1").toLowerCase();
   }
   function isBuffer(buffer) {
    return buffer instanceof Uint8Array || Buffer.isBuffer(buffer);
   }
   function isFormDataLike(object) {
    return object && "object" == typeof object && "function" == typeof object.append && "function" == typeof object.delete && "function" == typeof object.get && "function" == typeof object.getAll && "function" == typeof object.has && "function" == typeof object.set && "FormData" === object[Symbol.toStringTag];
   }
   const validTokenChars = new Uint8Array([ 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 1, 1, 1, 1, 0, 0, 1, 1, 0, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 ]), tokenRegExp = /^[\^_`a-zA-Z\-0-9!#$%&'*+.|~]+$/, headerCharRegex = /[^\t\x20-\x7e\x80-\xff]/, rangeHeaderRegex = /^bytes (\d+)-(\d+)\/(\d+|\*)?$/, setupConnectTimeout = "win32" === process.platform ? (socketWeakRef, opts) => {
    if (!opts.timeout) return noop;
    let s1 = null, s2 = null;
    const fastTimer = timers.setFastTimeout(() => {
     s1 = setImmediate(() => {
      s2 = setImmediate(() => onConnectTimeout(socketWeakRef.deref(), opts));
     });
    }, opts.timeout);
    return () => {
     timers.clearFastTimeout(fastTimer), clearImmediate(s1), clearImmediate(s2);
    };
   } : (socketWeakRef, opts) => {
    if (!opts.timeout) return noop;
    let s1 = null;
    const fastTimer = timers.setFastTimeout(() => {
     s1 = setImmediate(() => {
      onConnectTimeout(socketWeakRef.deref(), opts);
     });
    }, opts.timeout);
    return () => {
     timers.clearFastTimeout(fastTimer), clearImmediate(s1);
    };
   };
   function onConnectTimeout(socket, opts) {
    if (null == socket) return;
    let message = "Connect Timeout Error";
    Array.isArray(socket.autoSelectFamilyAttemptedAddresses) ? message += ` (attempted addresses: ${socket.autoSelectFamilyAttemptedAddresses.join(", ")},` : message += ` (attempted address: ${opts.hostname}:${opts.port},`, 
    message += ` timeout: ${opts.timeout}ms)`, destroy(socket, new ConnectTimeoutError(message));
   }
   let lastUrlString = null, lastProtocol = null;
   const normalizedMethodRecordsBase = {
    delete: "DELETE",
    DELETE: "DELETE",
    get: "GET",
    GET: "GET",
    head: "HEAD",
    HEAD: "HEAD",
    options: "OPTIONS",
    OPTIONS: "OPTIONS",
    post: "POST",
    POST: "POST",
    put: "PUT",
    PUT: "PUT",
    query: "QUERY",
    QUERY: "QUERY"
   }, normalizedMethodRecords = {
    ...normalizedMethodRecordsBase,
    patch: "patch",
    PATCH: "PATCH"
   };
   Object.setPrototypeOf(normalizedMethodRecordsBase, null), Object.setPrototypeOf(normalizedMethodRecords, null), 
   module.exports = {
    kEnumerableProperty: {
     __proto__: null,
     enumerable: !0
    },
    isDisturbed: function(body) {
     return !(!body || !stream.isDisturbed(body) && !body[kBodyUsed]);
    },
    isBlobLike: isBlobLike,
    parseOrigin: function(url) {
     if ("/" !== (url = parseURL(url)).pathname || url.search || url.hash) throw new InvalidArgumentError("invalid url");
     return url;
    },
    parseURL: parseURL,
    getServerName: function(host) {
     if (!host) return null;
     assert("string" == typeof host);
     const servername = function(host) {
      if ("[" === host[0]) {
       const idx = host.indexOf("]");
       return assert(-1 !== idx), host.substring(1, idx);
      }
      const idx = host.indexOf(":");
      return -1 === idx ? host : host.substring(0, idx);
     }(host);
     return net.isIP(servername) ? "" : servername;
    },
    isStream: isStream,
    isIterable: isIterable,
    hasSafeIterator: function(obj) {
     const prototype = Object.getPrototypeOf(obj);
     return Object.hasOwn(obj, Symbol.iterator) || null != prototype && prototype !== Object.prototype && "function" == typeof obj[Symbol.iterator];
    },
    isAsyncIterable: function(obj) {
     return !(null == obj || "function" != typeof obj[Symbol.asyncIterator]);
    },
    isDestroyed: isDestroyed,
    headerNameToString: headerNameToString,
    bufferToLowerCasedHeaderName: function(value) {
     return tree.lookup(value) ?? value.toString("latin1").toLowerCase();
    },
    addListener: function(obj, name, listener) {
     return (obj[kListeners] ??= []).push([ name, listener ]), obj.on(name, listener), 
     obj;
    },
    removeAllListeners: function(obj) {
     if (null != obj[kListeners]) {
      for (const [name, listener] of obj[kListeners]) obj.removeListener(name, listener);
      obj[kListeners] = null;
     }
     return obj;
    },
    errorRequest: function(client, request, err) {
     try {
      request.onResponseError(err), assert(request.aborted);
     } catch (err) {
      client.emit("error", err);
     }
    },
    parseRawHeaders: function(headers) {
     if (null == headers) return [];
     if (!Array.isArray(headers)) {
      const rawHeaders = [];
      for (const [name, value] of Object.entries(headers)) if (Array.isArray(value)) for (const entry of value) rawHeaders.push(name, `${entry}`); else rawHeaders.push(name, `${value}`);
      return rawHeaders;
     }
     const headersLength = headers.length, ret = new Array(headersLength);
     let key, val;
     for (let n = 0; n < headersLength; n += 2) key = headers[n], val = headers[n + 1], 
     "string" != typeof key && (key = key.toString()), "string" != typeof val && (val = val.toString("latin1")), 
     ret[n] = key, ret[n + 1] = val;
     return ret;
    },
    toRawHeaders: function(headers) {
     const rawHeaders = [];
     for (const [name, value] of Object.entries(headers)) if (Array.isArray(value)) for (const entry of value) rawHeaders.push(Buffer.from(name, "latin1"), Buffer.from(`${entry}`, "latin1")); else rawHeaders.push(Buffer.from(name, "latin1"), Buffer.from(`${value}`, "latin1"));
     return rawHeaders;
    },
    encodeRawHeaders: function(headers) {
     if (!Array.isArray(headers)) throw new TypeError("expected headers to be an array");
     return headers.map(x => Buffer.from(x));
    },
    parseHeaders: function(headers, obj) {
     void 0 === obj && (obj = {});
     for (let i = 0; i < headers.length; i += 2) {
      const key = headerNameToString(headers[i]);
      let val = obj[key];
      if (void 0 !== val) if (Object.hasOwn(obj, key)) "string" == typeof val && (val = [ val ], 
      obj[key] = val), val.push(headers[i + 1].toString("latin1")); else {
       const headersValue = "string" == typeof headers[i + 1] ? headers[i + 1] : Array.isArray(headers[i + 1]) ? headers[i + 1].map(x => x.toString("latin1")) : headers[i + 1].toString("latin1");
       "__proto__" === key ? Object.defineProperty(obj, key, {
        value: headersValue,
        enumerable: !0,
        configurable: !0,
        writable: !0
       }) : obj[key] = headersValue;
      } else {
       const headersValue = "string" == typeof headers[i + 1] ? headers[i + 1] : Array.isArray(headers[i + 1]) ? headers[i + 1].map(x => x.toString("latin1")) : headers[i + 1].toString("latin1");
       obj[key] = headersValue;
      }
     }
     return obj;
    },
    setHeader: function(obj, key, value) {
     "__proto__" === key ? Object.defineProperty(obj, key, {
      value: value,
      enumerable: !0,
      configurable: !0,
      writable: !0
     }) : obj[key] = value;
    },
    parseKeepAliveTimeout: function(val) {
     const m = val.match(KEEPALIVE_TIMEOUT_EXPR);
     return m ? 1e3 * parseInt(m[1], 10) : null;
    },
    destroy: destroy,
    bodyLength: bodyLength,
    deepClone: function(obj) {
     return JSON.parse(JSON.stringify(obj));
    },
    isBuffer: isBuffer,
    assertRequestHandler: function(handler, method, upgrade) {
     if (!handler || "object" != typeof handler) throw new InvalidArgumentError("handler must be an object");
     if ("function" != typeof handler.onRequestStart) throw new InvalidArgumentError("invalid onRequestStart method");
     if ("function" != typeof handler.onResponseError) throw new InvalidArgumentError("invalid onResponseError method");
     if ("function" != typeof handler.onBodySent && void 0 !== handler.onBodySent) throw new InvalidArgumentError("invalid onBodySent method");
     if ("function" != typeof handler.onRequestSent && void 0 !== handler.onRequestSent) throw new InvalidArgumentError("invalid onRequestSent method");
     if (upgrade || "CONNECT" === method) {
      if ("function" != typeof handler.onRequestUpgrade) throw new InvalidArgumentError("invalid onRequestUpgrade method");
     } else {
      if ("function" != typeof handler.onResponseStart) throw new InvalidArgumentError("invalid onResponseStart method");
      if ("function" != typeof handler.onResponseData) throw new InvalidArgumentError("invalid onResponseData method");
      if ("function" != typeof handler.onResponseEnd) throw new InvalidArgumentError("invalid onResponseEnd method");
     }
    },
    getSocketInfo: function(socket) {
     return {
      localAddress: socket.localAddress,
      localPort: socket.localPort,
      remoteAddress: socket.remoteAddress,
      remotePort: socket.remotePort,
      remoteFamily: socket.remoteFamily,
      timeout: socket.timeout,
      bytesWritten: socket.bytesWritten,
      bytesRead: socket.bytesRead
     };
    },
    isFormDataLike: isFormDataLike,
    pathHasQueryOrFragment: pathHasQueryOrFragment,
    serializePathWithQuery: function(url, queryParams) {
     if (pathHasQueryOrFragment(url)) throw new Error('Query params cannot be passed when url already contains "?" or "#".');
     const stringified = stringify(queryParams);
     return stringified && (url += "?" + stringified), url;
    },
    addAbortListener: function(signal, listener) {
     return !signal || "aborted" in signal ? addAbortListenerNative(signal, listener)[Symbol.dispose] : "function" == typeof signal.addEventListener ? (signal.addEventListener("abort", listener, {
      once: !0
     }), () => signal.removeEventListener("abort", listener)) : (signal.once("abort", listener), 
     () => signal.removeListener("abort", listener));
    },
    isValidHTTPToken: function(characters) {
     if (characters.length >= 12) return tokenRegExp.test(characters);
     if (0 === characters.length) return !1;
     for (let i = 0; i < characters.length; i++) if (1 !== validTokenChars[characters.charCodeAt(i)]) return !1;
     return !0;
    },
    isValidHeaderValue: function(characters) {
     return !headerCharRegex.test(characters);
    },
    isTokenCharCode: function(c) {
     return 1 === validTokenChars[c];
    },
    parseRangeHeader: function(range) {
     if (null == range || "" === range) return {
      start: 0,
      end: null,
      size: null
     };
     if (!range) return null;
     const m = rangeHeaderRegex.exec(range);
     return m ? {
      start: parseInt(m[1]),
      end: m[2] ? parseInt(m[2]) : null,
      size: m[3] && "*" !== m[3] ? parseInt(m[3]) : null
     } : null;
    },
    normalizedMethodRecordsBase: normalizedMethodRecordsBase,
    normalizedMethodRecords: normalizedMethodRecords,
    isValidPort: isValidPort,
    isHttpOrHttpsPrefixed: isHttpOrHttpsPrefixed,
    safeHTTPMethods: Object.freeze([ "GET", "HEAD", "OPTIONS", "TRACE" ]),
    wrapRequestBody: function(body) {
     return isStream(body) ? (0 === bodyLength(body) && body.on("data", function() {
      assert(!1);
     }), "boolean" != typeof body.readableDidRead && (body[kBodyUsed] = !1, EE.prototype.on.call(body, "data", function() {
      this[kBodyUsed] = !0;
     })), body) : body && "function" == typeof body.pipeTo ? new BodyAsyncIterable(body) : body && isFormDataLike(body) ? body : body && "string" != typeof body && !ArrayBuffer.isView(body) && isIterable(body) ? new BodyAsyncIterable(body) : body;
    },
    setupConnectTimeout: setupConnectTimeout,
    getProtocolFromUrlString: function(urlString) {
     if (urlString === lastUrlString) return lastProtocol;
     const protocol = function(urlString) {
      if ("h" === urlString[0] && "t" === urlString[1] && "t" === urlString[2] && "p" === urlString[3]) switch (urlString[4]) {
      case ":":
       return "http:";

      case "s":
       if (":" === urlString[5]) return "https:";
      }
      return urlString.slice(0, urlString.indexOf(":") + 1);
     }(urlString);
     return lastUrlString = urlString, lastProtocol = protocol, protocol;
    }
   };
  }),
  480: (function(module, __unused_webpack_exports, __nccwpck_require__) {
   "use strict";
   const assert = __nccwpck_require__(589), util = __nccwpck_require__(203), {channels: channels} = __nccwpck_require__(883), timers = __nccwpck_require__(132), {RequestContentLengthMismatchError: RequestContentLengthMismatchError, ResponseContentLengthMismatchError: ResponseContentLengthMismatchError, RequestAbortedError: RequestAbortedError, InvalidArgumentError: InvalidArgumentError, HeadersTimeoutError: HeadersTimeoutError, HeadersOverflowError: HeadersOverflowError, SocketError: SocketError, InformationalError: InformationalError, BodyTimeoutError: BodyTimeoutError, HTTPParserError: HTTPParserError, WebAssemblyNotSupportedError: WebAssemblyNotSupportedError, ResponseExceededMaxSizeError: ResponseExceededMaxSizeError} = __nccwpck_require__(92), {kUrl: kUrl, kReset: kReset, kClient: kClient, kParser: kParser, kBlocking: kBlocking, kRunning: kRunning, kPending: kPending, kSize: kSize, kWriting: kWriting, kQueue: kQueue, kNoRef: kNoRef, kKeepAliveDefaultTimeout: kKeepAliveDefaultTimeout, kHostHeader: kHostHeader, kPendingIdx: kPendingIdx, kRunningIdx: kRunningIdx, kError: kError, kPipelining: kPipelining, kSocket: kSocket, kKeepAliveTimeoutValue: kKeepAliveTimeoutValue, kMaxHeadersSize: kMaxHeadersSize, kKeepAliveMaxTimeout: kKeepAliveMaxTimeout, kKeepAliveTimeoutThreshold: kKeepAliveTimeoutThreshold, kHeadersTimeout: kHeadersTimeout, kBodyTimeout: kBodyTimeout, kStrictContentLength: kStrictContentLength, kMaxRequests: kMaxRequests, kCounter: kCounter, kMaxResponseSize: kMaxResponseSize, kOnError: kOnError, kResume: kResume, kHTTPContext: kHTTPContext, kClosed: kClosed, kUseMilo: kUseMilo} = __nccwpck_require__(478), constants = __nccwpck_require__(405), {H1Parser: H1Parser, getMiloEnabled: getMiloEnabled} = "undefined" == typeof esbuildDetection ? __nccwpck_require__(476) : {}, EMPTY_BUF = Buffer.alloc(0), FastBuffer = Buffer[Symbol.species], removeAllListeners = util.removeAllListeners, kIdleSocketValidation = Symbol("kIdleSocketValidation"), kIdleSocketValidationTimeout = Symbol("kIdleSocketValidationTimeout"), kSocketUsed = Symbol("kSocketUsed"), kTypeOfService = Symbol("kTypeOfService");
   let extractBody, llhttpInstance = null, currentParser = null, currentBufferRef = null, currentBufferSize = 0, currentBufferPtr = null, currentBuffer = null;
   class Parser {
    constructor(client, socket, {exports: exports}) {
     this.llhttp = exports, this.ptr = this.llhttp.llhttp_alloc(constants.TYPE.RESPONSE), 
     this.client = client, this.socket = socket, this.timeout = null, this.timeoutWeakRef = new WeakRef(this), 
     this.timeoutValue = null, this.timeoutType = null, this.statusCode = 0, this.statusText = "", 
     this.upgrade = !1, this.headers = [], this.headersSize = 0, this.headersMaxSize = client[kMaxHeadersSize], 
     this.shouldKeepAlive = !1, this.paused = !1, this.resume = this.resume.bind(this), 
     this.bytesRead = 0, this.keepAlive = "", this.contentLength = -1, this.hasTransferEncoding = !1, 
     this.connection = "", this.maxResponseSize = client[kMaxResponseSize];
    }
    setTimeout(delay, type) {
     delay !== this.timeoutValue || 1 & type ^ 1 & this.timeoutType ? (this.timeout && (timers.clearTimeout(this.timeout), 
     this.timeout = null), delay && (1 & type ? this.timeout = timers.setFastTimeout(onParserTimeout, delay, this.timeoutWeakRef) : (this.timeout = setTimeout(onParserTimeout, delay, this.timeoutWeakRef), 
     this.timeout?.unref())), this.timeoutValue = delay) : this.timeout && this.timeout.refresh && this.timeout.refresh(), 
     this.timeoutType = type;
    }
    resume() {
     !this.socket.destroyed && this.paused && (assert(null != this.ptr), assert(null === currentParser), 
     this.llhttp.llhttp_resume(this.ptr), assert(5 === this.timeoutType), this.timeout && this.timeout.refresh && this.timeout.refresh(), 
     this.paused = !1, this.execute(this.socket.read() || EMPTY_BUF), this.readMore());
    }
    readMore() {
     for (;!this.paused && this.ptr; ) {
      const chunk = this.socket.read();
      if (null === chunk) break;
      this.execute(chunk);
     }
    }
    execute(chunk) {
     assert(null === currentParser), assert(null != this.ptr), assert(!this.paused);
     const {socket: socket, llhttp: llhttp} = this;
     chunk.length > currentBufferSize && (currentBufferPtr && llhttp.free(currentBufferPtr), 
     currentBufferSize = 4096 * Math.ceil(chunk.length / 4096), currentBufferPtr = llhttp.malloc(currentBufferSize)), 
     null !== currentBuffer && currentBuffer.buffer === llhttp.memory.buffer && currentBuffer.byteOffset === currentBufferPtr && currentBuffer.byteLength === currentBufferSize || (currentBuffer = new Uint8Array(llhttp.memory.buffer, currentBufferPtr, currentBufferSize)), 
     currentBuffer.set(chunk);
     try {
      let ret;
      try {
       currentBufferRef = chunk, currentParser = this, ret = llhttp.llhttp_execute(this.ptr, currentBufferPtr, chunk.length);
      } finally {
       currentParser = null, currentBufferRef = null;
      }
      if (ret !== constants.ERROR.OK) {
       const data = chunk.subarray(llhttp.llhttp_get_error_pos(this.ptr) - currentBufferPtr);
       if (ret === constants.ERROR.PAUSED_UPGRADE) this.onUpgrade(data); else {
        if (ret !== constants.ERROR.PAUSED) throw this.createError(ret, data);
        this.paused = !0, socket.unshift(data);
       }
      }
     } catch (err) {
      util.destroy(socket, err);
     }
    }
    finish() {
     assert(null === currentParser), assert(null != this.ptr);
     const {llhttp: llhttp} = this;
     if (this.paused) {
      let data;
      do {
       llhttp.llhttp_resume(this.ptr), this.paused = !1, data = this.socket.read() || EMPTY_BUF, 
       this.execute(data);
      } while (this.paused && data.length > 0);
      this.paused && (llhttp.llhttp_resume(this.ptr), this.paused = !1);
     }
     let ret;
     try {
      currentParser = this, ret = llhttp.llhttp_finish(this.ptr);
     } finally {
      currentParser = null;
     }
     return ret === constants.ERROR.OK ? null : ret === constants.ERROR.PAUSED || ret === constants.ERROR.PAUSED_UPGRADE ? (this.paused = !0, 
     null) : this.createError(ret, EMPTY_BUF);
    }
    createError(ret, data) {
     const {llhttp: llhttp, contentLength: contentLength, bytesRead: bytesRead} = this;
     if (-1 !== contentLength && bytesRead !== contentLength) return new ResponseContentLengthMismatchError;
     const ptr = llhttp.llhttp_get_error_reason(this.ptr);
     let message = "";
     if (ptr) {
      const len = new Uint8Array(llhttp.memory.buffer, ptr).indexOf(0);
      message = "Response does not match the HTTP/1.1 protocol (" + Buffer.from(llhttp.memory.buffer, ptr, len).toString() + ")";
     }
     return new HTTPParserError(message, constants.ERROR[ret], data);
    }
    destroy() {
     assert(null === currentParser), assert(null != this.ptr), this.llhttp.llhttp_free(this.ptr), 
     this.ptr = null, this.timeout && timers.clearTimeout(this.timeout), this.timeout = null, 
     this.timeoutValue = null, this.timeoutType = null, this.paused = !1;
    }
    onStatus(buf) {
     return this.statusText = buf.toString(), 0;
    }
    onMessageBegin() {
     const {socket: socket, client: client} = this;
     if (socket.destroyed) return -1;
     if (0 === client[kRunning]) return util.destroy(socket, new SocketError("bad response", util.getSocketInfo(socket))), 
     -1;
     const request = client[kQueue][client[kRunningIdx]];
     return request ? (request.onResponseStarted(), 0) : -1;
    }
    onHeaderField(buf) {
     const len = this.headers.length;
     return 1 & len ? this.headers[len - 1] = Buffer.concat([ this.headers[len - 1], buf ]) : this.headers.push(buf), 
     this.trackHeader(buf.length), 0;
    }
    onHeaderValue(buf) {
     let len = this.headers.length;
     const isContinuation = !(1 & len);
     1 & ~len ? this.headers[len - 1] = Buffer.concat([ this.headers[len - 1], buf ]) : (this.headers.push(buf), 
     len += 1);
     const key = this.headers[len - 2];
     if (10 === key.length) {
      const headerName = util.bufferToLowerCasedHeaderName(key);
      "keep-alive" === headerName ? this.keepAlive += (isContinuation || 0 === this.keepAlive.length ? "" : ",") + buf.toString() : "connection" === headerName && (this.connection += (isContinuation || 0 === this.connection.length ? "" : ",") + buf.toString());
     } else if (14 === key.length && "content-length" === util.bufferToLowerCasedHeaderName(key)) {
      -1 === this.contentLength && (this.contentLength = 0);
      for (let i = 0; i < buf.length; i++) this.contentLength = 10 * this.contentLength + (buf[i] - 48);
     } else 17 === key.length && "transfer-encoding" === util.bufferToLowerCasedHeaderName(key) && (this.hasTransferEncoding = !0);
     return this.trackHeader(buf.length), 0;
    }
    trackHeader(len) {
     this.headersSize += len, this.headersSize >= this.headersMaxSize && util.destroy(this.socket, new HeadersOverflowError);
    }
    onUpgrade(head) {
     const {upgrade: upgrade, client: client, socket: socket, headers: headers, statusCode: statusCode, statusText: statusText} = this;
     assert(upgrade), assert(client[kSocket] === socket), assert(!socket.destroyed), 
     assert(!this.paused), assert(!(1 & headers.length));
     const request = client[kQueue][client[kRunningIdx]];
     assert(request), assert(request.upgrade || "CONNECT" === request.method), this.statusCode = 0, 
     this.statusText = "", this.shouldKeepAlive = !1, this.headers = [], this.headersSize = 0, 
     socket.unshift(head), socket[kParser].destroy(), socket[kParser] = null, socket[kClient] = null, 
     socket[kError] = null, removeAllListeners(socket), client[kSocket] = null, client[kHTTPContext] = null, 
     client[kQueue][client[kRunningIdx]++] = null, client.emit("disconnect", client[kUrl], [ client ], new InformationalError("upgrade"));
     try {
      request.onRequestUpgrade(statusCode, headers, socket, statusText);
     } catch (err) {
      util.errorRequest(client, request, err), util.destroy(socket, err);
     }
     client[kResume]();
    }
    onHeadersComplete(statusCode, upgrade, shouldKeepAlive) {
     const {client: client, socket: socket, headers: headers, statusText: statusText} = this;
     if (socket.destroyed) return -1;
     if (0 === client[kRunning]) return util.destroy(socket, new SocketError("bad response", util.getSocketInfo(socket))), 
     -1;
     const request = client[kQueue][client[kRunningIdx]];
     if (!request) return -1;
     if (assert(!this.upgrade), assert(this.statusCode < 200), 100 === statusCode) return util.destroy(socket, new SocketError("bad response", util.getSocketInfo(socket))), 
     -1;
     if (upgrade && !request.upgrade) return util.destroy(socket, new SocketError("bad upgrade", util.getSocketInfo(socket))), 
     -1;
     if (assert(3 === this.timeoutType), this.statusCode = statusCode, this.shouldKeepAlive = shouldKeepAlive || "HEAD" === request.method && !socket[kReset] && /(?:^|,)[\t ]*keep-alive[\t ]*(?:,|$)/i.test(this.connection) && !/(?:^|,)[\t ]*close[\t ]*(?:,|$)/i.test(this.connection), 
     "HEAD" !== request.method && 204 !== statusCode && 304 !== statusCode || ("HEAD" !== request.method && (this.contentLength > 0 || this.hasTransferEncoding) && (this.shouldKeepAlive = !1), 
     this.contentLength = -1), this.statusCode >= 200) {
      const bodyTimeout = null != request.bodyTimeout ? request.bodyTimeout : client[kBodyTimeout];
      this.setTimeout(bodyTimeout, 5);
     } else this.timeout && this.timeout.refresh && this.timeout.refresh();
     if ("CONNECT" === request.method) return assert(1 === client[kRunning]), this.upgrade = !0, 
     2;
     if (upgrade) return assert(1 === client[kRunning]), this.upgrade = !0, 2;
     if (assert(!(1 & this.headers.length)), this.headers = [], this.headersSize = 0, 
     this.shouldKeepAlive && client[kPipelining]) {
      const keepAliveTimeout = this.keepAlive ? util.parseKeepAliveTimeout(this.keepAlive) : null;
      if (null != keepAliveTimeout) {
       const timeout = Math.min(keepAliveTimeout - client[kKeepAliveTimeoutThreshold], client[kKeepAliveMaxTimeout]);
       timeout <= 0 ? socket[kReset] = !0 : client[kKeepAliveTimeoutValue] = timeout;
      } else client[kKeepAliveTimeoutValue] = client[kKeepAliveDefaultTimeout];
     } else socket[kReset] = !0;
     const pause = !1 === request.onResponseStart(statusCode, headers, this.resume, statusText);
     return request.aborted ? -1 : "HEAD" === request.method || statusCode < 200 ? 1 : (socket[kBlocking] && (socket[kBlocking] = !1, 
     client[kResume]()), pause ? constants.ERROR.PAUSED : 0);
    }
    onBody(buf) {
     const {client: client, socket: socket, statusCode: statusCode, maxResponseSize: maxResponseSize} = this;
     if (socket.destroyed) return -1;
     const request = client[kQueue][client[kRunningIdx]];
     return assert(request), assert(5 === this.timeoutType), this.timeout && this.timeout.refresh && this.timeout.refresh(), 
     assert(statusCode >= 200), maxResponseSize > -1 && this.bytesRead + buf.length > maxResponseSize ? (util.destroy(socket, new ResponseExceededMaxSizeError), 
     -1) : (this.bytesRead += buf.length, !1 === request.onResponseData(buf) ? constants.ERROR.PAUSED : 0);
    }
    onMessageComplete() {
     const {client: client, socket: socket, statusCode: statusCode, upgrade: upgrade, headers: headers, contentLength: contentLength, bytesRead: bytesRead, shouldKeepAlive: shouldKeepAlive} = this;
     if (socket.destroyed && (!statusCode || shouldKeepAlive)) return -1;
     if (upgrade) return 0;
     assert(statusCode >= 100), assert(!(1 & this.headers.length));
     const request = client[kQueue][client[kRunningIdx]];
     return assert(request), this.statusCode = 0, this.statusText = "", this.bytesRead = 0, 
     this.contentLength = -1, this.hasTransferEncoding = !1, this.keepAlive = "", this.connection = "", 
     this.headers = [], this.headersSize = 0, statusCode < 200 ? 0 : -1 !== contentLength && bytesRead !== contentLength ? (util.destroy(socket, new ResponseContentLengthMismatchError), 
     -1) : (request.onResponseEnd(headers), client[kQueue][client[kRunningIdx]++] = null, 
     socket[kSocketUsed] = 0 === client[kPending], socket[kWriting] ? (assert(0 === client[kRunning]), 
     util.destroy(socket, new InformationalError("reset")), constants.ERROR.PAUSED) : shouldKeepAlive ? socket[kReset] && 0 === client[kRunning] ? (util.destroy(socket, new InformationalError("reset")), 
     constants.ERROR.PAUSED) : (null == client[kPipelining] || 1 === client[kPipelining] ? setImmediate(client[kResume]) : client[kResume](), 
     0) : (util.destroy(socket, new InformationalError("reset")), constants.ERROR.PAUSED));
    }
   }
   function onParserTimeout(parserWeakRef) {
    const parser = parserWeakRef.deref();
    if (!parser) return;
    const {socket: socket, timeoutType: timeoutType, client: client, paused: paused} = parser;
    3 === timeoutType ? (!socket[kWriting] || socket.writableNeedDrain || client[kRunning] > 1) && (assert(!paused, "cannot be paused while waiting for headers"), 
    util.destroy(socket, new HeadersTimeoutError)) : 5 === timeoutType ? paused || util.destroy(socket, new BodyTimeoutError) : 8 === timeoutType && (assert(0 === client[kRunning] && client[kKeepAliveTimeoutValue]), 
    util.destroy(socket, new InformationalError("socket idle timeout")));
   }
   function onHttpSocketError(err) {
    const parser = this[kParser];
    if ("ECONNRESET" === err.code && parser.statusCode && !parser.shouldKeepAlive) {
     const parserErr = parser.finish();
     return void (parserErr && (this[kError] = parserErr, this[kClient][kOnError](parserErr)));
    }
    this[kError] = err, this[kClient][kOnError](err);
   }
   function onHttpSocketReadable() {
    this[kParser]?.readMore();
   }
   function onHttpSocketEnd() {
    const parser = this[kParser];
    if (parser.statusCode && !parser.shouldKeepAlive) {
     const parserErr = parser.finish();
     return void (parserErr && util.destroy(this, parserErr));
    }
    util.destroy(this, new SocketError("other side closed", util.getSocketInfo(this)));
   }
   function onHttpSocketClose() {
    const parser = this[kParser];
    clearIdleSocketValidation(this), parser && (this[kError] || !parser.statusCode || parser.shouldKeepAlive || (this[kError] = parser.finish() || this[kError]), 
    this[kParser].destroy(), this[kParser] = null);
    const err = this[kError] || new SocketError("closed", util.getSocketInfo(this)), client = this[kClient];
    if (client[kSocket] = null, client[kHTTPContext] = null, client.destroyed) {
     assert(0 === client[kPending]);
     const requests = client[kQueue].splice(client[kRunningIdx]);
     for (let i = 0; i < requests.length; i++) {
      const request = requests[i];
      util.errorRequest(client, request, err);
     }
    } else if (client[kRunning] > 0 && "UND_ERR_INFO" !== err.code) {
     const request = client[kQueue][client[kRunningIdx]];
     client[kQueue][client[kRunningIdx]++] = null, util.errorRequest(client, request, err);
    }
    client[kPendingIdx] = client[kRunningIdx], assert(0 === client[kRunning]), client.emit("disconnect", client[kUrl], [ client ], err), 
    client[kResume]();
   }
   function onSocketClose() {
    this[kClosed] = !0;
   }
   function clearIdleSocketValidation(socket) {
    socket[kIdleSocketValidationTimeout] && (clearImmediate(socket[kIdleSocketValidationTimeout]), 
    socket[kIdleSocketValidationTimeout] = null), socket[kIdleSocketValidation] = 0;
   }
   function writeBuffer(abort, body, client, request, socket, contentLength, header, expectsPayload) {
    try {
     body ? util.isBuffer(body) && (assert(contentLength === body.byteLength, "buffer body must have content length"), 
     socket.cork(), socket.write(`${header}content-length: ${contentLength}\r\n\r\n`, "latin1"), 
     socket.write(body), socket.uncork(), request.onBodySent(body), expectsPayload || !1 === request.reset || (socket[kReset] = !0)) : 0 === contentLength ? socket.write(`${header}content-length: 0\r\n\r\n`, "latin1") : (assert(null === contentLength, "no body must not have content length"), 
     socket.write(`${header}\r\n`, "latin1")), request.onRequestSent(), client[kResume]();
    } catch (err) {
     abort(err);
    }
   }
   async function writeIterable(abort, body, client, request, socket, contentLength, header, expectsPayload) {
    assert(0 !== contentLength || 0 === client[kRunning], "iterator body cannot be pipelined");
    let callback = null;
    function onDrain() {
     if (callback) {
      const cb = callback;
      callback = null, cb();
     }
    }
    const waitForDrain = () => new Promise((resolve, reject) => {
     assert(null === callback), socket[kError] ? reject(socket[kError]) : callback = resolve;
    });
    socket.on("close", onDrain).on("drain", onDrain);
    const writer = new AsyncWriter({
     abort: abort,
     socket: socket,
     request: request,
     contentLength: contentLength,
     client: client,
     expectsPayload: expectsPayload,
     header: header
    });
    try {
     for await (const chunk of body) {
      if (socket[kError]) throw socket[kError];
      writer.write(chunk) || await waitForDrain();
     }
     writer.end();
    } catch (err) {
     writer.destroy(err);
    } finally {
     socket.off("close", onDrain).off("drain", onDrain);
    }
   }
   class AsyncWriter {
    constructor({abort: abort, socket: socket, request: request, contentLength: contentLength, client: client, expectsPayload: expectsPayload, header: header}) {
     this.socket = socket, this.request = request, this.contentLength = contentLength, 
     this.client = client, this.bytesWritten = 0, this.expectsPayload = expectsPayload, 
     this.header = header, this.abort = abort, this.lengthMismatch = !1, socket[kWriting] = !0;
    }
    onLengthMismatch() {
     this.socket[kReset] = !0, this.lengthMismatch || (this.lengthMismatch = !0, process.emitWarning(new RequestContentLengthMismatchError));
    }
    write(chunk) {
     const {socket: socket, request: request, contentLength: contentLength, client: client, bytesWritten: bytesWritten, expectsPayload: expectsPayload, header: header} = this;
     if (socket[kError]) throw socket[kError];
     if (socket.destroyed) return !1;
     let len = chunk instanceof Uint8Array ? chunk.byteLength : Buffer.byteLength(chunk);
     if (!len) return !0;
     if (null !== contentLength && bytesWritten + len > contentLength) {
      if (client[kStrictContentLength]) throw new RequestContentLengthMismatchError;
      this.onLengthMismatch();
      const remaining = contentLength - bytesWritten;
      if (0 === remaining) return !0;
      chunk = ("string" == typeof chunk ? Buffer.from(chunk) : chunk).subarray(0, remaining), 
      len = remaining;
     }
     socket.cork(), 0 === bytesWritten && (expectsPayload || !1 === request.reset || (socket[kReset] = !0), 
     null === contentLength ? socket.write(`${header}transfer-encoding: chunked\r\n`, "latin1") : socket.write(`${header}content-length: ${contentLength}\r\n\r\n`, "latin1")), 
     null === contentLength && socket.write(`\r\n${len.toString(16)}\r\n`, "latin1"), 
     this.bytesWritten += len;
     const ret = socket.write(chunk);
     return socket.uncork(), request.onBodySent(chunk), ret || socket[kParser].timeout && 3 === socket[kParser].timeoutType && socket[kParser].timeout.refresh && socket[kParser].timeout.refresh(), 
     ret;
    }
    end() {
     const {socket: socket, contentLength: contentLength, client: client, bytesWritten: bytesWritten, expectsPayload: expectsPayload, header: header, request: request} = this;
     if (request.onRequestSent(), socket[kWriting] = !1, socket[kError]) throw socket[kError];
     if (!socket.destroyed) {
      if (0 === bytesWritten ? expectsPayload ? socket.write(`${header}content-length: 0\r\n\r\n`, "latin1") : socket.write(`${header}\r\n`, "latin1") : null === contentLength && socket.write("\r\n0\r\n\r\n", "latin1"), 
      null !== contentLength && bytesWritten !== contentLength) {
       if (client[kStrictContentLength]) throw new RequestContentLengthMismatchError;
       this.onLengthMismatch();
      }
      socket[kParser].timeout && 3 === socket[kParser].timeoutType && socket[kParser].timeout.refresh && socket[kParser].timeout.refresh(), 
      client[kResume]();
     }
    }
    destroy(err) {
     const {socket: socket, client: client, abort: abort} = this;
     socket[kWriting] = !1, err && (assert(client[kRunning] <= 1, "pipeline should only contain this request"), 
     abort(err));
    }
   }
   module.exports = function(client, socket) {
    if (client[kSocket] = socket, llhttpInstance || (llhttpInstance = function() {
     if ("undefined" == typeof WebAssembly) throw new WebAssemblyNotSupportedError;
     const llhttpWasmData = process.env.JEST_WORKER_ID ? __nccwpck_require__(216) : void 0;
     let mod, useWasmSIMD = !0;
     if ("riscv64" === process.arch) useWasmSIMD = !1; else if ("ppc64" === process.arch) {
      const [major, minor] = process.versions.node.split(".").map(n => parseInt(n, 10));
      (major < 24 || 24 === major && minor < 12) && (useWasmSIMD = !1);
     }
     if ("1" === process.env.UNDICI_NO_WASM_SIMD ? useWasmSIMD = !1 : "0" === process.env.UNDICI_NO_WASM_SIMD && (useWasmSIMD = !0), 
     useWasmSIMD) try {
      mod = new WebAssembly.Module(__nccwpck_require__(285));
     } catch {}
     return mod || (mod = new WebAssembly.Module(llhttpWasmData || __nccwpck_require__(216))), 
     new WebAssembly.Instance(mod, {
      env: {
       wasm_on_url: (p, at, len) => 0,
       wasm_on_status: (p, at, len) => {
        assert(currentParser.ptr === p);
        const start = at - currentBufferPtr + currentBufferRef.byteOffset;
        return currentParser.onStatus(new FastBuffer(currentBufferRef.buffer, start, len));
       },
       wasm_on_message_begin: p => (assert(currentParser.ptr === p), currentParser.onMessageBegin()),
       wasm_on_header_field: (p, at, len) => {
        assert(currentParser.ptr === p);
        const start = at - currentBufferPtr + currentBufferRef.byteOffset;
        return currentParser.onHeaderField(new FastBuffer(currentBufferRef.buffer, start, len));
       },
       wasm_on_header_value: (p, at, len) => {
        assert(currentParser.ptr === p);
        const start = at - currentBufferPtr + currentBufferRef.byteOffset;
        return currentParser.onHeaderValue(new FastBuffer(currentBufferRef.buffer, start, len));
       },
       wasm_on_headers_complete: (p, statusCode, upgrade, shouldKeepAlive) => (assert(currentParser.ptr === p), 
       currentParser.onHeadersComplete(statusCode, 1 === upgrade, 1 === shouldKeepAlive)),
       wasm_on_body: (p, at, len) => {
        assert(currentParser.ptr === p);
        const start = at - currentBufferPtr + currentBufferRef.byteOffset;
        return currentParser.onBody(new FastBuffer(currentBufferRef.buffer, start, len));
       },
       wasm_on_message_complete: p => (assert(currentParser.ptr === p), currentParser.onMessageComplete())
      }
     });
    }()), socket.errored) throw socket.errored;
    if (socket.destroyed) throw new SocketError("destroyed");
    return socket[kNoRef] = !1, socket[kWriting] = !1, socket[kReset] = !1, socket[kBlocking] = !1, 
    socket[kIdleSocketValidation] = 0, socket[kIdleSocketValidationTimeout] = null, 
    socket[kSocketUsed] = !1, socket[kParser] = "undefined" == typeof esbuildDetection && (client[kUseMilo] ?? getMiloEnabled()) ? new H1Parser(client, socket) : new Parser(client, socket, llhttpInstance), 
    util.addListener(socket, "error", onHttpSocketError), util.addListener(socket, "readable", onHttpSocketReadable), 
    util.addListener(socket, "end", onHttpSocketEnd), util.addListener(socket, "close", onHttpSocketClose), 
    socket[kClosed] = !1, socket.on("close", onSocketClose), {
     version: "h1",
     defaultPipelining: 1,
     write: request => function(client, request) {
      const {method: method, path: path, host: host, upgrade: upgrade, blocking: blocking, reset: reset} = request;
      let {body: body, headers: headers, contentLength: contentLength} = request;
      const expectsPayload = "PUT" === method || "POST" === method || "PATCH" === method || "QUERY" === method || "PROPFIND" === method || "PROPPATCH" === method;
      if (util.isFormDataLike(body)) {
       extractBody || (extractBody = __nccwpck_require__(909).extractBody);
       const [bodyStream, contentType] = extractBody(body);
       null == request.contentType && headers.push("content-type", contentType), body = bodyStream.stream, 
       contentLength = bodyStream.length;
      } else if (util.isBlobLike(body) && null == request.contentType) {
       const contentType = body.type;
       if (contentType) {
        const contentTypeValue = `${contentType}`;
        if (!util.isValidHeaderValue(contentTypeValue)) return util.errorRequest(client, request, new InvalidArgumentError("invalid content-type header")), 
        !1;
        headers.push("content-type", contentTypeValue);
       }
      }
      body && "function" == typeof body.read && body.read(0);
      const bodyLength = util.bodyLength(body);
      if (contentLength = bodyLength ?? contentLength, null === contentLength && (contentLength = request.contentLength), 
      0 !== contentLength || expectsPayload || (contentLength = null), function(method) {
       return "GET" !== method && "HEAD" !== method && "OPTIONS" !== method && "TRACE" !== method && "CONNECT" !== method;
      }(method) && contentLength > 0 && null !== request.contentLength && request.contentLength !== contentLength) {
       if (client[kStrictContentLength]) return util.errorRequest(client, request, new RequestContentLengthMismatchError), 
       !1;
       process.emitWarning(new RequestContentLengthMismatchError);
      }
      const socket = client[kSocket];
      clearIdleSocketValidation(socket);
      const abort = err => {
       request.aborted || request.completed || (util.errorRequest(client, request, err || new RequestAbortedError), 
       util.destroy(body), util.destroy(socket, new InformationalError("aborted")));
      };
      try {
       request.onRequestStart(abort, null);
      } catch (err) {
       util.errorRequest(client, request, err);
      }
      if (request.aborted) return !1;
      "HEAD" === method && (socket[kReset] = !0), (upgrade || "CONNECT" === method) && (socket[kReset] = !0), 
      null != reset && (socket[kReset] = reset), client[kMaxRequests] && ++socket[kCounter] >= client[kMaxRequests] && (socket[kReset] = !0), 
      blocking && (socket[kBlocking] = !0), function(socket, request) {
       if ("function" != typeof socket.setTypeOfService) return;
       const typeOfService = request.typeOfService;
       if (void 0 === typeOfService) return;
       if (socket[kTypeOfService] !== typeOfService) try {
        socket.setTypeOfService(typeOfService), socket[kTypeOfService] = typeOfService;
       } catch {}
      }(socket, request);
      let header = `${method} ${path} HTTP/1.1\r\n`;
      if (header += "string" == typeof host ? `host: ${host}\r\n` : client[kHostHeader], 
      upgrade ? header += `connection: upgrade\r\nupgrade: ${upgrade}\r\n` : client[kPipelining] && !socket[kReset] ? header += "connection: keep-alive\r\n" : header += "connection: close\r\n", 
      Array.isArray(headers)) for (let n = 0; n < headers.length; n += 2) {
       const key = headers[n + 0], val = headers[n + 1];
       if (Array.isArray(val)) for (let i = 0; i < val.length; i++) header += `${key}: ${val[i]}\r\n`; else header += `${key}: ${val}\r\n`;
      }
      return channels.sendHeaders.hasSubscribers && channels.sendHeaders.publish({
       request: request,
       headers: header,
       socket: socket
      }), body && 0 !== bodyLength ? util.isBuffer(body) ? writeBuffer(abort, body, client, request, socket, contentLength, header, expectsPayload) : util.isBlobLike(body) ? "function" == typeof body.stream ? writeIterable(abort, body.stream(), client, request, socket, contentLength, header, expectsPayload) : async function(abort, body, client, request, socket, contentLength, header, expectsPayload) {
       try {
        if (null != contentLength && contentLength !== body.size) throw new RequestContentLengthMismatchError;
        const buffer = Buffer.from(await body.arrayBuffer());
        socket.cork(), socket.write(`${header}content-length: ${contentLength}\r\n\r\n`, "latin1"), 
        socket.write(buffer), socket.uncork(), request.onBodySent(buffer), request.onRequestSent(), 
        expectsPayload || !1 === request.reset || (socket[kReset] = !0), client[kResume]();
       } catch (err) {
        abort(err);
       }
      }(abort, body, client, request, socket, contentLength, header, expectsPayload) : util.isStream(body) ? function(abort, body, client, request, socket, contentLength, header, expectsPayload) {
       assert(0 !== contentLength || 0 === client[kRunning], "stream body cannot be pipelined");
       let finished = !1;
       const writer = new AsyncWriter({
        abort: abort,
        socket: socket,
        request: request,
        contentLength: contentLength,
        client: client,
        expectsPayload: expectsPayload,
        header: header
       }), onData = function(chunk) {
        if (!finished) try {
         !writer.write(chunk) && this.pause && this.pause();
        } catch (err) {
         util.destroy(this, err);
        }
       }, onDrain = function() {
        finished || body.resume && body.resume();
       }, onClose = function() {
        if (queueMicrotask(() => {
         body.removeListener("error", onFinished);
        }), !finished) {
         const err = new RequestAbortedError;
         queueMicrotask(() => onFinished(err));
        }
       }, onFinished = function(err) {
        if (!finished) {
         if (finished = !0, assert(socket.destroyed || socket[kWriting] && client[kRunning] <= 1), 
         socket.off("drain", onDrain).off("error", onFinished), body.removeListener("data", onData).removeListener("end", onFinished).removeListener("close", onClose), 
         !err) try {
          writer.end();
         } catch (er) {
          err = er;
         }
         writer.destroy(err), !err || "UND_ERR_INFO" === err.code && "reset" === err.message ? util.destroy(body) : util.destroy(body, err);
        }
       };
       body.on("data", onData).on("end", onFinished).on("error", onFinished).on("close", onClose), 
       body.resume && body.resume(), socket.on("drain", onDrain).on("error", onFinished), 
       body.errorEmitted ?? body.errored ? setImmediate(onFinished, body.errored) : (body.endEmitted ?? body.readableEnded) && setImmediate(onFinished, null), 
       (body.closeEmitted ?? body.closed) && setImmediate(onClose);
      }(abort, body, client, request, socket, contentLength, header, expectsPayload) : util.isIterable(body) ? writeIterable(abort, body, client, request, socket, contentLength, header, expectsPayload) : assert(!1) : writeBuffer(abort, null, client, request, socket, contentLength, header, expectsPayload), 
      !0;
     }(client, request),
     resume() {
      !function(client) {
       const socket = client[kSocket];
       if (socket && !socket.destroyed) {
        if (0 === client[kSize] ? !socket[kNoRef] && socket.unref && (socket.unref(), socket[kNoRef] = !0) : socket[kNoRef] && socket.ref && (socket.ref(), 
        socket[kNoRef] = !1), 0 === client[kRunning] && client[kPending] > 0 && socket[kSocketUsed]) {
         if (0 === socket[kIdleSocketValidation]) return function(client, socket) {
          socket[kIdleSocketValidation] = 1, socket[kIdleSocketValidationTimeout] = setImmediate(() => {
           socket[kIdleSocketValidationTimeout] = null, socket[kIdleSocketValidation] = 2, 
           client[kSocket] !== socket || socket.destroyed || client[kResume]();
          });
         }(client, socket), socket[kParser].readMore(), void socket.destroyed;
         if (1 === socket[kIdleSocketValidation]) return socket[kParser].readMore(), void socket.destroyed;
        }
        if (0 === client[kRunning] && (socket[kParser].readMore(), socket.destroyed)) return;
        if (0 === client[kSize]) 8 !== socket[kParser].timeoutType && socket[kParser].setTimeout(client[kKeepAliveTimeoutValue], 8); else if (client[kRunning] > 0 && socket[kParser].statusCode < 200 && 3 !== socket[kParser].timeoutType) {
         const request = client[kQueue][client[kRunningIdx]], headersTimeout = null != request.headersTimeout ? request.headersTimeout : client[kHeadersTimeout];
         socket[kParser].setTimeout(headersTimeout, 3);
        }
       }
      }(client);
     },
     destroy(err, callback) {
      socket[kClosed] ? queueMicrotask(callback) : (socket.on("close", callback), socket.destroy(err));
     },
     get destroyed() {
      return socket.destroyed;
     },
     busy(request) {
      if (socket[kWriting] || socket[kReset] || socket[kBlocking] || 1 === socket[kIdleSocketValidation]) return !0;
      if (request) {
       if (client[kRunning] > 0 && !request.idempotent) return !0;
       if (client[kRunning] > 0 && (request.upgrade || "CONNECT" === request.method)) return !0;
       if (client[kRunning] > 0 && 0 !== util.bodyLength(request.body) && (util.isStream(request.body) || util.isAsyncIterable(request.body) || util.isFormDataLike(request.body))) return !0;
      }
      return !1;
     }
    };
   };
  }),
  433: (function(module) {
   module.exports = () => {
    throw new Error("HTTP/2 is left out of this bundle");
   };
  }),
  193: (function(module, __unused_webpack_exports, __nccwpck_require__) {
   "use strict";
   const assert = __nccwpck_require__(589), net = __nccwpck_require__(30), http = __nccwpck_require__(67), util = __nccwpck_require__(203), {ClientStats: ClientStats} = __nccwpck_require__(535), {channels: channels} = __nccwpck_require__(883), Request = __nccwpck_require__(450), DispatcherBase = __nccwpck_require__(568), {InvalidArgumentError: InvalidArgumentError, InformationalError: InformationalError, ClientDestroyedError: ClientDestroyedError} = __nccwpck_require__(92), buildConnector = __nccwpck_require__(657), {kUrl: kUrl, kServerName: kServerName, kClient: kClient, kBusy: kBusy, kConnect: kConnect, kResuming: kResuming, kRunning: kRunning, kPending: kPending, kSize: kSize, kQueue: kQueue, kConnected: kConnected, kConnecting: kConnecting, kNeedDrain: kNeedDrain, kKeepAliveDefaultTimeout: kKeepAliveDefaultTimeout, kHostHeader: kHostHeader, kPendingIdx: kPendingIdx, kRunningIdx: kRunningIdx, kError: kError, kPipelining: kPipelining, kKeepAliveTimeoutValue: kKeepAliveTimeoutValue, kMaxHeadersSize: kMaxHeadersSize, kKeepAliveMaxTimeout: kKeepAliveMaxTimeout, kKeepAliveTimeoutThreshold: kKeepAliveTimeoutThreshold, kHeadersTimeout: kHeadersTimeout, kBodyTimeout: kBodyTimeout, kStrictContentLength: kStrictContentLength, kConnector: kConnector, kMaxRequests: kMaxRequests, kCounter: kCounter, kClose: kClose, kDestroy: kDestroy, kDispatch: kDispatch, kLocalAddress: kLocalAddress, kMaxResponseSize: kMaxResponseSize, kOnError: kOnError, kHTTPContext: kHTTPContext, kMaxConcurrentStreams: kMaxConcurrentStreams, kHostAuthority: kHostAuthority, kResume: kResume, kHTTP2Options: kHTTP2Options, kUseMilo: kUseMilo} = __nccwpck_require__(478), connectH1 = __nccwpck_require__(480), connectH2 = __nccwpck_require__(433), kClosedResolve = Symbol("kClosedResolve"), getDefaultNodeMaxHeaderSize = http && http.maxHeaderSize && Number.isInteger(http.maxHeaderSize) && http.maxHeaderSize > 0 ? () => http.maxHeaderSize : () => {
    throw new InvalidArgumentError("http module not available or http.maxHeaderSize invalid");
   }, noop = () => {};
   let h2NamespaceOptsWarning = !1;
   function emitH2OptionsNamespaceWarning(optName) {
    !0 !== h2NamespaceOptsWarning && (process.emitWarning(`Use h2Options.${optName} instead. ${optName} for H2 will be deprecated in future major.`, {
     code: "UNDICI-H2-OPTIONS"
    }), h2NamespaceOptsWarning = !0);
   }
   function getMaxConcurrent(client) {
    return "h2" === client[kHTTPContext]?.version ? client[kMaxConcurrentStreams] : function(client) {
     return client[kPipelining] ?? client[kHTTPContext]?.defaultPipelining ?? 1;
    }(client);
   }
   function onError(client, err) {
    if (0 === client[kRunning] && "UND_ERR_INFO" !== err.code && "UND_ERR_SOCKET" !== err.code) {
     assert(client[kPendingIdx] === client[kRunningIdx]);
     const requests = client[kQueue].splice(client[kRunningIdx]);
     for (let i = 0; i < requests.length; i++) {
      const request = requests[i];
      null != request && util.errorRequest(client, request, err);
     }
     assert(0 === client[kSize]);
    }
   }
   function connect(client) {
    assert(!client[kConnecting]), assert(!client[kHTTPContext]);
    let {host: host, hostname: hostname, protocol: protocol, port: port} = client[kUrl];
    if ("[" === hostname[0]) {
     const idx = hostname.indexOf("]");
     assert(-1 !== idx);
     const ip = hostname.substring(1, idx);
     assert(net.isIPv6(ip)), hostname = ip;
    }
    client[kConnecting] = !0, channels.beforeConnect.hasSubscribers && channels.beforeConnect.publish({
     connectParams: {
      host: host,
      hostname: hostname,
      protocol: protocol,
      port: port,
      version: client[kHTTPContext]?.version,
      servername: client[kServerName],
      localAddress: client[kLocalAddress]
     },
     connector: client[kConnector]
    });
    try {
     client[kConnector]({
      host: host,
      hostname: hostname,
      protocol: protocol,
      port: port,
      servername: client[kServerName],
      localAddress: client[kLocalAddress]
     }, (err, socket) => {
      if (err) return handleConnectError(client, err, {
       host: host,
       hostname: hostname,
       protocol: protocol,
       port: port
      }), void client[kResume]();
      if (client.destroyed) return util.destroy(socket.on("error", noop), new ClientDestroyedError), 
      void client[kResume]();
      assert(socket);
      try {
       client[kHTTPContext] = "h2" === socket.alpnProtocol ? connectH2(client, socket) : connectH1(client, socket);
      } catch (err) {
       return socket.destroy().on("error", noop), handleConnectError(client, err, {
        host: host,
        hostname: hostname,
        protocol: protocol,
        port: port
       }), void client[kResume]();
      }
      client[kConnecting] = !1, socket[kCounter] = 0, socket[kMaxRequests] = client[kMaxRequests], 
      socket[kClient] = client, socket[kError] = null, channels.connected.hasSubscribers && channels.connected.publish({
       connectParams: {
        host: host,
        hostname: hostname,
        protocol: protocol,
        port: port,
        version: client[kHTTPContext]?.version,
        servername: client[kServerName],
        localAddress: client[kLocalAddress]
       },
       connector: client[kConnector],
       socket: socket
      }), client.emit("connect", client[kUrl], [ client ]), client[kResume]();
     });
    } catch (err) {
     handleConnectError(client, err, {
      host: host,
      hostname: hostname,
      protocol: protocol,
      port: port
     }), client[kResume]();
    }
   }
   function handleConnectError(client, err, {host: host, hostname: hostname, protocol: protocol, port: port}) {
    if (!client.destroyed) {
     if (client[kConnecting] = !1, channels.connectError.hasSubscribers && channels.connectError.publish({
      connectParams: {
       host: host,
       hostname: hostname,
       protocol: protocol,
       port: port,
       version: client[kHTTPContext]?.version,
       servername: client[kServerName],
       localAddress: client[kLocalAddress]
      },
      connector: client[kConnector],
      error: err
     }), "ERR_TLS_CERT_ALTNAME_INVALID" === err.code) {
      const running = client[kQueue].splice(client[kRunningIdx], client[kRunning]);
      client[kPendingIdx] = client[kRunningIdx];
      for (let i = 0; i < running.length; i++) util.errorRequest(client, running[i], err);
      for (;client[kPending] > 0 && client[kQueue][client[kPendingIdx]].servername === client[kServerName]; ) {
       const request = client[kQueue].splice(client[kPendingIdx], 1)[0];
       util.errorRequest(client, request, err);
      }
     } else onError(client, err);
     client.emit("connectionError", client[kUrl], [ client ], err);
    }
   }
   function emitDrain(client) {
    client[kNeedDrain] = 0, client.emit("drain", client[kUrl], [ client ]);
   }
   function resume(client, sync) {
    2 !== client[kResuming] && (client[kResuming] = 2, function(client, sync) {
     for (;;) {
      if (client.destroyed) return void assert(0 === client[kPending]);
      if (client[kClosedResolve] && !client[kSize]) return client[kClosedResolve](), void (client[kClosedResolve] = null);
      if (client[kHTTPContext] && client[kHTTPContext].resume(), client[kBusy]) client[kNeedDrain] = 2; else if (2 === client[kNeedDrain]) {
       sync ? (client[kNeedDrain] = 1, queueMicrotask(() => emitDrain(client))) : emitDrain(client);
       continue;
      }
      if (0 === client[kPending]) return;
      if (client[kRunning] >= (getMaxConcurrent(client) || 1)) return;
      const request = client[kQueue][client[kPendingIdx]];
      if (null === request) return;
      if (request.aborted) client[kQueue].splice(client[kPendingIdx], 1); else {
       if ("https:" === client[kUrl].protocol && client[kServerName] !== request.servername) {
        if (client[kRunning] > 0) return;
        client[kServerName] = request.servername, client[kHTTPContext]?.destroy(new InformationalError("servername changed"), () => {
         client[kHTTPContext] = null, resume(client);
        });
       }
       if (client[kConnecting]) return;
       if (!client[kHTTPContext]) return client[kServerName] = request.servername, void connect(client);
       if (client[kHTTPContext].destroyed) return;
       if (client[kHTTPContext].busy(request)) return;
       !request.aborted && client[kHTTPContext].write(request) ? client[kPendingIdx]++ : client[kQueue].splice(client[kPendingIdx], 1);
      }
     }
    }(client, sync), client[kResuming] = 0, client[kRunningIdx] > 256 && (client[kQueue].splice(0, client[kRunningIdx]), 
    client[kPendingIdx] -= client[kRunningIdx], client[kRunningIdx] = 0));
   }
   module.exports = class extends DispatcherBase {
    constructor(url, {maxHeaderSize: maxHeaderSize, headersTimeout: headersTimeout, socketTimeout: socketTimeout, requestTimeout: requestTimeout, connectTimeout: connectTimeout, bodyTimeout: bodyTimeout, idleTimeout: idleTimeout, keepAlive: keepAlive, keepAliveTimeout: keepAliveTimeout, maxKeepAliveTimeout: maxKeepAliveTimeout, keepAliveMaxTimeout: keepAliveMaxTimeout, keepAliveTimeoutThreshold: keepAliveTimeoutThreshold, socketPath: socketPath, pipelining: pipelining, tls: tls, strictContentLength: strictContentLength, maxCachedSessions: maxCachedSessions, connect: connect, maxRequestsPerClient: maxRequestsPerClient, localAddress: localAddress, maxResponseSize: maxResponseSize, autoSelectFamily: autoSelectFamily, autoSelectFamilyAttemptTimeout: autoSelectFamilyAttemptTimeout, maxConcurrentStreams: maxConcurrentStreams, allowH2: allowH2, useH2c: useH2c, initialWindowSize: initialWindowSize, connectionWindowSize: connectionWindowSize, pingInterval: pingInterval, useMilo: useMilo, webSocket: webSocket, h2Options: h2Options, eventSource: eventSource} = {}) {
     if (void 0 !== keepAlive) throw new InvalidArgumentError("unsupported keepAlive, use pipelining=0 instead");
     if (void 0 !== socketTimeout) throw new InvalidArgumentError("unsupported socketTimeout, use headersTimeout & bodyTimeout instead");
     if (void 0 !== requestTimeout) throw new InvalidArgumentError("unsupported requestTimeout, use headersTimeout & bodyTimeout instead");
     if (void 0 !== idleTimeout) throw new InvalidArgumentError("unsupported idleTimeout, use keepAliveTimeout instead");
     if (void 0 !== maxKeepAliveTimeout) throw new InvalidArgumentError("unsupported maxKeepAliveTimeout, use keepAliveMaxTimeout instead");
     if (null != maxHeaderSize) {
      if (!Number.isInteger(maxHeaderSize) || maxHeaderSize < 1) throw new InvalidArgumentError("invalid maxHeaderSize");
     } else maxHeaderSize = getDefaultNodeMaxHeaderSize();
     if (null != socketPath && "string" != typeof socketPath) throw new InvalidArgumentError("invalid socketPath");
     if (null != connectTimeout && (!Number.isFinite(connectTimeout) || connectTimeout < 0)) throw new InvalidArgumentError("invalid connectTimeout");
     if (null != keepAliveTimeout && (!Number.isFinite(keepAliveTimeout) || keepAliveTimeout <= 0)) throw new InvalidArgumentError("invalid keepAliveTimeout");
     if (null != keepAliveMaxTimeout && (!Number.isFinite(keepAliveMaxTimeout) || keepAliveMaxTimeout <= 0)) throw new InvalidArgumentError("invalid keepAliveMaxTimeout");
     if (null != keepAliveTimeoutThreshold && !Number.isFinite(keepAliveTimeoutThreshold)) throw new InvalidArgumentError("invalid keepAliveTimeoutThreshold");
     if (null != headersTimeout && (!Number.isInteger(headersTimeout) || headersTimeout < 0)) throw new InvalidArgumentError("headersTimeout must be a positive integer or zero");
     if (null != bodyTimeout && (!Number.isInteger(bodyTimeout) || bodyTimeout < 0)) throw new InvalidArgumentError("bodyTimeout must be a positive integer or zero");
     if (null != connect && "function" != typeof connect && "object" != typeof connect) throw new InvalidArgumentError("connect must be a function or an object");
     if (null != maxRequestsPerClient && (!Number.isInteger(maxRequestsPerClient) || maxRequestsPerClient < 0)) throw new InvalidArgumentError("maxRequestsPerClient must be a positive number");
     if (null != localAddress && ("string" != typeof localAddress || 0 === net.isIP(localAddress))) throw new InvalidArgumentError("localAddress must be valid string IP address");
     if (null != maxResponseSize && (!Number.isInteger(maxResponseSize) || maxResponseSize < -1)) throw new InvalidArgumentError("maxResponseSize must be a positive number");
     if (null != autoSelectFamilyAttemptTimeout && (!Number.isInteger(autoSelectFamilyAttemptTimeout) || autoSelectFamilyAttemptTimeout < -1)) throw new InvalidArgumentError("autoSelectFamilyAttemptTimeout must be a positive number");
     if (null != allowH2 && "boolean" != typeof allowH2) throw new InvalidArgumentError("allowH2 must be a valid boolean value");
     if (!1 !== allowH2) if (null != h2Options) {
      if (null != h2Options.useH2c && "boolean" != typeof h2Options.useH2c) throw new InvalidArgumentError("h2Options.useH2c must be a valid boolean value");
      if (null != h2Options.settings?.initialWindowSize && (!Number.isInteger(h2Options.settings.initialWindowSize) || h2Options.settings.initialWindowSize < 1)) throw new InvalidArgumentError("h2Options.settings.initialWindowSize must be a positive integer, greater than 0");
      if (null != h2Options.maxConcurrentStreams && (!Number.isInteger(h2Options.maxConcurrentStreams) || h2Options.maxConcurrentStreams < 1)) throw new InvalidArgumentError("h2Options.maxConcurrentStreams must be a positive integer, greater than 0");
      if (null != h2Options.connectionWindowSize && (!Number.isInteger(h2Options.connectionWindowSize) || h2Options.connectionWindowSize < 1)) throw new InvalidArgumentError("h2Options.connectionWindowSize must be a positive integer, greater than 0");
      if (null != h2Options.pingInterval && ("number" != typeof h2Options.pingInterval || !Number.isInteger(h2Options.pingInterval) || h2Options.pingInterval < 0)) throw new InvalidArgumentError("h2Options.pingInterval must be a positive integer, greater or equal to 0");
     } else {
      if (null != useH2c && "boolean" != typeof useH2c) throw emitH2OptionsNamespaceWarning("useH2c"), 
      new InvalidArgumentError("useH2c must be a valid boolean value");
      if (null != maxConcurrentStreams && ("number" != typeof maxConcurrentStreams || maxConcurrentStreams < 1)) throw emitH2OptionsNamespaceWarning("maxConcurrentStreams"), 
      new InvalidArgumentError("maxConcurrentStreams must be a positive integer, greater than 0");
      if (null != initialWindowSize && (!Number.isInteger(initialWindowSize) || initialWindowSize < 1)) throw emitH2OptionsNamespaceWarning("initialWindowSize"), 
      new InvalidArgumentError("initialWindowSize must be a positive integer, greater than 0");
      if (null != connectionWindowSize && (!Number.isInteger(connectionWindowSize) || connectionWindowSize < 1)) throw emitH2OptionsNamespaceWarning("connectionWindowSize"), 
      new InvalidArgumentError("connectionWindowSize must be a positive integer, greater than 0");
      if (null != pingInterval && ("number" != typeof pingInterval || !Number.isInteger(pingInterval) || pingInterval < 0)) throw emitH2OptionsNamespaceWarning("pingInterval"), 
      new InvalidArgumentError("pingInterval must be a positive integer, greater or equal to 0");
     }
     if (super({
      webSocket: webSocket,
      eventSource: eventSource
     }), "function" != typeof connect) connect = buildConnector({
      ...tls,
      maxCachedSessions: maxCachedSessions,
      allowH2: allowH2,
      socketPath: socketPath,
      useH2c: h2Options?.useH2c ?? useH2c,
      timeout: connectTimeout,
      ..."boolean" == typeof autoSelectFamily ? {
       autoSelectFamily: autoSelectFamily,
       autoSelectFamilyAttemptTimeout: autoSelectFamilyAttemptTimeout
      } : void 0,
      ...connect
     }); else {
      const customConnect = connect;
      connect = (opts, callback) => customConnect({
       ...opts,
       ...null != socketPath ? {
        socketPath: socketPath
       } : null,
       ...null != allowH2 ? {
        allowH2: allowH2
       } : null
      }, callback);
     }
     this[kUrl] = util.parseOrigin(url), this[kHostAuthority] = `${this[kUrl].hostname}${this[kUrl].port ? `:${this[kUrl].port}` : ""}`, 
     this[kConnector] = connect, this[kPipelining] = null != pipelining ? pipelining : 1, 
     this[kMaxHeadersSize] = maxHeaderSize, this[kKeepAliveDefaultTimeout] = null == keepAliveTimeout ? 4e3 : keepAliveTimeout, 
     this[kKeepAliveMaxTimeout] = null == keepAliveMaxTimeout ? 6e5 : keepAliveMaxTimeout, 
     this[kKeepAliveTimeoutThreshold] = null == keepAliveTimeoutThreshold ? 2e3 : keepAliveTimeoutThreshold, 
     this[kKeepAliveTimeoutValue] = this[kKeepAliveDefaultTimeout], this[kServerName] = null, 
     this[kLocalAddress] = null != localAddress ? localAddress : null, this[kResuming] = 0, 
     this[kNeedDrain] = 0, this[kHostHeader] = `host: ${this[kHostAuthority]}\r\n`, this[kBodyTimeout] = null != bodyTimeout ? bodyTimeout : 3e5, 
     this[kHeadersTimeout] = null != headersTimeout ? headersTimeout : 3e5, this[kStrictContentLength] = null == strictContentLength || strictContentLength, 
     this[kMaxRequests] = maxRequestsPerClient, this[kClosedResolve] = null, this[kMaxResponseSize] = maxResponseSize > -1 ? maxResponseSize : -1, 
     this[kHTTPContext] = null, this[kHTTP2Options] = {
      pingInterval: h2Options?.pingInterval ?? pingInterval ?? 6e4,
      connectionWindowSize: h2Options?.connectionWindowSize ?? connectionWindowSize ?? 524288,
      maxConcurrentStreams: h2Options?.maxConcurrentStreams ?? maxConcurrentStreams ?? 100,
      sessionOptions: {
       initialWindowSize: h2Options?.initialWindowSize ?? initialWindowSize ?? 262144
      }
     }, this[kUseMilo] = useMilo, this[kQueue] = [], this[kRunningIdx] = 0, this[kPendingIdx] = 0, 
     this[kResume] = sync => resume(this, sync), this[kOnError] = err => onError(this, err);
    }
    get pipelining() {
     return this[kPipelining];
    }
    set pipelining(value) {
     this[kPipelining] = value, this[kResume](!0);
    }
    get stats() {
     return new ClientStats(this);
    }
    get [kPending]() {
     return this[kQueue].length - this[kPendingIdx];
    }
    get [kRunning]() {
     return this[kPendingIdx] - this[kRunningIdx];
    }
    get [kSize]() {
     return this[kQueue].length - this[kRunningIdx];
    }
    get [kConnected]() {
     return !!this[kHTTPContext] && !this[kConnecting] && !this[kHTTPContext].destroyed;
    }
    get [kBusy]() {
     const allowsMux = "h2" === this[kHTTPContext]?.version;
     return Boolean(this[kHTTPContext]?.busy(null) || this[kSize] >= (getMaxConcurrent(this) || 1) || this[kPending] > 0 && !allowsMux);
    }
    [kConnect](cb) {
     connect(this), this.once("connect", cb);
    }
    [kDispatch](opts, handler) {
     const request = new Request(this[kUrl].origin, opts, handler);
     return this[kQueue].push(request), this[kResuming] || (null == util.bodyLength(request.body) && util.isIterable(request.body) ? (this[kResuming] = 1, 
     queueMicrotask(() => resume(this))) : this[kResume](!0)), this[kResuming] && 2 !== this[kNeedDrain] && this[kBusy] && (this[kNeedDrain] = 2), 
     this[kNeedDrain] < 2;
    }
    [kClose]() {
     return new Promise(resolve => {
      this[kSize] ? this[kClosedResolve] = resolve : resolve(null);
     });
    }
    [kDestroy](err) {
     return new Promise(resolve => {
      const requests = this[kQueue].splice(this[kPendingIdx]);
      for (let i = 0; i < requests.length; i++) {
       const request = requests[i];
       null != request && util.errorRequest(this, request, err);
      }
      const callback = () => {
       this[kClosedResolve] && (this[kClosedResolve](), this[kClosedResolve] = null), resolve(null);
      };
      this[kHTTPContext] ? (this[kHTTPContext].destroy(err, callback), this[kHTTPContext] = null) : queueMicrotask(callback), 
      this[kResume]();
     });
    }
   };
  }),
  568: (function(module, __unused_webpack_exports, __nccwpck_require__) {
   "use strict";
   const buffer = __nccwpck_require__(573), Dispatcher = __nccwpck_require__(716), {ClientDestroyedError: ClientDestroyedError, ClientClosedError: ClientClosedError, InvalidArgumentError: InvalidArgumentError} = __nccwpck_require__(92), {kDestroy: kDestroy, kClose: kClose, kClosed: kClosed, kDestroyed: kDestroyed, kDispatch: kDispatch} = __nccwpck_require__(478), {defaultWebSocketMaxFragments: defaultWebSocketMaxFragments, defaultWebSocketMaxPayloadSize: defaultWebSocketMaxPayloadSize} = __nccwpck_require__(574), kOnDestroyed = Symbol("onDestroyed"), kOnClosed = Symbol("onClosed"), kWebSocketOptions = Symbol("webSocketOptions"), kEventSourceOptions = Symbol("eventSourceOptions");
   module.exports = class extends Dispatcher {
    [kDestroyed]=!1;
    [kOnDestroyed]=null;
    [kClosed]=!1;
    [kOnClosed]=null;
    constructor(opts) {
     super(), this[kWebSocketOptions] = opts?.webSocket ?? {}, this[kEventSourceOptions] = opts?.eventSource ?? {};
    }
    get webSocketOptions() {
     return {
      maxFragments: this[kWebSocketOptions].maxFragments ?? defaultWebSocketMaxFragments,
      maxPayloadSize: this[kWebSocketOptions].maxPayloadSize ?? defaultWebSocketMaxPayloadSize
     };
    }
    get eventSourceOptions() {
     return {
      maxEventSize: this[kEventSourceOptions].maxEventSize ?? buffer.kStringMaxLength
     };
    }
    get destroyed() {
     return this[kDestroyed];
    }
    get closed() {
     return this[kClosed];
    }
    close(callback) {
     if (void 0 === callback) return new Promise((resolve, reject) => {
      this.close((err, data) => err ? reject(err) : resolve(data));
     });
     if ("function" != typeof callback) throw new InvalidArgumentError("invalid callback");
     if (this[kDestroyed]) {
      const err = new ClientDestroyedError;
      return void queueMicrotask(() => callback(err, null));
     }
     if (this[kClosed]) return void (this[kOnClosed] ? this[kOnClosed].push(callback) : queueMicrotask(() => callback(null, null)));
     this[kClosed] = !0, this[kOnClosed] ??= [], this[kOnClosed].push(callback);
     const onClosed = () => {
      const callbacks = this[kOnClosed];
      this[kOnClosed] = null;
      for (let i = 0; i < callbacks.length; i++) callbacks[i](null, null);
     };
     this[kClose]().then(() => this.destroy()).then(() => queueMicrotask(onClosed));
    }
    destroy(err, callback) {
     if ("function" == typeof err && (callback = err, err = null), void 0 === callback) return new Promise((resolve, reject) => {
      this.destroy(err, (err, data) => err ? reject(err) : resolve(data));
     });
     if ("function" != typeof callback) throw new InvalidArgumentError("invalid callback");
     if (this[kDestroyed]) return void (this[kOnDestroyed] ? this[kOnDestroyed].push(callback) : queueMicrotask(() => callback(null, null)));
     err || (err = new ClientDestroyedError), this[kDestroyed] = !0, this[kOnDestroyed] ??= [], 
     this[kOnDestroyed].push(callback);
     const onDestroyed = () => {
      const callbacks = this[kOnDestroyed];
      this[kOnDestroyed] = null;
      for (let i = 0; i < callbacks.length; i++) callbacks[i](null, null);
     };
     this[kDestroy](err).then(() => queueMicrotask(onDestroyed));
    }
    dispatch(opts, handler) {
     if (!handler || "object" != typeof handler) throw new InvalidArgumentError("handler must be an object");
     try {
      if (!opts || "object" != typeof opts) throw new InvalidArgumentError("opts must be an object.");
      if (opts.dispatcher) throw new InvalidArgumentError("opts.dispatcher is not supported by instance methods. Pass opts.dispatcher to the top-level undici functions or call the dispatcher instance method directly.");
      if (this[kDestroyed] || this[kOnDestroyed]) throw new ClientDestroyedError;
      if (this[kClosed]) throw new ClientClosedError;
      return this[kDispatch](opts, handler);
     } catch (err) {
      if ("function" != typeof handler.onResponseError) throw err;
      return handler.onResponseError(null, err), !1;
     }
    }
   };
  }),
  716: (function(module, __unused_webpack_exports, __nccwpck_require__) {
   "use strict";
   const EventEmitter = __nccwpck_require__(474), {kOriginless: kOriginless, kUrl: kUrl} = __nccwpck_require__(478);
   module.exports = class extends EventEmitter {
    dispatch() {
     throw new Error("not implemented");
    }
    close() {
     throw new Error("not implemented");
    }
    destroy() {
     throw new Error("not implemented");
    }
    compose(...args) {
     const interceptors = Array.isArray(args[0]) ? args[0] : args, interceptorOrigin = !0 === this[kOriginless] ? null : this[kUrl]?.origin;
     let dispatch = this.dispatch.bind(this);
     for (const interceptor of interceptors) if (null != interceptor) {
      if ("function" != typeof interceptor) throw new TypeError("invalid interceptor, expected function received " + typeof interceptor);
      if (dispatch = interceptor(dispatch, interceptorOrigin), null == dispatch || "function" != typeof dispatch || 2 !== dispatch.length) throw new TypeError("invalid interceptor");
     }
     const originalDispatch = dispatch, self = this;
     return dispatch = function(opts, handler) {
      return opts && "object" == typeof opts && !opts.origin && self[kUrl] && (opts = Object.assign({}, opts, {
       origin: self[kUrl].origin
      })), originalDispatch(opts, handler);
     }, new Proxy(this, {
      get: (target, key) => "dispatch" === key ? dispatch : target[key]
     });
    }
   };
  }),
  217: (function(module) {
   "use strict";
   class FixedCircularBuffer {
    bottom=0;
    top=0;
    list=new Array(2048).fill(void 0);
    next=null;
    isEmpty() {
     return this.top === this.bottom;
    }
    isFull() {
     return (this.top + 1 & 2047) === this.bottom;
    }
    push(data) {
     this.list[this.top] = data, this.top = this.top + 1 & 2047;
    }
    shift() {
     const nextItem = this.list[this.bottom];
     return void 0 === nextItem ? null : (this.list[this.bottom] = void 0, this.bottom = this.bottom + 1 & 2047, 
     nextItem);
    }
   }
   module.exports = class {
    constructor() {
     this.head = this.tail = new FixedCircularBuffer;
    }
    isEmpty() {
     return this.head.isEmpty();
    }
    push(data) {
     this.head.isFull() && (this.head = this.head.next = new FixedCircularBuffer), this.head.push(data);
    }
    shift() {
     const tail = this.tail, next = tail.shift();
     return tail.isEmpty() && null !== tail.next && (this.tail = tail.next, tail.next = null), 
     next;
    }
   };
  }),
  476: (function(module) {
   module.exports = {
    getMiloEnabled: () => !1
   };
  }),
  873: (function(module, __unused_webpack_exports, __nccwpck_require__) {
   "use strict";
   const {AsyncResource: AsyncResource} = __nccwpck_require__(698), {PoolStats: PoolStats} = __nccwpck_require__(535), DispatcherBase = __nccwpck_require__(568), FixedQueue = __nccwpck_require__(217), {kConnected: kConnected, kSize: kSize, kRunning: kRunning, kPending: kPending, kQueued: kQueued, kBusy: kBusy, kFree: kFree, kUrl: kUrl, kClose: kClose, kDestroy: kDestroy, kDispatch: kDispatch} = __nccwpck_require__(478), kClients = Symbol("clients"), kNeedDrain = Symbol("needDrain"), kQueue = Symbol("queue"), kClosedResolve = Symbol("closed resolve"), kOnDrain = Symbol("onDrain"), kOnConnect = Symbol("onConnect"), kOnDisconnect = Symbol("onDisconnect"), kOnConnectionError = Symbol("onConnectionError"), kOnClientBusy = Symbol("on client busy"), kOnClientDrain = Symbol("on client drain"), kDrainQueue = Symbol("drain queue"), kGetDispatcher = Symbol("get dispatcher"), kHasDispatcher = Symbol("has dispatcher"), kAddClient = Symbol("add client"), kRemoveClient = Symbol("remove client"), kRetireClient = Symbol("retire client"), kRetiring = Symbol("retiring clients");
   class QueuedRequest extends AsyncResource {
    constructor(opts, handler) {
     super("UNDICI_POOL_QUEUED_REQUEST"), this.opts = opts, this.handler = handler;
    }
    dispatch(dispatcher) {
     return this.runInAsyncScope(dispatcher.dispatch, dispatcher, this.opts, this.handler);
    }
   }
   function closeClients(pool) {
    const closeAll = [];
    for (let i = 0; i < pool[kClients].length; i++) {
     const client = pool[kClients][i];
     client.destroyed || closeAll.push(client.close());
    }
    for (const closed of pool[kRetiring].values()) closeAll.push(closed);
    return Promise.all(closeAll);
   }
   module.exports = {
    PoolBase: class extends DispatcherBase {
     [kQueue]=new FixedQueue;
     [kQueued]=0;
     [kClients]=[];
     [kRetiring]=new Map;
     [kNeedDrain]=!1;
     [kOnDrain](client, origin, targets) {
      if (client.closed || client.destroyed) return;
      const queue = this[kQueue];
      let needDrain = !1;
      for (this[kOnClientDrain](client); !needDrain; ) {
       const item = queue.shift();
       if (!item) break;
       this[kQueued]--, needDrain = !item.dispatch(client);
      }
      return client[kNeedDrain] = needDrain, needDrain && (this[kOnClientBusy](client), 
      !queue.isEmpty()) ? this[kDrainQueue](origin, targets) : (!needDrain && this[kNeedDrain] && (this[kNeedDrain] = !1, 
      this.emit("drain", origin, [ this, ...targets ])), this[kClosedResolve] && queue.isEmpty() ? closeClients(this).then(this[kClosedResolve]) : void 0);
     }
     [kOnClientBusy]() {}
     [kOnClientDrain]() {}
     [kDrainQueue](origin, targets) {
      const queue = this[kQueue];
      let hasDispatcher = !0;
      for (;!queue.isEmpty(); ) {
       const dispatcher = this[kGetDispatcher]();
       if (!dispatcher) {
        hasDispatcher = !1;
        break;
       }
       const item = queue.shift();
       if (this[kQueued]--, !item.dispatch(dispatcher) && (dispatcher[kNeedDrain] = !0, 
       this[kOnClientBusy](dispatcher), hasDispatcher = this[kHasDispatcher](), !hasDispatcher)) break;
      }
      if (hasDispatcher && this[kNeedDrain] && (this[kNeedDrain] = !1, this.emit("drain", origin, [ this, ...targets ])), 
      this[kClosedResolve] && queue.isEmpty()) return closeClients(this).then(this[kClosedResolve]);
     }
     [kOnConnect]=(origin, targets) => {
      this.emit("connect", origin, [ this, ...targets ]);
     };
     [kOnDisconnect]=(origin, targets, err) => {
      this.emit("disconnect", origin, [ this, ...targets ], err);
     };
     [kOnConnectionError]=(origin, targets, err) => {
      this.emit("connectionError", origin, [ this, ...targets ], err);
     };
     get [kBusy]() {
      return this[kNeedDrain];
     }
     get [kConnected]() {
      let ret = 0;
      for (const {[kConnected]: connected} of this[kClients]) ret += connected;
      return ret;
     }
     get [kFree]() {
      let ret = 0;
      for (const {[kConnected]: connected, [kNeedDrain]: needDrain} of this[kClients]) ret += connected && !needDrain;
      return ret;
     }
     get [kPending]() {
      let ret = this[kQueued];
      for (const {[kPending]: pending} of this[kClients]) ret += pending;
      return ret;
     }
     get [kRunning]() {
      let ret = 0;
      for (const {[kRunning]: running} of this[kClients]) ret += running;
      return ret;
     }
     get [kSize]() {
      let ret = this[kQueued];
      for (const {[kSize]: size} of this[kClients]) ret += size;
      return ret;
     }
     get stats() {
      return new PoolStats(this);
     }
     [kClose]() {
      return this[kQueue].isEmpty() ? closeClients(this) : new Promise(resolve => {
       this[kClosedResolve] = resolve;
      });
     }
     [kDestroy](err) {
      for (;;) {
       const item = this[kQueue].shift();
       if (!item) break;
       item.handler.onResponseError(null, err);
      }
      const destroyAll = new Array(this[kClients].length);
      for (let i = 0; i < this[kClients].length; i++) destroyAll[i] = this[kClients][i].destroy(err);
      for (const client of this[kRetiring].keys()) destroyAll.push(client.destroy(err));
      return Promise.all(destroyAll);
     }
     [kDispatch](opts, handler) {
      const dispatcher = this[kGetDispatcher]();
      return dispatcher ? dispatcher.dispatch(opts, handler) || (dispatcher[kNeedDrain] = !0, 
      this[kOnClientBusy](dispatcher), this[kNeedDrain] = !this[kHasDispatcher]()) : (this[kNeedDrain] = !0, 
      this[kQueue].push(new QueuedRequest(opts, handler)), this[kQueued]++), !this[kNeedDrain];
     }
     [kHasDispatcher]() {
      for (let i = 0; i < this[kClients].length; i++) {
       const dispatcher = this[kClients][i];
       if (!dispatcher[kNeedDrain] && !0 !== dispatcher.closed && !0 !== dispatcher.destroyed) return !0;
      }
      return !1;
     }
     [kAddClient](client) {
      return client.on("drain", this[kOnDrain].bind(this, client)).on("connect", this[kOnConnect]).on("disconnect", this[kOnDisconnect]).on("connectionError", this[kOnConnectionError]), 
      this[kClients].push(client), this[kNeedDrain] && queueMicrotask(() => {
       this[kNeedDrain] && !client[kNeedDrain] && this[kOnDrain](client, client[kUrl], [ client, this ]);
      }), this;
     }
     [kRetireClient](client) {
      const idx = this[kClients].indexOf(client);
      if (-1 !== idx && this[kClients].splice(idx, 1), client.destroyed || this[kRetiring].has(client)) return;
      let resolveClosed, done = !1;
      const closed = new Promise(resolve => {
       resolveClosed = resolve;
      });
      this[kRetiring].set(client, closed), client.close(() => {
       done || (done = !0, this[kRetiring].delete(client), resolveClosed());
      });
     }
     [kRemoveClient](client) {
      this[kRetireClient](client), this[kNeedDrain] = !this[kClients].some(dispatcher => !dispatcher[kNeedDrain] && !0 !== dispatcher.closed && !0 !== dispatcher.destroyed);
     }
    },
    kClients: kClients,
    kNeedDrain: kNeedDrain,
    kAddClient: kAddClient,
    kRemoveClient: kRemoveClient,
    kRetireClient: kRetireClient,
    kDrainQueue: kDrainQueue,
    kOnClientBusy: kOnClientBusy,
    kOnClientDrain: kOnClientDrain,
    kGetDispatcher: kGetDispatcher,
    kHasDispatcher: kHasDispatcher
   };
  }),
  307: (function(module, __unused_webpack_exports, __nccwpck_require__) {
   "use strict";
   const {PoolBase: PoolBase, kClients: kClients, kNeedDrain: kNeedDrain, kAddClient: kAddClient, kDrainQueue: kDrainQueue, kOnClientBusy: kOnClientBusy, kOnClientDrain: kOnClientDrain, kGetDispatcher: kGetDispatcher, kHasDispatcher: kHasDispatcher, kRemoveClient: kRemoveClient, kRetireClient: kRetireClient} = __nccwpck_require__(873), Client = __nccwpck_require__(193), {InvalidArgumentError: InvalidArgumentError} = __nccwpck_require__(92), util = __nccwpck_require__(203), {kConnecting: kConnecting, kHTTPContext: kHTTPContext, kUrl: kUrl, kQueued: kQueued} = __nccwpck_require__(478), buildConnector = __nccwpck_require__(657), kOptions = Symbol("options"), kConnections = Symbol("connections"), kFactory = Symbol("factory"), kProtocol = Symbol("protocol"), kProtocolProbe = Symbol("protocol probe");
   function defaultFactory(origin, opts) {
    return new Client(origin, opts);
   }
   function shouldCreateProtocolProbe(pool, dispatcher) {
    return dispatcher instanceof Client && "h1" !== pool[kProtocol] && (!0 === pool[kOptions].useH2c || "https:" === pool[kUrl].protocol && !1 !== pool[kOptions].allowH2);
   }
   function createClient(pool) {
    const dispatcher = pool[kFactory](pool[kUrl], pool[kOptions]);
    return shouldCreateProtocolProbe(pool, dispatcher) && (pool[kProtocolProbe] = dispatcher), 
    pool[kAddClient](dispatcher), dispatcher;
   }
   module.exports = class extends PoolBase {
    constructor(origin, {connections: connections, factory: factory = defaultFactory, connect: connect, connectTimeout: connectTimeout, tls: tls, maxCachedSessions: maxCachedSessions, socketPath: socketPath, autoSelectFamily: autoSelectFamily, autoSelectFamilyAttemptTimeout: autoSelectFamilyAttemptTimeout, allowH2: allowH2, useH2c: useH2c, clientTtl: clientTtl, ...options} = {}) {
     if (null != connections && (!Number.isFinite(connections) || connections < 0)) throw new InvalidArgumentError("invalid connections");
     if ("function" != typeof factory) throw new InvalidArgumentError("factory must be a function.");
     if (null != connect && "function" != typeof connect && "object" != typeof connect) throw new InvalidArgumentError("connect must be a function or an object");
     "function" != typeof connect && (connect = buildConnector({
      ...tls,
      maxCachedSessions: maxCachedSessions,
      allowH2: allowH2,
      useH2c: useH2c,
      socketPath: socketPath,
      timeout: connectTimeout,
      ..."boolean" == typeof autoSelectFamily ? {
       autoSelectFamily: autoSelectFamily,
       autoSelectFamilyAttemptTimeout: autoSelectFamilyAttemptTimeout
      } : void 0,
      ...connect
     })), super(options), this[kConnections] = connections || null, this[kUrl] = util.parseOrigin(origin), 
     this[kOptions] = {
      ...util.deepClone(options),
      connect: connect,
      allowH2: allowH2,
      useH2c: useH2c,
      clientTtl: clientTtl,
      socketPath: socketPath
     }, this[kFactory] = factory, this[kProtocol] = null, this[kProtocolProbe] = null, 
     this.on("connect", (origin, targets) => {
      if (null != clientTtl && clientTtl > 0) for (const target of targets) Object.assign(target, {
       ttl: Date.now()
      });
      const client = targets[targets.length - 1];
      client instanceof Client && (this[kProtocol] = client[kHTTPContext]?.version), client === this[kProtocolProbe] && "h2" !== this[kProtocol] && (this[kProtocolProbe] = null, 
      this[kDrainQueue](origin, targets.slice(1)));
     }), this.on("disconnect", (origin, targets) => {
      targets.includes(this[kProtocolProbe]) && (this[kProtocolProbe] = null, this[kDrainQueue](origin, targets.slice(1)));
     }), this.on("connectionError", (origin, targets) => {
      let resumeQueued = !1;
      for (const target of targets) target === this[kProtocolProbe] && (this[kProtocolProbe] = null, 
      resumeQueued = !0), this[kClients].includes(target) && this[kRetireClient](target);
      (resumeQueued || this[kQueued] > 0) && this[kDrainQueue](origin, targets.slice(1));
     });
    }
    [kOnClientBusy](client) {
     null === this[kProtocolProbe] && client[kConnecting] && shouldCreateProtocolProbe(this, client) && (this[kProtocolProbe] = client);
    }
    [kOnClientDrain](client) {
     client === this[kProtocolProbe] && (this[kProtocolProbe] = null);
    }
    [kGetDispatcher]() {
     const clientTtlOption = this[kOptions].clientTtl;
     for (let i = 0; i < this[kClients].length; i++) {
      const client = this[kClients][i];
      if (null != clientTtlOption && clientTtlOption > 0 && client.ttl && Date.now() - client.ttl > clientTtlOption) this[kRemoveClient](client), 
      i--; else if (!client[kNeedDrain]) return client;
     }
     if (null === this[kProtocolProbe]) return !this[kConnections] || this[kClients].length < this[kConnections] ? createClient(this) : void 0;
    }
    [kHasDispatcher]() {
     const clientTtlOption = this[kOptions].clientTtl;
     for (let i = 0; i < this[kClients].length; i++) {
      const client = this[kClients][i];
      if (null != clientTtlOption && clientTtlOption > 0 && client.ttl && Date.now() - client.ttl > clientTtlOption) this[kRemoveClient](client), 
      i--; else if (!client[kNeedDrain]) return !0;
     }
     return null === this[kProtocolProbe] && (!this[kConnections] || this[kClients].length < this[kConnections]) && (createClient(this), 
     !0);
    }
   };
  }),
  405: (function(__unused_webpack_module, exports, __nccwpck_require__) {
   "use strict";
   Object.defineProperty(exports, "__esModule", {
    value: !0
   }), exports.SPECIAL_HEADERS = exports.MINOR = exports.MAJOR = exports.HTAB_SP_VCHAR_OBS_TEXT = exports.QUOTED_STRING = exports.CONNECTION_TOKEN_CHARS = exports.HEADER_CHARS = exports.TOKEN = exports.HEX = exports.URL_CHAR = exports.USERINFO_CHARS = exports.MARK = exports.ALPHANUM = exports.NUM = exports.HEX_MAP = exports.NUM_MAP = exports.ALPHA = exports.STATUSES_HTTP = exports.H_METHOD_MAP = exports.METHOD_MAP = exports.METHODS_RTSP = exports.METHODS_ICE = exports.METHODS_HTTP = exports.HEADER_STATE = exports.FINISH = exports.STATUSES = exports.METHODS = exports.LENIENT_FLAGS = exports.FLAGS = exports.TYPE = exports.ERROR = void 0;
   const utils_1 = __nccwpck_require__(401);
   exports.ERROR = {
    OK: 0,
    INTERNAL: 1,
    STRICT: 2,
    CR_EXPECTED: 25,
    LF_EXPECTED: 3,
    UNEXPECTED_CONTENT_LENGTH: 4,
    UNEXPECTED_SPACE: 30,
    CLOSED_CONNECTION: 5,
    INVALID_METHOD: 6,
    INVALID_URL: 7,
    INVALID_CONSTANT: 8,
    INVALID_VERSION: 9,
    INVALID_HEADER_TOKEN: 10,
    INVALID_CONTENT_LENGTH: 11,
    INVALID_CHUNK_SIZE: 12,
    INVALID_STATUS: 13,
    INVALID_EOF_STATE: 14,
    INVALID_TRANSFER_ENCODING: 15,
    CB_MESSAGE_BEGIN: 16,
    CB_HEADERS_COMPLETE: 17,
    CB_MESSAGE_COMPLETE: 18,
    CB_CHUNK_HEADER: 19,
    CB_CHUNK_COMPLETE: 20,
    PAUSED: 21,
    PAUSED_UPGRADE: 22,
    PAUSED_H2_UPGRADE: 23,
    USER: 24,
    CB_URL_COMPLETE: 26,
    CB_STATUS_COMPLETE: 27,
    CB_METHOD_COMPLETE: 32,
    CB_VERSION_COMPLETE: 33,
    CB_HEADER_FIELD_COMPLETE: 28,
    CB_HEADER_VALUE_COMPLETE: 29,
    CB_CHUNK_EXTENSION_NAME_COMPLETE: 34,
    CB_CHUNK_EXTENSION_VALUE_COMPLETE: 35,
    CB_RESET: 31,
    CB_PROTOCOL_COMPLETE: 38
   }, exports.TYPE = {
    BOTH: 0,
    REQUEST: 1,
    RESPONSE: 2
   }, exports.FLAGS = {
    CONNECTION_KEEP_ALIVE: 1,
    CONNECTION_CLOSE: 2,
    CONNECTION_UPGRADE: 4,
    CHUNKED: 8,
    UPGRADE: 16,
    CONTENT_LENGTH: 32,
    SKIPBODY: 64,
    TRAILING: 128,
    TRANSFER_ENCODING: 512
   }, exports.LENIENT_FLAGS = {
    HEADERS: 1,
    CHUNKED_LENGTH: 2,
    KEEP_ALIVE: 4,
    TRANSFER_ENCODING: 8,
    VERSION: 16,
    DATA_AFTER_CLOSE: 32,
    OPTIONAL_LF_AFTER_CR: 64,
    OPTIONAL_CRLF_AFTER_CHUNK: 128,
    OPTIONAL_CR_BEFORE_LF: 256,
    SPACES_AFTER_CHUNK_SIZE: 512
   }, exports.METHODS = {
    DELETE: 0,
    GET: 1,
    HEAD: 2,
    POST: 3,
    PUT: 4,
    CONNECT: 5,
    OPTIONS: 6,
    TRACE: 7,
    COPY: 8,
    LOCK: 9,
    MKCOL: 10,
    MOVE: 11,
    PROPFIND: 12,
    PROPPATCH: 13,
    SEARCH: 14,
    UNLOCK: 15,
    BIND: 16,
    REBIND: 17,
    UNBIND: 18,
    ACL: 19,
    REPORT: 20,
    MKACTIVITY: 21,
    CHECKOUT: 22,
    MERGE: 23,
    "M-SEARCH": 24,
    NOTIFY: 25,
    SUBSCRIBE: 26,
    UNSUBSCRIBE: 27,
    PATCH: 28,
    PURGE: 29,
    MKCALENDAR: 30,
    LINK: 31,
    UNLINK: 32,
    SOURCE: 33,
    PRI: 34,
    DESCRIBE: 35,
    ANNOUNCE: 36,
    SETUP: 37,
    PLAY: 38,
    PAUSE: 39,
    TEARDOWN: 40,
    GET_PARAMETER: 41,
    SET_PARAMETER: 42,
    REDIRECT: 43,
    RECORD: 44,
    FLUSH: 45,
    QUERY: 46
   }, exports.STATUSES = {
    CONTINUE: 100,
    SWITCHING_PROTOCOLS: 101,
    PROCESSING: 102,
    EARLY_HINTS: 103,
    RESPONSE_IS_STALE: 110,
    REVALIDATION_FAILED: 111,
    DISCONNECTED_OPERATION: 112,
    HEURISTIC_EXPIRATION: 113,
    MISCELLANEOUS_WARNING: 199,
    OK: 200,
    CREATED: 201,
    ACCEPTED: 202,
    NON_AUTHORITATIVE_INFORMATION: 203,
    NO_CONTENT: 204,
    RESET_CONTENT: 205,
    PARTIAL_CONTENT: 206,
    MULTI_STATUS: 207,
    ALREADY_REPORTED: 208,
    TRANSFORMATION_APPLIED: 214,
    IM_USED: 226,
    MISCELLANEOUS_PERSISTENT_WARNING: 299,
    MULTIPLE_CHOICES: 300,
    MOVED_PERMANENTLY: 301,
    FOUND: 302,
    SEE_OTHER: 303,
    NOT_MODIFIED: 304,
    USE_PROXY: 305,
    SWITCH_PROXY: 306,
    TEMPORARY_REDIRECT: 307,
    PERMANENT_REDIRECT: 308,
    BAD_REQUEST: 400,
    UNAUTHORIZED: 401,
    PAYMENT_REQUIRED: 402,
    FORBIDDEN: 403,
    NOT_FOUND: 404,
    METHOD_NOT_ALLOWED: 405,
    NOT_ACCEPTABLE: 406,
    PROXY_AUTHENTICATION_REQUIRED: 407,
    REQUEST_TIMEOUT: 408,
    CONFLICT: 409,
    GONE: 410,
    LENGTH_REQUIRED: 411,
    PRECONDITION_FAILED: 412,
    PAYLOAD_TOO_LARGE: 413,
    URI_TOO_LONG: 414,
    UNSUPPORTED_MEDIA_TYPE: 415,
    RANGE_NOT_SATISFIABLE: 416,
    EXPECTATION_FAILED: 417,
    IM_A_TEAPOT: 418,
    PAGE_EXPIRED: 419,
    ENHANCE_YOUR_CALM: 420,
    MISDIRECTED_REQUEST: 421,
    UNPROCESSABLE_ENTITY: 422,
    LOCKED: 423,
    FAILED_DEPENDENCY: 424,
    TOO_EARLY: 425,
    UPGRADE_REQUIRED: 426,
    PRECONDITION_REQUIRED: 428,
    TOO_MANY_REQUESTS: 429,
    REQUEST_HEADER_FIELDS_TOO_LARGE_UNOFFICIAL: 430,
    REQUEST_HEADER_FIELDS_TOO_LARGE: 431,
    LOGIN_TIMEOUT: 440,
    NO_RESPONSE: 444,
    RETRY_WITH: 449,
    BLOCKED_BY_PARENTAL_CONTROL: 450,
    UNAVAILABLE_FOR_LEGAL_REASONS: 451,
    CLIENT_CLOSED_LOAD_BALANCED_REQUEST: 460,
    INVALID_X_FORWARDED_FOR: 463,
    REQUEST_HEADER_TOO_LARGE: 494,
    SSL_CERTIFICATE_ERROR: 495,
    SSL_CERTIFICATE_REQUIRED: 496,
    HTTP_REQUEST_SENT_TO_HTTPS_PORT: 497,
    INVALID_TOKEN: 498,
    CLIENT_CLOSED_REQUEST: 499,
    INTERNAL_SERVER_ERROR: 500,
    NOT_IMPLEMENTED: 501,
    BAD_GATEWAY: 502,
    SERVICE_UNAVAILABLE: 503,
    GATEWAY_TIMEOUT: 504,
    HTTP_VERSION_NOT_SUPPORTED: 505,
    VARIANT_ALSO_NEGOTIATES: 506,
    INSUFFICIENT_STORAGE: 507,
    LOOP_DETECTED: 508,
    BANDWIDTH_LIMIT_EXCEEDED: 509,
    NOT_EXTENDED: 510,
    NETWORK_AUTHENTICATION_REQUIRED: 511,
    WEB_SERVER_UNKNOWN_ERROR: 520,
    WEB_SERVER_IS_DOWN: 521,
    CONNECTION_TIMEOUT: 522,
    ORIGIN_IS_UNREACHABLE: 523,
    TIMEOUT_OCCURED: 524,
    SSL_HANDSHAKE_FAILED: 525,
    INVALID_SSL_CERTIFICATE: 526,
    RAILGUN_ERROR: 527,
    SITE_IS_OVERLOADED: 529,
    SITE_IS_FROZEN: 530,
    IDENTITY_PROVIDER_AUTHENTICATION_ERROR: 561,
    NETWORK_READ_TIMEOUT: 598,
    NETWORK_CONNECT_TIMEOUT: 599
   }, exports.FINISH = {
    SAFE: 0,
    SAFE_WITH_CB: 1,
    UNSAFE: 2
   }, exports.HEADER_STATE = {
    GENERAL: 0,
    CONNECTION: 1,
    CONTENT_LENGTH: 2,
    TRANSFER_ENCODING: 3,
    UPGRADE: 4,
    CONNECTION_KEEP_ALIVE: 5,
    CONNECTION_CLOSE: 6,
    CONNECTION_UPGRADE: 7,
    TRANSFER_ENCODING_CHUNKED: 8
   }, exports.METHODS_HTTP = [ exports.METHODS.DELETE, exports.METHODS.GET, exports.METHODS.HEAD, exports.METHODS.POST, exports.METHODS.PUT, exports.METHODS.CONNECT, exports.METHODS.OPTIONS, exports.METHODS.TRACE, exports.METHODS.COPY, exports.METHODS.LOCK, exports.METHODS.MKCOL, exports.METHODS.MOVE, exports.METHODS.PROPFIND, exports.METHODS.PROPPATCH, exports.METHODS.SEARCH, exports.METHODS.UNLOCK, exports.METHODS.BIND, exports.METHODS.REBIND, exports.METHODS.UNBIND, exports.METHODS.ACL, exports.METHODS.REPORT, exports.METHODS.MKACTIVITY, exports.METHODS.CHECKOUT, exports.METHODS.MERGE, exports.METHODS["M-SEARCH"], exports.METHODS.NOTIFY, exports.METHODS.SUBSCRIBE, exports.METHODS.UNSUBSCRIBE, exports.METHODS.PATCH, exports.METHODS.PURGE, exports.METHODS.MKCALENDAR, exports.METHODS.LINK, exports.METHODS.UNLINK, exports.METHODS.PRI, exports.METHODS.SOURCE, exports.METHODS.QUERY ], 
   exports.METHODS_ICE = [ exports.METHODS.SOURCE ], exports.METHODS_RTSP = [ exports.METHODS.OPTIONS, exports.METHODS.DESCRIBE, exports.METHODS.ANNOUNCE, exports.METHODS.SETUP, exports.METHODS.PLAY, exports.METHODS.PAUSE, exports.METHODS.TEARDOWN, exports.METHODS.GET_PARAMETER, exports.METHODS.SET_PARAMETER, exports.METHODS.REDIRECT, exports.METHODS.RECORD, exports.METHODS.FLUSH, exports.METHODS.GET, exports.METHODS.POST ], 
   exports.METHOD_MAP = (0, utils_1.enumToMap)(exports.METHODS), exports.H_METHOD_MAP = Object.fromEntries(Object.entries(exports.METHODS).filter(([k]) => k.startsWith("H"))), 
   exports.STATUSES_HTTP = [ exports.STATUSES.CONTINUE, exports.STATUSES.SWITCHING_PROTOCOLS, exports.STATUSES.PROCESSING, exports.STATUSES.EARLY_HINTS, exports.STATUSES.RESPONSE_IS_STALE, exports.STATUSES.REVALIDATION_FAILED, exports.STATUSES.DISCONNECTED_OPERATION, exports.STATUSES.HEURISTIC_EXPIRATION, exports.STATUSES.MISCELLANEOUS_WARNING, exports.STATUSES.OK, exports.STATUSES.CREATED, exports.STATUSES.ACCEPTED, exports.STATUSES.NON_AUTHORITATIVE_INFORMATION, exports.STATUSES.NO_CONTENT, exports.STATUSES.RESET_CONTENT, exports.STATUSES.PARTIAL_CONTENT, exports.STATUSES.MULTI_STATUS, exports.STATUSES.ALREADY_REPORTED, exports.STATUSES.TRANSFORMATION_APPLIED, exports.STATUSES.IM_USED, exports.STATUSES.MISCELLANEOUS_PERSISTENT_WARNING, exports.STATUSES.MULTIPLE_CHOICES, exports.STATUSES.MOVED_PERMANENTLY, exports.STATUSES.FOUND, exports.STATUSES.SEE_OTHER, exports.STATUSES.NOT_MODIFIED, exports.STATUSES.USE_PROXY, exports.STATUSES.SWITCH_PROXY, exports.STATUSES.TEMPORARY_REDIRECT, exports.STATUSES.PERMANENT_REDIRECT, exports.STATUSES.BAD_REQUEST, exports.STATUSES.UNAUTHORIZED, exports.STATUSES.PAYMENT_REQUIRED, exports.STATUSES.FORBIDDEN, exports.STATUSES.NOT_FOUND, exports.STATUSES.METHOD_NOT_ALLOWED, exports.STATUSES.NOT_ACCEPTABLE, exports.STATUSES.PROXY_AUTHENTICATION_REQUIRED, exports.STATUSES.REQUEST_TIMEOUT, exports.STATUSES.CONFLICT, exports.STATUSES.GONE, exports.STATUSES.LENGTH_REQUIRED, exports.STATUSES.PRECONDITION_FAILED, exports.STATUSES.PAYLOAD_TOO_LARGE, exports.STATUSES.URI_TOO_LONG, exports.STATUSES.UNSUPPORTED_MEDIA_TYPE, exports.STATUSES.RANGE_NOT_SATISFIABLE, exports.STATUSES.EXPECTATION_FAILED, exports.STATUSES.IM_A_TEAPOT, exports.STATUSES.PAGE_EXPIRED, exports.STATUSES.ENHANCE_YOUR_CALM, exports.STATUSES.MISDIRECTED_REQUEST, exports.STATUSES.UNPROCESSABLE_ENTITY, exports.STATUSES.LOCKED, exports.STATUSES.FAILED_DEPENDENCY, exports.STATUSES.TOO_EARLY, exports.STATUSES.UPGRADE_REQUIRED, exports.STATUSES.PRECONDITION_REQUIRED, exports.STATUSES.TOO_MANY_REQUESTS, exports.STATUSES.REQUEST_HEADER_FIELDS_TOO_LARGE_UNOFFICIAL, exports.STATUSES.REQUEST_HEADER_FIELDS_TOO_LARGE, exports.STATUSES.LOGIN_TIMEOUT, exports.STATUSES.NO_RESPONSE, exports.STATUSES.RETRY_WITH, exports.STATUSES.BLOCKED_BY_PARENTAL_CONTROL, exports.STATUSES.UNAVAILABLE_FOR_LEGAL_REASONS, exports.STATUSES.CLIENT_CLOSED_LOAD_BALANCED_REQUEST, exports.STATUSES.INVALID_X_FORWARDED_FOR, exports.STATUSES.REQUEST_HEADER_TOO_LARGE, exports.STATUSES.SSL_CERTIFICATE_ERROR, exports.STATUSES.SSL_CERTIFICATE_REQUIRED, exports.STATUSES.HTTP_REQUEST_SENT_TO_HTTPS_PORT, exports.STATUSES.INVALID_TOKEN, exports.STATUSES.CLIENT_CLOSED_REQUEST, exports.STATUSES.INTERNAL_SERVER_ERROR, exports.STATUSES.NOT_IMPLEMENTED, exports.STATUSES.BAD_GATEWAY, exports.STATUSES.SERVICE_UNAVAILABLE, exports.STATUSES.GATEWAY_TIMEOUT, exports.STATUSES.HTTP_VERSION_NOT_SUPPORTED, exports.STATUSES.VARIANT_ALSO_NEGOTIATES, exports.STATUSES.INSUFFICIENT_STORAGE, exports.STATUSES.LOOP_DETECTED, exports.STATUSES.BANDWIDTH_LIMIT_EXCEEDED, exports.STATUSES.NOT_EXTENDED, exports.STATUSES.NETWORK_AUTHENTICATION_REQUIRED, exports.STATUSES.WEB_SERVER_UNKNOWN_ERROR, exports.STATUSES.WEB_SERVER_IS_DOWN, exports.STATUSES.CONNECTION_TIMEOUT, exports.STATUSES.ORIGIN_IS_UNREACHABLE, exports.STATUSES.TIMEOUT_OCCURED, exports.STATUSES.SSL_HANDSHAKE_FAILED, exports.STATUSES.INVALID_SSL_CERTIFICATE, exports.STATUSES.RAILGUN_ERROR, exports.STATUSES.SITE_IS_OVERLOADED, exports.STATUSES.SITE_IS_FROZEN, exports.STATUSES.IDENTITY_PROVIDER_AUTHENTICATION_ERROR, exports.STATUSES.NETWORK_READ_TIMEOUT, exports.STATUSES.NETWORK_CONNECT_TIMEOUT ], 
   exports.ALPHA = [];
   for (let i = "A".charCodeAt(0); i <= "Z".charCodeAt(0); i++) exports.ALPHA.push(String.fromCharCode(i)), 
   exports.ALPHA.push(String.fromCharCode(i + 32));
   exports.NUM_MAP = {
    0: 0,
    1: 1,
    2: 2,
    3: 3,
    4: 4,
    5: 5,
    6: 6,
    7: 7,
    8: 8,
    9: 9
   }, exports.HEX_MAP = {
    0: 0,
    1: 1,
    2: 2,
    3: 3,
    4: 4,
    5: 5,
    6: 6,
    7: 7,
    8: 8,
    9: 9,
    A: 10,
    B: 11,
    C: 12,
    D: 13,
    E: 14,
    F: 15,
    a: 10,
    b: 11,
    c: 12,
    d: 13,
    e: 14,
    f: 15
   }, exports.NUM = [ "0", "1", "2", "3", "4", "5", "6", "7", "8", "9" ], exports.ALPHANUM = exports.ALPHA.concat(exports.NUM), 
   exports.MARK = [ "-", "_", ".", "!", "~", "*", "'", "(", ")" ], exports.USERINFO_CHARS = exports.ALPHANUM.concat(exports.MARK).concat([ "%", ";", ":", "&", "=", "+", "$", "," ]), 
   exports.URL_CHAR = [ "!", '"', "$", "%", "&", "'", "(", ")", "*", "+", ",", "-", ".", "/", ":", ";", "<", "=", ">", "@", "[", "\\", "]", "^", "_", "`", "{", "|", "}", "~" ].concat(exports.ALPHANUM), 
   exports.HEX = exports.NUM.concat([ "a", "b", "c", "d", "e", "f", "A", "B", "C", "D", "E", "F" ]), 
   exports.TOKEN = [ "!", "#", "$", "%", "&", "'", "*", "+", "-", ".", "^", "_", "`", "|", "~" ].concat(exports.ALPHANUM), 
   exports.HEADER_CHARS = [ "\t" ];
   for (let i = 32; i <= 255; i++) 127 !== i && exports.HEADER_CHARS.push(i);
   exports.CONNECTION_TOKEN_CHARS = exports.HEADER_CHARS.filter(c => 44 !== c), exports.QUOTED_STRING = [ "\t", " " ];
   for (let i = 33; i <= 255; i++) 34 !== i && 92 !== i && exports.QUOTED_STRING.push(i);
   exports.HTAB_SP_VCHAR_OBS_TEXT = [ "\t", " " ];
   for (let i = 33; i <= 126; i++) exports.HTAB_SP_VCHAR_OBS_TEXT.push(i);
   for (let i = 128; i <= 255; i++) exports.HTAB_SP_VCHAR_OBS_TEXT.push(i);
   exports.MAJOR = exports.NUM_MAP, exports.MINOR = exports.MAJOR, exports.SPECIAL_HEADERS = {
    connection: exports.HEADER_STATE.CONNECTION,
    "content-length": exports.HEADER_STATE.CONTENT_LENGTH,
    "proxy-connection": exports.HEADER_STATE.CONNECTION,
    "transfer-encoding": exports.HEADER_STATE.TRANSFER_ENCODING,
    upgrade: exports.HEADER_STATE.UPGRADE
   }, exports.default = {
    ERROR: exports.ERROR,
    TYPE: exports.TYPE,
    FLAGS: exports.FLAGS,
    LENIENT_FLAGS: exports.LENIENT_FLAGS,
    METHODS: exports.METHODS,
    STATUSES: exports.STATUSES,
    FINISH: exports.FINISH,
    HEADER_STATE: exports.HEADER_STATE,
    ALPHA: exports.ALPHA,
    NUM_MAP: exports.NUM_MAP,
    HEX_MAP: exports.HEX_MAP,
    NUM: exports.NUM,
    ALPHANUM: exports.ALPHANUM,
    MARK: exports.MARK,
    USERINFO_CHARS: exports.USERINFO_CHARS,
    URL_CHAR: exports.URL_CHAR,
    HEX: exports.HEX,
    TOKEN: exports.TOKEN,
    HEADER_CHARS: exports.HEADER_CHARS,
    CONNECTION_TOKEN_CHARS: exports.CONNECTION_TOKEN_CHARS,
    QUOTED_STRING: exports.QUOTED_STRING,
    HTAB_SP_VCHAR_OBS_TEXT: exports.HTAB_SP_VCHAR_OBS_TEXT,
    MAJOR: exports.MAJOR,
    MINOR: exports.MINOR,
    SPECIAL_HEADERS: exports.SPECIAL_HEADERS,
    METHODS_HTTP: exports.METHODS_HTTP,
    METHODS_ICE: exports.METHODS_ICE,
    METHODS_RTSP: exports.METHODS_RTSP,
    METHOD_MAP: exports.METHOD_MAP,
    H_METHOD_MAP: exports.H_METHOD_MAP,
    STATUSES_HTTP: exports.STATUSES_HTTP
   };
  }),
  285: (function(module, __unused_webpack_exports, __nccwpck_require__) {
   "use strict";
   module = __nccwpck_require__.nmd(module);
   const {Buffer: Buffer} = __nccwpck_require__(573);
   let wasmBuffer;
   Object.defineProperty(module, "exports", {
    get: () => wasmBuffer || (wasmBuffer = Buffer.from("AGFzbQEAAAABJwdgAX8Bf2ADf39/AX9gAn9/AGABfwBgBH9/f38Bf2AAAGADf39/AALLAQgDZW52GHdhc21fb25faGVhZGVyc19jb21wbGV0ZQAEA2VudhV3YXNtX29uX21lc3NhZ2VfYmVnaW4AAANlbnYLd2FzbV9vbl91cmwAAQNlbnYOd2FzbV9vbl9zdGF0dXMAAQNlbnYUd2FzbV9vbl9oZWFkZXJfZmllbGQAAQNlbnYUd2FzbV9vbl9oZWFkZXJfdmFsdWUAAQNlbnYMd2FzbV9vbl9ib2R5AAEDZW52GHdhc21fb25fbWVzc2FnZV9jb21wbGV0ZQAAAzU0BQYAAAMAAAAAAAADAQMAAwMDAAACAAAAAAICAgICAgICAgIBAQEBAQEBAQEBAwAAAwAAAAQFAXABExMFAwEAAgYIAX8BQcDZBAsHxQcoBm1lbW9yeQIAC19pbml0aWFsaXplAAgZX19pbmRpcmVjdF9mdW5jdGlvbl90YWJsZQEAC2xsaHR0cF9pbml0AAkYbGxodHRwX3Nob3VsZF9rZWVwX2FsaXZlADcMbGxodHRwX2FsbG9jAAsGbWFsbG9jADkLbGxodHRwX2ZyZWUADARmcmVlAAwPbGxodHRwX2dldF90eXBlAA0VbGxodHRwX2dldF9odHRwX21ham9yAA4VbGxodHRwX2dldF9odHRwX21pbm9yAA8RbGxodHRwX2dldF9tZXRob2QAEBZsbGh0dHBfZ2V0X3N0YXR1c19jb2RlABESbGxodHRwX2dldF91cGdyYWRlABIMbGxodHRwX3Jlc2V0ABMObGxodHRwX2V4ZWN1dGUAFBRsbGh0dHBfc2V0dGluZ3NfaW5pdAAVDWxsaHR0cF9maW5pc2gAFgxsbGh0dHBfcGF1c2UAFw1sbGh0dHBfcmVzdW1lABgbbGxodHRwX3Jlc3VtZV9hZnRlcl91cGdyYWRlABkQbGxodHRwX2dldF9lcnJubwAaF2xsaHR0cF9nZXRfZXJyb3JfcmVhc29uABsXbGxodHRwX3NldF9lcnJvcl9yZWFzb24AHBRsbGh0dHBfZ2V0X2Vycm9yX3BvcwAdEWxsaHR0cF9lcnJub19uYW1lAB4SbGxodHRwX21ldGhvZF9uYW1lAB8SbGxodHRwX3N0YXR1c19uYW1lACAabGxodHRwX3NldF9sZW5pZW50X2hlYWRlcnMAISFsbGh0dHBfc2V0X2xlbmllbnRfY2h1bmtlZF9sZW5ndGgAIh1sbGh0dHBfc2V0X2xlbmllbnRfa2VlcF9hbGl2ZQAjJGxsaHR0cF9zZXRfbGVuaWVudF90cmFuc2Zlcl9lbmNvZGluZwAkGmxsaHR0cF9zZXRfbGVuaWVudF92ZXJzaW9uACUjbGxodHRwX3NldF9sZW5pZW50X2RhdGFfYWZ0ZXJfY2xvc2UAJidsbGh0dHBfc2V0X2xlbmllbnRfb3B0aW9uYWxfbGZfYWZ0ZXJfY3IAJyxsbGh0dHBfc2V0X2xlbmllbnRfb3B0aW9uYWxfY3JsZl9hZnRlcl9jaHVuawAoKGxsaHR0cF9zZXRfbGVuaWVudF9vcHRpb25hbF9jcl9iZWZvcmVfbGYAKSpsbGh0dHBfc2V0X2xlbmllbnRfc3BhY2VzX2FmdGVyX2NodW5rX3NpemUAKhhsbGh0dHBfbWVzc2FnZV9uZWVkc19lb2YANgkYAQBBAQsSAQIDBAUKBgcyNDMuKy8tLDAxCuzaAjQWAEHA1QAoAgAEQAALQcDVAEEBNgIACxQAIAAQOCAAIAI2AjggACABOgAoCxQAIAAgAC8BNCAALQAwIAAQNxAACx4BAX9BwAAQOiIBEDggAUGACDYCOCABIAA6ACggAQuPDAEHfwJAIABFDQAgAEEIayIBIABBBGsoAgAiAEF4cSIEaiEFAkAgAEEBcQ0AIABBA3FFDQEgASABKAIAIgBrIgFB1NUAKAIASQ0BIAAgBGohBAJAAkBB2NUAKAIAIAFHBEAgAEH/AU0EQCAAQQN2IQMgASgCCCIAIAEoAgwiAkYEQEHE1QBBxNUAKAIAQX4gA3dxNgIADAULIAIgADYCCCAAIAI2AgwMBAsgASgCGCEGIAEgASgCDCIARwRAIAAgASgCCCICNgIIIAIgADYCDAwDCyABQRRqIgMoAgAiAkUEQCABKAIQIgJFDQIgAUEQaiEDCwNAIAMhByACIgBBFGoiAygCACICDQAgAEEQaiEDIAAoAhAiAg0ACyAHQQA2AgAMAgsgBSgCBCIAQQNxQQNHDQIgBSAAQX5xNgIEQczVACAENgIAIAUgBDYCACABIARBAXI2AgQMAwtBACEACyAGRQ0AAkAgASgCHCICQQJ0QfTXAGoiAygCACABRgRAIAMgADYCACAADQFByNUAQcjVACgCAEF+IAJ3cTYCAAwCCyAGQRBBFCAGKAIQIAFGG2ogADYCACAARQ0BCyAAIAY2AhggASgCECICBEAgACACNgIQIAIgADYCGAsgAUEUaigCACICRQ0AIABBFGogAjYCACACIAA2AhgLIAEgBU8NACAFKAIEIgBBAXFFDQACQAJAAkACQCAAQQJxRQRAQdzVACgCACAFRgRAQdzVACABNgIAQdDVAEHQ1QAoAgAgBGoiADYCACABIABBAXI2AgQgAUHY1QAoAgBHDQZBzNUAQQA2AgBB2NUAQQA2AgAMBgtB2NUAKAIAIAVGBEBB2NUAIAE2AgBBzNUAQczVACgCACAEaiIANgIAIAEgAEEBcjYCBCAAIAFqIAA2AgAMBgsgAEF4cSAEaiEEIABB/wFNBEAgAEEDdiEDIAUoAggiACAFKAIMIgJGBEBBxNUAQcTVACgCAEF+IAN3cTYCAAwFCyACIAA2AgggACACNgIMDAQLIAUoAhghBiAFIAUoAgwiAEcEQEHU1QAoAgAaIAAgBSgCCCICNgIIIAIgADYCDAwDCyAFQRRqIgMoAgAiAkUEQCAFKAIQIgJFDQIgBUEQaiEDCwNAIAMhByACIgBBFGoiAygCACICDQAgAEEQaiEDIAAoAhAiAg0ACyAHQQA2AgAMAgsgBSAAQX5xNgIEIAEgBGogBDYCACABIARBAXI2AgQMAwtBACEACyAGRQ0AAkAgBSgCHCICQQJ0QfTXAGoiAygCACAFRgRAIAMgADYCACAADQFByNUAQcjVACgCAEF+IAJ3cTYCAAwCCyAGQRBBFCAGKAIQIAVGG2ogADYCACAARQ0BCyAAIAY2AhggBSgCECICBEAgACACNgIQIAIgADYCGAsgBUEUaigCACICRQ0AIABBFGogAjYCACACIAA2AhgLIAEgBGogBDYCACABIARBAXI2AgQgAUHY1QAoAgBHDQBBzNUAIAQ2AgAMAQsgBEH/AU0EQCAEQXhxQezVAGohAAJ/QcTVACgCACICQQEgBEEDdnQiA3FFBEBBxNUAIAIgA3I2AgAgAAwBCyAAKAIICyICIAE2AgwgACABNgIIIAEgADYCDCABIAI2AggMAQtBHyECIARB////B00EQCAEQSYgBEEIdmciAGt2QQFxIABBAXRrQT5qIQILIAEgAjYCHCABQgA3AhAgAkECdEH01wBqIQACQEHI1QAoAgAiA0EBIAJ0IgdxRQRAIAAgATYCAEHI1QAgAyAHcjYCACABIAA2AhggASABNgIIIAEgATYCDAwBCyAEQRkgAkEBdmtBACACQR9HG3QhAiAAKAIAIQACQANAIAAiAygCBEF4cSAERg0BIAJBHXYhACACQQF0IQIgAyAAQQRxakEQaiIHKAIAIgANAAsgByABNgIAIAEgAzYCGCABIAE2AgwgASABNgIIDAELIAMoAggiACABNgIMIAMgATYCCCABQQA2AhggASADNgIMIAEgADYCCAtB5NUAQeTVACgCAEEBayIAQX8gABs2AgALCwcAIAAtACgLBwAgAC0AKgsHACAALQArCwcAIAAtACkLBwAgAC8BNAsHACAALQAwC0ABBH8gACgCGCEBIAAvAS4hAiAALQAoIQMgACgCOCEEIAAQOCAAIAQ2AjggACADOgAoIAAgAjsBLiAAIAE2AhgLhocCAwd/A34BeyABIAJqIQQCQCAAIgMoAgwiAA0AIAMoAgQEQCADIAE2AgQLIwBBEGsiCSQAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACfwJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQCADKAIcIgJBAmsO/AEB+QECAwQFBgcICQoLDA0ODxAREvgBE/cBFBX2ARYX9QEYGRobHB0eHyD9AfsBIfQBIiMkJSYnKCkqK/MBLC0uLzAxMvIB8QEzNPAB7wE1Njc4OTo7PD0+P0BBQkNERUZHSElKS0xNTk/6AVBRUlPuAe0BVOwBVesBVldYWVrqAVtcXV5fYGFiY2RlZmdoaWprbG1ub3BxcnN0dXZ3eHl6e3x9fn+AAYEBggGDAYQBhQGGAYcBiAGJAYoBiwGMAY0BjgGPAZABkQGSAZMBlAGVAZYBlwGYAZkBmgGbAZwBnQGeAZ8BoAGhAaIBowGkAaUBpgGnAagBqQGqAasBrAGtAa4BrwGwAbEBsgGzAbQBtQG2AbcBuAG5AboBuwG8Ab0BvgG/AcABwQHCAcMBxAHFAcYBxwHIAckBygHLAcwBzQHOAekB6AHPAecB0AHmAdEB0gHTAdQB5QHVAdYB1wHYAdkB2gHbAdwB3QHeAd8B4AHhAeIB4wEA/AELQQAM4wELQQ4M4gELQQ0M4QELQQ8M4AELQRAM3wELQRMM3gELQRQM3QELQRUM3AELQRYM2wELQRcM2gELQRgM2QELQRkM2AELQRoM1wELQRsM1gELQRwM1QELQR0M1AELQR4M0wELQR8M0gELQSAM0QELQSEM0AELQQgMzwELQSIMzgELQSQMzQELQSMMzAELQQcMywELQSUMygELQSYMyQELQScMyAELQSgMxwELQRIMxgELQREMxQELQSkMxAELQSoMwwELQSsMwgELQSwMwQELQd4BDMABC0EuDL8BC0EvDL4BC0EwDL0BC0ExDLwBC0EyDLsBC0EzDLoBC0E0DLkBC0HfAQy4AQtBNQy3AQtBOQy2AQtBDAy1AQtBNgy0AQtBNwyzAQtBOAyyAQtBPgyxAQtBOgywAQtB4AEMrwELQQsMrgELQT8MrQELQTsMrAELQQoMqwELQTwMqgELQT0MqQELQeEBDKgBC0HBAAynAQtBwAAMpgELQcIADKUBC0EJDKQBC0EtDKMBC0HDAAyiAQtBxAAMoQELQcUADKABC0HGAAyfAQtBxwAMngELQcgADJ0BC0HJAAycAQtBygAMmwELQcsADJoBC0HMAAyZAQtBzQAMmAELQc4ADJcBC0HPAAyWAQtB0AAMlQELQdEADJQBC0HSAAyTAQtB0wAMkgELQdUADJEBC0HUAAyQAQtB1gAMjwELQdcADI4BC0HYAAyNAQtB2QAMjAELQdoADIsBC0HbAAyKAQtB3AAMiQELQd0ADIgBC0HeAAyHAQtB3wAMhgELQeAADIUBC0HhAAyEAQtB4gAMgwELQeMADIIBC0HkAAyBAQtB5QAMgAELQeIBDH8LQeYADH4LQecADH0LQQYMfAtB6AAMewtBBQx6C0HpAAx5C0EEDHgLQeoADHcLQesADHYLQewADHULQe0ADHQLQQMMcwtB7gAMcgtB7wAMcQtB8AAMcAtB8gAMbwtB8QAMbgtB8wAMbQtB9AAMbAtB9QAMawtB9gAMagtBAgxpC0H3AAxoC0H4AAxnC0H5AAxmC0H6AAxlC0H7AAxkC0H8AAxjC0H9AAxiC0H+AAxhC0H/AAxgC0GAAQxfC0GBAQxeC0GCAQxdC0GDAQxcC0GEAQxbC0GFAQxaC0GGAQxZC0GHAQxYC0GIAQxXC0GJAQxWC0GKAQxVC0GLAQxUC0GMAQxTC0GNAQxSC0GOAQxRC0GPAQxQC0GQAQxPC0GRAQxOC0GSAQxNC0GTAQxMC0GUAQxLC0GVAQxKC0GWAQxJC0GXAQxIC0GYAQxHC0GZAQxGC0GaAQxFC0GbAQxEC0GcAQxDC0GdAQxCC0GeAQxBC0GfAQxAC0GgAQw/C0GhAQw+C0GiAQw9C0GjAQw8C0GkAQw7C0GlAQw6C0GmAQw5C0GnAQw4C0GoAQw3C0GpAQw2C0GqAQw1C0GrAQw0C0GsAQwzC0GtAQwyC0GuAQwxC0GvAQwwC0GwAQwvC0GxAQwuC0GyAQwtC0GzAQwsC0G0AQwrC0G1AQwqC0G2AQwpC0G3AQwoC0G4AQwnC0G5AQwmC0G6AQwlC0G7AQwkC0G8AQwjC0G9AQwiC0G+AQwhC0G/AQwgC0HAAQwfC0HBAQweC0HCAQwdC0EBDBwLQcMBDBsLQcQBDBoLQcUBDBkLQcYBDBgLQccBDBcLQcgBDBYLQckBDBULQcoBDBQLQcsBDBMLQcwBDBILQc0BDBELQc4BDBALQc8BDA8LQdABDA4LQdEBDA0LQdIBDAwLQdMBDAsLQdQBDAoLQdUBDAkLQdYBDAgLQeMBDAcLQdcBDAYLQdgBDAULQdkBDAQLQdoBDAMLQdsBDAILQd0BDAELQdwBCyECA0ACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAIAMCfwJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACfwJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACfwJAAkACQAJAAkACQAJAAn8CQAJAAkACfwJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkAgAwJ/AkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJ/AkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQCACDuMBAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISMkJScoKZ4DmwOaA5EDigODA4AD/QL7AvgC8gLxAu8C7QLoAucC5gLlAuQC3ALbAtoC2QLYAtcC1gLVAs8CzgLMAssCygLJAsgCxwLGAsQCwwK+ArwCugK5ArgCtwK2ArUCtAKzArICsQKwAq4CrQKpAqgCpwKmAqUCpAKjAqICoQKgAp8CmAKQAowCiwKKAoEC/gH9AfwB+wH6AfkB+AH3AfUB8wHwAesB6QHoAecB5gHlAeQB4wHiAeEB4AHfAd4B3QHcAdoB2QHYAdcB1gHVAdQB0wHSAdEB0AHPAc4BzQHMAcsBygHJAcgBxwHGAcUBxAHDAcIBwQHAAb8BvgG9AbwBuwG6AbkBuAG3AbYBtQG0AbMBsgGxAbABrwGuAa0BrAGrAaoBqQGoAacBpgGlAaQBowGiAZ8BngGZAZgBlwGWAZUBlAGTAZIBkQGQAY8BjQGMAYcBhgGFAYQBgwGCAX18e3p5dnV0UFFSU1RVCyABIARHDXJB/QEhAgy+AwsgASAERw2YAUHbASECDL0DCyABIARHDfEBQY4BIQIMvAMLIAEgBEcN/AFBhAEhAgy7AwsgASAERw2KAkH/ACECDLoDCyABIARHDZECQf0AIQIMuQMLIAEgBEcNlAJB+wAhAgy4AwsgASAERw0eQR4hAgy3AwsgASAERw0ZQRghAgy2AwsgASAERw3KAkHNACECDLUDCyABIARHDdUCQcYAIQIMtAMLIAEgBEcN1gJBwwAhAgyzAwsgASAERw3cAkE4IQIMsgMLIAMtADBBAUYNrQMMiQMLQQAhAAJAAkACQCADLQAqRQ0AIAMtACtFDQAgAy8BMiICQQJxRQ0BDAILIAMvATIiAkEBcUUNAQtBASEAIAMtAChBAUYNACADLwE0IgZB5ABrQeQASQ0AIAZBzAFGDQAgBkGwAkYNACACQcAAcQ0AQQAhACACQYgEcUGABEYNACACQShxQQBHIQALIANBADsBMiADQQA6ADECQCAARQRAIANBADoAMSADLQAuQQRxDQEMsQMLIANCADcDIAsgA0EAOgAxIANBAToANgxIC0EAIQACQCADKAI4IgJFDQAgAigCMCICRQ0AIAMgAhEAACEACyAARQ1IIABBFUcNYiADQQQ2AhwgAyABNgIUIANB0hs2AhAgA0EVNgIMQQAhAgyvAwsgASAERgRAQQYhAgyvAwsgAS0AAEEKRw0ZIAFBAWohAQwaCyADQgA3AyBBEiECDJQDCyABIARHDYoDQSMhAgysAwsgASAERgRAQQchAgysAwsCQAJAIAEtAABBCmsOBAEYGAAYCyABQQFqIQFBECECDJMDCyABQQFqIQEgA0Evai0AAEEBcQ0XQQAhAiADQQA2AhwgAyABNgIUIANBmSA2AhAgA0EZNgIMDKsDCyADIAMpAyAiDCAEIAFrrSIKfSILQgAgCyAMWBs3AyAgCiAMWg0YQQghAgyqAwsgASAERwRAIANBCTYCCCADIAE2AgRBFCECDJEDC0EJIQIMqQMLIAMpAyBQDa4CDEMLIAEgBEYEQEELIQIMqAMLIAEtAABBCkcNFiABQQFqIQEMFwsgA0Evai0AAEEBcUUNGQwmC0EAIQACQCADKAI4IgJFDQAgAigCUCICRQ0AIAMgAhEAACEACyAADRkMQgtBACEAAkAgAygCOCICRQ0AIAIoAlAiAkUNACADIAIRAAAhAAsgAA0aDCQLQQAhAAJAIAMoAjgiAkUNACACKAJQIgJFDQAgAyACEQAAIQALIAANGwwyCyADQS9qLQAAQQFxRQ0cDCILQQAhAAJAIAMoAjgiAkUNACACKAJUIgJFDQAgAyACEQAAIQALIAANHAxCC0EAIQACQCADKAI4IgJFDQAgAigCVCICRQ0AIAMgAhEAACEACyAADR0MIAsgASAERgRAQRMhAgygAwsCQCABLQAAIgBBCmsOBB8jIwAiCyABQQFqIQEMHwtBACEAAkAgAygCOCICRQ0AIAIoAlQiAkUNACADIAIRAAAhAAsgAA0iDEILIAEgBEYEQEEWIQIMngMLIAEtAABBwMEAai0AAEEBRw0jDIMDCwJAA0AgAS0AAEGwO2otAAAiAEEBRwRAAkAgAEECaw4CAwAnCyABQQFqIQFBISECDIYDCyAEIAFBAWoiAUcNAAtBGCECDJ0DCyADKAIEIQBBACECIANBADYCBCADIAAgAUEBaiIBEDQiAA0hDEELQQAhAAJAIAMoAjgiAkUNACACKAJUIgJFDQAgAyACEQAAIQALIAANIwwqCyABIARGBEBBHCECDJsDCyADQQo2AgggAyABNgIEQQAhAAJAIAMoAjgiAkUNACACKAJQIgJFDQAgAyACEQAAIQALIAANJUEkIQIMgQMLIAEgBEcEQANAIAEtAABBsD1qLQAAIgBBA0cEQCAAQQFrDgUYGiaCAyUmCyAEIAFBAWoiAUcNAAtBGyECDJoDC0EbIQIMmQMLA0AgAS0AAEGwP2otAAAiAEEDRwRAIABBAWsOBQ8RJxMmJwsgBCABQQFqIgFHDQALQR4hAgyYAwsgASAERwRAIANBCzYCCCADIAE2AgRBByECDP8CC0EfIQIMlwMLIAEgBEYEQEEgIQIMlwMLAkAgAS0AAEENaw4ULj8/Pz8/Pz8/Pz8/Pz8/Pz8/PwA/C0EAIQIgA0EANgIcIANBvws2AhAgA0ECNgIMIAMgAUEBajYCFAyWAwsgA0EvaiECA0AgASAERgRAQSEhAgyXAwsCQAJAAkAgAS0AACIAQQlrDhgCACkpASkpKSkpKSkpKSkpKSkpKSkpKQInCyABQQFqIQEgA0Evai0AAEEBcUUNCgwYCyABQQFqIQEMFwsgAUEBaiEBIAItAABBAnENAAtBACECIANBADYCHCADIAE2AhQgA0GfFTYCECADQQw2AgwMlQMLIAMtAC5BgAFxRQ0BC0EAIQACQCADKAI4IgJFDQAgAigCXCICRQ0AIAMgAhEAACEACyAARQ3mAiAAQRVGBEAgA0EkNgIcIAMgATYCFCADQZsbNgIQIANBFTYCDEEAIQIMlAMLQQAhAiADQQA2AhwgAyABNgIUIANBkA42AhAgA0EUNgIMDJMDC0EAIQIgA0EANgIcIAMgATYCFCADQb4gNgIQIANBAjYCDAySAwsgAygCBCEAQQAhAiADQQA2AgQgAyAAIAEgDKdqIgEQMiIARQ0rIANBBzYCHCADIAE2AhQgAyAANgIMDJEDCyADLQAuQcAAcUUNAQtBACEAAkAgAygCOCICRQ0AIAIoAlgiAkUNACADIAIRAAAhAAsgAEUNKyAAQRVGBEAgA0EKNgIcIAMgATYCFCADQesZNgIQIANBFTYCDEEAIQIMkAMLQQAhAiADQQA2AhwgAyABNgIUIANBkww2AhAgA0ETNgIMDI8DC0EAIQIgA0EANgIcIAMgATYCFCADQYIVNgIQIANBAjYCDAyOAwtBACECIANBADYCHCADIAE2AhQgA0HdFDYCECADQRk2AgwMjQMLQQAhAiADQQA2AhwgAyABNgIUIANB5h02AhAgA0EZNgIMDIwDCyAAQRVGDT1BACECIANBADYCHCADIAE2AhQgA0HQDzYCECADQSI2AgwMiwMLIAMoAgQhAEEAIQIgA0EANgIEIAMgACABEDMiAEUNKCADQQ02AhwgAyABNgIUIAMgADYCDAyKAwsgAEEVRg06QQAhAiADQQA2AhwgAyABNgIUIANB0A82AhAgA0EiNgIMDIkDCyADKAIEIQBBACECIANBADYCBCADIAAgARAzIgBFBEAgAUEBaiEBDCgLIANBDjYCHCADIAA2AgwgAyABQQFqNgIUDIgDCyAAQRVGDTdBACECIANBADYCHCADIAE2AhQgA0HQDzYCECADQSI2AgwMhwMLIAMoAgQhAEEAIQIgA0EANgIEIAMgACABEDMiAEUEQCABQQFqIQEMJwsgA0EPNgIcIAMgADYCDCADIAFBAWo2AhQMhgMLQQAhAiADQQA2AhwgAyABNgIUIANB4hc2AhAgA0EZNgIMDIUDCyAAQRVGDTNBACECIANBADYCHCADIAE2AhQgA0HWDDYCECADQSM2AgwMhAMLIAMoAgQhAEEAIQIgA0EANgIEIAMgACABEDQiAEUNJSADQRE2AhwgAyABNgIUIAMgADYCDAyDAwsgAEEVRg0wQQAhAiADQQA2AhwgAyABNgIUIANB1gw2AhAgA0EjNgIMDIIDCyADKAIEIQBBACECIANBADYCBCADIAAgARA0IgBFBEAgAUEBaiEBDCULIANBEjYCHCADIAA2AgwgAyABQQFqNgIUDIEDCyADQS9qLQAAQQFxRQ0BC0EXIQIM5gILQQAhAiADQQA2AhwgAyABNgIUIANB4hc2AhAgA0EZNgIMDP4CCyAAQTtHDQAgAUEBaiEBDAwLQQAhAiADQQA2AhwgAyABNgIUIANBkhg2AhAgA0ECNgIMDPwCCyAAQRVGDShBACECIANBADYCHCADIAE2AhQgA0HWDDYCECADQSM2AgwM+wILIANBFDYCHCADIAE2AhQgAyAANgIMDPoCCyADKAIEIQBBACECIANBADYCBCADIAAgARA0IgBFBEAgAUEBaiEBDPUCCyADQRU2AhwgAyAANgIMIAMgAUEBajYCFAz5AgsgAygCBCEAQQAhAiADQQA2AgQgAyAAIAEQNCIARQRAIAFBAWohAQzzAgsgA0EXNgIcIAMgADYCDCADIAFBAWo2AhQM+AILIABBFUYNI0EAIQIgA0EANgIcIAMgATYCFCADQdYMNgIQIANBIzYCDAz3AgsgAygCBCEAQQAhAiADQQA2AgQgAyAAIAEQNCIARQRAIAFBAWohAQwdCyADQRk2AhwgAyAANgIMIAMgAUEBajYCFAz2AgsgAygCBCEAQQAhAiADQQA2AgQgAyAAIAEQNCIARQRAIAFBAWohAQzvAgsgA0EaNgIcIAMgADYCDCADIAFBAWo2AhQM9QILIABBFUYNH0EAIQIgA0EANgIcIAMgATYCFCADQdAPNgIQIANBIjYCDAz0AgsgAygCBCEAIANBADYCBCADIAAgARAzIgBFBEAgAUEBaiEBDBsLIANBHDYCHCADIAA2AgwgAyABQQFqNgIUQQAhAgzzAgsgAygCBCEAIANBADYCBCADIAAgARAzIgBFBEAgAUEBaiEBDOsCCyADQR02AhwgAyAANgIMIAMgAUEBajYCFEEAIQIM8gILIABBO0cNASABQQFqIQELQSYhAgzXAgtBACECIANBADYCHCADIAE2AhQgA0GfFTYCECADQQw2AgwM7wILIAEgBEcEQANAIAEtAABBIEcNhAIgBCABQQFqIgFHDQALQSwhAgzvAgtBLCECDO4CCyABIARGBEBBNCECDO4CCwJAAkADQAJAIAEtAABBCmsOBAIAAAMACyAEIAFBAWoiAUcNAAtBNCECDO8CCyADKAIEIQAgA0EANgIEIAMgACABEDEiAEUNnwIgA0EyNgIcIAMgATYCFCADIAA2AgxBACECDO4CCyADKAIEIQAgA0EANgIEIAMgACABEDEiAEUEQCABQQFqIQEMnwILIANBMjYCHCADIAA2AgwgAyABQQFqNgIUQQAhAgztAgsgASAERwRAAkADQCABLQAAQTBrIgBB/wFxQQpPBEBBOiECDNcCCyADKQMgIgtCmbPmzJmz5swZVg0BIAMgC0IKfiIKNwMgIAogAK1C/wGDIgtCf4VWDQEgAyAKIAt8NwMgIAQgAUEBaiIBRw0AC0HAACECDO4CCyADKAIEIQAgA0EANgIEIAMgACABQQFqIgEQMSIADRcM4gILQcAAIQIM7AILIAEgBEYEQEHJACECDOwCCwJAA0ACQCABLQAAQQlrDhgAAqICogKpAqICogKiAqICogKiAqICogKiAqICogKiAqICogKiAqICogKiAgCiAgsgBCABQQFqIgFHDQALQckAIQIM7AILIAFBAWohASADQS9qLQAAQQFxDaUCIANBADYCHCADIAE2AhQgA0GXEDYCECADQQo2AgxBACECDOsCCyABIARHBEADQCABLQAAQSBHDRUgBCABQQFqIgFHDQALQfgAIQIM6wILQfgAIQIM6gILIANBAjoAKAw4C0EAIQIgA0EANgIcIANBvws2AhAgA0ECNgIMIAMgAUEBajYCFAzoAgtBACECDM4CC0ENIQIMzQILQRMhAgzMAgtBFSECDMsCC0EWIQIMygILQRghAgzJAgtBGSECDMgCC0EaIQIMxwILQRshAgzGAgtBHCECDMUCC0EdIQIMxAILQR4hAgzDAgtBHyECDMICC0EgIQIMwQILQSIhAgzAAgtBIyECDL8CC0ElIQIMvgILQeUAIQIMvQILIANBPTYCHCADIAE2AhQgAyAANgIMQQAhAgzVAgsgA0EbNgIcIAMgATYCFCADQaQcNgIQIANBFTYCDEEAIQIM1AILIANBIDYCHCADIAE2AhQgA0GYGjYCECADQRU2AgxBACECDNMCCyADQRM2AhwgAyABNgIUIANBmBo2AhAgA0EVNgIMQQAhAgzSAgsgA0ELNgIcIAMgATYCFCADQZgaNgIQIANBFTYCDEEAIQIM0QILIANBEDYCHCADIAE2AhQgA0GYGjYCECADQRU2AgxBACECDNACCyADQSA2AhwgAyABNgIUIANBpBw2AhAgA0EVNgIMQQAhAgzPAgsgA0ELNgIcIAMgATYCFCADQaQcNgIQIANBFTYCDEEAIQIMzgILIANBDDYCHCADIAE2AhQgA0GkHDYCECADQRU2AgxBACECDM0CC0EAIQIgA0EANgIcIAMgATYCFCADQd0ONgIQIANBEjYCDAzMAgsCQANAAkAgAS0AAEEKaw4EAAICAAILIAQgAUEBaiIBRw0AC0H9ASECDMwCCwJAAkAgAy0ANkEBRw0AQQAhAAJAIAMoAjgiAkUNACACKAJgIgJFDQAgAyACEQAAIQALIABFDQAgAEEVRw0BIANB/AE2AhwgAyABNgIUIANB3Bk2AhAgA0EVNgIMQQAhAgzNAgtB3AEhAgyzAgsgA0EANgIcIAMgATYCFCADQfkLNgIQIANBHzYCDEEAIQIMywILAkACQCADLQAoQQFrDgIEAQALQdsBIQIMsgILQdQBIQIMsQILIANBAjoAMUEAIQACQCADKAI4IgJFDQAgAigCACICRQ0AIAMgAhEAACEACyAARQRAQd0BIQIMsQILIABBFUcEQCADQQA2AhwgAyABNgIUIANBtAw2AhAgA0EQNgIMQQAhAgzKAgsgA0H7ATYCHCADIAE2AhQgA0GBGjYCECADQRU2AgxBACECDMkCCyABIARGBEBB+gEhAgzJAgsgAS0AAEHIAEYNASADQQE6ACgLQcABIQIMrgILQdoBIQIMrQILIAEgBEcEQCADQQw2AgggAyABNgIEQdkBIQIMrQILQfkBIQIMxQILIAEgBEYEQEH4ASECDMUCCyABLQAAQcgARw0EIAFBAWohAUHYASECDKsCCyABIARGBEBB9wEhAgzEAgsCQAJAIAEtAABBxQBrDhAABQUFBQUFBQUFBQUFBQUBBQsgAUEBaiEBQdYBIQIMqwILIAFBAWohAUHXASECDKoCC0H2ASECIAEgBEYNwgIgAygCACIAIAQgAWtqIQUgASAAa0ECaiEGAkADQCABLQAAIABButUAai0AAEcNAyAAQQJGDQEgAEEBaiEAIAQgAUEBaiIBRw0ACyADIAU2AgAMwwILIAMoAgQhACADQgA3AwAgAyAAIAZBAWoiARAuIgBFBEBB4wEhAgyqAgsgA0H1ATYCHCADIAE2AhQgAyAANgIMQQAhAgzCAgtB9AEhAiABIARGDcECIAMoAgAiACAEIAFraiEFIAEgAGtBAWohBgJAA0AgAS0AACAAQbjVAGotAABHDQIgAEEBRg0BIABBAWohACAEIAFBAWoiAUcNAAsgAyAFNgIADMICCyADQYEEOwEoIAMoAgQhACADQgA3AwAgAyAAIAZBAWoiARAuIgANAwwCCyADQQA2AgALQQAhAiADQQA2AhwgAyABNgIUIANB5R82AhAgA0EINgIMDL8CC0HVASECDKUCCyADQfMBNgIcIAMgATYCFCADIAA2AgxBACECDL0CC0EAIQACQCADKAI4IgJFDQAgAigCQCICRQ0AIAMgAhEAACEACyAARQ1uIABBFUcEQCADQQA2AhwgAyABNgIUIANBgg82AhAgA0EgNgIMQQAhAgy9AgsgA0GPATYCHCADIAE2AhQgA0HsGzYCECADQRU2AgxBACECDLwCCyABIARHBEAgA0ENNgIIIAMgATYCBEHTASECDKMCC0HyASECDLsCCyABIARGBEBB8QEhAgy7AgsCQAJAAkAgAS0AAEHIAGsOCwABCAgICAgICAgCCAsgAUEBaiEBQdABIQIMowILIAFBAWohAUHRASECDKICCyABQQFqIQFB0gEhAgyhAgtB8AEhAiABIARGDbkCIAMoAgAiACAEIAFraiEGIAEgAGtBAmohBQNAIAEtAAAgAEG11QBqLQAARw0EIABBAkYNAyAAQQFqIQAgBCABQQFqIgFHDQALIAMgBjYCAAy5AgtB7wEhAiABIARGDbgCIAMoAgAiACAEIAFraiEGIAEgAGtBAWohBQNAIAEtAAAgAEGz1QBqLQAARw0DIABBAUYNAiAAQQFqIQAgBCABQQFqIgFHDQALIAMgBjYCAAy4AgtB7gEhAiABIARGDbcCIAMoAgAiACAEIAFraiEGIAEgAGtBAmohBQNAIAEtAAAgAEGw1QBqLQAARw0CIABBAkYNASAAQQFqIQAgBCABQQFqIgFHDQALIAMgBjYCAAy3AgsgAygCBCEAIANCADcDACADIAAgBUEBaiIBECsiAEUNAiADQewBNgIcIAMgATYCFCADIAA2AgxBACECDLYCCyADQQA2AgALIAMoAgQhACADQQA2AgQgAyAAIAEQKyIARQ2cAiADQe0BNgIcIAMgATYCFCADIAA2AgxBACECDLQCC0HPASECDJoCC0EAIQACQCADKAI4IgJFDQAgAigCNCICRQ0AIAMgAhEAACEACwJAIAAEQCAAQRVGDQEgA0EANgIcIAMgATYCFCADQeoNNgIQIANBJjYCDEEAIQIMtAILQc4BIQIMmgILIANB6wE2AhwgAyABNgIUIANBgBs2AhAgA0EVNgIMQQAhAgyyAgsgASAERgRAQesBIQIMsgILIAEtAABBL0YEQCABQQFqIQEMAQsgA0EANgIcIAMgATYCFCADQbI4NgIQIANBCDYCDEEAIQIMsQILQc0BIQIMlwILIAEgBEcEQCADQQ42AgggAyABNgIEQcwBIQIMlwILQeoBIQIMrwILIAEgBEYEQEHpASECDK8CCyABLQAAQTBrIgBB/wFxQQpJBEAgAyAAOgAqIAFBAWohAUHLASECDJYCCyADKAIEIQAgA0EANgIEIAMgACABEC8iAEUNlwIgA0HoATYCHCADIAE2AhQgAyAANgIMQQAhAgyuAgsgASAERgRAQecBIQIMrgILAkAgAS0AAEEuRgRAIAFBAWohAQwBCyADKAIEIQAgA0EANgIEIAMgACABEC8iAEUNmAIgA0HmATYCHCADIAE2AhQgAyAANgIMQQAhAgyuAgtBygEhAgyUAgsgASAERgRAQeUBIQIMrQILQQAhAEEBIQVBASEHQQAhAgJAAkACQAJAAkACfwJAAkACQAJAAkACQAJAIAEtAABBMGsOCgoJAAECAwQFBggLC0ECDAYLQQMMBQtBBAwEC0EFDAMLQQYMAgtBBwwBC0EICyECQQAhBUEAIQcMAgtBCSECQQEhAEEAIQVBACEHDAELQQAhBUEBIQILIAMgAjoAKyABQQFqIQECQAJAIAMtAC5BEHENAAJAAkACQCADLQAqDgMBAAIECyAHRQ0DDAILIAANAQwCCyAFRQ0BCyADKAIEIQAgA0EANgIEIAMgACABEC8iAEUNAiADQeIBNgIcIAMgATYCFCADIAA2AgxBACECDK8CCyADKAIEIQAgA0EANgIEIAMgACABEC8iAEUNmgIgA0HjATYCHCADIAE2AhQgAyAANgIMQQAhAgyuAgsgAygCBCEAIANBADYCBCADIAAgARAvIgBFDZgCIANB5AE2AhwgAyABNgIUIAMgADYCDAytAgtByQEhAgyTAgtBACEAAkAgAygCOCICRQ0AIAIoAkQiAkUNACADIAIRAAAhAAsCQCAABEAgAEEVRg0BIANBADYCHCADIAE2AhQgA0GkDTYCECADQSE2AgxBACECDK0CC0HIASECDJMCCyADQeEBNgIcIAMgATYCFCADQdAaNgIQIANBFTYCDEEAIQIMqwILIAEgBEYEQEHhASECDKsCCwJAIAEtAABBIEYEQCADQQA7ATQgAUEBaiEBDAELIANBADYCHCADIAE2AhQgA0GZETYCECADQQk2AgxBACECDKsCC0HHASECDJECCyABIARGBEBB4AEhAgyqAgsCQCABLQAAQTBrQf8BcSICQQpJBEAgAUEBaiEBAkAgAy8BNCIAQZkzSw0AIAMgAEEKbCIAOwE0IABB/v8DcSACQf//A3NLDQAgAyAAIAJqOwE0DAILQQAhAiADQQA2AhwgAyABNgIUIANBlR42AhAgA0ENNgIMDKsCCyADQQA2AhwgAyABNgIUIANBlR42AhAgA0ENNgIMQQAhAgyqAgtBxgEhAgyQAgsgASAERgRAQd8BIQIMqQILAkAgAS0AAEEwa0H/AXEiAkEKSQRAIAFBAWohAQJAIAMvATQiAEGZM0sNACADIABBCmwiADsBNCAAQf7/A3EgAkH//wNzSw0AIAMgACACajsBNAwCC0EAIQIgA0EANgIcIAMgATYCFCADQZUeNgIQIANBDTYCDAyqAgsgA0EANgIcIAMgATYCFCADQZUeNgIQIANBDTYCDEEAIQIMqQILQcUBIQIMjwILIAEgBEYEQEHeASECDKgCCwJAIAEtAABBMGtB/wFxIgJBCkkEQCABQQFqIQECQCADLwE0IgBBmTNLDQAgAyAAQQpsIgA7ATQgAEH+/wNxIAJB//8Dc0sNACADIAAgAmo7ATQMAgtBACECIANBADYCHCADIAE2AhQgA0GVHjYCECADQQ02AgwMqQILIANBADYCHCADIAE2AhQgA0GVHjYCECADQQ02AgxBACECDKgCC0HEASECDI4CCyABIARGBEBB3QEhAgynAgsCQAJAAkACQCABLQAAQQprDhcCAwMAAwMDAwMDAwMDAwMDAwMDAwMDAQMLIAFBAWoMBQsgAUEBaiEBQcMBIQIMjwILIAFBAWohASADQS9qLQAAQQFxDQggA0EANgIcIAMgATYCFCADQY0LNgIQIANBDTYCDEEAIQIMpwILIANBADYCHCADIAE2AhQgA0GNCzYCECADQQ02AgxBACECDKYCCyABIARHBEAgA0EPNgIIIAMgATYCBEEBIQIMjQILQdwBIQIMpQILAkACQANAAkAgAS0AAEEKaw4EAgAAAwALIAQgAUEBaiIBRw0AC0HbASECDKYCCyADKAIEIQAgA0EANgIEIAMgACABEC0iAEUEQCABQQFqIQEMBAsgA0HaATYCHCADIAA2AgwgAyABQQFqNgIUQQAhAgylAgsgAygCBCEAIANBADYCBCADIAAgARAtIgANASABQQFqCyEBQcEBIQIMigILIANB2QE2AhwgAyAANgIMIAMgAUEBajYCFEEAIQIMogILQcIBIQIMiAILIANBL2otAABBAXENASADQQA2AhwgAyABNgIUIANB5Bw2AhAgA0EZNgIMQQAhAgygAgsgASAERgRAQdkBIQIMoAILAkACQAJAIAEtAABBCmsOBAECAgACCyABQQFqIQEMAgsgAUEBaiEBDAELIAMtAC5BwABxRQ0BC0EAIQACQCADKAI4IgJFDQAgAigCPCICRQ0AIAMgAhEAACEACyAARQ2gASAAQRVGBEAgA0HZADYCHCADIAE2AhQgA0G3GjYCECADQRU2AgxBACECDJ8CCyADQQA2AhwgAyABNgIUIANBgA02AhAgA0EbNgIMQQAhAgyeAgsgA0EANgIcIAMgATYCFCADQdwoNgIQIANBAjYCDEEAIQIMnQILIAEgBEcEQCADQQw2AgggAyABNgIEQb8BIQIMhAILQdgBIQIMnAILIAEgBEYEQEHXASECDJwCCwJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkAgAS0AAEHBAGsOFQABAgNaBAUGWlpaBwgJCgsMDQ4PEFoLIAFBAWohAUH7ACECDJICCyABQQFqIQFB/AAhAgyRAgsgAUEBaiEBQYEBIQIMkAILIAFBAWohAUGFASECDI8CCyABQQFqIQFBhgEhAgyOAgsgAUEBaiEBQYkBIQIMjQILIAFBAWohAUGKASECDIwCCyABQQFqIQFBjQEhAgyLAgsgAUEBaiEBQZYBIQIMigILIAFBAWohAUGXASECDIkCCyABQQFqIQFBmAEhAgyIAgsgAUEBaiEBQaUBIQIMhwILIAFBAWohAUGmASECDIYCCyABQQFqIQFBrAEhAgyFAgsgAUEBaiEBQbQBIQIMhAILIAFBAWohAUG3ASECDIMCCyABQQFqIQFBvgEhAgyCAgsgASAERgRAQdYBIQIMmwILIAEtAABBzgBHDUggAUEBaiEBQb0BIQIMgQILIAEgBEYEQEHVASECDJoCCwJAAkACQCABLQAAQcIAaw4SAEpKSkpKSkpKSgFKSkpKSkoCSgsgAUEBaiEBQbgBIQIMggILIAFBAWohAUG7ASECDIECCyABQQFqIQFBvAEhAgyAAgtB1AEhAiABIARGDZgCIAMoAgAiACAEIAFraiEFIAEgAGtBB2ohBgJAA0AgAS0AACAAQajVAGotAABHDUUgAEEHRg0BIABBAWohACAEIAFBAWoiAUcNAAsgAyAFNgIADJkCCyADQQA2AgAgBkEBaiEBQRsMRQsgASAERgRAQdMBIQIMmAILAkACQCABLQAAQckAaw4HAEdHR0dHAUcLIAFBAWohAUG5ASECDP8BCyABQQFqIQFBugEhAgz+AQtB0gEhAiABIARGDZYCIAMoAgAiACAEIAFraiEFIAEgAGtBAWohBgJAA0AgAS0AACAAQabVAGotAABHDUMgAEEBRg0BIABBAWohACAEIAFBAWoiAUcNAAsgAyAFNgIADJcCCyADQQA2AgAgBkEBaiEBQQ8MQwtB0QEhAiABIARGDZUCIAMoAgAiACAEIAFraiEFIAEgAGtBAWohBgJAA0AgAS0AACAAQaTVAGotAABHDUIgAEEBRg0BIABBAWohACAEIAFBAWoiAUcNAAsgAyAFNgIADJYCCyADQQA2AgAgBkEBaiEBQSAMQgtB0AEhAiABIARGDZQCIAMoAgAiACAEIAFraiEFIAEgAGtBAmohBgJAA0AgAS0AACAAQaHVAGotAABHDUEgAEECRg0BIABBAWohACAEIAFBAWoiAUcNAAsgAyAFNgIADJUCCyADQQA2AgAgBkEBaiEBQRIMQQsgASAERgRAQc8BIQIMlAILAkACQCABLQAAQcUAaw4OAENDQ0NDQ0NDQ0NDQwFDCyABQQFqIQFBtQEhAgz7AQsgAUEBaiEBQbYBIQIM+gELQc4BIQIgASAERg2SAiADKAIAIgAgBCABa2ohBSABIABrQQJqIQYCQANAIAEtAAAgAEGe1QBqLQAARw0/IABBAkYNASAAQQFqIQAgBCABQQFqIgFHDQALIAMgBTYCAAyTAgsgA0EANgIAIAZBAWohAUEHDD8LQc0BIQIgASAERg2RAiADKAIAIgAgBCABa2ohBSABIABrQQVqIQYCQANAIAEtAAAgAEGY1QBqLQAARw0+IABBBUYNASAAQQFqIQAgBCABQQFqIgFHDQALIAMgBTYCAAySAgsgA0EANgIAIAZBAWohAUEoDD4LIAEgBEYEQEHMASECDJECCwJAAkACQCABLQAAQcUAaw4RAEFBQUFBQUFBQQFBQUFBQQJBCyABQQFqIQFBsQEhAgz5AQsgAUEBaiEBQbIBIQIM+AELIAFBAWohAUGzASECDPcBC0HLASECIAEgBEYNjwIgAygCACIAIAQgAWtqIQUgASAAa0EGaiEGAkADQCABLQAAIABBkdUAai0AAEcNPCAAQQZGDQEgAEEBaiEAIAQgAUEBaiIBRw0ACyADIAU2AgAMkAILIANBADYCACAGQQFqIQFBGgw8C0HKASECIAEgBEYNjgIgAygCACIAIAQgAWtqIQUgASAAa0EDaiEGAkADQCABLQAAIABBjdUAai0AAEcNOyAAQQNGDQEgAEEBaiEAIAQgAUEBaiIBRw0ACyADIAU2AgAMjwILIANBADYCACAGQQFqIQFBIQw7CyABIARGBEBByQEhAgyOAgsCQAJAIAEtAABBwQBrDhQAPT09PT09PT09PT09PT09PT09AT0LIAFBAWohAUGtASECDPUBCyABQQFqIQFBsAEhAgz0AQsgASAERgRAQcgBIQIMjQILAkACQCABLQAAQdUAaw4LADw8PDw8PDw8PAE8CyABQQFqIQFBrgEhAgz0AQsgAUEBaiEBQa8BIQIM8wELQccBIQIgASAERg2LAiADKAIAIgAgBCABa2ohBSABIABrQQhqIQYCQANAIAEtAAAgAEGE1QBqLQAARw04IABBCEYNASAAQQFqIQAgBCABQQFqIgFHDQALIAMgBTYCAAyMAgsgA0EANgIAIAZBAWohAUEqDDgLIAEgBEYEQEHGASECDIsCCyABLQAAQdAARw04IAFBAWohAUElDDcLQcUBIQIgASAERg2JAiADKAIAIgAgBCABa2ohBSABIABrQQJqIQYCQANAIAEtAAAgAEGB1QBqLQAARw02IABBAkYNASAAQQFqIQAgBCABQQFqIgFHDQALIAMgBTYCAAyKAgsgA0EANgIAIAZBAWohAUEODDYLIAEgBEYEQEHEASECDIkCCyABLQAAQcUARw02IAFBAWohAUGrASECDO8BCyABIARGBEBBwwEhAgyIAgsCQAJAAkACQCABLQAAQcIAaw4PAAECOTk5OTk5OTk5OTkDOQsgAUEBaiEBQacBIQIM8QELIAFBAWohAUGoASECDPABCyABQQFqIQFBqQEhAgzvAQsgAUEBaiEBQaoBIQIM7gELQcIBIQIgASAERg2GAiADKAIAIgAgBCABa2ohBSABIABrQQJqIQYCQANAIAEtAAAgAEH+1ABqLQAARw0zIABBAkYNASAAQQFqIQAgBCABQQFqIgFHDQALIAMgBTYCAAyHAgsgA0EANgIAIAZBAWohAUEUDDMLQcEBIQIgASAERg2FAiADKAIAIgAgBCABa2ohBSABIABrQQRqIQYCQANAIAEtAAAgAEH51ABqLQAARw0yIABBBEYNASAAQQFqIQAgBCABQQFqIgFHDQALIAMgBTYCAAyGAgsgA0EANgIAIAZBAWohAUErDDILQcABIQIgASAERg2EAiADKAIAIgAgBCABa2ohBSABIABrQQJqIQYCQANAIAEtAAAgAEH21ABqLQAARw0xIABBAkYNASAAQQFqIQAgBCABQQFqIgFHDQALIAMgBTYCAAyFAgsgA0EANgIAIAZBAWohAUEsDDELQb8BIQIgASAERg2DAiADKAIAIgAgBCABa2ohBSABIABrQQJqIQYCQANAIAEtAAAgAEGh1QBqLQAARw0wIABBAkYNASAAQQFqIQAgBCABQQFqIgFHDQALIAMgBTYCAAyEAgsgA0EANgIAIAZBAWohAUERDDALQb4BIQIgASAERg2CAiADKAIAIgAgBCABa2ohBSABIABrQQNqIQYCQANAIAEtAAAgAEHy1ABqLQAARw0vIABBA0YNASAAQQFqIQAgBCABQQFqIgFHDQALIAMgBTYCAAyDAgsgA0EANgIAIAZBAWohAUEuDC8LIAEgBEYEQEG9ASECDIICCwJAAkACQAJAAkAgAS0AAEHBAGsOFQA0NDQ0NDQ0NDQ0ATQ0AjQ0AzQ0BDQLIAFBAWohAUGbASECDOwBCyABQQFqIQFBnAEhAgzrAQsgAUEBaiEBQZ0BIQIM6gELIAFBAWohAUGiASECDOkBCyABQQFqIQFBpAEhAgzoAQsgASAERgRAQbwBIQIMgQILAkACQCABLQAAQdIAaw4DADABMAsgAUEBaiEBQaMBIQIM6AELIAFBAWohAUEEDC0LQbsBIQIgASAERg3/ASADKAIAIgAgBCABa2ohBSABIABrQQFqIQYCQANAIAEtAAAgAEHw1ABqLQAARw0sIABBAUYNASAAQQFqIQAgBCABQQFqIgFHDQALIAMgBTYCAAyAAgsgA0EANgIAIAZBAWohAUEdDCwLIAEgBEYEQEG6ASECDP8BCwJAAkAgAS0AAEHJAGsOBwEuLi4uLgAuCyABQQFqIQFBoQEhAgzmAQsgAUEBaiEBQSIMKwsgASAERgRAQbkBIQIM/gELIAEtAABB0ABHDSsgAUEBaiEBQaABIQIM5AELIAEgBEYEQEG4ASECDP0BCwJAAkAgAS0AAEHGAGsOCwAsLCwsLCwsLCwBLAsgAUEBaiEBQZ4BIQIM5AELIAFBAWohAUGfASECDOMBC0G3ASECIAEgBEYN+wEgAygCACIAIAQgAWtqIQUgASAAa0EDaiEGAkADQCABLQAAIABB7NQAai0AAEcNKCAAQQNGDQEgAEEBaiEAIAQgAUEBaiIBRw0ACyADIAU2AgAM/AELIANBADYCACAGQQFqIQFBDQwoC0G2ASECIAEgBEYN+gEgAygCACIAIAQgAWtqIQUgASAAa0ECaiEGAkADQCABLQAAIABBodUAai0AAEcNJyAAQQJGDQEgAEEBaiEAIAQgAUEBaiIBRw0ACyADIAU2AgAM+wELIANBADYCACAGQQFqIQFBDAwnC0G1ASECIAEgBEYN+QEgAygCACIAIAQgAWtqIQUgASAAa0EBaiEGAkADQCABLQAAIABB6tQAai0AAEcNJiAAQQFGDQEgAEEBaiEAIAQgAUEBaiIBRw0ACyADIAU2AgAM+gELIANBADYCACAGQQFqIQFBAwwmC0G0ASECIAEgBEYN+AEgAygCACIAIAQgAWtqIQUgASAAa0EBaiEGAkADQCABLQAAIABB6NQAai0AAEcNJSAAQQFGDQEgAEEBaiEAIAQgAUEBaiIBRw0ACyADIAU2AgAM+QELIANBADYCACAGQQFqIQFBJgwlCyABIARGBEBBswEhAgz4AQsCQAJAIAEtAABB1ABrDgIAAScLIAFBAWohAUGZASECDN8BCyABQQFqIQFBmgEhAgzeAQtBsgEhAiABIARGDfYBIAMoAgAiACAEIAFraiEFIAEgAGtBAWohBgJAA0AgAS0AACAAQebUAGotAABHDSMgAEEBRg0BIABBAWohACAEIAFBAWoiAUcNAAsgAyAFNgIADPcBCyADQQA2AgAgBkEBaiEBQScMIwtBsQEhAiABIARGDfUBIAMoAgAiACAEIAFraiEFIAEgAGtBAWohBgJAA0AgAS0AACAAQeTUAGotAABHDSIgAEEBRg0BIABBAWohACAEIAFBAWoiAUcNAAsgAyAFNgIADPYBCyADQQA2AgAgBkEBaiEBQRwMIgtBsAEhAiABIARGDfQBIAMoAgAiACAEIAFraiEFIAEgAGtBBWohBgJAA0AgAS0AACAAQd7UAGotAABHDSEgAEEFRg0BIABBAWohACAEIAFBAWoiAUcNAAsgAyAFNgIADPUBCyADQQA2AgAgBkEBaiEBQQYMIQtBrwEhAiABIARGDfMBIAMoAgAiACAEIAFraiEFIAEgAGtBBGohBgJAA0AgAS0AACAAQdnUAGotAABHDSAgAEEERg0BIABBAWohACAEIAFBAWoiAUcNAAsgAyAFNgIADPQBCyADQQA2AgAgBkEBaiEBQRkMIAsgASAERgRAQa4BIQIM8wELAkACQAJAAkAgAS0AAEEtaw4jACQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkASQkJCQkAiQkJAMkCyABQQFqIQFBjgEhAgzcAQsgAUEBaiEBQY8BIQIM2wELIAFBAWohAUGUASECDNoBCyABQQFqIQFBlQEhAgzZAQtBrQEhAiABIARGDfEBIAMoAgAiACAEIAFraiEFIAEgAGtBAWohBgJAA0AgAS0AACAAQdfUAGotAABHDR4gAEEBRg0BIABBAWohACAEIAFBAWoiAUcNAAsgAyAFNgIADPIBCyADQQA2AgAgBkEBaiEBQQsMHgsgASAERgRAQawBIQIM8QELAkACQCABLQAAQcEAaw4DACABIAsgAUEBaiEBQZABIQIM2AELIAFBAWohAUGTASECDNcBCyABIARGBEBBqwEhAgzwAQsCQAJAIAEtAABBwQBrDg8AHx8fHx8fHx8fHx8fHwEfCyABQQFqIQFBkQEhAgzXAQsgAUEBaiEBQZIBIQIM1gELIAEgBEYEQEGqASECDO8BCyABLQAAQcwARw0cIAFBAWohAUEKDBsLQakBIQIgASAERg3tASADKAIAIgAgBCABa2ohBSABIABrQQVqIQYCQANAIAEtAAAgAEHR1ABqLQAARw0aIABBBUYNASAAQQFqIQAgBCABQQFqIgFHDQALIAMgBTYCAAzuAQsgA0EANgIAIAZBAWohAUEeDBoLQagBIQIgASAERg3sASADKAIAIgAgBCABa2ohBSABIABrQQZqIQYCQANAIAEtAAAgAEHK1ABqLQAARw0ZIABBBkYNASAAQQFqIQAgBCABQQFqIgFHDQALIAMgBTYCAAztAQsgA0EANgIAIAZBAWohAUEVDBkLQacBIQIgASAERg3rASADKAIAIgAgBCABa2ohBSABIABrQQJqIQYCQANAIAEtAAAgAEHH1ABqLQAARw0YIABBAkYNASAAQQFqIQAgBCABQQFqIgFHDQALIAMgBTYCAAzsAQsgA0EANgIAIAZBAWohAUEXDBgLQaYBIQIgASAERg3qASADKAIAIgAgBCABa2ohBSABIABrQQVqIQYCQANAIAEtAAAgAEHB1ABqLQAARw0XIABBBUYNASAAQQFqIQAgBCABQQFqIgFHDQALIAMgBTYCAAzrAQsgA0EANgIAIAZBAWohAUEYDBcLIAEgBEYEQEGlASECDOoBCwJAAkAgAS0AAEHJAGsOBwAZGRkZGQEZCyABQQFqIQFBiwEhAgzRAQsgAUEBaiEBQYwBIQIM0AELQaQBIQIgASAERg3oASADKAIAIgAgBCABa2ohBSABIABrQQFqIQYCQANAIAEtAAAgAEGm1QBqLQAARw0VIABBAUYNASAAQQFqIQAgBCABQQFqIgFHDQALIAMgBTYCAAzpAQsgA0EANgIAIAZBAWohAUEJDBULQaMBIQIgASAERg3nASADKAIAIgAgBCABa2ohBSABIABrQQFqIQYCQANAIAEtAAAgAEGk1QBqLQAARw0UIABBAUYNASAAQQFqIQAgBCABQQFqIgFHDQALIAMgBTYCAAzoAQsgA0EANgIAIAZBAWohAUEfDBQLQaIBIQIgASAERg3mASADKAIAIgAgBCABa2ohBSABIABrQQJqIQYCQANAIAEtAAAgAEG+1ABqLQAARw0TIABBAkYNASAAQQFqIQAgBCABQQFqIgFHDQALIAMgBTYCAAznAQsgA0EANgIAIAZBAWohAUECDBMLQaEBIQIgASAERg3lASADKAIAIgAgBCABa2ohBSABIABrQQFqIQYDQCABLQAAIABBvNQAai0AAEcNESAAQQFGDQIgAEEBaiEAIAQgAUEBaiIBRw0ACyADIAU2AgAM5QELIAEgBEYEQEGgASECDOUBC0EBIAEtAABB3wBHDREaIAFBAWohAUGHASECDMsBCyADQQA2AgAgBkEBaiEBQYgBIQIMygELQZ8BIQIgASAERg3iASADKAIAIgAgBCABa2ohBSABIABrQQhqIQYCQANAIAEtAAAgAEGE1QBqLQAARw0PIABBCEYNASAAQQFqIQAgBCABQQFqIgFHDQALIAMgBTYCAAzjAQsgA0EANgIAIAZBAWohAUEpDA8LQZ4BIQIgASAERg3hASADKAIAIgAgBCABa2ohBSABIABrQQNqIQYCQANAIAEtAAAgAEG41ABqLQAARw0OIABBA0YNASAAQQFqIQAgBCABQQFqIgFHDQALIAMgBTYCAAziAQsgA0EANgIAIAZBAWohAUEtDA4LIAEgBEYEQEGdASECDOEBCyABLQAAQcUARw0OIAFBAWohAUGEASECDMcBCyABIARGBEBBnAEhAgzgAQsCQAJAIAEtAABBzABrDggADw8PDw8PAQ8LIAFBAWohAUGCASECDMcBCyABQQFqIQFBgwEhAgzGAQtBmwEhAiABIARGDd4BIAMoAgAiACAEIAFraiEFIAEgAGtBBGohBgJAA0AgAS0AACAAQbPUAGotAABHDQsgAEEERg0BIABBAWohACAEIAFBAWoiAUcNAAsgAyAFNgIADN8BCyADQQA2AgAgBkEBaiEBQSMMCwtBmgEhAiABIARGDd0BIAMoAgAiACAEIAFraiEFIAEgAGtBAmohBgJAA0AgAS0AACAAQbDUAGotAABHDQogAEECRg0BIABBAWohACAEIAFBAWoiAUcNAAsgAyAFNgIADN4BCyADQQA2AgAgBkEBaiEBQQAMCgsgASAERgRAQZkBIQIM3QELAkACQCABLQAAQcgAaw4IAAwMDAwMDAEMCyABQQFqIQFB/QAhAgzEAQsgAUEBaiEBQYABIQIMwwELIAEgBEYEQEGYASECDNwBCwJAAkAgAS0AAEHOAGsOAwALAQsLIAFBAWohAUH+ACECDMMBCyABQQFqIQFB/wAhAgzCAQsgASAERgRAQZcBIQIM2wELIAEtAABB2QBHDQggAUEBaiEBQQgMBwtBlgEhAiABIARGDdkBIAMoAgAiACAEIAFraiEFIAEgAGtBA2ohBgJAA0AgAS0AACAAQazUAGotAABHDQYgAEEDRg0BIABBAWohACAEIAFBAWoiAUcNAAsgAyAFNgIADNoBCyADQQA2AgAgBkEBaiEBQQUMBgtBlQEhAiABIARGDdgBIAMoAgAiACAEIAFraiEFIAEgAGtBBWohBgJAA0AgAS0AACAAQabUAGotAABHDQUgAEEFRg0BIABBAWohACAEIAFBAWoiAUcNAAsgAyAFNgIADNkBCyADQQA2AgAgBkEBaiEBQRYMBQtBlAEhAiABIARGDdcBIAMoAgAiACAEIAFraiEFIAEgAGtBAmohBgJAA0AgAS0AACAAQaHVAGotAABHDQQgAEECRg0BIABBAWohACAEIAFBAWoiAUcNAAsgAyAFNgIADNgBCyADQQA2AgAgBkEBaiEBQRAMBAsgASAERgRAQZMBIQIM1wELAkACQCABLQAAQcMAaw4MAAYGBgYGBgYGBgYBBgsgAUEBaiEBQfkAIQIMvgELIAFBAWohAUH6ACECDL0BC0GSASECIAEgBEYN1QEgAygCACIAIAQgAWtqIQUgASAAa0EFaiEGAkADQCABLQAAIABBoNQAai0AAEcNAiAAQQVGDQEgAEEBaiEAIAQgAUEBaiIBRw0ACyADIAU2AgAM1gELIANBADYCACAGQQFqIQFBJAwCCyADQQA2AgAMAgsgASAERgRAQZEBIQIM1AELIAEtAABBzABHDQEgAUEBaiEBQRMLOgApIAMoAgQhACADQQA2AgQgAyAAIAEQLiIADQIMAQtBACECIANBADYCHCADIAE2AhQgA0H+HzYCECADQQY2AgwM0QELQfgAIQIMtwELIANBkAE2AhwgAyABNgIUIAMgADYCDEEAIQIMzwELQQAhAAJAIAMoAjgiAkUNACACKAJAIgJFDQAgAyACEQAAIQALIABFDQAgAEEVRg0BIANBADYCHCADIAE2AhQgA0GCDzYCECADQSA2AgxBACECDM4BC0H3ACECDLQBCyADQY8BNgIcIAMgATYCFCADQewbNgIQIANBFTYCDEEAIQIMzAELIAEgBEYEQEGPASECDMwBCwJAIAEtAABBIEYEQCABQQFqIQEMAQsgA0EANgIcIAMgATYCFCADQZsfNgIQIANBBjYCDEEAIQIMzAELQQIhAgyyAQsDQCABLQAAQSBHDQIgBCABQQFqIgFHDQALQY4BIQIMygELIAEgBEYEQEGNASECDMoBCwJAIAEtAABBCWsOBEoAAEoAC0H1ACECDLABCyADLQApQQVGBEBB9gAhAgywAQtB9AAhAgyvAQsgASAERgRAQYwBIQIMyAELIANBEDYCCCADIAE2AgQMCgsgASAERgRAQYsBIQIMxwELAkAgAS0AAEEJaw4ERwAARwALQfMAIQIMrQELIAEgBEcEQCADQRA2AgggAyABNgIEQfEAIQIMrQELQYoBIQIMxQELAkAgASAERwRAA0AgAS0AAEGg0ABqLQAAIgBBA0cEQAJAIABBAWsOAkkABAtB8AAhAgyvAQsgBCABQQFqIgFHDQALQYgBIQIMxgELQYgBIQIMxQELIANBADYCHCADIAE2AhQgA0HbIDYCECADQQc2AgxBACECDMQBCyABIARGBEBBiQEhAgzEAQsCQAJAAkAgAS0AAEGg0gBqLQAAQQFrDgNGAgABC0HyACECDKwBCyADQQA2AhwgAyABNgIUIANBtBI2AhAgA0EHNgIMQQAhAgzEAQtB6gAhAgyqAQsgASAERwRAIAFBAWohAUHvACECDKoBC0GHASECDMIBCyAEIAEiAEYEQEGGASECDMIBCyAALQAAIgFBL0YEQCAAQQFqIQFB7gAhAgypAQsgAUEJayICQRdLDQEgACEBQQEgAnRBm4CABHENQQwBCyAEIAEiAEYEQEGFASECDMEBCyAALQAAQS9HDQAgAEEBaiEBDAMLQQAhAiADQQA2AhwgAyAANgIUIANB2yA2AhAgA0EHNgIMDL8BCwJAAkACQAJAAkADQCABLQAAQaDOAGotAAAiAEEFRwRAAkACQCAAQQFrDghHBQYHCAAEAQgLQesAIQIMrQELIAFBAWohAUHtACECDKwBCyAEIAFBAWoiAUcNAAtBhAEhAgzDAQsgAUEBagwUCyADKAIEIQAgA0EANgIEIAMgACABECwiAEUNHiADQdsANgIcIAMgATYCFCADIAA2AgxBACECDMEBCyADKAIEIQAgA0EANgIEIAMgACABECwiAEUNHiADQd0ANgIcIAMgATYCFCADIAA2AgxBACECDMABCyADKAIEIQAgA0EANgIEIAMgACABECwiAEUNHiADQfoANgIcIAMgATYCFCADIAA2AgxBACECDL8BCyADQQA2AhwgAyABNgIUIANB+Q82AhAgA0EHNgIMQQAhAgy+AQsgASAERgRAQYMBIQIMvgELAkAgAS0AAEGgzgBqLQAAQQFrDgg+BAUGAAgCAwcLIAFBAWohAQtBAyECDKMBCyABQQFqDA0LQQAhAiADQQA2AhwgA0HREjYCECADQQc2AgwgAyABQQFqNgIUDLoBCyADKAIEIQAgA0EANgIEIAMgACABECwiAEUNFiADQdsANgIcIAMgATYCFCADIAA2AgxBACECDLkBCyADKAIEIQAgA0EANgIEIAMgACABECwiAEUNFiADQd0ANgIcIAMgATYCFCADIAA2AgxBACECDLgBCyADKAIEIQAgA0EANgIEIAMgACABECwiAEUNFiADQfoANgIcIAMgATYCFCADIAA2AgxBACECDLcBCyADQQA2AhwgAyABNgIUIANB+Q82AhAgA0EHNgIMQQAhAgy2AQtB7AAhAgycAQsgASAERgRAQYIBIQIMtQELIAFBAWoMAgsgASAERgRAQYEBIQIMtAELIAFBAWoMAQsgASAERg0BIAFBAWoLIQFBBCECDJgBC0GAASECDLABCwNAIAEtAABBoMwAai0AACIAQQJHBEAgAEEBRwRAQekAIQIMmQELDDELIAQgAUEBaiIBRw0AC0H/ACECDK8BCyABIARGBEBB/gAhAgyvAQsCQCABLQAAQQlrDjcvAwYvBAYGBgYGBgYGBgYGBgYGBgYGBgUGBgIGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYABgsgAUEBagshAUEFIQIMlAELIAFBAWoMBgsgAygCBCEAIANBADYCBCADIAAgARAsIgBFDQggA0HbADYCHCADIAE2AhQgAyAANgIMQQAhAgyrAQsgAygCBCEAIANBADYCBCADIAAgARAsIgBFDQggA0HdADYCHCADIAE2AhQgAyAANgIMQQAhAgyqAQsgAygCBCEAIANBADYCBCADIAAgARAsIgBFDQggA0H6ADYCHCADIAE2AhQgAyAANgIMQQAhAgypAQsgA0EANgIcIAMgATYCFCADQY0UNgIQIANBBzYCDEEAIQIMqAELAkACQAJAAkADQCABLQAAQaDKAGotAAAiAEEFRwRAAkAgAEEBaw4GLgMEBQYABgtB6AAhAgyUAQsgBCABQQFqIgFHDQALQf0AIQIMqwELIAMoAgQhACADQQA2AgQgAyAAIAEQLCIARQ0HIANB2wA2AhwgAyABNgIUIAMgADYCDEEAIQIMqgELIAMoAgQhACADQQA2AgQgAyAAIAEQLCIARQ0HIANB3QA2AhwgAyABNgIUIAMgADYCDEEAIQIMqQELIAMoAgQhACADQQA2AgQgAyAAIAEQLCIARQ0HIANB+gA2AhwgAyABNgIUIAMgADYCDEEAIQIMqAELIANBADYCHCADIAE2AhQgA0HkCDYCECADQQc2AgxBACECDKcBCyABIARGDQEgAUEBagshAUEGIQIMjAELQfwAIQIMpAELAkACQAJAAkADQCABLQAAQaDIAGotAAAiAEEFRwRAIABBAWsOBCkCAwQFCyAEIAFBAWoiAUcNAAtB+wAhAgynAQsgAygCBCEAIANBADYCBCADIAAgARAsIgBFDQMgA0HbADYCHCADIAE2AhQgAyAANgIMQQAhAgymAQsgAygCBCEAIANBADYCBCADIAAgARAsIgBFDQMgA0HdADYCHCADIAE2AhQgAyAANgIMQQAhAgylAQsgAygCBCEAIANBADYCBCADIAAgARAsIgBFDQMgA0H6ADYCHCADIAE2AhQgAyAANgIMQQAhAgykAQsgA0EANgIcIAMgATYCFCADQbwKNgIQIANBBzYCDEEAIQIMowELQc8AIQIMiQELQdEAIQIMiAELQecAIQIMhwELIAEgBEYEQEH6ACECDKABCwJAIAEtAABBCWsOBCAAACAACyABQQFqIQFB5gAhAgyGAQsgASAERgRAQfkAIQIMnwELAkAgAS0AAEEJaw4EHwAAHwALQQAhAAJAIAMoAjgiAkUNACACKAI4IgJFDQAgAyACEQAAIQALIABFBEBB4gEhAgyGAQsgAEEVRwRAIANBADYCHCADIAE2AhQgA0HJDTYCECADQRo2AgxBACECDJ8BCyADQfgANgIcIAMgATYCFCADQeoaNgIQIANBFTYCDEEAIQIMngELIAEgBEcEQCADQQ02AgggAyABNgIEQeQAIQIMhQELQfcAIQIMnQELIAEgBEYEQEH2ACECDJ0BCwJAAkACQCABLQAAQcgAaw4LAAELCwsLCwsLCwILCyABQQFqIQFB3QAhAgyFAQsgAUEBaiEBQeAAIQIMhAELIAFBAWohAUHjACECDIMBC0H1ACECIAEgBEYNmwEgAygCACIAIAQgAWtqIQUgASAAa0ECaiEGAkADQCABLQAAIABBtdUAai0AAEcNCCAAQQJGDQEgAEEBaiEAIAQgAUEBaiIBRw0ACyADIAU2AgAMnAELIAMoAgQhACADQgA3AwAgAyAAIAZBAWoiARArIgAEQCADQfQANgIcIAMgATYCFCADIAA2AgxBACECDJwBC0HiACECDIIBC0EAIQACQCADKAI4IgJFDQAgAigCNCICRQ0AIAMgAhEAACEACwJAIAAEQCAAQRVGDQEgA0EANgIcIAMgATYCFCADQeoNNgIQIANBJjYCDEEAIQIMnAELQeEAIQIMggELIANB8wA2AhwgAyABNgIUIANBgBs2AhAgA0EVNgIMQQAhAgyaAQsgAy0AKSIAQSNrQQtJDQkCQCAAQQZLDQBBASAAdEHKAHFFDQAMCgtBACECIANBADYCHCADIAE2AhQgA0HtCTYCECADQQg2AgwMmQELQfIAIQIgASAERg2YASADKAIAIgAgBCABa2ohBSABIABrQQFqIQYCQANAIAEtAAAgAEGz1QBqLQAARw0FIABBAUYNASAAQQFqIQAgBCABQQFqIgFHDQALIAMgBTYCAAyZAQsgAygCBCEAIANCADcDACADIAAgBkEBaiIBECsiAARAIANB8QA2AhwgAyABNgIUIAMgADYCDEEAIQIMmQELQd8AIQIMfwtBACEAAkAgAygCOCICRQ0AIAIoAjQiAkUNACADIAIRAAAhAAsCQCAABEAgAEEVRg0BIANBADYCHCADIAE2AhQgA0HqDTYCECADQSY2AgxBACECDJkBC0HeACECDH8LIANB8AA2AhwgAyABNgIUIANBgBs2AhAgA0EVNgIMQQAhAgyXAQsgAy0AKUEhRg0GIANBADYCHCADIAE2AhQgA0GRCjYCECADQQg2AgxBACECDJYBC0HvACECIAEgBEYNlQEgAygCACIAIAQgAWtqIQUgASAAa0ECaiEGAkADQCABLQAAIABBsNUAai0AAEcNAiAAQQJGDQEgAEEBaiEAIAQgAUEBaiIBRw0ACyADIAU2AgAMlgELIAMoAgQhACADQgA3AwAgAyAAIAZBAWoiARArIgBFDQIgA0HtADYCHCADIAE2AhQgAyAANgIMQQAhAgyVAQsgA0EANgIACyADKAIEIQAgA0EANgIEIAMgACABECsiAEUNgAEgA0HuADYCHCADIAE2AhQgAyAANgIMQQAhAgyTAQtB3AAhAgx5C0EAIQACQCADKAI4IgJFDQAgAigCNCICRQ0AIAMgAhEAACEACwJAIAAEQCAAQRVGDQEgA0EANgIcIAMgATYCFCADQeoNNgIQIANBJjYCDEEAIQIMkwELQdsAIQIMeQsgA0HsADYCHCADIAE2AhQgA0GAGzYCECADQRU2AgxBACECDJEBCyADLQApIgBBI0kNACAAQS5GDQAgA0EANgIcIAMgATYCFCADQckJNgIQIANBCDYCDEEAIQIMkAELQdoAIQIMdgsgASAERgRAQesAIQIMjwELAkAgAS0AAEEvRgRAIAFBAWohAQwBCyADQQA2AhwgAyABNgIUIANBsjg2AhAgA0EINgIMQQAhAgyPAQtB2QAhAgx1CyABIARHBEAgA0EONgIIIAMgATYCBEHYACECDHULQeoAIQIMjQELIAEgBEYEQEHpACECDI0BCyABLQAAQTBrIgBB/wFxQQpJBEAgAyAAOgAqIAFBAWohAUHXACECDHQLIAMoAgQhACADQQA2AgQgAyAAIAEQLyIARQ16IANB6AA2AhwgAyABNgIUIAMgADYCDEEAIQIMjAELIAEgBEYEQEHnACECDIwBCwJAIAEtAABBLkYEQCABQQFqIQEMAQsgAygCBCEAIANBADYCBCADIAAgARAvIgBFDXsgA0HmADYCHCADIAE2AhQgAyAANgIMQQAhAgyMAQtB1gAhAgxyCyABIARGBEBB5QAhAgyLAQtBACEAQQEhBUEBIQdBACECAkACQAJAAkACQAJ/AkACQAJAAkACQAJAAkAgAS0AAEEwaw4KCgkAAQIDBAUGCAsLQQIMBgtBAwwFC0EEDAQLQQUMAwtBBgwCC0EHDAELQQgLIQJBACEFQQAhBwwCC0EJIQJBASEAQQAhBUEAIQcMAQtBACEFQQEhAgsgAyACOgArIAFBAWohAQJAAkAgAy0ALkEQcQ0AAkACQAJAIAMtACoOAwEAAgQLIAdFDQMMAgsgAA0BDAILIAVFDQELIAMoAgQhACADQQA2AgQgAyAAIAEQLyIARQ0CIANB4gA2AhwgAyABNgIUIAMgADYCDEEAIQIMjQELIAMoAgQhACADQQA2AgQgAyAAIAEQLyIARQ19IANB4wA2AhwgAyABNgIUIAMgADYCDEEAIQIMjAELIAMoAgQhACADQQA2AgQgAyAAIAEQLyIARQ17IANB5AA2AhwgAyABNgIUIAMgADYCDAyLAQtB1AAhAgxxCyADLQApQSJGDYYBQdMAIQIMcAtBACEAAkAgAygCOCICRQ0AIAIoAkQiAkUNACADIAIRAAAhAAsgAEUEQEHVACECDHALIABBFUcEQCADQQA2AhwgAyABNgIUIANBpA02AhAgA0EhNgIMQQAhAgyJAQsgA0HhADYCHCADIAE2AhQgA0HQGjYCECADQRU2AgxBACECDIgBCyABIARGBEBB4AAhAgyIAQsCQAJAAkACQAJAIAEtAABBCmsOBAEEBAAECyABQQFqIQEMAQsgAUEBaiEBIANBL2otAABBAXFFDQELQdIAIQIMcAsgA0EANgIcIAMgATYCFCADQbYRNgIQIANBCTYCDEEAIQIMiAELIANBADYCHCADIAE2AhQgA0G2ETYCECADQQk2AgxBACECDIcBCyABIARGBEBB3wAhAgyHAQsgAS0AAEEKRgRAIAFBAWohAQwJCyADLQAuQcAAcQ0IIANBADYCHCADIAE2AhQgA0G2ETYCECADQQI2AgxBACECDIYBCyABIARGBEBB3QAhAgyGAQsgAS0AACICQQ1GBEAgAUEBaiEBQdAAIQIMbQsgASEAIAJBCWsOBAUBAQUBCyAEIAEiAEYEQEHcACECDIUBCyAALQAAQQpHDQAgAEEBagwCC0EAIQIgA0EANgIcIAMgADYCFCADQcotNgIQIANBBzYCDAyDAQsgASAERgRAQdsAIQIMgwELAkAgAS0AAEEJaw4EAwAAAwALIAFBAWoLIQFBzgAhAgxoCyABIARGBEBB2gAhAgyBAQsgAS0AAEEJaw4EAAEBAAELQQAhAiADQQA2AhwgA0GaEjYCECADQQc2AgwgAyABQQFqNgIUDH8LIANBgBI7ASpBACEAAkAgAygCOCICRQ0AIAIoAjgiAkUNACADIAIRAAAhAAsgAEUNACAAQRVHDQEgA0HZADYCHCADIAE2AhQgA0HqGjYCECADQRU2AgxBACECDH4LQc0AIQIMZAsgA0EANgIcIAMgATYCFCADQckNNgIQIANBGjYCDEEAIQIMfAsgASAERgRAQdkAIQIMfAsgAS0AAEEgRw09IAFBAWohASADLQAuQQFxDT0gA0EANgIcIAMgATYCFCADQcIcNgIQIANBHjYCDEEAIQIMewsgASAERgRAQdgAIQIMewsCQAJAAkACQAJAIAEtAAAiAEEKaw4EAgMDAAELIAFBAWohAUEsIQIMZQsgAEE6Rw0BIANBADYCHCADIAE2AhQgA0HnETYCECADQQo2AgxBACECDH0LIAFBAWohASADQS9qLQAAQQFxRQ1zIAMtADJBgAFxRQRAIANBMmohAiADEDVBACEAAkAgAygCOCIGRQ0AIAYoAigiBkUNACADIAYRAAAhAAsCQAJAIAAOFk1MSwEBAQEBAQEBAQEBAQEBAQEBAQABCyADQSk2AhwgAyABNgIUIANBrBk2AhAgA0EVNgIMQQAhAgx+CyADQQA2AhwgAyABNgIUIANB5Qs2AhAgA0ERNgIMQQAhAgx9C0EAIQACQCADKAI4IgJFDQAgAigCXCICRQ0AIAMgAhEAACEACyAARQ1ZIABBFUcNASADQQU2AhwgAyABNgIUIANBmxs2AhAgA0EVNgIMQQAhAgx8C0HLACECDGILQQAhAiADQQA2AhwgAyABNgIUIANBkA42AhAgA0EUNgIMDHoLIAMgAy8BMkGAAXI7ATIMOwsgASAERwRAIANBETYCCCADIAE2AgRBygAhAgxgC0HXACECDHgLIAEgBEYEQEHWACECDHgLAkACQAJAAkAgAS0AACIAQSByIAAgAEHBAGtB/wFxQRpJG0H/AXFB4wBrDhMAQEBAQEBAQEBAQEBAAUBAQAIDQAsgAUEBaiEBQcYAIQIMYQsgAUEBaiEBQccAIQIMYAsgAUEBaiEBQcgAIQIMXwsgAUEBaiEBQckAIQIMXgtB1QAhAiAEIAEiAEYNdiAEIAFrIAMoAgAiAWohBiAAIAFrQQVqIQcDQCABQZDIAGotAAAgAC0AACIFQSByIAUgBUHBAGtB/wFxQRpJG0H/AXFHDQhBBCABQQVGDQoaIAFBAWohASAEIABBAWoiAEcNAAsgAyAGNgIADHYLQdQAIQIgBCABIgBGDXUgBCABayADKAIAIgFqIQYgACABa0EPaiEHA0AgAUGAyABqLQAAIAAtAAAiBUEgciAFIAVBwQBrQf8BcUEaSRtB/wFxRw0HQQMgAUEPRg0JGiABQQFqIQEgBCAAQQFqIgBHDQALIAMgBjYCAAx1C0HTACECIAQgASIARg10IAQgAWsgAygCACIBaiEGIAAgAWtBDmohBwNAIAFB4scAai0AACAALQAAIgVBIHIgBSAFQcEAa0H/AXFBGkkbQf8BcUcNBiABQQ5GDQcgAUEBaiEBIAQgAEEBaiIARw0ACyADIAY2AgAMdAtB0gAhAiAEIAEiAEYNcyAEIAFrIAMoAgAiAWohBSAAIAFrQQFqIQYDQCABQeDHAGotAAAgAC0AACIHQSByIAcgB0HBAGtB/wFxQRpJG0H/AXFHDQUgAUEBRg0CIAFBAWohASAEIABBAWoiAEcNAAsgAyAFNgIADHMLIAEgBEYEQEHRACECDHMLAkACQCABLQAAIgBBIHIgACAAQcEAa0H/AXFBGkkbQf8BcUHuAGsOBwA5OTk5OQE5CyABQQFqIQFBwwAhAgxaCyABQQFqIQFBxAAhAgxZCyADQQA2AgAgBkEBaiEBQcUAIQIMWAtB0AAhAiAEIAEiAEYNcCAEIAFrIAMoAgAiAWohBiAAIAFrQQlqIQcDQCABQdbHAGotAAAgAC0AACIFQSByIAUgBUHBAGtB/wFxQRpJG0H/AXFHDQJBAiABQQlGDQQaIAFBAWohASAEIABBAWoiAEcNAAsgAyAGNgIADHALQc8AIQIgBCABIgBGDW8gBCABayADKAIAIgFqIQYgACABa0EFaiEHA0AgAUHQxwBqLQAAIAAtAAAiBUEgciAFIAVBwQBrQf8BcUEaSRtB/wFxRw0BIAFBBUYNAiABQQFqIQEgBCAAQQFqIgBHDQALIAMgBjYCAAxvCyAAIQEgA0EANgIADDMLQQELOgAsIANBADYCACAHQQFqIQELQS0hAgxSCwJAA0AgAS0AAEHQxQBqLQAAQQFHDQEgBCABQQFqIgFHDQALQc0AIQIMawtBwgAhAgxRCyABIARGBEBBzAAhAgxqCyABLQAAQTpGBEAgAygCBCEAIANBADYCBCADIAAgARAwIgBFDTMgA0HLADYCHCADIAA2AgwgAyABQQFqNgIUQQAhAgxqCyADQQA2AhwgAyABNgIUIANB5xE2AhAgA0EKNgIMQQAhAgxpCwJAAkAgAy0ALEECaw4CAAEnCyADQTNqLQAAQQJxRQ0mIAMtAC5BAnENJiADQQA2AhwgAyABNgIUIANBphQ2AhAgA0ELNgIMQQAhAgxpCyADLQAyQSBxRQ0lIAMtAC5BAnENJSADQQA2AhwgAyABNgIUIANBvRM2AhAgA0EPNgIMQQAhAgxoC0EAIQACQCADKAI4IgJFDQAgAigCSCICRQ0AIAMgAhEAACEACyAARQRAQcEAIQIMTwsgAEEVRwRAIANBADYCHCADIAE2AhQgA0GmDzYCECADQRw2AgxBACECDGgLIANBygA2AhwgAyABNgIUIANBhRw2AhAgA0EVNgIMQQAhAgxnCyABIARHBEAgASECA0AgBCACIgFrQRBOBEAgAUEQaiEC/Qz/////////////////////IAH9AAAAIg1BB/1sIA39DODg4ODg4ODg4ODg4ODg4OD9bv0MX19fX19fX19fX19fX19fX/0mIA39DAkJCQkJCQkJCQkJCQkJCQn9I/1Q/VL9ZEF/c2giAEEQRg0BIAAgAWohAQwYCyABIARGBEBBxAAhAgxpCyABLQAAQcDBAGotAABBAUcNFyAEIAFBAWoiAkcNAAtBxAAhAgxnC0HEACECDGYLIAEgBEcEQANAAkAgAS0AACIAQSByIAAgAEHBAGtB/wFxQRpJG0H/AXEiAEEJRg0AIABBIEYNAAJAAkACQAJAIABB4wBrDhMAAwMDAwMDAwEDAwMDAwMDAwMCAwsgAUEBaiEBQTYhAgxSCyABQQFqIQFBNyECDFELIAFBAWohAUE4IQIMUAsMFQsgBCABQQFqIgFHDQALQTwhAgxmC0E8IQIMZQsgASAERgRAQcgAIQIMZQsgA0ESNgIIIAMgATYCBAJAAkACQAJAAkAgAy0ALEEBaw4EFAABAgkLIAMtADJBIHENA0HgASECDE8LAkAgAy8BMiIAQQhxRQ0AIAMtAChBAUcNACADLQAuQQhxRQ0CCyADIABB9/sDcUGABHI7ATIMCwsgAyADLwEyQRByOwEyDAQLIANBADYCBCADIAEgARAxIgAEQCADQcEANgIcIAMgADYCDCADIAFBAWo2AhRBACECDGYLIAFBAWohAQxYCyADQQA2AhwgAyABNgIUIANB9BM2AhAgA0EENgIMQQAhAgxkC0HHACECIAEgBEYNYyADKAIAIgAgBCABa2ohBSABIABrQQZqIQYCQANAIABBwMUAai0AACABLQAAQSByRw0BIABBBkYNSiAAQQFqIQAgBCABQQFqIgFHDQALIAMgBTYCAAxkCyADQQA2AgAMBQsCQCABIARHBEADQCABLQAAQcDDAGotAAAiAEEBRwRAIABBAkcNAyABQQFqIQEMBQsgBCABQQFqIgFHDQALQcUAIQIMZAtBxQAhAgxjCwsgA0EAOgAsDAELQQshAgxHC0E/IQIMRgsCQAJAA0AgAS0AACIAQSBHBEACQCAAQQprDgQDBQUDAAsgAEEsRg0DDAQLIAQgAUEBaiIBRw0AC0HGACECDGALIANBCDoALAwOCyADLQAoQQFHDQIgAy0ALkEIcQ0CIAMoAgQhACADQQA2AgQgAyAAIAEQMSIABEAgA0HCADYCHCADIAA2AgwgAyABQQFqNgIUQQAhAgxfCyABQQFqIQEMUAtBOyECDEQLAkADQCABLQAAIgBBIEcgAEEJR3ENASAEIAFBAWoiAUcNAAtBwwAhAgxdCwtBPCECDEILAkACQCABIARHBEADQCABLQAAIgBBIEcEQCAAQQprDgQDBAQDBAsgBCABQQFqIgFHDQALQT8hAgxdC0E/IQIMXAsgAyADLwEyQSByOwEyDAoLIAMoAgQhACADQQA2AgQgAyAAIAEQMSIARQ1OIANBPjYCHCADIAE2AhQgAyAANgIMQQAhAgxaCwJAIAEgBEcEQANAIAEtAABBwMMAai0AACIAQQFHBEAgAEECRg0DDAwLIAQgAUEBaiIBRw0AC0E3IQIMWwtBNyECDFoLIAFBAWohAQwEC0E7IQIgBCABIgBGDVggBCABayADKAIAIgFqIQYgACABa0EFaiEHAkADQCABQZDIAGotAAAgAC0AACIFQSByIAUgBUHBAGtB/wFxQRpJG0H/AXFHDQEgAUEFRgRAQQchAQw/CyABQQFqIQEgBCAAQQFqIgBHDQALIAMgBjYCAAxZCyADQQA2AgAgACEBDAULQTohAiAEIAEiAEYNVyAEIAFrIAMoAgAiAWohBiAAIAFrQQhqIQcCQANAIAFBtMEAai0AACAALQAAIgVBIHIgBSAFQcEAa0H/AXFBGkkbQf8BcUcNASABQQhGBEBBBSEBDD4LIAFBAWohASAEIABBAWoiAEcNAAsgAyAGNgIADFgLIANBADYCACAAIQEMBAtBOSECIAQgASIARg1WIAQgAWsgAygCACIBaiEGIAAgAWtBA2ohBwJAA0AgAUGwwQBqLQAAIAAtAAAiBUEgciAFIAVBwQBrQf8BcUEaSRtB/wFxRw0BIAFBA0YEQEEGIQEMPQsgAUEBaiEBIAQgAEEBaiIARw0ACyADIAY2AgAMVwsgA0EANgIAIAAhAQwDCwJAA0AgAS0AACIAQSBHBEAgAEEKaw4EBwQEBwILIAQgAUEBaiIBRw0AC0E4IQIMVgsgAEEsRw0BIAFBAWohAEEBIQECQAJAAkACQAJAIAMtACxBBWsOBAMBAgQACyAAIQEMBAtBAiEBDAELQQQhAQsgA0EBOgAsIAMgAy8BMiABcjsBMiAAIQEMAQsgAyADLwEyQQhyOwEyIAAhAQtBPiECDDsLIANBADoALAtBOSECDDkLIAEgBEYEQEE2IQIMUgsCQAJAAkACQAJAIAEtAABBCmsOBAACAgECCyADKAIEIQAgA0EANgIEIAMgACABEDEiAEUNAiADQTM2AhwgAyABNgIUIAMgADYCDEEAIQIMVQsgAygCBCEAIANBADYCBCADIAAgARAxIgBFBEAgAUEBaiEBDAYLIANBMjYCHCADIAA2AgwgAyABQQFqNgIUQQAhAgxUCyADLQAuQQFxBEBB3wEhAgw7CyADKAIEIQAgA0EANgIEIAMgACABEDEiAA0BDEkLQTQhAgw5CyADQTU2AhwgAyABNgIUIAMgADYCDEEAIQIMUQtBNSECDDcLIANBL2otAABBAXENACADQQA2AhwgAyABNgIUIANB6xY2AhAgA0EZNgIMQQAhAgxPC0EzIQIMNQsgASAERgRAQTIhAgxOCwJAIAEtAABBCkYEQCABQQFqIQEMAQsgA0EANgIcIAMgATYCFCADQZIXNgIQIANBAzYCDEEAIQIMTgtBMiECDDQLIAEgBEYEQEExIQIMTQsCQCABLQAAIgBBCUYNACAAQSBGDQBBASECAkAgAy0ALEEFaw4EBgQFAA0LIAMgAy8BMkEIcjsBMgwMCyADLQAuQQFxRQ0BIAMtACxBCEcNACADQQA6ACwLQT0hAgwyCyADQQA2AhwgAyABNgIUIANBwhY2AhAgA0EKNgIMQQAhAgxKC0ECIQIMAQtBBCECCyADQQE6ACwgAyADLwEyIAJyOwEyDAYLIAEgBEYEQEEwIQIMRwsgAS0AAEEKRgRAIAFBAWohAQwBCyADLQAuQQFxDQAgA0EANgIcIAMgATYCFCADQdwoNgIQIANBAjYCDEEAIQIMRgtBMCECDCwLIAFBAWohAUExIQIMKwsgASAERgRAQS8hAgxECyABLQAAIgBBCUcgAEEgR3FFBEAgAUEBaiEBIAMtAC5BAXENASADQQA2AhwgAyABNgIUIANBlxA2AhAgA0EKNgIMQQAhAgxEC0EBIQICQAJAAkACQAJAAkAgAy0ALEECaw4HBQQEAwECAAQLIAMgAy8BMkEIcjsBMgwDC0ECIQIMAQtBBCECCyADQQE6ACwgAyADLwEyIAJyOwEyC0EvIQIMKwsgA0EANgIcIAMgATYCFCADQYQTNgIQIANBCzYCDEEAIQIMQwtB4QEhAgwpCyABIARGBEBBLiECDEILIANBADYCBCADQRI2AgggAyABIAEQMSIADQELQS4hAgwnCyADQS02AhwgAyABNgIUIAMgADYCDEEAIQIMPwtBACEAAkAgAygCOCICRQ0AIAIoAkwiAkUNACADIAIRAAAhAAsgAEUNACAAQRVHDQEgA0HYADYCHCADIAE2AhQgA0GzGzYCECADQRU2AgxBACECDD4LQcwAIQIMJAsgA0EANgIcIAMgATYCFCADQbMONgIQIANBHTYCDEEAIQIMPAsgASAERgRAQc4AIQIMPAsgAS0AACIAQSBGDQIgAEE6Rg0BCyADQQA6ACxBCSECDCELIAMoAgQhACADQQA2AgQgAyAAIAEQMCIADQEMAgsgAy0ALkEBcQRAQd4BIQIMIAsgAygCBCEAIANBADYCBCADIAAgARAwIgBFDQIgA0EqNgIcIAMgADYCDCADIAFBAWo2AhRBACECDDgLIANBywA2AhwgAyAANgIMIAMgAUEBajYCFEEAIQIMNwsgAUEBaiEBQcAAIQIMHQsgAUEBaiEBDCwLIAEgBEYEQEErIQIMNQsCQCABLQAAQQpGBEAgAUEBaiEBDAELIAMtAC5BwABxRQ0GCyADLQAyQYABcQRAQQAhAAJAIAMoAjgiAkUNACACKAJcIgJFDQAgAyACEQAAIQALIABFDRIgAEEVRgRAIANBBTYCHCADIAE2AhQgA0GbGzYCECADQRU2AgxBACECDDYLIANBADYCHCADIAE2AhQgA0GQDjYCECADQRQ2AgxBACECDDULIANBMmohAiADEDVBACEAAkAgAygCOCIGRQ0AIAYoAigiBkUNACADIAYRAAAhAAsgAA4WAgEABAQEBAQEBAQEBAQEBAQEBAQEAwQLIANBAToAMAsgAiACLwEAQcAAcjsBAAtBKyECDBgLIANBKTYCHCADIAE2AhQgA0GsGTYCECADQRU2AgxBACECDDALIANBADYCHCADIAE2AhQgA0HlCzYCECADQRE2AgxBACECDC8LIANBADYCHCADIAE2AhQgA0GlCzYCECADQQI2AgxBACECDC4LQQEhByADLwEyIgVBCHFFBEAgAykDIEIAUiEHCwJAIAMtADAEQEEBIQAgAy0AKUEFRg0BIAVBwABxRSAHcUUNAQsCQCADLQAoIgJBAkYEQEEBIQAgAy8BNCIGQeUARg0CQQAhACAFQcAAcQ0CIAZB5ABGDQIgBkHmAGtBAkkNAiAGQcwBRg0CIAZBsAJGDQIMAQtBACEAIAVBwABxDQELQQIhACAFQQhxDQAgBUGABHEEQAJAIAJBAUcNACADLQAuQQpxDQBBBSEADAILQQQhAAwBCyAFQSBxRQRAIAMQNkEAR0ECdCEADAELQQBBAyADKQMgUBshAAsgAEEBaw4FAgAHAQMEC0ERIQIMEwsgA0EBOgAxDCkLQQAhAgJAIAMoAjgiAEUNACAAKAIwIgBFDQAgAyAAEQAAIQILIAJFDSYgAkEVRgRAIANBAzYCHCADIAE2AhQgA0HSGzYCECADQRU2AgxBACECDCsLQQAhAiADQQA2AhwgAyABNgIUIANB3Q42AhAgA0ESNgIMDCoLIANBADYCHCADIAE2AhQgA0H5IDYCECADQQ82AgxBACECDCkLQQAhAAJAIAMoAjgiAkUNACACKAIwIgJFDQAgAyACEQAAIQALIAANAQtBDiECDA4LIABBFUYEQCADQQI2AhwgAyABNgIUIANB0hs2AhAgA0EVNgIMQQAhAgwnCyADQQA2AhwgAyABNgIUIANB3Q42AhAgA0ESNgIMQQAhAgwmC0EqIQIMDAsgASAERwRAIANBCTYCCCADIAE2AgRBKSECDAwLQSYhAgwkCyADIAMpAyAiDCAEIAFrrSIKfSILQgAgCyAMWBs3AyAgCiAMVARAQSUhAgwkCyADKAIEIQAgA0EANgIEIAMgACABIAynaiIBEDIiAEUNACADQQU2AhwgAyABNgIUIAMgADYCDEEAIQIMIwtBDyECDAkLQgAhCgJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQCABLQAAQTBrDjcXFgABAgMEBQYHFBQUFBQUFAgJCgsMDRQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUDg8QERITFAtCAiEKDBYLQgMhCgwVC0IEIQoMFAtCBSEKDBMLQgYhCgwSC0IHIQoMEQtCCCEKDBALQgkhCgwPC0IKIQoMDgtCCyEKDA0LQgwhCgwMC0INIQoMCwtCDiEKDAoLQg8hCgwJC0IKIQoMCAtCCyEKDAcLQgwhCgwGC0INIQoMBQtCDiEKDAQLQg8hCgwDCyADQQA2AhwgAyABNgIUIANBnxU2AhAgA0EMNgIMQQAhAgwhCyABIARGBEBBIiECDCELQgAhCgJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkAgAS0AAEEwaw43FRQAAQIDBAUGBxYWFhYWFhYICQoLDA0WFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFg4PEBESExYLQgIhCgwUC0IDIQoMEwtCBCEKDBILQgUhCgwRC0IGIQoMEAtCByEKDA8LQgghCgwOC0IJIQoMDQtCCiEKDAwLQgshCgwLC0IMIQoMCgtCDSEKDAkLQg4hCgwIC0IPIQoMBwtCCiEKDAYLQgshCgwFC0IMIQoMBAtCDSEKDAMLQg4hCgwCC0IPIQoMAQtCASEKCyABQQFqIQEgAykDICILQv//////////D1gEQCADIAtCBIYgCoQ3AyAMAgsgA0EANgIcIAMgATYCFCADQbUJNgIQIANBDDYCDEEAIQIMHgtBJyECDAQLQSghAgwDCyADIAE6ACwgA0EANgIAIAdBAWohAUEMIQIMAgsgA0EANgIAIAZBAWohAUEKIQIMAQsgAUEBaiEBQQghAgwACwALQQAhAiADQQA2AhwgAyABNgIUIANBsjg2AhAgA0EINgIMDBcLQQAhAiADQQA2AhwgAyABNgIUIANBgxE2AhAgA0EJNgIMDBYLQQAhAiADQQA2AhwgAyABNgIUIANB3wo2AhAgA0EJNgIMDBULQQAhAiADQQA2AhwgAyABNgIUIANB7RA2AhAgA0EJNgIMDBQLQQAhAiADQQA2AhwgAyABNgIUIANB0hE2AhAgA0EJNgIMDBMLQQAhAiADQQA2AhwgAyABNgIUIANBsjg2AhAgA0EINgIMDBILQQAhAiADQQA2AhwgAyABNgIUIANBgxE2AhAgA0EJNgIMDBELQQAhAiADQQA2AhwgAyABNgIUIANB3wo2AhAgA0EJNgIMDBALQQAhAiADQQA2AhwgAyABNgIUIANB7RA2AhAgA0EJNgIMDA8LQQAhAiADQQA2AhwgAyABNgIUIANB0hE2AhAgA0EJNgIMDA4LQQAhAiADQQA2AhwgAyABNgIUIANBuRc2AhAgA0EPNgIMDA0LQQAhAiADQQA2AhwgAyABNgIUIANBuRc2AhAgA0EPNgIMDAwLQQAhAiADQQA2AhwgAyABNgIUIANBmRM2AhAgA0ELNgIMDAsLQQAhAiADQQA2AhwgAyABNgIUIANBnQk2AhAgA0ELNgIMDAoLQQAhAiADQQA2AhwgAyABNgIUIANBlxA2AhAgA0EKNgIMDAkLQQAhAiADQQA2AhwgAyABNgIUIANBsRA2AhAgA0EKNgIMDAgLQQAhAiADQQA2AhwgAyABNgIUIANBux02AhAgA0ECNgIMDAcLQQAhAiADQQA2AhwgAyABNgIUIANBlhY2AhAgA0ECNgIMDAYLQQAhAiADQQA2AhwgAyABNgIUIANB+Rg2AhAgA0ECNgIMDAULQQAhAiADQQA2AhwgAyABNgIUIANBxBg2AhAgA0ECNgIMDAQLIANBAjYCHCADIAE2AhQgA0GpHjYCECADQRY2AgxBACECDAMLQd4AIQIgASAERg0CIAlBCGohByADKAIAIQUCQAJAIAEgBEcEQCAFQZbIAGohCCAEIAVqIAFrIQYgBUF/c0EKaiIFIAFqIQADQCABLQAAIAgtAABHBEBBAiEIDAMLIAVFBEBBACEIIAAhAQwDCyAFQQFrIQUgCEEBaiEIIAQgAUEBaiIBRw0ACyAGIQUgBCEBCyAHQQE2AgAgAyAFNgIADAELIANBADYCACAHIAg2AgALIAcgATYCBCAJKAIMIQACQAJAIAkoAghBAWsOAgQBAAsgA0EANgIcIANBwh42AhAgA0EXNgIMIAMgAEEBajYCFEEAIQIMAwsgA0EANgIcIAMgADYCFCADQdceNgIQIANBCTYCDEEAIQIMAgsgASAERgRAQSghAgwCCyADQQk2AgggAyABNgIEQSchAgwBCyABIARGBEBBASECDAELA0ACQAJAAkAgAS0AAEEKaw4EAAEBAAELIAFBAWohAQwBCyABQQFqIQEgAy0ALkEgcQ0AQQAhAiADQQA2AhwgAyABNgIUIANBoSE2AhAgA0EFNgIMDAILQQEhAiABIARHDQALCyAJQRBqJAAgAkUEQCADKAIMIQAMAQsgAyACNgIcQQAhACADKAIEIgFFDQAgAyABIAQgAygCCBEBACIBRQ0AIAMgBDYCFCADIAE2AgwgASEACyAAC74CAQJ/IABBADoAACAAQeQAaiIBQQFrQQA6AAAgAEEAOgACIABBADoAASABQQNrQQA6AAAgAUECa0EAOgAAIABBADoAAyABQQRrQQA6AABBACAAa0EDcSIBIABqIgBBADYCAEHkACABa0F8cSICIABqIgFBBGtBADYCAAJAIAJBCUkNACAAQQA2AgggAEEANgIEIAFBCGtBADYCACABQQxrQQA2AgAgAkEZSQ0AIABBADYCGCAAQQA2AhQgAEEANgIQIABBADYCDCABQRBrQQA2AgAgAUEUa0EANgIAIAFBGGtBADYCACABQRxrQQA2AgAgAiAAQQRxQRhyIgJrIgFBIEkNACAAIAJqIQADQCAAQgA3AxggAEIANwMQIABCADcDCCAAQgA3AwAgAEEgaiEAIAFBIGsiAUEfSw0ACwsLVgEBfwJAIAAoAgwNAAJAAkACQAJAIAAtADEOAwEAAwILIAAoAjgiAUUNACABKAIwIgFFDQAgACABEQAAIgENAwtBAA8LAAsgAEHKGTYCEEEOIQELIAELGgAgACgCDEUEQCAAQd4fNgIQIABBFTYCDAsLFAAgACgCDEEVRgRAIABBADYCDAsLFAAgACgCDEEWRgRAIABBADYCDAsLBwAgACgCDAsHACAAKAIQCwkAIAAgATYCEAsHACAAKAIUCysAAkAgAEEnTw0AQv//////CSAArYhCAYNQDQAgAEECdEHQOGooAgAPCwALFwAgAEEvTwRAAAsgAEECdEHsOWooAgALvwkBAX9B9C0hAQJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAIABB5ABrDvQDY2IAAWFhYWFhYQIDBAVhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhBgcICQoLDA0OD2FhYWFhEGFhYWFhYWFhYWFhEWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYRITFBUWFxgZGhthYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhHB0eHyAhIiMkJSYnKCkqKywtLi8wMTIzNDU2YTc4OTphYWFhYWFhYTthYWE8YWFhYT0+P2FhYWFhYWFhQGFhQWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYUJDREVGR0hJSktMTU5PUFFSU2FhYWFhYWFhVFVWV1hZWlthXF1hYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFeYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhX2BhC0HqLA8LQZgmDwtB7TEPC0GgNw8LQckpDwtBtCkPC0GWLQ8LQesrDwtBojUPC0HbNA8LQeApDwtB4yQPC0HVJA8LQe4kDwtB5iUPC0HKNA8LQdA3DwtBqjUPC0H1LA8LQfYmDwtBgiIPC0HyMw8LQb4oDwtB5zcPC0HNIQ8LQcAhDwtBuCUPC0HLJQ8LQZYkDwtBjzQPC0HNNQ8LQd0qDwtB7jMPC0GcNA8LQZ4xDwtB9DUPC0HlIg8LQa8lDwtBmTEPC0GyNg8LQfk2DwtBxDIPC0HdLA8LQYIxDwtBwTEPC0GNNw8LQckkDwtB7DYPC0HnKg8LQcgjDwtB4iEPC0HJNw8LQaUiDwtBlCIPC0HbNg8LQd41DwtBhiYPC0G8Kw8LQYsyDwtBoCMPC0H2MA8LQYAsDwtBiSsPC0GkJg8LQfIjDwtBgSgPC0GrMg8LQesnDwtBwjYPC0GiJA8LQc8qDwtB3CMPC0GHJw8LQeQ0DwtBtyIPC0GtMQ8LQdUiDwtBrzQPC0HeJg8LQdYyDwtB9DQPC0GBOA8LQfQ3DwtBkjYPC0GdJw8LQYIpDwtBjSMPC0HXMQ8LQb01DwtBtDcPC0HYMA8LQbYnDwtBmjgPC0GnKg8LQcQnDwtBriMPC0H1Ig8LAAtByiYhAQsgAQsXACAAIAAvAS5B/v8DcSABQQBHcjsBLgsaACAAIAAvAS5B/f8DcSABQQBHQQF0cjsBLgsaACAAIAAvAS5B+/8DcSABQQBHQQJ0cjsBLgsaACAAIAAvAS5B9/8DcSABQQBHQQN0cjsBLgsaACAAIAAvAS5B7/8DcSABQQBHQQR0cjsBLgsaACAAIAAvAS5B3/8DcSABQQBHQQV0cjsBLgsaACAAIAAvAS5Bv/8DcSABQQBHQQZ0cjsBLgsaACAAIAAvAS5B//4DcSABQQBHQQd0cjsBLgsaACAAIAAvAS5B//0DcSABQQBHQQh0cjsBLgsaACAAIAAvAS5B//sDcSABQQBHQQl0cjsBLgs+AQJ/AkAgACgCOCIDRQ0AIAMoAgQiA0UNACAAIAEgAiABayADEQEAIgRBf0cNACAAQeESNgIQQRghBAsgBAs+AQJ/AkAgACgCOCIDRQ0AIAMoAggiA0UNACAAIAEgAiABayADEQEAIgRBf0cNACAAQfwRNgIQQRghBAsgBAs+AQJ/AkAgACgCOCIDRQ0AIAMoAgwiA0UNACAAIAEgAiABayADEQEAIgRBf0cNACAAQewKNgIQQRghBAsgBAs+AQJ/AkAgACgCOCIDRQ0AIAMoAhAiA0UNACAAIAEgAiABayADEQEAIgRBf0cNACAAQfoeNgIQQRghBAsgBAs+AQJ/AkAgACgCOCIDRQ0AIAMoAhQiA0UNACAAIAEgAiABayADEQEAIgRBf0cNACAAQcsQNgIQQRghBAsgBAs+AQJ/AkAgACgCOCIDRQ0AIAMoAhgiA0UNACAAIAEgAiABayADEQEAIgRBf0cNACAAQbcfNgIQQRghBAsgBAs+AQJ/AkAgACgCOCIDRQ0AIAMoAhwiA0UNACAAIAEgAiABayADEQEAIgRBf0cNACAAQb8VNgIQQRghBAsgBAs+AQJ/AkAgACgCOCIDRQ0AIAMoAiwiA0UNACAAIAEgAiABayADEQEAIgRBf0cNACAAQf4INgIQQRghBAsgBAs+AQJ/AkAgACgCOCIDRQ0AIAMoAiAiA0UNACAAIAEgAiABayADEQEAIgRBf0cNACAAQYwdNgIQQRghBAsgBAs+AQJ/AkAgACgCOCIDRQ0AIAMoAiQiA0UNACAAIAEgAiABayADEQEAIgRBf0cNACAAQeYVNgIQQRghBAsgBAs4ACAAAn8gAC8BMkEUcUEURgRAQQEgAC0AKEEBRg0BGiAALwE0QeUARgwBCyAALQApQQVGCzoAMAtZAQJ/AkAgAC0AKEEBRg0AIAAvATQiAUHkAGtB5ABJDQAgAUHMAUYNACABQbACRg0AIAAvATIiAEHAAHENAEEBIQIgAEGIBHFBgARGDQAgAEEocUUhAgsgAguMAQECfwJAAkACQCAALQAqRQ0AIAAtACtFDQAgAC8BMiIBQQJxRQ0BDAILIAAvATIiAUEBcUUNAQtBASECIAAtAChBAUYNACAALwE0IgBB5ABrQeQASQ0AIABBzAFGDQAgAEGwAkYNACABQcAAcQ0AQQAhAiABQYgEcUGABEYNACABQShxQQBHIQILIAILcwAgAEEQav0MAAAAAAAAAAAAAAAAAAAAAP0LAwAgAP0MAAAAAAAAAAAAAAAAAAAAAP0LAwAgAEEwav0MAAAAAAAAAAAAAAAAAAAAAP0LAwAgAEEgav0MAAAAAAAAAAAAAAAAAAAAAP0LAwAgAEH9ATYCHAsGACAAEDoLmi0BC38jAEEQayIKJABB3NUAKAIAIglFBEBBnNkAKAIAIgVFBEBBqNkAQn83AgBBoNkAQoCAhICAgMAANwIAQZzZACAKQQhqQXBxQdiq1aoFcyIFNgIAQbDZAEEANgIAQYDZAEEANgIAC0GE2QBBwNkENgIAQdTVAEHA2QQ2AgBB6NUAIAU2AgBB5NUAQX82AgBBiNkAQcCmAzYCAANAIAFBgNYAaiABQfTVAGoiAjYCACACIAFB7NUAaiIDNgIAIAFB+NUAaiADNgIAIAFBiNYAaiABQfzVAGoiAzYCACADIAI2AgAgAUGQ1gBqIAFBhNYAaiICNgIAIAIgAzYCACABQYzWAGogAjYCACABQSBqIgFBgAJHDQALQczZBEGBpgM2AgBB4NUAQazZACgCADYCAEHQ1QBBgKYDNgIAQdzVAEHI2QQ2AgBBzP8HQTg2AgBByNkEIQkLAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkACQAJAAkAgAEHsAU0EQEHE1QAoAgAiBkEQIABBE2pBcHEgAEELSRsiBEEDdiIAdiIBQQNxBEACQCABQQFxIAByQQFzIgJBA3QiAEHs1QBqIgEgAEH01QBqKAIAIgAoAggiA0YEQEHE1QAgBkF+IAJ3cTYCAAwBCyABIAM2AgggAyABNgIMCyAAQQhqIQEgACACQQN0IgJBA3I2AgQgACACaiIAIAAoAgRBAXI2AgQMEQtBzNUAKAIAIgggBE8NASABBEACQEECIAB0IgJBACACa3IgASAAdHFoIgBBA3QiAkHs1QBqIgEgAkH01QBqKAIAIgIoAggiA0YEQEHE1QAgBkF+IAB3cSIGNgIADAELIAEgAzYCCCADIAE2AgwLIAIgBEEDcjYCBCAAQQN0IgAgBGshBSAAIAJqIAU2AgAgAiAEaiIEIAVBAXI2AgQgCARAIAhBeHFB7NUAaiEAQdjVACgCACEDAn9BASAIQQN2dCIBIAZxRQRAQcTVACABIAZyNgIAIAAMAQsgACgCCAsiASADNgIMIAAgAzYCCCADIAA2AgwgAyABNgIICyACQQhqIQFB2NUAIAQ2AgBBzNUAIAU2AgAMEQtByNUAKAIAIgtFDQEgC2hBAnRB9NcAaigCACIAKAIEQXhxIARrIQUgACECA0ACQCACKAIQIgFFBEAgAkEUaigCACIBRQ0BCyABKAIEQXhxIARrIgMgBUkhAiADIAUgAhshBSABIAAgAhshACABIQIMAQsLIAAoAhghCSAAKAIMIgMgAEcEQEHU1QAoAgAaIAMgACgCCCIBNgIIIAEgAzYCDAwQCyAAQRRqIgIoAgAiAUUEQCAAKAIQIgFFDQMgAEEQaiECCwNAIAIhByABIgNBFGoiAigCACIBDQAgA0EQaiECIAMoAhAiAQ0ACyAHQQA2AgAMDwtBfyEEIABBv39LDQAgAEETaiIBQXBxIQRByNUAKAIAIghFDQBBACAEayEFAkACQAJAAn9BACAEQYACSQ0AGkEfIARB////B0sNABogBEEmIAFBCHZnIgBrdkEBcSAAQQF0a0E+agsiBkECdEH01wBqKAIAIgJFBEBBACEBQQAhAwwBC0EAIQEgBEEZIAZBAXZrQQAgBkEfRxt0IQBBACEDA0ACQCACKAIEQXhxIARrIgcgBU8NACACIQMgByIFDQBBACEFIAIhAQwDCyABIAJBFGooAgAiByAHIAIgAEEddkEEcWpBEGooAgAiAkYbIAEgBxshASAAQQF0IQAgAg0ACwsgASADckUEQEEAIQNBAiAGdCIAQQAgAGtyIAhxIgBFDQMgAGhBAnRB9NcAaigCACEBCyABRQ0BCwNAIAEoAgRBeHEgBGsiAiAFSSEAIAIgBSAAGyEFIAEgAyAAGyEDIAEoAhAiAAR/IAAFIAFBFGooAgALIgENAAsLIANFDQAgBUHM1QAoAgAgBGtPDQAgAygCGCEHIAMgAygCDCIARwRAQdTVACgCABogACADKAIIIgE2AgggASAANgIMDA4LIANBFGoiAigCACIBRQRAIAMoAhAiAUUNAyADQRBqIQILA0AgAiEGIAEiAEEUaiICKAIAIgENACAAQRBqIQIgACgCECIBDQALIAZBADYCAAwNC0HM1QAoAgAiAyAETwRAQdjVACgCACEBAkAgAyAEayICQRBPBEAgASAEaiIAIAJBAXI2AgQgASADaiACNgIAIAEgBEEDcjYCBAwBCyABIANBA3I2AgQgASADaiIAIAAoAgRBAXI2AgRBACEAQQAhAgtBzNUAIAI2AgBB2NUAIAA2AgAgAUEIaiEBDA8LQdDVACgCACIDIARLBEAgBCAJaiIAIAMgBGsiAUEBcjYCBEHc1QAgADYCAEHQ1QAgATYCACAJIARBA3I2AgQgCUEIaiEBDA8LQQAhASAEAn9BnNkAKAIABEBBpNkAKAIADAELQajZAEJ/NwIAQaDZAEKAgISAgIDAADcCAEGc2QAgCkEMakFwcUHYqtWqBXM2AgBBsNkAQQA2AgBBgNkAQQA2AgBBgIAECyIAIARBxwBqIgVqIgZBACAAayIHcSICTwRAQbTZAEEwNgIADA8LAkBB/NgAKAIAIgFFDQBB9NgAKAIAIgggAmohACAAIAFNIAAgCEtxDQBBACEBQbTZAEEwNgIADA8LQYDZAC0AAEEEcQ0EAkACQCAJBEBBhNkAIQEDQCABKAIAIgAgCU0EQCAAIAEoAgRqIAlLDQMLIAEoAggiAQ0ACwtBABA7IgBBf0YNBSACIQZBoNkAKAIAIgFBAWsiAyAAcQRAIAIgAGsgACADakEAIAFrcWohBgsgBCAGTw0FIAZB/v///wdLDQVB/NgAKAIAIgMEQEH02AAoAgAiByAGaiEBIAEgB00NBiABIANLDQYLIAYQOyIBIABHDQEMBwsgBiADayAHcSIGQf7///8HSw0EIAYQOyEAIAAgASgCACABKAIEakYNAyAAIQELAkAgBiAEQcgAak8NACABQX9GDQBBpNkAKAIAIgAgBSAGa2pBACAAa3EiAEH+////B0sEQCABIQAMBwsgABA7QX9HBEAgACAGaiEGIAEhAAwHC0EAIAZrEDsaDAQLIAEiAEF/Rw0FDAMLQQAhAwwMC0EAIQAMCgsgAEF/Rw0CC0GA2QBBgNkAKAIAQQRyNgIACyACQf7///8HSw0BIAIQOyEAQQAQOyEBIABBf0YNASABQX9GDQEgACABTw0BIAEgAGsiBiAEQThqTQ0BC0H02ABB9NgAKAIAIAZqIgE2AgBB+NgAKAIAIAFJBEBB+NgAIAE2AgALAkACQAJAQdzVACgCACICBEBBhNkAIQEDQCAAIAEoAgAiAyABKAIEIgVqRg0CIAEoAggiAQ0ACwwCC0HU1QAoAgAiAUEARyAAIAFPcUUEQEHU1QAgADYCAAtBACEBQYjZACAGNgIAQYTZACAANgIAQeTVAEF/NgIAQejVAEGc2QAoAgA2AgBBkNkAQQA2AgADQCABQYDWAGogAUH01QBqIgI2AgAgAiABQezVAGoiAzYCACABQfjVAGogAzYCACABQYjWAGogAUH81QBqIgM2AgAgAyACNgIAIAFBkNYAaiABQYTWAGoiAjYCACACIAM2AgAgAUGM1gBqIAI2AgAgAUEgaiIBQYACRw0AC0F4IABrQQ9xIgEgAGoiAiAGQThrIgMgAWsiAUEBcjYCBEHg1QBBrNkAKAIANgIAQdDVACABNgIAQdzVACACNgIAIAAgA2pBODYCBAwCCyAAIAJNDQAgAiADSQ0AIAEoAgxBCHENAEF4IAJrQQ9xIgAgAmoiA0HQ1QAoAgAgBmoiByAAayIAQQFyNgIEIAEgBSAGajYCBEHg1QBBrNkAKAIANgIAQdDVACAANgIAQdzVACADNgIAIAIgB2pBODYCBAwBCyAAQdTVACgCAEkEQEHU1QAgADYCAAsgACAGaiEDQYTZACEBAkACQAJAA0AgAyABKAIARwRAIAEoAggiAQ0BDAILCyABLQAMQQhxRQ0BC0GE2QAhAQNAIAEoAgAiAyACTQRAIAMgASgCBGoiBSACSw0DCyABKAIIIQEMAAsACyABIAA2AgAgASABKAIEIAZqNgIEIABBeCAAa0EPcWoiCSAEQQNyNgIEIANBeCADa0EPcWoiBiAEIAlqIgRrIQEgAiAGRgRAQdzVACAENgIAQdDVAEHQ1QAoAgAgAWoiADYCACAEIABBAXI2AgQMCAtB2NUAKAIAIAZGBEBB2NUAIAQ2AgBBzNUAQczVACgCACABaiIANgIAIAQgAEEBcjYCBCAAIARqIAA2AgAMCAsgBigCBCIFQQNxQQFHDQYgBUF4cSEIIAVB/wFNBEAgBUEDdiEDIAYoAggiACAGKAIMIgJGBEBBxNUAQcTVACgCAEF+IAN3cTYCAAwHCyACIAA2AgggACACNgIMDAYLIAYoAhghByAGIAYoAgwiAEcEQCAAIAYoAggiAjYCCCACIAA2AgwMBQsgBkEUaiICKAIAIgVFBEAgBigCECIFRQ0EIAZBEGohAgsDQCACIQMgBSIAQRRqIgIoAgAiBQ0AIABBEGohAiAAKAIQIgUNAAsgA0EANgIADAQLQXggAGtBD3EiASAAaiIHIAZBOGsiAyABayIBQQFyNgIEIAAgA2pBODYCBCACIAVBNyAFa0EPcWpBP2siAyADIAJBEGpJGyIDQSM2AgRB4NUAQazZACgCADYCAEHQ1QAgATYCAEHc1QAgBzYCACADQRBqQYzZACkCADcCACADQYTZACkCADcCCEGM2QAgA0EIajYCAEGI2QAgBjYCAEGE2QAgADYCAEGQ2QBBADYCACADQSRqIQEDQCABQQc2AgAgBSABQQRqIgFLDQALIAIgA0YNACADIAMoAgRBfnE2AgQgAyADIAJrIgU2AgAgAiAFQQFyNgIEIAVB/wFNBEAgBUF4cUHs1QBqIQACf0HE1QAoAgAiAUEBIAVBA3Z0IgNxRQRAQcTVACABIANyNgIAIAAMAQsgACgCCAsiASACNgIMIAAgAjYCCCACIAA2AgwgAiABNgIIDAELQR8hASAFQf///wdNBEAgBUEmIAVBCHZnIgBrdkEBcSAAQQF0a0E+aiEBCyACIAE2AhwgAkIANwIQIAFBAnRB9NcAaiEAQcjVACgCACIDQQEgAXQiBnFFBEAgACACNgIAQcjVACADIAZyNgIAIAIgADYCGCACIAI2AgggAiACNgIMDAELIAVBGSABQQF2a0EAIAFBH0cbdCEBIAAoAgAhAwJAA0AgAyIAKAIEQXhxIAVGDQEgAUEddiEDIAFBAXQhASAAIANBBHFqQRBqIgYoAgAiAw0ACyAGIAI2AgAgAiAANgIYIAIgAjYCDCACIAI2AggMAQsgACgCCCIBIAI2AgwgACACNgIIIAJBADYCGCACIAA2AgwgAiABNgIIC0HQ1QAoAgAiASAETQ0AQdzVACgCACIAIARqIgIgASAEayIBQQFyNgIEQdDVACABNgIAQdzVACACNgIAIAAgBEEDcjYCBCAAQQhqIQEMCAtBACEBQbTZAEEwNgIADAcLQQAhAAsgB0UNAAJAIAYoAhwiAkECdEH01wBqIgMoAgAgBkYEQCADIAA2AgAgAA0BQcjVAEHI1QAoAgBBfiACd3E2AgAMAgsgB0EQQRQgBygCECAGRhtqIAA2AgAgAEUNAQsgACAHNgIYIAYoAhAiAgRAIAAgAjYCECACIAA2AhgLIAZBFGooAgAiAkUNACAAQRRqIAI2AgAgAiAANgIYCyABIAhqIQEgBiAIaiIGKAIEIQULIAYgBUF+cTYCBCABIARqIAE2AgAgBCABQQFyNgIEIAFB/wFNBEAgAUF4cUHs1QBqIQACf0HE1QAoAgAiAkEBIAFBA3Z0IgFxRQRAQcTVACABIAJyNgIAIAAMAQsgACgCCAsiASAENgIMIAAgBDYCCCAEIAA2AgwgBCABNgIIDAELQR8hBSABQf///wdNBEAgAUEmIAFBCHZnIgBrdkEBcSAAQQF0a0E+aiEFCyAEIAU2AhwgBEIANwIQIAVBAnRB9NcAaiEAQcjVACgCACICQQEgBXQiA3FFBEAgACAENgIAQcjVACACIANyNgIAIAQgADYCGCAEIAQ2AgggBCAENgIMDAELIAFBGSAFQQF2a0EAIAVBH0cbdCEFIAAoAgAhAAJAA0AgACICKAIEQXhxIAFGDQEgBUEddiEAIAVBAXQhBSACIABBBHFqQRBqIgMoAgAiAA0ACyADIAQ2AgAgBCACNgIYIAQgBDYCDCAEIAQ2AggMAQsgAigCCCIAIAQ2AgwgAiAENgIIIARBADYCGCAEIAI2AgwgBCAANgIICyAJQQhqIQEMAgsCQCAHRQ0AAkAgAygCHCIBQQJ0QfTXAGoiAigCACADRgRAIAIgADYCACAADQFByNUAIAhBfiABd3EiCDYCAAwCCyAHQRBBFCAHKAIQIANGG2ogADYCACAARQ0BCyAAIAc2AhggAygCECIBBEAgACABNgIQIAEgADYCGAsgA0EUaigCACIBRQ0AIABBFGogATYCACABIAA2AhgLAkAgBUEPTQRAIAMgBCAFaiIAQQNyNgIEIAAgA2oiACAAKAIEQQFyNgIEDAELIAMgBGoiAiAFQQFyNgIEIAMgBEEDcjYCBCACIAVqIAU2AgAgBUH/AU0EQCAFQXhxQezVAGohAAJ/QcTVACgCACIBQQEgBUEDdnQiBXFFBEBBxNUAIAEgBXI2AgAgAAwBCyAAKAIICyIBIAI2AgwgACACNgIIIAIgADYCDCACIAE2AggMAQtBHyEBIAVB////B00EQCAFQSYgBUEIdmciAGt2QQFxIABBAXRrQT5qIQELIAIgATYCHCACQgA3AhAgAUECdEH01wBqIQBBASABdCIEIAhxRQRAIAAgAjYCAEHI1QAgBCAIcjYCACACIAA2AhggAiACNgIIIAIgAjYCDAwBCyAFQRkgAUEBdmtBACABQR9HG3QhASAAKAIAIQQCQANAIAQiACgCBEF4cSAFRg0BIAFBHXYhBCABQQF0IQEgACAEQQRxakEQaiIGKAIAIgQNAAsgBiACNgIAIAIgADYCGCACIAI2AgwgAiACNgIIDAELIAAoAggiASACNgIMIAAgAjYCCCACQQA2AhggAiAANgIMIAIgATYCCAsgA0EIaiEBDAELAkAgCUUNAAJAIAAoAhwiAUECdEH01wBqIgIoAgAgAEYEQCACIAM2AgAgAw0BQcjVACALQX4gAXdxNgIADAILIAlBEEEUIAkoAhAgAEYbaiADNgIAIANFDQELIAMgCTYCGCAAKAIQIgEEQCADIAE2AhAgASADNgIYCyAAQRRqKAIAIgFFDQAgA0EUaiABNgIAIAEgAzYCGAsCQCAFQQ9NBEAgACAEIAVqIgFBA3I2AgQgACABaiIBIAEoAgRBAXI2AgQMAQsgACAEaiIHIAVBAXI2AgQgACAEQQNyNgIEIAUgB2ogBTYCACAIBEAgCEF4cUHs1QBqIQFB2NUAKAIAIQMCf0EBIAhBA3Z0IgIgBnFFBEBBxNUAIAIgBnI2AgAgAQwBCyABKAIICyICIAM2AgwgASADNgIIIAMgATYCDCADIAI2AggLQdjVACAHNgIAQczVACAFNgIACyAAQQhqIQELIApBEGokACABC0MAIABFBEA/AEEQdA8LAkAgAEH//wNxDQAgAEEASA0AIABBEHZAACIAQX9GBEBBtNkAQTA2AgBBfw8LIABBEHQPCwALC5lCIgBBgAgLDQEAAAAAAAAAAgAAAAMAQZgICwUEAAAABQBBqAgLCQYAAAAHAAAACABB5AgLwjJJbnZhbGlkIGNoYXIgaW4gdXJsIHF1ZXJ5AFNwYW4gY2FsbGJhY2sgZXJyb3IgaW4gb25fYm9keQBDb250ZW50LUxlbmd0aCBvdmVyZmxvdwBDaHVuayBzaXplIG92ZXJmbG93AEludmFsaWQgbWV0aG9kIGZvciBIVFRQL3gueCByZXF1ZXN0AEludmFsaWQgbWV0aG9kIGZvciBSVFNQL3gueCByZXF1ZXN0AEV4cGVjdGVkIFNPVVJDRSBtZXRob2QgZm9yIElDRS94LnggcmVxdWVzdABJbnZhbGlkIGNoYXIgaW4gdXJsIGZyYWdtZW50IHN0YXJ0AEV4cGVjdGVkIGRvdABTcGFuIGNhbGxiYWNrIGVycm9yIGluIG9uX3N0YXR1cwBJbnZhbGlkIHJlc3BvbnNlIHN0YXR1cwBFeHBlY3RlZCBMRiBhZnRlciBoZWFkZXJzAEludmFsaWQgY2hhcmFjdGVyIGluIGNodW5rIGV4dGVuc2lvbnMAVXNlciBjYWxsYmFjayBlcnJvcgBgb25fcmVzZXRgIGNhbGxiYWNrIGVycm9yAGBvbl9jaHVua19oZWFkZXJgIGNhbGxiYWNrIGVycm9yAGBvbl9tZXNzYWdlX2JlZ2luYCBjYWxsYmFjayBlcnJvcgBgb25fY2h1bmtfZXh0ZW5zaW9uX3ZhbHVlYCBjYWxsYmFjayBlcnJvcgBgb25fc3RhdHVzX2NvbXBsZXRlYCBjYWxsYmFjayBlcnJvcgBgb25fdmVyc2lvbl9jb21wbGV0ZWAgY2FsbGJhY2sgZXJyb3IAYG9uX3VybF9jb21wbGV0ZWAgY2FsbGJhY2sgZXJyb3IAYG9uX3Byb3RvY29sX2NvbXBsZXRlYCBjYWxsYmFjayBlcnJvcgBgb25fY2h1bmtfY29tcGxldGVgIGNhbGxiYWNrIGVycm9yAGBvbl9oZWFkZXJfdmFsdWVfY29tcGxldGVgIGNhbGxiYWNrIGVycm9yAGBvbl9tZXNzYWdlX2NvbXBsZXRlYCBjYWxsYmFjayBlcnJvcgBgb25fbWV0aG9kX2NvbXBsZXRlYCBjYWxsYmFjayBlcnJvcgBgb25faGVhZGVyX2ZpZWxkX2NvbXBsZXRlYCBjYWxsYmFjayBlcnJvcgBgb25fY2h1bmtfZXh0ZW5zaW9uX25hbWVgIGNhbGxiYWNrIGVycm9yAFVuZXhwZWN0ZWQgY2hhciBpbiB1cmwgc2VydmVyAEludmFsaWQgaGVhZGVyIHZhbHVlIGNoYXIASW52YWxpZCBoZWFkZXIgZmllbGQgY2hhcgBTcGFuIGNhbGxiYWNrIGVycm9yIGluIG9uX3ZlcnNpb24ASW52YWxpZCBtaW5vciB2ZXJzaW9uAEludmFsaWQgbWFqb3IgdmVyc2lvbgBFeHBlY3RlZCBzcGFjZSBhZnRlciB2ZXJzaW9uAEV4cGVjdGVkIENSTEYgYWZ0ZXIgdmVyc2lvbgBJbnZhbGlkIEhUVFAgdmVyc2lvbgBJbnZhbGlkIGhlYWRlciB0b2tlbgBTcGFuIGNhbGxiYWNrIGVycm9yIGluIG9uX3VybABJbnZhbGlkIGNoYXJhY3RlcnMgaW4gdXJsAFVuZXhwZWN0ZWQgc3RhcnQgY2hhciBpbiB1cmwARG91YmxlIEAgaW4gdXJsAFNwYW4gY2FsbGJhY2sgZXJyb3IgaW4gb25fcHJvdG9jb2wARW1wdHkgQ29udGVudC1MZW5ndGgASW52YWxpZCBjaGFyYWN0ZXIgaW4gQ29udGVudC1MZW5ndGgAVHJhbnNmZXItRW5jb2RpbmcgY2FuJ3QgYmUgcHJlc2VudCB3aXRoIENvbnRlbnQtTGVuZ3RoAER1cGxpY2F0ZSBDb250ZW50LUxlbmd0aABJbnZhbGlkIGNoYXIgaW4gdXJsIHBhdGgAQ29udGVudC1MZW5ndGggY2FuJ3QgYmUgcHJlc2VudCB3aXRoIFRyYW5zZmVyLUVuY29kaW5nAE1pc3NpbmcgZXhwZWN0ZWQgQ1IgYWZ0ZXIgY2h1bmsgc2l6ZQBFeHBlY3RlZCBMRiBhZnRlciBjaHVuayBzaXplAEludmFsaWQgY2hhcmFjdGVyIGluIGNodW5rIHNpemUAU3BhbiBjYWxsYmFjayBlcnJvciBpbiBvbl9oZWFkZXJfdmFsdWUAU3BhbiBjYWxsYmFjayBlcnJvciBpbiBvbl9jaHVua19leHRlbnNpb25fdmFsdWUASW52YWxpZCBjaGFyYWN0ZXIgaW4gY2h1bmsgZXh0ZW5zaW9ucyB2YWx1ZQBVbmV4cGVjdGVkIHdoaXRlc3BhY2UgYWZ0ZXIgaGVhZGVyIHZhbHVlAE1pc3NpbmcgZXhwZWN0ZWQgQ1IgYWZ0ZXIgaGVhZGVyIHZhbHVlAE1pc3NpbmcgZXhwZWN0ZWQgTEYgYWZ0ZXIgaGVhZGVyIHZhbHVlAEludmFsaWQgYFRyYW5zZmVyLUVuY29kaW5nYCBoZWFkZXIgdmFsdWUATWlzc2luZyBleHBlY3RlZCBDUiBhZnRlciBjaHVuayBleHRlbnNpb24gdmFsdWUASW52YWxpZCBjaGFyYWN0ZXIgaW4gY2h1bmsgZXh0ZW5zaW9ucyBxdW90ZSB2YWx1ZQBJbnZhbGlkIHF1b3RlZC1wYWlyIGluIGNodW5rIGV4dGVuc2lvbnMgcXVvdGVkIHZhbHVlAEludmFsaWQgY2hhcmFjdGVyIGluIGNodW5rIGV4dGVuc2lvbnMgcXVvdGVkIHZhbHVlAFBhdXNlZCBieSBvbl9oZWFkZXJzX2NvbXBsZXRlAEludmFsaWQgRU9GIHN0YXRlAG9uX3Jlc2V0IHBhdXNlAG9uX2NodW5rX2hlYWRlciBwYXVzZQBvbl9tZXNzYWdlX2JlZ2luIHBhdXNlAG9uX2NodW5rX2V4dGVuc2lvbl92YWx1ZSBwYXVzZQBvbl9zdGF0dXNfY29tcGxldGUgcGF1c2UAb25fdmVyc2lvbl9jb21wbGV0ZSBwYXVzZQBvbl91cmxfY29tcGxldGUgcGF1c2UAb25fcHJvdG9jb2xfY29tcGxldGUgcGF1c2UAb25fY2h1bmtfY29tcGxldGUgcGF1c2UAb25faGVhZGVyX3ZhbHVlX2NvbXBsZXRlIHBhdXNlAG9uX21lc3NhZ2VfY29tcGxldGUgcGF1c2UAb25fbWV0aG9kX2NvbXBsZXRlIHBhdXNlAG9uX2hlYWRlcl9maWVsZF9jb21wbGV0ZSBwYXVzZQBvbl9jaHVua19leHRlbnNpb25fbmFtZSBwYXVzZQBVbmV4cGVjdGVkIHNwYWNlIGFmdGVyIHN0YXJ0IGxpbmUATWlzc2luZyBleHBlY3RlZCBDUiBhZnRlciByZXNwb25zZSBsaW5lAFNwYW4gY2FsbGJhY2sgZXJyb3IgaW4gb25fY2h1bmtfZXh0ZW5zaW9uX25hbWUASW52YWxpZCBjaGFyYWN0ZXIgaW4gY2h1bmsgZXh0ZW5zaW9ucyBuYW1lAE1pc3NpbmcgZXhwZWN0ZWQgQ1IgYWZ0ZXIgY2h1bmsgZXh0ZW5zaW9uIG5hbWUASW52YWxpZCBzdGF0dXMgY29kZQBQYXVzZSBvbiBDT05ORUNUL1VwZ3JhZGUAUGF1c2Ugb24gUFJJL1VwZ3JhZGUARXhwZWN0ZWQgSFRUUC8yIENvbm5lY3Rpb24gUHJlZmFjZQBTcGFuIGNhbGxiYWNrIGVycm9yIGluIG9uX21ldGhvZABFeHBlY3RlZCBzcGFjZSBhZnRlciBtZXRob2QAU3BhbiBjYWxsYmFjayBlcnJvciBpbiBvbl9oZWFkZXJfZmllbGQAUGF1c2VkAEludmFsaWQgd29yZCBlbmNvdW50ZXJlZABJbnZhbGlkIG1ldGhvZCBlbmNvdW50ZXJlZABNaXNzaW5nIGV4cGVjdGVkIENSIGFmdGVyIGNodW5rIGRhdGEARXhwZWN0ZWQgTEYgYWZ0ZXIgY2h1bmsgZGF0YQBVbmV4cGVjdGVkIGNoYXIgaW4gdXJsIHNjaGVtYQBSZXF1ZXN0IGhhcyBpbnZhbGlkIGBUcmFuc2Zlci1FbmNvZGluZ2AARGF0YSBhZnRlciBgQ29ubmVjdGlvbjogY2xvc2VgAFNXSVRDSF9QUk9YWQBVU0VfUFJPWFkATUtBQ1RJVklUWQBVTlBST0NFU1NBQkxFX0VOVElUWQBRVUVSWQBDT1BZAE1PVkVEX1BFUk1BTkVOVExZAFRPT19FQVJMWQBOT1RJRlkARkFJTEVEX0RFUEVOREVOQ1kAQkFEX0dBVEVXQVkAUExBWQBQVVQAQ0hFQ0tPVVQAR0FURVdBWV9USU1FT1VUAFJFUVVFU1RfVElNRU9VVABORVRXT1JLX0NPTk5FQ1RfVElNRU9VVABDT05ORUNUSU9OX1RJTUVPVVQATE9HSU5fVElNRU9VVABORVRXT1JLX1JFQURfVElNRU9VVABQT1NUAE1JU0RJUkVDVEVEX1JFUVVFU1QAQ0xJRU5UX0NMT1NFRF9SRVFVRVNUAENMSUVOVF9DTE9TRURfTE9BRF9CQUxBTkNFRF9SRVFVRVNUAEJBRF9SRVFVRVNUAEhUVFBfUkVRVUVTVF9TRU5UX1RPX0hUVFBTX1BPUlQAUkVQT1JUAElNX0FfVEVBUE9UAFJFU0VUX0NPTlRFTlQATk9fQ09OVEVOVABQQVJUSUFMX0NPTlRFTlQASFBFX0lOVkFMSURfQ09OU1RBTlQASFBFX0NCX1JFU0VUAEdFVABIUEVfU1RSSUNUAENPTkZMSUNUAFRFTVBPUkFSWV9SRURJUkVDVABQRVJNQU5FTlRfUkVESVJFQ1QAQ09OTkVDVABNVUxUSV9TVEFUVVMASFBFX0lOVkFMSURfU1RBVFVTAFRPT19NQU5ZX1JFUVVFU1RTAEVBUkxZX0hJTlRTAFVOQVZBSUxBQkxFX0ZPUl9MRUdBTF9SRUFTT05TAE9QVElPTlMAU1dJVENISU5HX1BST1RPQ09MUwBWQVJJQU5UX0FMU09fTkVHT1RJQVRFUwBNVUxUSVBMRV9DSE9JQ0VTAElOVEVSTkFMX1NFUlZFUl9FUlJPUgBXRUJfU0VSVkVSX1VOS05PV05fRVJST1IAUkFJTEdVTl9FUlJPUgBJREVOVElUWV9QUk9WSURFUl9BVVRIRU5USUNBVElPTl9FUlJPUgBTU0xfQ0VSVElGSUNBVEVfRVJST1IASU5WQUxJRF9YX0ZPUldBUkRFRF9GT1IAU0VUX1BBUkFNRVRFUgBHRVRfUEFSQU1FVEVSAEhQRV9VU0VSAFNFRV9PVEhFUgBIUEVfQ0JfQ0hVTktfSEVBREVSAEV4cGVjdGVkIExGIGFmdGVyIENSAE1LQ0FMRU5EQVIAU0VUVVAAV0VCX1NFUlZFUl9JU19ET1dOAFRFQVJET1dOAEhQRV9DTE9TRURfQ09OTkVDVElPTgBIRVVSSVNUSUNfRVhQSVJBVElPTgBESVNDT05ORUNURURfT1BFUkFUSU9OAE5PTl9BVVRIT1JJVEFUSVZFX0lORk9STUFUSU9OAEhQRV9JTlZBTElEX1ZFUlNJT04ASFBFX0NCX01FU1NBR0VfQkVHSU4AU0lURV9JU19GUk9aRU4ASFBFX0lOVkFMSURfSEVBREVSX1RPS0VOAElOVkFMSURfVE9LRU4ARk9SQklEREVOAEVOSEFOQ0VfWU9VUl9DQUxNAEhQRV9JTlZBTElEX1VSTABCTE9DS0VEX0JZX1BBUkVOVEFMX0NPTlRST0wATUtDT0wAQUNMAEhQRV9JTlRFUk5BTABSRVFVRVNUX0hFQURFUl9GSUVMRFNfVE9PX0xBUkdFX1VOT0ZGSUNJQUwASFBFX09LAFVOTElOSwBVTkxPQ0sAUFJJAFJFVFJZX1dJVEgASFBFX0lOVkFMSURfQ09OVEVOVF9MRU5HVEgASFBFX1VORVhQRUNURURfQ09OVEVOVF9MRU5HVEgARkxVU0gAUFJPUFBBVENIAE0tU0VBUkNIAFVSSV9UT09fTE9ORwBQUk9DRVNTSU5HAE1JU0NFTExBTkVPVVNfUEVSU0lTVEVOVF9XQVJOSU5HAE1JU0NFTExBTkVPVVNfV0FSTklORwBIUEVfSU5WQUxJRF9UUkFOU0ZFUl9FTkNPRElORwBFeHBlY3RlZCBDUkxGAEhQRV9JTlZBTElEX0NIVU5LX1NJWkUATU9WRQBDT05USU5VRQBIUEVfQ0JfU1RBVFVTX0NPTVBMRVRFAEhQRV9DQl9IRUFERVJTX0NPTVBMRVRFAEhQRV9DQl9WRVJTSU9OX0NPTVBMRVRFAEhQRV9DQl9VUkxfQ09NUExFVEUASFBFX0NCX1BST1RPQ09MX0NPTVBMRVRFAEhQRV9DQl9DSFVOS19DT01QTEVURQBIUEVfQ0JfSEVBREVSX1ZBTFVFX0NPTVBMRVRFAEhQRV9DQl9DSFVOS19FWFRFTlNJT05fVkFMVUVfQ09NUExFVEUASFBFX0NCX0NIVU5LX0VYVEVOU0lPTl9OQU1FX0NPTVBMRVRFAEhQRV9DQl9NRVNTQUdFX0NPTVBMRVRFAEhQRV9DQl9NRVRIT0RfQ09NUExFVEUASFBFX0NCX0hFQURFUl9GSUVMRF9DT01QTEVURQBERUxFVEUASFBFX0lOVkFMSURfRU9GX1NUQVRFAElOVkFMSURfU1NMX0NFUlRJRklDQVRFAFBBVVNFAE5PX1JFU1BPTlNFAFVOU1VQUE9SVEVEX01FRElBX1RZUEUAR09ORQBOT1RfQUNDRVBUQUJMRQBTRVJWSUNFX1VOQVZBSUxBQkxFAFJBTkdFX05PVF9TQVRJU0ZJQUJMRQBPUklHSU5fSVNfVU5SRUFDSEFCTEUAUkVTUE9OU0VfSVNfU1RBTEUAUFVSR0UATUVSR0UAUkVRVUVTVF9IRUFERVJfRklFTERTX1RPT19MQVJHRQBSRVFVRVNUX0hFQURFUl9UT09fTEFSR0UAUEFZTE9BRF9UT09fTEFSR0UASU5TVUZGSUNJRU5UX1NUT1JBR0UASFBFX1BBVVNFRF9VUEdSQURFAEhQRV9QQVVTRURfSDJfVVBHUkFERQBTT1VSQ0UAQU5OT1VOQ0UAVFJBQ0UASFBFX1VORVhQRUNURURfU1BBQ0UAREVTQ1JJQkUAVU5TVUJTQ1JJQkUAUkVDT1JEAEhQRV9JTlZBTElEX01FVEhPRABOT1RfRk9VTkQAUFJPUEZJTkQAVU5CSU5EAFJFQklORABVTkFVVEhPUklaRUQATUVUSE9EX05PVF9BTExPV0VEAEhUVFBfVkVSU0lPTl9OT1RfU1VQUE9SVEVEAEFMUkVBRFlfUkVQT1JURUQAQUNDRVBURUQATk9UX0lNUExFTUVOVEVEAExPT1BfREVURUNURUQASFBFX0NSX0VYUEVDVEVEAEhQRV9MRl9FWFBFQ1RFRABDUkVBVEVEAElNX1VTRUQASFBFX1BBVVNFRABUSU1FT1VUX09DQ1VSRUQAUEFZTUVOVF9SRVFVSVJFRABQUkVDT05ESVRJT05fUkVRVUlSRUQAUFJPWFlfQVVUSEVOVElDQVRJT05fUkVRVUlSRUQATkVUV09SS19BVVRIRU5USUNBVElPTl9SRVFVSVJFRABMRU5HVEhfUkVRVUlSRUQAU1NMX0NFUlRJRklDQVRFX1JFUVVJUkVEAFVQR1JBREVfUkVRVUlSRUQAUEFHRV9FWFBJUkVEAFBSRUNPTkRJVElPTl9GQUlMRUQARVhQRUNUQVRJT05fRkFJTEVEAFJFVkFMSURBVElPTl9GQUlMRUQAU1NMX0hBTkRTSEFLRV9GQUlMRUQATE9DS0VEAFRSQU5TRk9STUFUSU9OX0FQUExJRUQATk9UX01PRElGSUVEAE5PVF9FWFRFTkRFRABCQU5EV0lEVEhfTElNSVRfRVhDRUVERUQAU0lURV9JU19PVkVSTE9BREVEAEhFQUQARXhwZWN0ZWQgSFRUUC8sIFJUU1AvIG9yIElDRS8A5xUAAK8VAACkEgAAkhoAACYWAACeFAAA2xkAAHkVAAB+EgAA/hQAADYVAAALFgAA2BYAAPMSAABCGAAArBYAABIVAAAUFwAA7xcAAEgUAABxFwAAshoAAGsZAAB+GQAANRQAAIIaAABEFwAA/RYAAB4YAACHFwAAqhkAAJMSAAAHGAAALBcAAMoXAACkFwAA5xUAAOcVAABYFwAAOxgAAKASAAAtHAAAwxEAAEgRAADeEgAAQhMAAKQZAAD9EAAA9xUAAKUVAADvFgAA+BkAAEoWAABWFgAA9RUAAAoaAAAIGgAAARoAAKsVAABCEgAA1xAAAEwRAAAFGQAAVBYAAB4RAADKGQAAyBkAAE4WAAD/GAAAcRQAAPAVAADuFQAAlBkAAPwVAAC/GQAAmxkAAHwUAABDEQAAcBgAAJUUAAAnFAAAGRQAANUSAADUGQAARBYAAPcQAEG5OwsBAQBB0DsL4AEBAQIBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEDAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQABAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQBBuj0LBAEAAAIAQdE9C14DBAMDAwMDAAADAwADAwADAwMDAwMDAwMDAAUAAAAAAAMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAAAAAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMAAwADAEG6PwsEAQAAAgBB0T8LXgMAAwMDAwMAAAMDAAMDAAMDAwMDAwMDAwMABAAFAAAAAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMAAAADAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwADAAMAQbDBAAsNbG9zZWVlcC1hbGl2ZQBBycEACwEBAEHgwQAL4AEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQABAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQBBycMACwEBAEHgwwAL5wEBAQEBAQEBAQEBAQECAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQABAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAWNodW5rZWQAQfHFAAteAQABAQEBAQAAAQEAAQEAAQEBAQEBAQEBAQAAAAAAAAABAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQAAAAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAAEAAQBB0McACyFlY3Rpb25lbnQtbGVuZ3Rob25yb3h5LWNvbm5lY3Rpb24AQYDIAAsgcmFuc2Zlci1lbmNvZGluZ3BncmFkZQ0KDQpTTQ0KDQoAQanIAAsFAQIAAQMAQcDIAAtfBAUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUAQanKAAsFAQIAAQMAQcDKAAtfBAUFBgUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUAQanMAAsEAQAAAQBBwcwAC14CAgACAgICAgICAgICAgICAgICAgICAgICAgICAgIAAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAEGpzgALBQECAAEDAEHAzgALXwQFAAAFBQUFBQUFBQUFBQYFBQUFBQUFBQUFBQUABQAHCAUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQAFAAUABQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUAAAAFAEGp0AALBQEBAAEBAEHA0AALAQEAQdrQAAtBAgAAAAAAAAMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAAAAAAAAAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMAQanSAAsFAQEAAQEAQcDSAAsBAQBBytIACwYCAAAAAAIAQeHSAAs6AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMAAAAAAAADAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwBBoNQAC50BTk9VTkNFRUNLT1VUTkVDVEVURUNSSUJFTFVTSEVURUFEU0VBUkNIUkdFQ1RJVklUWUxFTkRBUlZFT1RJRllQVElPTlNDSFNFQVlTVEFUQ0hHRVVFUllPUkRJUkVDVE9SVFJDSFBBUkFNRVRFUlVSQ0VCU0NSSUJFQVJET1dOQUNFSU5ETktDS1VCU0NSSUJFVFRQQ0VUU1BBRFRQLw==", "base64"))
   });
  }),
  401: (function(__unused_webpack_module, exports) {
   "use strict";
   Object.defineProperty(exports, "__esModule", {
    value: !0
   }), exports.enumToMap = function(obj, filter = [], exceptions = []) {
    const emptyFilter = 0 === (filter?.length ?? 0), emptyExceptions = 0 === (exceptions?.length ?? 0);
    return Object.fromEntries(Object.entries(obj).filter(([, value]) => "number" == typeof value && (emptyFilter || filter.includes(value)) && (emptyExceptions || !exceptions.includes(value))));
   };
  }),
  535: (function(module, __unused_webpack_exports, __nccwpck_require__) {
   "use strict";
   const {kConnected: kConnected, kPending: kPending, kRunning: kRunning, kSize: kSize, kFree: kFree, kQueued: kQueued} = __nccwpck_require__(478);
   module.exports = {
    ClientStats: class {
     constructor(client) {
      this.connected = client[kConnected], this.pending = client[kPending], this.running = client[kRunning], 
      this.size = client[kSize];
     }
    },
    PoolStats: class {
     constructor(pool) {
      this.connected = pool[kConnected], this.free = pool[kFree], this.pending = pool[kPending], 
      this.queued = pool[kQueued], this.running = pool[kRunning], this.size = pool[kSize];
     }
    }
   };
  }),
  132: (function(module) {
   "use strict";
   let fastNowTimeout, fastNow = 0;
   const kFastTimer = Symbol("kFastTimer"), fastTimers = [];
   function onTick() {
    fastNow += 499;
    let idx = 0, len = fastTimers.length;
    for (;idx < len; ) {
     const timer = fastTimers[idx];
     0 === timer._state ? (timer._idleStart = fastNow - 499, timer._state = 1) : 1 === timer._state && fastNow >= timer._idleStart + timer._idleTimeout && (timer._state = -1, 
     timer._idleStart = -1, timer._onTimeout(timer._timerArg)), -1 === timer._state ? (timer._state = -2, 
     0 !== --len && (fastTimers[idx] = fastTimers[len])) : ++idx;
    }
    fastTimers.length = len, 0 !== fastTimers.length && refreshTimeout();
   }
   function refreshTimeout() {
    fastNowTimeout?.refresh ? fastNowTimeout.refresh() : (clearTimeout(fastNowTimeout), 
    fastNowTimeout = setTimeout(onTick, 499), fastNowTimeout?.unref());
   }
   class FastTimer {
    [kFastTimer]=!0;
    _state=-2;
    _idleTimeout=-1;
    _idleStart=-1;
    _onTimeout;
    _timerArg;
    constructor(callback, delay, arg) {
     this._onTimeout = callback, this._idleTimeout = delay, this._timerArg = arg, this.refresh();
    }
    refresh() {
     -2 === this._state && fastTimers.push(this), fastNowTimeout && 1 !== fastTimers.length || refreshTimeout(), 
     this._state = 0;
    }
    clear() {
     this._state = -1, this._idleStart = -1;
    }
   }
   module.exports = {
    setTimeout: (callback, delay, arg) => delay <= 1e3 ? setTimeout(callback, delay, arg) : new FastTimer(callback, delay, arg),
    clearTimeout(timeout) {
     timeout[kFastTimer] ? timeout.clear() : clearTimeout(timeout);
    },
    setFastTimeout: (callback, delay, arg) => new FastTimer(callback, delay, arg),
    clearFastTimeout(timeout) {
     timeout.clear();
    },
    now: () => fastNow,
    tick(delay = 0) {
     fastNow += delay - 1e3 + 1, onTick(), onTick();
    },
    reset() {
     fastNow = 0, fastTimers.length = 0, clearTimeout(fastNowTimeout), fastNowTimeout = null;
    },
    kFastTimer: kFastTimer
   };
  }),
  909: (function(module) {
   const refuse = () => {
    throw new Error("bodies other than text and bytes are left out of this bundle");
   };
   module.exports = {
    extractBody: refuse,
    webidl: {
     is: {
      FormData: refuse
     }
    }
   };
  }),
  583: (function(module) {
   const refuse = () => {
    throw new Error("bodies other than text and bytes are left out of this bundle");
   };
   module.exports = {
    extractBody: refuse,
    webidl: {
     is: {
      FormData: refuse
     }
    }
   };
  }),
  314: (function(module) {
   const refuse = () => {
    throw new Error("bodies other than text and bytes are left out of this bundle");
   };
   module.exports = {
    extractBody: refuse,
    webidl: {
     is: {
      FormData: refuse
     }
    }
   };
  }),
  916: (function(__unused_webpack_module, exports) {
   "use strict";
   exports.Io = exports.kp = void 0;
   var peq = new Uint32Array(65536), distance = function(a, b) {
    if (a.length < b.length) {
     var tmp = b;
     b = a, a = tmp;
    }
    return 0 === b.length ? a.length : a.length <= 32 ? function(a, b) {
     for (var n = a.length, m = b.length, lst = 1 << n - 1, pv = -1, mv = 0, sc = n, i = n; i--; ) peq[a.charCodeAt(i)] |= 1 << i;
     for (i = 0; i < m; i++) {
      var eq = peq[b.charCodeAt(i)], xv = eq | mv;
      (mv |= ~((eq |= (eq & pv) + pv ^ pv) | pv)) & lst && sc++, (pv &= eq) & lst && sc--, 
      pv = pv << 1 | ~(xv | (mv = mv << 1 | 1)), mv &= xv;
     }
     for (i = n; i--; ) peq[a.charCodeAt(i)] = 0;
     return sc;
    }(a, b) : function(b, a) {
     for (var n = a.length, m = b.length, mhc = [], phc = [], hsize = Math.ceil(n / 32), vsize = Math.ceil(m / 32), i = 0; i < hsize; i++) phc[i] = -1, 
     mhc[i] = 0;
     for (var j = 0; j < vsize - 1; j++) {
      for (var mv_1 = 0, pv_1 = -1, start_1 = 32 * j, vlen_1 = Math.min(32, m) + start_1, k = start_1; k < vlen_1; k++) peq[b.charCodeAt(k)] |= 1 << k;
      for (i = 0; i < n; i++) {
       var eq = peq[a.charCodeAt(i)], pb = phc[i / 32 | 0] >>> i & 1, xv = eq | mv_1, mh = pv_1 & (xh = ((eq | (mb = mhc[i / 32 | 0] >>> i & 1)) & pv_1) + pv_1 ^ pv_1 | eq | mb);
       (ph = mv_1 | ~(xh | pv_1)) >>> 31 ^ pb && (phc[i / 32 | 0] ^= 1 << i), mh >>> 31 ^ mb && (mhc[i / 32 | 0] ^= 1 << i), 
       pv_1 = (mh = mh << 1 | mb) | ~(xv | (ph = ph << 1 | pb)), mv_1 = ph & xv;
      }
      for (k = start_1; k < vlen_1; k++) peq[b.charCodeAt(k)] = 0;
     }
     var mv = 0, pv = -1, start = 32 * j, vlen = Math.min(32, m - start) + start;
     for (k = start; k < vlen; k++) peq[b.charCodeAt(k)] |= 1 << k;
     var score = m;
     for (i = 0; i < n; i++) {
      var mb, xh, ph;
      eq = peq[a.charCodeAt(i)], pb = phc[i / 32 | 0] >>> i & 1, xv = eq | mv, score += (ph = mv | ~((xh = ((eq | (mb = mhc[i / 32 | 0] >>> i & 1)) & pv) + pv ^ pv | eq | mb) | pv)) >>> m - 1 & 1, 
      score -= (mh = pv & xh) >>> m - 1 & 1, ph >>> 31 ^ pb && (phc[i / 32 | 0] ^= 1 << i), 
      mh >>> 31 ^ mb && (mhc[i / 32 | 0] ^= 1 << i), pv = (mh = mh << 1 | mb) | ~(xv | (ph = ph << 1 | pb)), 
      mv = ph & xv;
     }
     for (k = start; k < vlen; k++) peq[b.charCodeAt(k)] = 0;
     return score;
    }(a, b);
   };
   exports.Io = distance, exports.kp = function(str, arr) {
    for (var min_distance = 1 / 0, min_index = 0, i = 0; i < arr.length; i++) {
     var dist = distance(str, arr[i]);
     dist < min_distance && (min_distance = dist, min_index = i);
    }
    return arr[min_index];
   };
  }),
  216: (function(module) {
   "use strict";
   module.exports = require("./llhttp-wasm.js");
  }),
  896: (function(module) {
   "use strict";
   module.exports = Object.create(require("node:fs"), {
    promises: {
     value: {}
    }
   });
  }),
  589: (function(module) {
   "use strict";
   module.exports = (value, message = "an assertion failed") => {
    if (!value) throw message instanceof Error ? message : new Error(message);
   };
  }),
  698: (function(module) {
   "use strict";
   module.exports = require("node:async_hooks");
  }),
  573: (function(module) {
   "use strict";
   module.exports = require("node:buffer");
  }),
  474: (function(module) {
   "use strict";
   module.exports = require("node:events");
  }),
  67: (function(module) {
   "use strict";
   module.exports = {
    maxHeaderSize: 16384,
    IncomingMessage: class {}
   };
  }),
  30: (function(module) {
   "use strict";
   module.exports = require("node:net");
  }),
  792: (function(module) {
   "use strict";
   module.exports = require("node:querystring");
  }),
  75: (function(module) {
   "use strict";
   module.exports = require("node:stream");
  }),
  692: (function(module) {
   "use strict";
   module.exports = require("node:tls");
  }),
  857: (function(module) {
   "use strict";
   module.exports = require("os");
  }),
  201: (function(__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) {
   "use strict";
   function hasProxy({httpProxy: httpProxy, httpsProxy: httpsProxy}) {
    return "" !== httpProxy || "" !== httpsProxy;
   }
   function parseProxies({httpProxy: httpProxy, httpsProxy: httpsProxy, noProxy: noProxy}) {
    return {
     httpProxy: parseProxy(httpProxy),
     httpsProxy: parseProxy(httpsProxy),
     noProxy: noProxy
    };
   }
   function parseProxy(text) {
    if ("" === text) return "";
    const url = text.includes("://") ? text : `http://${text}`;
    if (!/^https?:\/\/[^/?#\\]+\/?$/i.test(url)) throw new TypeError;
    const {username: username, password: password, href: href} = new URL(url);
    return decodeURIComponent(username + password), href;
   }
   __nccwpck_require__.d(__webpack_exports__, {
    $N: () => codeOf,
    T6: () => ProxyError,
    jL: () => hasProxy,
    u_: () => parseProxies
   });
   class ProxyError extends Error {
    name="ProxyError";
    proxy;
    asked;
    status;
    fault;
    constructor(proxy, asked, status, fault = `HTTP ${status}`) {
     super(`${proxy}: ${fault}`), this.proxy = proxy, this.asked = asked, this.status = status, 
     this.fault = fault;
    }
   }
   function codeOf(error) {
    if (error instanceof ProxyError) return error.fault;
    const code = error.code;
    if ("string" == typeof code) return code;
    if ("HTTPParserError" === error.name) return "INVALID_HTTP";
    const [first] = error instanceof AggregateError ? error.errors : [];
    return void 0 === first ? "UNKNOWN" : codeOf(first);
   }
  })
 }, __webpack_module_cache__ = {};
 function __nccwpck_require__(moduleId) {
  var cachedModule = __webpack_module_cache__[moduleId];
  if (void 0 !== cachedModule) return cachedModule.exports;
  var module = __webpack_module_cache__[moduleId] = {
   id: moduleId,
   loaded: !1,
   exports: {}
  }, threw = !0;
  try {
   __webpack_modules__[moduleId](module, module.exports, __nccwpck_require__), threw = !1;
  } finally {
   threw && delete __webpack_module_cache__[moduleId];
  }
  return module.loaded = !0, module.exports;
 }
 __nccwpck_require__.m = __webpack_modules__, __nccwpck_require__.ab = __dirname + "/", 
 getProto = Object.getPrototypeOf ? obj => Object.getPrototypeOf(obj) : obj => obj.__proto__, 
 __nccwpck_require__.t = function(value, mode) {
  if (1 & mode && (value = this(value)), 8 & mode) return value;
  if ("object" == typeof value && value) {
   if (4 & mode && value.__esModule) return value;
   if (16 & mode && "function" == typeof value.then) return value;
  }
  var ns = Object.create(null);
  __nccwpck_require__.r(ns);
  var def = {};
  leafPrototypes = leafPrototypes || [ null, getProto({}), getProto([]), getProto(getProto) ];
  for (var current = 2 & mode && value; "object" == typeof current && !~leafPrototypes.indexOf(current); current = getProto(current)) Object.getOwnPropertyNames(current).forEach(key => def[key] = () => value[key]);
  return def.default = () => value, __nccwpck_require__.d(ns, def), ns;
 }, __nccwpck_require__.d = (exports, definition) => {
  for (var key in definition) __nccwpck_require__.o(definition, key) && !__nccwpck_require__.o(exports, key) && Object.defineProperty(exports, key, {
   enumerable: !0,
   get: definition[key]
  });
 }, __nccwpck_require__.f = {}, __nccwpck_require__.e = chunkId => Promise.all(Object.keys(__nccwpck_require__.f).reduce((promises, key) => (__nccwpck_require__.f[key](chunkId, promises), 
 promises), [])), __nccwpck_require__.u = chunkId => chunkId + ".index.js", __nccwpck_require__.o = (obj, prop) => Object.prototype.hasOwnProperty.call(obj, prop), 
 __nccwpck_require__.r = exports => {
  "undefined" != typeof Symbol && Symbol.toStringTag && Object.defineProperty(exports, Symbol.toStringTag, {
   value: "Module"
  }), Object.defineProperty(exports, "__esModule", {
   value: !0
  });
 }, __nccwpck_require__.nmd = module => (module.paths = [], module.children || (module.children = []), 
 module), installedChunks = {
  792: 1
 }, __nccwpck_require__.f.require = (chunkId, promises) => {
  installedChunks[chunkId] || (chunk => {
   var moreModules = chunk.modules, chunkIds = chunk.ids, runtime = chunk.runtime;
   for (var moduleId in moreModules) __nccwpck_require__.o(moreModules, moduleId) && (__nccwpck_require__.m[moduleId] = moreModules[moduleId]);
   runtime && runtime(__nccwpck_require__);
   for (var i = 0; i < chunkIds.length; i++) installedChunks[chunkIds[i]] = 1;
  })(require("./" + __nccwpck_require__.u(chunkId)));
 };
 var __webpack_exports__ = {};
 (function() {
  "use strict";
  function getEnumValues(entries) {
   const numericValues = Object.values(entries).filter(v => "number" == typeof v);
   return Object.entries(entries).filter(([k, _]) => -1 === numericValues.indexOf(+k)).map(([_, v]) => v);
  }
  function jsonStringifyReplacer(_, value) {
   return "bigint" == typeof value ? value.toString() : value;
  }
  __nccwpck_require__.r(__webpack_exports__), __nccwpck_require__.d(__webpack_exports__, {
   cleanup: () => main,
   create: () => create_main,
   delete: () => delete_main,
   sweep: () => sweep_main,
   unseal: () => unseal_main
  });
  class Cached {
   constructor(getter) {
    this._getter = getter, this._value = void 0;
   }
   get value() {
    const getter = this._getter;
    return void 0 !== getter && (this._value = getter(), this._getter = void 0), this._value;
   }
  }
  function cleanRegex(source) {
   const start = source.startsWith("^") ? 1 : 0, end = source.endsWith("$") ? source.length - 1 : source.length;
   return source.slice(start, end);
  }
  function assignProp(target, prop, value) {
   Object.defineProperty(target, prop, {
    value: value,
    writable: !0,
    enumerable: !0,
    configurable: !0
   });
  }
  const captureStackTrace = "captureStackTrace" in Error ? Error.captureStackTrace : (..._args) => {};
  function util_isObject(data) {
   return "object" == typeof data && null !== data && !Array.isArray(data);
  }
  const propertyKeyTypes = new Set([ "string", "number", "symbol" ]);
  function escapeRegex(str) {
   return str.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  }
  function normalizeParams(_params) {
   const params = _params;
   if (!params) return {};
   if ("string" == typeof params) return {
    error: () => params
   };
   if (void 0 !== params?.message) {
    if (void 0 !== params?.error) throw new Error("Cannot specify both `message` and `error` params");
    params.error = params.message;
   }
   return delete params.message, "string" == typeof params.error ? {
    ...params,
    error: () => params.error
   } : params;
  }
  const NUMBER_FORMAT_RANGES = (() => ({
   safeint: [ Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER ],
   int32: [ -2147483648, 2147483647 ],
   uint32: [ 0, 4294967295 ],
   float32: [ -34028234663852886e22, 34028234663852886e22 ],
   float64: [ -Number.MAX_VALUE, Number.MAX_VALUE ]
  }))();
  function aborted(x, startIndex = 0) {
   if (!0 === x.aborted) return !0;
   for (let i = startIndex; i < x.issues.length; i++) if (!0 !== x.issues[i]?.continue) return !0;
   return !1;
  }
  function explicitlyAborted(x, startIndex = 0) {
   if (!0 === x.aborted) return !0;
   for (let i = startIndex; i < x.issues.length; i++) if (!1 === x.issues[i]?.continue) return !0;
   return !1;
  }
  function prefixIssues(path, issues) {
   return issues.map(iss => {
    var _a;
    return (_a = iss).path ?? (_a.path = []), iss.path.unshift(path), iss;
   });
  }
  function unwrapMessage(message) {
   return "string" == typeof message ? message : message?.message;
  }
  function sizeCaps(defChecks) {
   const caps = [];
   for (const ch of defChecks ?? []) {
    const d = ch._zod.def;
    if (!/_(length|size)$|_equals$/.test(d.check)) break;
    const max = d.maximum ?? d.length ?? d.size;
    max >= 0 && caps.push([ max, ch ]);
   }
   return caps;
  }
  function attachSchema(issues, start, inst) {
   var _a;
   for (let i = start; i < issues.length; i++) (_a = issues[i]).schema ?? (_a.schema = inst);
  }
  function finalizeIssue(iss, ctx, config) {
   var _a;
   const traits = iss.inst?._zod?.traits;
   traits?.has("$ZodType") && (traits.has("$ZodCheck") ? (_a = iss).schema ?? (_a.schema = iss.inst) : iss.schema = iss.inst);
   const schemaError = iss.schema !== iss.inst ? iss.schema?._zod.def?.error : void 0, message = iss.message ? iss.message : unwrapMessage(iss.inst?._zod.def?.error?.(iss)) ?? unwrapMessage(schemaError?.(iss)) ?? unwrapMessage(ctx?.error?.(iss)) ?? unwrapMessage(config.customError?.(iss)) ?? unwrapMessage(config.localeError?.(iss)) ?? "Invalid input", full = {};
   for (const k of Object.keys(iss)) "inst" !== k && "schema" !== k && "continue" !== k && "input" !== k && "__proto__" !== k && (full[k] = iss[k]);
   return full.path ?? (full.path = []), full.message = message, ctx?.reportInput && (full.input = iss.input), 
   full;
  }
  function own(inst, key, value, enumerable = !0) {
   return Object.defineProperty(inst, key, {
    configurable: !0,
    writable: !0,
    enumerable: enumerable,
    value: value
   }), value;
  }
  function defineBound(proto, key, fn) {
   Object.defineProperty(proto, key, {
    configurable: !0,
    get() {
     return null == this ? fn : own(this, key, fn.bind(this));
    },
    set(value) {
     own(this, key, value);
    }
   });
  }
  let installing, broke = !1;
  const breaker = {
   configurable: !0,
   get() {
    broke = !0;
   }
  };
  function defineLazyInternal(inst, key, compute) {
   const proto = Object.getPrototypeOf(inst._zod);
   key in proto && installing !== inst._zod ? installing = void 0 : (installing = inst._zod, 
   Object.defineProperty(proto, key, {
    configurable: !0,
    get() {
     Object.defineProperty(this, key, breaker);
     const outer = broke;
     broke = !1;
     try {
      const value = compute(this);
      return broke ? delete this[key] : Object.defineProperty(this, key, {
       configurable: !0,
       writable: !0,
       value: value
      }), broke = broke || outer, value;
     } catch (err) {
      throw delete this[key], broke = broke || outer, err;
     }
    },
    set(value) {
     Object.defineProperty(this, key, {
      configurable: !0,
      writable: !0,
      value: value
     });
    }
   }));
  }
  function constantCatch(value) {
   const fn = () => value;
   return fn["~constantCatch"] = !0, fn;
  }
  var _a;
  const _zodDesc = {
   value: void 0,
   enumerable: !1
  };
  let _E = "captureStackTrace" in Error ? Error : null;
  function $constructor(name, initializer, proto, params) {
   function Internals(def) {
    this.def = def, this.constr = _, this.traits = new Set;
   }
   Internals.prototype = {};
   const protoMembers = proto, initialized = protoMembers && new WeakSet;
   function init(inst, def) {
    if (inst._zod) {
     if (inst._zod.traits.has(name)) return;
    } else {
     _zodDesc.value = new Internals(def);
     try {
      Object.defineProperty(inst, "_zod", _zodDesc);
     } finally {
      _zodDesc.value = void 0;
     }
    }
    if (inst._zod.traits.add(name), initializer(inst, def), initialized) {
     const own = Object.getPrototypeOf(inst), ctorProto = inst._zod.constr.prototype;
     let up = own;
     for (;up && up !== ctorProto; ) up = Object.getPrototypeOf(up);
     const target = up ?? own;
     initialized.has(target) || (initialized.add(target), function(proto, table) {
      for (const key in table) {
       const desc = Object.getOwnPropertyDescriptor(table, key);
       desc.get ? Object.defineProperty(proto, key, {
        ...desc,
        enumerable: !1
       }) : defineBound(proto, key, desc.value);
      }
     }(target, protoMembers));
    }
    const proto = _.prototype;
    for (const k in proto) Object.prototype.hasOwnProperty.call(proto, k) && (k in inst || (inst[k] = proto[k].bind(inst)));
   }
   const Parent = params?.Parent ?? Object;
   class Definition extends Parent {}
   function _(def) {
    const inst = params?.Parent ? function(Definition) {
     const E = _E;
     if (E) {
      const saved = E.stackTraceLimit;
      if ("number" == typeof saved) {
       try {
        E.stackTraceLimit = 0;
       } catch {
        return _E = null, new Definition;
       }
       try {
        return new Definition;
       } finally {
        E.stackTraceLimit = saved;
       }
      }
     }
     return new Definition;
    }(Definition) : this;
    init(inst, def);
    const deferred = inst._zod.deferred;
    if (deferred) {
     for (const fn of deferred) fn();
     inst._zod.deferred = void 0;
    }
    const pp = globalThis.__zod_globalConfig?.postProcessor;
    return pp && pp(inst), inst;
   }
   return Object.defineProperty(Definition, "name", {
    value: name
   }), Object.defineProperty(_, "init", {
    value: init
   }), Object.defineProperty(_, Symbol.hasInstance, {
    value: inst => !!(params?.Parent && inst instanceof params.Parent) || inst?._zod?.traits?.has(name)
   }), Object.defineProperty(_, "name", {
    value: name
   }), _;
  }
  class $ZodAsyncError extends Error {
   constructor() {
    super("Encountered Promise during synchronous parse. Use .parseAsync() instead.");
   }
  }
  class $ZodEncodeError extends Error {
   constructor(name) {
    super(`Encountered unidirectional transform during encode: ${name}`), this.name = "ZodEncodeError";
   }
  }
  (_a = globalThis).__zod_globalConfig ?? (_a.__zod_globalConfig = {});
  const core_globalConfig = globalThis.__zod_globalConfig;
  function config(newConfig) {
   return newConfig && Object.assign(core_globalConfig, newConfig), core_globalConfig;
  }
  class CaptureError extends Error {
   name="CaptureError";
   happened;
   cure;
   details;
   constructor(happened, cure, details) {
    super(`${happened} ${cure}`), this.happened = happened, this.cure = cure, this.details = details;
   }
  }
  const refusedForNow = new Set([ 480, 510 ]), passing = new Set([ 500, 504 ]);
  function classifyStatus(status) {
   return 429 === status || 510 === status ? {
    effect: "none",
    transient: !0
   } : status >= 300 && status < 500 && 408 !== status ? {
    effect: "none",
    transient: !1
   } : {
    effect: "unknown",
    transient: !0
   };
  }
  const cures = {
   205: () => "No credentials arrived: does a proxy in between remove the Authorization header?",
   221: host => `Is ${host} the Capture domain of your application?`,
   224: host => `Is ${host} the Capture domain of your application?`,
   402: host => `Capture does not accept these owner credentials. Was the secret rotated, or is ${host} another application?`,
   403: () => 'Either the owner client lacks the feature "owner", or this runner\'s address is not on its allow list.',
   404: host => `Is ${host} a Capture domain?`,
   480: () => "Capture is under maintenance and says that it will be back shortly; run again later.",
   500: () => "The fault is on Capture's side; run again, and give Akamai support the request id if it stays.",
   504: () => "The fault is on Capture's side; run again, and give Akamai support the request id if it stays.",
   510: () => "The application is at its limit of simultaneous API calls; let fewer jobs run at once or give a longer timeout."
  };
  function isUnknownClient({details: details, message: message}) {
   const {code: code, argumentName: argumentName} = details;
   return 200 === code && ("client_id_for_deletion" === argumentName || "for_client_id" === argumentName) && message.includes("is not a valid id");
  }
  const pattern = /^(?:(?<text>.+) )?\[capture-client-action\/1 (?<host>\S+) id (?<id>\d+) (?<repository>\S+), (?:pull request (?<pullRequest>\d+)|(?<job>job of )?run (?<runId>\d+)), name (?<name>\S+), until (?<until>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ), (?<marker>[0-9a-f]{24})\]$/s;
  function formatDescription({text: text, label: label}) {
   const words = function({repository: repository, purpose: purpose, name: name, expiresAt: expiresAt, marker: marker}) {
    return `[capture-client-action/1 ${encodePart(repository.host)} id ${repository.id} ${encodePart(repository.name)}, ${formatPurpose(purpose)}, name ${encodePart(name)}, until ${formatTime(expiresAt)}, ${marker}]`;
   }(label);
   return "" === text ? words : `${text} ${words}`;
  }
  function parseDescription(description) {
   const groups = pattern.exec(description)?.groups;
   if (void 0 === groups) return;
   const described = function(groups) {
    const {text: text = "", host: host = "", id: id = "", repository: repository = "", marker: marker = ""} = groups, expiresAt = Date.parse(groups.until ?? ""), name = decodePart(groups.name ?? ""), hostName = decodePart(host), repositoryName = decodePart(repository);
    return Number.isNaN(expiresAt) || void 0 === name || void 0 === hostName || void 0 === repositoryName ? void 0 : {
     text: text,
     label: {
      repository: {
       host: hostName,
       id: id,
       name: repositoryName
      },
      purpose: readPurpose(groups),
      name: name,
      expiresAt: expiresAt,
      marker: marker
     }
    };
   }(groups);
   return void 0 !== described && formatDescription(described) === description ? described : void 0;
  }
  function isSamePurpose(a, b) {
   return formatPurpose(a) === formatPurpose(b);
  }
  function labelOf({description: description}) {
   return parseDescription(description)?.label;
  }
  function isSameRepository(a, b) {
   return a.host === b.host && a.id === b.id;
  }
  function formatTime(ms) {
   return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
  }
  function isSameCreation(a, b) {
   return void 0 !== a && a.marker === b.marker && isSameRepository(a.repository, b.repository);
  }
  function formatPurpose(purpose) {
   switch (purpose.lifetime) {
   case "pull_request":
    return `pull request ${purpose.pullRequest}`;

   case "run":
    return `run ${purpose.runId}`;

   case "job":
    return `job of run ${purpose.runId}`;
   }
  }
  function readPurpose({pullRequest: pullRequest, job: job, runId: runId = ""}) {
   return void 0 !== pullRequest ? {
    lifetime: "pull_request",
    pullRequest: Number(pullRequest)
   } : {
    lifetime: void 0 === job ? "run" : "job",
    runId: runId
   };
  }
  function encodePart(part) {
   return encodeURIComponent(part).replace(/[!'()*~]/g, character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`).replace(/%(2F|3A)/g, code => decodeURIComponent(code));
  }
  function decodePart(part) {
   try {
    return decodeURIComponent(part);
   } catch {
    return;
   }
  }
  function pickLabelled(isWanted) {
   return ({clientId: clientId, features: features, description: description}) => {
    const label = parseDescription(description)?.label;
    if (void 0 !== label && isWanted(label)) return {
     clientId: clientId,
     features: features,
     description: description,
     label: label
    };
   };
  }
  async function removeClient(capture, client) {
   try {
    client.features.includes("owner") && await capture.setFeatures(client.clientId, []);
   } catch (error) {
    if (error instanceof CaptureError && isUnknownClient(error)) return "gone";
    throw error;
   }
   return await capture.deleteClient(client.clientId);
  }
  class Interrupted extends Error {
   name="Interrupted";
   constructor() {
    super("The step was cancelled before its client was handed over. The post step removes what was created.");
   }
  }
  function refuseIfInterrupted(signal) {
   if (signal.aborted) throw new Interrupted;
  }
  const leastRemainingMs = 3e5, rivalPatienceMs = 5e3, rivalPollMs = 1e3;
  async function listSiblings(key, {capture: capture}) {
   const {picked: picked} = await capture.listClients(client => {
    const described = parseDescription(client.description);
    return void 0 !== described && function({repository: repository, purpose: purpose, name: name}, key) {
     return isSameRepository(repository, key.repository) && isSamePurpose(purpose, key.purpose) && name === key.name;
    }(described.label, key) ? {
     ...client,
     ...described
    } : void 0;
   });
   return picked;
  }
  function isSameOrTwin(sibling, own) {
   return sibling.clientId === own.clientId || sibling.label.marker === labelOf(own)?.marker;
  }
  function isLive({label: label}, now) {
   return label.expiresAt - now > leastRemainingMs;
  }
  const retirementMs = 3e3;
  async function removeOwn(client, origin, collaborators) {
   const {captureOnce: captureOnce, now: now, sleep: sleep} = collaborators, described = parseDescription(client.description);
   if ("pull_request" === described?.label.purpose.lifetime && isLive(described, now())) {
    const label = {
     ...described.label,
     expiresAt: 1e3 * Math.floor(now() / 1e3)
    }, expired = formatDescription({
     ...described,
     label: label
    }), before = await whileOwn(client.clientId, origin, collaborators, () => captureOnce.setDescription(client.clientId, expired));
    if ("done" !== before) return before;
    await sleep(retirementMs);
   }
   let removed = "gone";
   const after = await whileOwn(client.clientId, origin, collaborators, async () => {
    removed = await removeClient(captureOnce, client);
   });
   return "done" === after ? removed : after;
  }
  function whileOwn(clientId, origin, {capture: capture, repeat: repeat}, act) {
   return repeat(async () => {
    const {picked: picked} = await capture.listClients(client => client.clientId === clientId ? {
     label: labelOf(client)
    } : void 0), [found] = picked;
    if (void 0 === found) return "gone";
    if (!isSameCreation(found.label, origin)) return "taken over";
    try {
     await act();
    } catch (error) {
     if (error instanceof CaptureError && isUnknownClient(error)) return "gone";
     throw error;
    }
    return "done";
   }, error => error.details.transient);
  }
  function createdId({outcome: outcome}) {
   return "object" == typeof outcome ? outcome.clientId : void 0;
  }
  class CleanUp {
   #creation;
   #collaborators;
   #leftovers;
   constructor(creation, collaborators, leftovers) {
    this.#creation = creation, this.#collaborators = collaborators, this.#leftovers = leftovers;
   }
   async removeOfJob(clientId) {
    const {capture: capture} = this.#collaborators;
    this.#tell(clientId, await removeClient(capture, {
     clientId: clientId,
     features: this.#creation.features
    }));
   }
   async removeTwins(announcedId) {
    await this.#sleepUntil(this.#creation.lastSentAt + 15e3);
    const marked = await this.#listMarked();
    await this.#removeEach(marked.filter(({clientId: clientId}) => clientId !== announcedId));
   }
   async removeAllMarked() {
    const {now: now} = this.#collaborators, {concluded: concluded, lastSentAt: lastSentAt, sends: sends} = this.#creation, isKnown = void 0 !== createdId(this.#creation), lastSign = concluded || isKnown ? lastSentAt : now();
    for (;;) {
     const isLastLook = now() >= lastSign + 15e3, marked = await this.#listMarked();
     if (await this.#removeEach(marked), 1 === sends && (isKnown || marked.length > 0) || isLastLook) return;
     await this.#sleepUntil(lastSign + 15e3);
    }
   }
   async #removeEach(clients) {
    for (const client of clients) try {
     this.#tell(client.clientId, await removeOwn(client, this.#creation, this.#collaborators));
    } catch (error) {
     if (!(error instanceof CaptureError)) throw error;
     this.#leftovers.push({
      clientId: client.clientId,
      error: error
     });
    }
   }
   #tell(clientId, result) {
    "deleted" === result && this.#collaborators.info(`Deleted client ${clientId}.`);
   }
   async #listMarked() {
    const {picked: picked} = await this.#collaborators.capture.listClients(client => {
     if (isSameCreation(labelOf(client), this.#creation)) return {
      clientId: client.clientId,
      features: client.features,
      description: client.description
     };
    }, this.#creation.features);
    return picked;
   }
   async #sleepUntil(time) {
    const ms = time - this.#collaborators.now();
    ms > 0 && await this.#collaborators.sleep(ms);
   }
  }
  const interruptedAttemptMs = 6500, interruptedTotalMs = 9e3, $ZodCheck = $constructor("$ZodCheck", (inst, def) => {
   var _a;
   inst._zod ?? (inst._zod = {}), inst._zod.def = def, (_a = inst._zod).onattach ?? (_a.onattach = []);
  }), numericOriginMap = {
   number: "number",
   bigint: "bigint",
   object: "date"
  }, $ZodCheckLessThan = $constructor("$ZodCheckLessThan", (inst, def) => {
   $ZodCheck.init(inst, def);
   const origin = numericOriginMap[typeof def.value];
   inst._zod.check = payload => {
    (def.inclusive ? payload.value <= def.value : payload.value < def.value) || payload.issues.push({
     origin: numericOriginMap[typeof payload.value] ?? origin,
     code: "too_big",
     maximum: "object" == typeof def.value ? def.value.getTime() : def.value,
     input: payload.value,
     inclusive: def.inclusive,
     inst: inst,
     continue: !def.abort
    });
   };
  }), $ZodCheckGreaterThan = $constructor("$ZodCheckGreaterThan", (inst, def) => {
   $ZodCheck.init(inst, def);
   const origin = numericOriginMap[typeof def.value];
   inst._zod.check = payload => {
    (def.inclusive ? payload.value >= def.value : payload.value > def.value) || payload.issues.push({
     origin: numericOriginMap[typeof payload.value] ?? origin,
     code: "too_small",
     minimum: "object" == typeof def.value ? def.value.getTime() : def.value,
     input: payload.value,
     inclusive: def.inclusive,
     inst: inst,
     continue: !def.abort
    });
   };
  }), $ZodCheckNumberFormat = $constructor("$ZodCheckNumberFormat", (inst, def) => {
   $ZodCheck.init(inst, def), def.format = def.format || "float64";
   const isInt = def.format?.includes("int"), origin = isInt ? "int" : "number", [minimum, maximum] = NUMBER_FORMAT_RANGES[def.format];
   inst._zod.check = payload => {
    const input = payload.value;
    if (isInt) {
     if (!Number.isInteger(input)) return void payload.issues.push({
      expected: origin,
      format: def.format,
      code: "invalid_type",
      continue: !1,
      input: input,
      inst: inst
     });
     if (!Number.isSafeInteger(input)) return void (input > 0 ? payload.issues.push({
      input: input,
      code: "too_big",
      maximum: Number.MAX_SAFE_INTEGER,
      note: "Integers must be within the safe integer range.",
      inst: inst,
      origin: origin,
      inclusive: !0,
      continue: !def.abort
     }) : payload.issues.push({
      input: input,
      code: "too_small",
      minimum: Number.MIN_SAFE_INTEGER,
      note: "Integers must be within the safe integer range.",
      inst: inst,
      origin: origin,
      inclusive: !0,
      continue: !def.abort
     }));
    }
    input < minimum && payload.issues.push({
     origin: "number",
     input: input,
     code: "too_small",
     minimum: minimum,
     inclusive: !0,
     inst: inst,
     continue: !def.abort
    }), input > maximum && payload.issues.push({
     origin: "number",
     input: input,
     code: "too_big",
     maximum: maximum,
     inclusive: !0,
     inst: inst,
     continue: !def.abort
    });
   };
  }), $ZodCheckStringFormat = $constructor("$ZodCheckStringFormat", (inst, def) => {
   var _a, _b;
   $ZodCheck.init(inst, def), def.pattern ? (_a = inst._zod).check ?? (_a.check = payload => {
    def.pattern.lastIndex = 0, def.pattern.test(payload.value) || payload.issues.push({
     origin: "string",
     code: "invalid_format",
     format: def.format,
     input: payload.value,
     ...def.pattern ? {
      pattern: def.pattern.toString()
     } : {},
     inst: inst,
     continue: !def.abort
    });
   }) : (_b = inst._zod).check ?? (_b.check = () => {});
  }), $ZodCheckRegex = $constructor("$ZodCheckRegex", (inst, def) => {
   $ZodCheckStringFormat.init(inst, def), inst._zod.check = payload => {
    def.pattern.lastIndex = 0, def.pattern.test(payload.value) || payload.issues.push({
     origin: "string",
     code: "invalid_format",
     format: "regex",
     input: payload.value,
     pattern: def.pattern.toString(),
     inst: inst,
     continue: !def.abort
    });
   };
  }), anyString = /^[\s\S]{0,}$/, number = /^-?\d+(?:\.\d+)?$/, regexes_boolean = /^(?:true|false)$/i, version = {
   major: 4,
   minor: 6,
   patch: 7
  }, $ZodType = $constructor("$ZodType", (inst, def) => {
   var _a;
   inst ?? (inst = {}), inst._zod.def = def, inst._zod.bag = inst._zod.bag || {}, inst._zod.version = version;
   const defChecks = inst._zod.def.checks, checks = inst._zod.traits.has("$ZodCheck") ? [ inst, ...defChecks ?? [] ] : defChecks?.length ? [ ...defChecks ] : [];
   for (const ch of checks) for (const fn of ch._zod.onattach) fn(inst);
   if (0 === checks.length) (_a = inst._zod).deferred ?? (_a.deferred = []), inst._zod.deferred?.push(() => {
    inst._zod.run = inst._zod.parse;
   }); else {
    const runChecks = (payload, checks, ctx) => {
     if (payload.memo) return payload;
     let asyncResult, isAborted = aborted(payload);
     for (const ch of checks) {
      if (ch._zod.def.when) {
       if (explicitlyAborted(payload)) continue;
       if (!ch._zod.def.when(payload)) continue;
      } else if (isAborted) continue;
      const currLen = payload.issues.length, _ = ch._zod.check(payload);
      if (_ instanceof Promise && !1 === ctx?.async) throw new $ZodAsyncError;
      if (asyncResult || _ instanceof Promise) asyncResult = (asyncResult ?? Promise.resolve()).then(async () => {
       await _, payload.issues.length !== currLen && (attachSchema(payload.issues, currLen, inst), 
       isAborted || (isAborted = aborted(payload, currLen)));
      }); else {
       if (payload.issues.length === currLen) continue;
       attachSchema(payload.issues, currLen, inst), isAborted || (isAborted = aborted(payload, currLen));
      }
     }
     return asyncResult ? asyncResult.then(() => payload) : payload;
    }, handleCanaryResult = (canary, payload, ctx) => {
     if (aborted(canary)) return canary.aborted = !0, canary;
     const checkResult = runChecks(payload, checks, ctx);
     if (checkResult instanceof Promise) {
      if (!1 === ctx.async) throw new $ZodAsyncError;
      return checkResult.then(checkResult => inst._zod.parse(checkResult, ctx));
     }
     return inst._zod.parse(checkResult, ctx);
    };
    inst._zod.run = (payload, ctx) => {
     if (ctx.skipChecks) return inst._zod.parse(payload, ctx);
     if ("backward" === ctx.direction) {
      const canary = inst._zod.parse({
       value: payload.value,
       issues: []
      }, {
       ...ctx,
       skipChecks: !0
      });
      return canary instanceof Promise ? canary.then(canary => handleCanaryResult(canary, payload, ctx)) : handleCanaryResult(canary, payload, ctx);
     }
     const result = inst._zod.parse(payload, ctx);
     if (result instanceof Promise) {
      if (!1 === ctx.async) throw new $ZodAsyncError;
      return result.then(result => runChecks(result, checks, ctx));
     }
     return runChecks(result, checks, ctx);
    };
   }
  }, {
   get "~standard"() {
    return function(inst, key, value) {
     return own(inst, "~standard", value, !1);
    }(this, 0, (inst = this, {
     validate: value => {
      const ctx = {
       async: !1
      };
      try {
       const r = inst._zod.run({
        value: value,
        issues: []
       }, ctx);
       if (!(r instanceof Promise)) return toStandardResult(r, ctx);
      } catch (_) {}
      return async function(inst, value) {
       const ctx = {
        async: !0
       };
       return toStandardResult(await inst._zod.run({
        value: value,
        issues: []
       }, ctx), ctx);
      }(inst, value);
     },
     vendor: "zod",
     version: 1
    }));
    var inst;
   },
   set "~standard"(value) {
    own(this, "~standard", value);
   }
  }), toStandardResult = (r, ctx) => r.issues.length ? {
   issues: r.issues.map(iss => finalizeIssue(iss, ctx, config()))
  } : {
   value: r.value
  }, $ZodString = $constructor("$ZodString", (inst, def) => {
   $ZodType.init(inst, def), inst._zod.pattern = def.pattern ?? anyString, inst._zod.parse = (payload, _) => {
    if (def.coerce) try {
     payload.value = String(payload.value);
    } catch (_) {}
    return "string" == typeof payload.value || payload.issues.push({
     expected: "string",
     code: "invalid_type",
     input: payload.value,
     inst: inst
    }), payload;
   };
  }), $ZodNumber = $constructor("$ZodNumber", (inst, def) => {
   $ZodType.init(inst, def), inst._zod.pattern = number, inst._zod.parse = (payload, _ctx) => {
    if (def.coerce) try {
     payload.value = Number(payload.value);
    } catch (_) {}
    const input = payload.value;
    if ("number" == typeof input && !Number.isNaN(input) && Number.isFinite(input)) return payload;
    const received = "number" == typeof input ? Number.isNaN(input) ? "NaN" : Number.isFinite(input) ? void 0 : String(input) : void 0;
    return payload.issues.push({
     expected: "number",
     code: "invalid_type",
     input: input,
     inst: inst,
     ...received ? {
      received: received
     } : {}
    }), payload;
   };
  }), $ZodNumberFormat = $constructor("$ZodNumberFormat", (inst, def) => {
   $ZodCheckNumberFormat.init(inst, def), $ZodNumber.init(inst, def);
  }), $ZodBoolean = $constructor("$ZodBoolean", (inst, def) => {
   $ZodType.init(inst, def), inst._zod.pattern = regexes_boolean, inst._zod.parse = (payload, _ctx) => {
    if (def.coerce) try {
     payload.value = Boolean(payload.value);
    } catch (_) {}
    const input = payload.value;
    return "boolean" == typeof input || payload.issues.push({
     expected: "boolean",
     code: "invalid_type",
     input: input,
     inst: inst
    }), payload;
   };
  }), $ZodUnknown = $constructor("$ZodUnknown", (inst, def) => {
   $ZodType.init(inst, def), inst._zod.parse = payload => payload;
  });
  const arraySize = input => Array.isArray(input) ? input.length : -1;
  function handleArrayResult(result, final, index) {
   result.issues.length && final.issues.push(...prefixIssues(index, result.issues)), 
   final.value[index] = result.value;
  }
  const $ZodArray = $constructor("$ZodArray", (inst, def) => {
   $ZodType.init(inst, def);
   const memo = core_globalConfig.memoizer;
   memo?.attach(inst), inst._zod.parse = (payload, ctx) => {
    const input = payload.value;
    if (!Array.isArray(input)) return payload.issues.push({
     expected: "array",
     code: "invalid_type",
     input: input,
     inst: inst
    }), payload;
    payload.value = memo ? memo.alloc(inst, payload, Array(input.length), ctx) : Array(input.length);
    const proms = [], abortEarly = ctx?.abortEarly;
    for (let i = 0; i < input.length; i++) {
     const item = input[i], result = def.element._zod.run({
      value: item,
      issues: []
     }, ctx);
     if (result instanceof Promise) proms.push(result.then(result => handleArrayResult(result, payload, i))); else if (handleArrayResult(result, payload, i), 
     abortEarly && 0 !== result.issues.length && aborted(result)) break;
    }
    return proms.length ? Promise.all(proms).then(() => payload) : payload;
   }, function(inst, size) {
    const caps = sizeCaps(inst._zod.def.checks);
    if (!caps.length) return;
    const cap = Math.min(...caps.map(c => c[0])), parse = inst._zod.parse;
    inst._zod.parse = (payload, ctx) => {
     const n = size(payload.value);
     if (n > cap && !ctx?.skipChecks && "backward" !== ctx?.direction) for (const [max, ch] of sizeCaps(inst._zod.def.checks)) if (n > max && ch._zod.def.when(payload)) {
      const start = payload.issues.length;
      return ch._zod.check(payload), payload.issues[start].continue = !1, attachSchema(payload.issues, start, inst), 
      payload;
     }
     return parse(payload, ctx);
    };
   }(inst, arraySize);
  });
  function handlePropertyResult(result, final, key, input, optin, optout) {
   const isPresent = key in input, isOptionalOut = "optional" === optout;
   if (isPresent || !isOptionalOut || "optional" !== optin) {
    if (result.issues.length) {
     if (void 0 !== optin && isOptionalOut && !isPresent) return;
     final.issues.push(...prefixIssues(key, result.issues));
    }
    isPresent || void 0 !== optin ? void 0 === result.value ? (isPresent || "defaulted" === optin && !isOptionalOut) && (final.value[key] = void 0) : final.value[key] = result.value : result.issues.length || final.issues.push({
     code: "invalid_type",
     expected: "nonoptional",
     input: void 0,
     path: [ key ]
    });
   }
  }
  const NO_SYMBOL_KEYS = [];
  const $ZodObject = $constructor("$ZodObject", (inst, def) => {
   $ZodType.init(inst, def);
   const desc = Object.getOwnPropertyDescriptor(def, "shape"), sh = desc?.get ? desc.get.raw : def.shape ?? {};
   if (sh) {
    const get = () => {
     const newSh = {
      ...sh
     };
     return Object.defineProperty(def, "shape", {
      value: newSh
     }), get.raw = newSh, newSh;
    };
    get.raw = sh, Object.defineProperty(def, "shape", {
     get: get
    });
   }
   const _normalized = (getter = () => function(def) {
    const keys = Object.keys(def.shape), ownSymbols = Object.getOwnPropertySymbols(def.shape), symbolKeys = ownSymbols.length ? ownSymbols : NO_SYMBOL_KEYS, allKeys = symbolKeys.length ? [ ...keys, ...symbolKeys ] : keys;
    for (const k of allKeys) if (!def.shape?.[k]?._zod?.traits?.has("$ZodType")) throw new Error(`Invalid element at key "${String(k)}": expected a Zod schema`);
    const okeys = (shape = def.shape, Object.keys(shape).filter(k => void 0 !== shape[k]._zod.optin && "optional" === shape[k]._zod.optout));
    var shape;
    return {
     ...def,
     allKeys: allKeys,
     symbolKeys: symbolKeys,
     keySet: new Set(keys),
     numKeys: keys.length,
     optionalKeys: new Set(okeys)
    };
   }(def), new Cached(getter));
   var getter;
   defineLazyInternal(inst, "propValues", zod => {
    const shape = zod.def.shape, propValues = {};
    for (const key in shape) {
     const field = shape[key]._zod;
     if (field.values) {
      Object.prototype.hasOwnProperty.call(propValues, key) || assignProp(propValues, key, new Set);
      for (const v of field.values) propValues[key].add(v);
      void 0 !== field.optin && propValues[key].add(void 0);
     }
    }
    return propValues;
   });
   const isObject = util_isObject, catchall = def.catchall;
   let value;
   const memo = core_globalConfig.memoizer;
   memo?.attach(inst), inst._zod.parse = (payload, ctx) => {
    value ?? (value = _normalized.value);
    const input = payload.value;
    if (!isObject(input)) return payload.issues.push({
     expected: "object",
     code: "invalid_type",
     input: input,
     inst: inst
    }), payload;
    payload.value = memo ? memo.alloc(inst, payload, {}, ctx) : {};
    const proms = [], shape = value.shape, abortEarly = ctx?.abortEarly;
    let seen = payload.issues.length;
    for (const key of value.allKeys) {
     if (abortEarly && payload.issues.length !== seen) {
      if (aborted(payload, seen)) break;
      seen = payload.issues.length;
     }
     if ("__proto__" === key) continue;
     const el = shape[key], optin = el._zod.optin, optout = el._zod.optout, r = el._zod.run({
      value: input[key],
      issues: []
     }, ctx);
     r instanceof Promise ? proms.push(r.then(r => handlePropertyResult(r, payload, key, input, optin, optout))) : handlePropertyResult(r, payload, key, input, optin, optout);
    }
    return catchall ? function(proms, input, payload, ctx, def, inst, abortEarly) {
     const unrecognized = [], keySet = def.keySet, _catchall = def.catchall._zod, t = _catchall.def.type, optin = _catchall.optin, optout = _catchall.optout;
     let seen = 0;
     for (const key in input) {
      if (abortEarly && payload.issues.length !== seen) {
       if (aborted(payload, seen)) break;
       seen = payload.issues.length;
      }
      if (keySet.has(key)) continue;
      if ("__proto__" === key) {
       "never" === t && unrecognized.push(key);
       continue;
      }
      if ("never" === t) {
       unrecognized.push(key);
       continue;
      }
      const r = _catchall.run({
       value: input[key],
       issues: []
      }, ctx);
      r instanceof Promise ? proms.push(r.then(r => handlePropertyResult(r, payload, key, input, optin, optout))) : handlePropertyResult(r, payload, key, input, optin, optout);
     }
     return unrecognized.length && payload.issues.push({
      code: "unrecognized_keys",
      keys: unrecognized,
      input: input,
      inst: inst,
      continue: !0
     }), proms.length ? Promise.all(proms).then(() => payload) : payload;
    }(proms, input, payload, ctx, _normalized.value, inst, !0 === abortEarly) : proms.length ? Promise.all(proms).then(() => payload) : payload;
   };
  });
  function handleUnionResults(results, final, inst, ctx) {
   for (const result of results) if (0 === result.issues.length) return final.value = result.value, 
   final;
   const nonaborted = results.filter(r => !aborted(r));
   return 1 === nonaborted.length ? (final.value = nonaborted[0].value, nonaborted[0]) : (final.issues.push({
    code: "invalid_union",
    input: final.value,
    inst: inst,
    errors: results.map(result => result.issues.map(iss => finalizeIssue(iss, ctx, config())))
   }), final);
  }
  const $ZodUnion = $constructor("$ZodUnion", (inst, def) => {
   $ZodType.init(inst, def), defineLazyInternal(inst, "optin", zod => zod.def.options.some(o => "defaulted" === o._zod.optin) ? "defaulted" : zod.def.options.some(o => void 0 !== o._zod.optin) ? "optional" : void 0), 
   defineLazyInternal(inst, "optout", zod => zod.def.options.some(o => "optional" === o._zod.optout) ? "optional" : void 0), 
   defineLazyInternal(inst, "values", zod => {
    if (zod.def.options.every(o => o._zod.values)) return new Set(zod.def.options.flatMap(option => Array.from(option._zod.values)));
   }), defineLazyInternal(inst, "pattern", zod => {
    if (zod.def.options.every(o => o._zod.pattern)) {
     const patterns = zod.def.options.map(o => o._zod.pattern);
     return new RegExp(`^(${patterns.map(p => cleanRegex(p.source)).join("|")})$`);
    }
   });
   const first = 1 === def.options.length ? def.options[0]._zod.run : null;
   inst._zod.parse = (payload, ctx) => {
    if (first) return first(payload, ctx);
    let async = !1;
    const results = [];
    for (const option of def.options) {
     const result = option._zod.run({
      value: payload.value,
      issues: []
     }, ctx);
     if (result instanceof Promise) results.push(result), async = !0; else {
      if (0 === result.issues.length) return result;
      results.push(result);
     }
    }
    return async ? Promise.all(results).then(results => handleUnionResults(results, payload, inst, ctx)) : handleUnionResults(results, payload, inst, ctx);
   };
  }), $ZodRecord = $constructor("$ZodRecord", (inst, def) => {
   $ZodType.init(inst, def);
   const memo = core_globalConfig.memoizer;
   memo?.attach(inst), inst._zod.parse = (payload, ctx) => {
    const input = payload.value;
    if (!function(o) {
     if (!1 === util_isObject(o)) return !1;
     const ctor = o.constructor;
     if (void 0 === ctor) return !0;
     if ("function" != typeof ctor) return !0;
     const prot = ctor.prototype;
     return !1 !== util_isObject(prot) && !1 !== Object.prototype.hasOwnProperty.call(prot, "isPrototypeOf");
    }(input)) return payload.issues.push({
     expected: "record",
     code: "invalid_type",
     input: input,
     inst: inst
    }), payload;
    const proms = [], values = def.keyType._zod.values;
    if (values && !def.partial) {
     payload.value = memo ? memo.alloc(inst, payload, {}, ctx) : {};
     const recordKeys = new Set;
     for (const key of values) if ("string" == typeof key || "number" == typeof key || "symbol" == typeof key) {
      if (recordKeys.add("number" == typeof key ? key.toString() : key), "__proto__" === key) continue;
      const keyResult = def.keyType._zod.run({
       value: key,
       issues: []
      }, ctx);
      if (keyResult instanceof Promise) throw new Error("Async schemas not supported in object keys currently");
      if (keyResult.issues.length) {
       payload.issues.push({
        code: "invalid_key",
        origin: "record",
        issues: keyResult.issues.map(iss => finalizeIssue(iss, ctx, config())),
        input: key,
        path: [ key ],
        inst: inst
       });
       continue;
      }
      const outKey = keyResult.value;
      if ("__proto__" === outKey) continue;
      const result = def.valueType._zod.run({
       value: input[key],
       issues: []
      }, ctx);
      result instanceof Promise ? proms.push(result.then(result => {
       result.issues.length && payload.issues.push(...prefixIssues(key, result.issues)), 
       payload.value[outKey] = result.value;
      })) : (result.issues.length && payload.issues.push(...prefixIssues(key, result.issues)), 
      payload.value[outKey] = result.value);
     }
     let unrecognized;
     for (const key in input) if (!recordKeys.has(key)) if ("loose" === def.mode) {
      if ("__proto__" === key) continue;
      payload.value[key] = input[key];
     } else unrecognized = unrecognized ?? [], unrecognized.push(key);
     unrecognized && unrecognized.length > 0 && payload.issues.push({
      code: "unrecognized_keys",
      input: input,
      inst: inst,
      keys: unrecognized,
      continue: !0
     });
    } else {
     let unrecognized;
     payload.value = memo ? memo.alloc(inst, payload, {}, ctx) : {};
     for (const key of Reflect.ownKeys(input)) {
      if ("__proto__" === key) continue;
      if (!Object.prototype.propertyIsEnumerable.call(input, key)) continue;
      let keyResult = def.keyType._zod.run({
       value: key,
       issues: []
      }, ctx);
      if (keyResult instanceof Promise) throw new Error("Async schemas not supported in object keys currently");
      if ("string" == typeof key && number.test(key) && keyResult.issues.length) {
       const retryResult = def.keyType._zod.run({
        value: Number(key),
        issues: []
       }, ctx);
       if (retryResult instanceof Promise) throw new Error("Async schemas not supported in object keys currently");
       0 === retryResult.issues.length && (keyResult = retryResult);
      }
      if (keyResult.issues.length) {
       "loose" === def.mode ? payload.value[key] = input[key] : values ? (unrecognized = unrecognized ?? [], 
       unrecognized.push(key)) : payload.issues.push({
        code: "invalid_key",
        origin: "record",
        issues: keyResult.issues.map(iss => finalizeIssue(iss, ctx, config())),
        input: key,
        path: [ key ],
        inst: inst
       });
       continue;
      }
      const outKey = keyResult.value;
      if ("__proto__" === outKey) continue;
      const result = def.valueType._zod.run({
       value: input[key],
       issues: []
      }, ctx);
      result instanceof Promise ? proms.push(result.then(result => {
       result.issues.length && payload.issues.push(...prefixIssues(key, result.issues)), 
       payload.value[outKey] = result.value;
      })) : (result.issues.length && payload.issues.push(...prefixIssues(key, result.issues)), 
      payload.value[outKey] = result.value);
     }
     unrecognized && unrecognized.length > 0 && payload.issues.push({
      code: "unrecognized_keys",
      input: input,
      inst: inst,
      keys: unrecognized,
      continue: !0
     });
    }
    return proms.length ? Promise.all(proms).then(() => payload) : payload;
   };
  }), $ZodEnum = $constructor("$ZodEnum", (inst, def) => {
   $ZodType.init(inst, def);
   const values = getEnumValues(def.entries), valuesSet = new Set(values);
   inst._zod.values = valuesSet, defineLazyInternal(inst, "pattern", zod => {
    const patternValues = getEnumValues(zod.def.entries).filter(k => propertyKeyTypes.has(typeof k));
    return new RegExp(patternValues.length ? `^(${patternValues.map(o => escapeRegex(o.toString())).join("|")})$` : "^[^\\s\\S]$");
   }), inst._zod.parse = (payload, _ctx) => {
    const input = payload.value;
    return valuesSet.has(input) || payload.issues.push({
     code: "invalid_value",
     values: values,
     input: input,
     inst: inst
    }), payload;
   };
  }), $ZodLiteral = $constructor("$ZodLiteral", (inst, def) => {
   $ZodType.init(inst, def);
   const values = new Set(def.values);
   inst._zod.values = values, defineLazyInternal(inst, "pattern", zod => {
    const vals = zod.def.values;
    return new RegExp(vals.length ? `^(${vals.map(o => "string" == typeof o ? escapeRegex(o) : o ? escapeRegex(o.toString()) : String(o)).join("|")})$` : "^[^\\s\\S]$");
   }), inst._zod.parse = (payload, _ctx) => {
    const input = payload.value;
    return values.has(input) || payload.issues.push({
     code: "invalid_value",
     values: def.values,
     input: input,
     inst: inst
    }), payload;
   };
  }), $ZodTransform = $constructor("$ZodTransform", (inst, def) => {
   $ZodType.init(inst, def), inst._zod.optin = "optional", core_globalConfig.memoizer?.guard(inst), 
   inst._zod.parse = (payload, ctx) => {
    if ("backward" === ctx.direction) throw new $ZodEncodeError(inst.constructor.name);
    const _out = def.transform(payload.value, payload);
    if (ctx.async) return (_out instanceof Promise ? _out : Promise.resolve(_out)).then(output => (payload.value = output, 
    payload));
    if (_out instanceof Promise) throw new $ZodAsyncError;
    return payload.value = _out, payload;
   };
  });
  function handleOptionalResult(payload, result) {
   return payload.value = result.issues.length ? void 0 : result.value, payload;
  }
  const $ZodOptional = $constructor("$ZodOptional", (inst, def) => {
   $ZodType.init(inst, def), defineLazyInternal(inst, "optin", zod => "defaulted" === zod.def.innerType._zod.optin ? "defaulted" : "optional"), 
   inst._zod.optout = "optional", defineLazyInternal(inst, "values", zod => {
    const values = zod.def.innerType._zod.values;
    return values ? new Set([ ...values, void 0 ]) : void 0;
   }), defineLazyInternal(inst, "pattern", zod => {
    const pattern = zod.def.innerType._zod.pattern;
    return pattern ? new RegExp(`^(${cleanRegex(pattern.source)})?$`) : void 0;
   }), inst._zod.parse = (payload, ctx) => {
    if (void 0 === payload.value) {
     if ("defaulted" !== def.innerType._zod.optin) return payload;
     const result = def.innerType._zod.run({
      value: payload.value,
      issues: []
     }, ctx);
     return result instanceof Promise ? result.then(result => handleOptionalResult(payload, result)) : handleOptionalResult(payload, result);
    }
    return def.innerType._zod.run(payload, ctx);
   };
  }), $ZodNullable = $constructor("$ZodNullable", (inst, def) => {
   $ZodType.init(inst, def), defineLazyInternal(inst, "optin", zod => zod.def.innerType._zod.optin), 
   defineLazyInternal(inst, "optout", zod => zod.def.innerType._zod.optout), defineLazyInternal(inst, "pattern", zod => {
    const pattern = zod.def.innerType._zod.pattern;
    return pattern ? new RegExp(`^(${cleanRegex(pattern.source)}|null)$`) : void 0;
   }), defineLazyInternal(inst, "values", zod => zod.def.innerType._zod.values ? new Set([ ...zod.def.innerType._zod.values, null ]) : void 0), 
   inst._zod.parse = (payload, ctx) => null === payload.value ? payload : def.innerType._zod.run(payload, ctx);
  });
  function handleCatchResult(payload, result, def, ctx) {
   return result.issues.length ? (payload.value = def.catchValue({
    ...result,
    value: payload.value,
    error: {
     issues: result.issues.map(iss => finalizeIssue(iss, ctx, config()))
    },
    input: payload.value
   }), payload) : (payload.value = result.value, result.memo && (payload.memo = !0), 
   payload);
  }
  const $ZodCatch = $constructor("$ZodCatch", (inst, def) => {
   $ZodType.init(inst, def), defineLazyInternal(inst, "optin", zod => "defaulted" === zod.def.innerType._zod.optin ? "defaulted" : "optional"), 
   defineLazyInternal(inst, "optout", zod => zod.def.innerType._zod.optout), defineLazyInternal(inst, "values", zod => zod.def.innerType._zod.values), 
   inst._zod.parse = (payload, ctx) => {
    if ("backward" === ctx.direction) return def.innerType._zod.run(payload, ctx);
    const result = def.innerType._zod.run({
     value: payload.value,
     issues: []
    }, ctx);
    return result instanceof Promise ? result.then(result => handleCatchResult(payload, result, def, ctx)) : handleCatchResult(payload, result, def, ctx);
   };
  }), $ZodPipe = $constructor("$ZodPipe", (inst, def) => {
   $ZodType.init(inst, def), defineLazyInternal(inst, "values", zod => zod.def.in._zod.values), 
   defineLazyInternal(inst, "optin", zod => zod.def.in._zod.optin), defineLazyInternal(inst, "optout", zod => zod.def.out._zod.optout), 
   defineLazyInternal(inst, "propValues", zod => zod.def.in._zod.propValues), inst._zod.parse = (payload, ctx) => {
    if ("backward" === ctx.direction) {
     const right = def.out._zod.run(payload, ctx);
     return right instanceof Promise ? right.then(right => handlePipeResult(right, def.in, ctx)) : handlePipeResult(right, def.in, ctx);
    }
    const left = def.in._zod.run(payload, ctx);
    return left instanceof Promise ? left.then(left => handlePipeResult(left, def.out, ctx)) : handlePipeResult(left, def.out, ctx);
   };
  });
  function handlePipeResult(left, next, ctx) {
   return left.issues.some(iss => "unrecognized_keys" !== iss.code) ? (left.aborted = !0, 
   left) : next._zod.run({
    value: left.value,
    issues: left.issues
   }, ctx);
  }
  var registries_a;
  function snapshotChecks(def) {
   return def.checks && (def.checks = [ ...def.checks ]), def;
  }
  function _positive(params) {
   return function(value, params) {
    return new $ZodCheckGreaterThan({
     check: "greater_than",
     ...normalizeParams(params),
     value: 0,
     inclusive: !1
    });
   }(0, params);
  }
  function _regex(pattern, params) {
   return new $ZodCheckRegex({
    check: "string_format",
    format: "regex",
    ...normalizeParams(params),
    pattern: pattern
   });
  }
  (registries_a = globalThis).__zod_globalRegistry ?? (registries_a.__zod_globalRegistry = new class {
   constructor() {
    this._map = new WeakMap, this._idmap = new Map;
   }
   add(schema, ..._meta) {
    const meta = _meta[0];
    return this._map.set(schema, meta), meta && "object" == typeof meta && "id" in meta && this._idmap.set(meta.id, schema), 
    this;
   }
   clear() {
    return this._map = new WeakMap, this._idmap = new Map, this;
   }
   remove(schema) {
    const meta = this._map.get(schema);
    return meta && "object" == typeof meta && "id" in meta && this._idmap.delete(meta.id), 
    this._map.delete(schema), this;
   }
   get(schema) {
    const p = schema._zod.parent;
    if (p) {
     const pm = {
      ...this.get(p) ?? {}
     };
     delete pm.id;
     const f = {
      ...pm,
      ...this._map.get(schema)
     };
     return Object.keys(f).length ? f : void 0;
    }
    return this._map.get(schema);
   }
   has(schema) {
    return this._map.has(schema);
   }
  }), globalThis.__zod_globalRegistry;
  const _messageDesc = {
   get: function() {
    const internals = this._zod;
    return internals.message ?? (internals.message = JSON.stringify(internals.def, jsonStringifyReplacer, 2)), 
    internals.message;
   },
   set: function(value) {
    this._zod.message = value;
   },
   enumerable: !0,
   configurable: !0
  }, _issuesDesc = {
   value: void 0,
   enumerable: !1
  }, _installedToString = new WeakSet([ Object.prototype, Error.prototype ]), initializer = (inst, def) => {
   inst.name = "$ZodError", _issuesDesc.value = def, Object.defineProperty(inst, "issues", _issuesDesc), 
   _issuesDesc.value = void 0, Object.defineProperty(inst, "message", _messageDesc);
   const proto = Object.getPrototypeOf(inst);
   _installedToString.has(proto) || (_installedToString.add(proto), Object.defineProperty(proto, "toString", {
    configurable: !0,
    enumerable: !1,
    get() {
     const value = () => this.message;
     return Object.defineProperty(this, "toString", {
      value: value,
      configurable: !0,
      writable: !0
     }), value;
    },
    set(value) {
     Object.defineProperty(this, "toString", {
      value: value,
      configurable: !0,
      writable: !0
     });
    }
   }));
  }, $ZodError = $constructor("$ZodError", initializer), $ZodRealError = $constructor("$ZodError", initializer, void 0, {
   Parent: Error
  }), parse_parse = (_Err => {
   const fn = (schema, value, _ctx, _params) => {
    const ctx = _ctx ? {
     ..._ctx,
     async: !1
    } : {
     async: !1
    }, result = schema._zod.run({
     value: value,
     issues: []
    }, ctx);
    if (result instanceof Promise) throw new $ZodAsyncError;
    if (result.issues.length) {
     const e = new (_params?.Err ?? _Err)(result.issues.map(iss => finalizeIssue(iss, ctx, config())));
     throw captureStackTrace(e, _params?.callee ?? fn), e;
    }
    return result.value;
   };
   return fn;
  })($ZodRealError), parse_parseAsync = (_Err => {
   const fn = async (schema, value, _ctx, params) => {
    const ctx = _ctx ? {
     ..._ctx,
     async: !0
    } : {
     async: !0
    };
    let result = schema._zod.run({
     value: value,
     issues: []
    }, ctx);
    if (result instanceof Promise && (result = await result), result.issues.length) {
     const e = new (params?.Err ?? _Err)(result.issues.map(iss => finalizeIssue(iss, ctx, config())));
     throw captureStackTrace(e, params?.callee ?? fn), e;
    }
    return result.value;
   };
   return fn;
  })($ZodRealError), safeParse = (_Err => (schema, value, _ctx) => {
   const ctx = _ctx ? {
    ..._ctx,
    async: !1
   } : {
    async: !1
   }, result = schema._zod.run({
    value: value,
    issues: []
   }, ctx);
   if (result instanceof Promise) throw new $ZodAsyncError;
   return result.issues.length ? failure(_Err, result.issues, ctx) : {
    success: !0,
    data: result.value
   };
  })($ZodRealError);
  function failure(Err, issues, ctx) {
   let error;
   return {
    success: !1,
    get error() {
     return error || (error = new Err(issues.map(iss => finalizeIssue(iss, ctx, config()))), 
     issues = void 0, ctx = void 0), error;
    },
    set error(e) {
     error = e, issues = void 0, ctx = void 0;
    }
   };
  }
  const safeParseAsync = (_Err => async (schema, value, _ctx) => {
   const ctx = _ctx ? {
    ..._ctx,
    async: !0
   } : {
    async: !0
   };
   let result = schema._zod.run({
    value: value,
    issues: []
   }, ctx);
   return result instanceof Promise && (result = await result), result.issues.length ? failure(_Err, result.issues, ctx) : {
    success: !0,
    data: result.value
   };
  })($ZodRealError), ZodMiniType = $constructor("ZodMiniType", (inst, def) => {
   if (!inst._zod) throw new Error("Uninitialized schema in ZodMiniType.");
   $ZodType.init(inst, def), inst.def = def, inst.type = def.type;
  }, {
   get with() {
    return this.check;
   },
   set with(value) {
    own(this, "with", value);
   },
   parse(data, params) {
    return parse_parse(this, data, params, {
     callee: this.parse
    });
   },
   parseAsync(data, params) {
    return parse_parseAsync(this, data, params, {
     callee: this.parseAsync
    });
   },
   safeParse(data, params) {
    return safeParse(this, data, params);
   },
   safeParseAsync(data, params) {
    return safeParseAsync(this, data, params);
   },
   check(...checks) {
    const def = this.def;
    return this.clone({
     ...def,
     checks: [ ...def.checks ?? [], ...checks.map(ch => "function" == typeof ch ? {
      _zod: {
       check: ch,
       def: {
        check: "custom"
       },
       onattach: []
      }
     } : ch) ]
    }, {
     parent: !0
    });
   },
   clone(_def, params) {
    return function(inst, def, params) {
     const cl = new inst._zod.constr(def ?? inst._zod.def);
     return def && !params?.parent || (cl._zod.parent = inst), cl;
    }(this, _def, params);
   },
   brand() {
    return this;
   },
   register(reg, meta) {
    return reg.add(this, meta), this;
   },
   apply(fn, ...args) {
    return 0 === args.length ? fn(this) : fn(this, ...args);
   }
  }), ZodMiniString = $constructor("ZodMiniString", (inst, def) => {
   $ZodString.init(inst, def), ZodMiniType.init(inst, def);
  });
  function schemas_string(params) {
   return function(Class, params) {
    return new Class(snapshotChecks({
     type: "string",
     ...normalizeParams(params)
    }));
   }(ZodMiniString, params);
  }
  const ZodMiniNumber = $constructor("ZodMiniNumber", (inst, def) => {
   $ZodNumber.init(inst, def), ZodMiniType.init(inst, def);
  });
  function schemas_number(params) {
   return function(Class, params) {
    return new Class(snapshotChecks({
     type: "number",
     checks: [],
     ...normalizeParams(params)
    }));
   }(ZodMiniNumber, params);
  }
  const ZodMiniNumberFormat = $constructor("ZodMiniNumberFormat", (inst, def) => {
   $ZodNumberFormat.init(inst, def), ZodMiniNumber.init(inst, def);
  });
  function schemas_int(params) {
   return function(Class, params) {
    return new Class({
     type: "number",
     check: "number_format",
     abort: !1,
     format: "safeint",
     ...normalizeParams(params)
    });
   }(ZodMiniNumberFormat, params);
  }
  const ZodMiniBoolean = $constructor("ZodMiniBoolean", (inst, def) => {
   $ZodBoolean.init(inst, def), ZodMiniType.init(inst, def);
  });
  function schemas_boolean(params) {
   return function(Class, params) {
    return new Class({
     type: "boolean",
     ...normalizeParams(params)
    });
   }(ZodMiniBoolean, params);
  }
  const ZodMiniUnknown = $constructor("ZodMiniUnknown", (inst, def) => {
   $ZodUnknown.init(inst, def), ZodMiniType.init(inst, def);
  });
  function unknown() {
   return new ZodMiniUnknown({
    type: "unknown"
   });
  }
  const ZodMiniArray = $constructor("ZodMiniArray", (inst, def) => {
   $ZodArray.init(inst, def), ZodMiniType.init(inst, def);
  });
  function array(element, params) {
   return new ZodMiniArray({
    type: "array",
    element: element,
    ...normalizeParams(params)
   });
  }
  const ZodMiniObject = $constructor("ZodMiniObject", (inst, def) => {
   $ZodObject.init(inst, def), ZodMiniType.init(inst, def), function(inst, key, make, enumerable) {
    const proto = function(inst, sentinel) {
     const proto = Object.getPrototypeOf(inst);
     return sentinel in proto ? void 0 : proto;
    }(inst, key);
    proto && Object.defineProperty(proto, key, {
     configurable: !0,
     get() {
      const desc = {
       configurable: !0,
       writable: !0,
       enumerable: enumerable,
       value: void 0
      };
      return Object.defineProperty(this, key, desc), desc.value = make(this), Object.defineProperty(this, key, desc), 
      desc.value;
     },
     set(value) {
      Object.defineProperty(this, key, {
       configurable: !0,
       writable: !0,
       enumerable: enumerable,
       value: value
      });
     }
    });
   }(inst, "shape", self => self._zod.def.shape, !1);
  });
  function object(shape, params) {
   const def = {
    type: "object",
    shape: shape ?? {},
    ...normalizeParams(params)
   };
   return new ZodMiniObject(def);
  }
  const ZodMiniUnion = $constructor("ZodMiniUnion", (inst, def) => {
   $ZodUnion.init(inst, def), ZodMiniType.init(inst, def);
  });
  const ZodMiniRecord = $constructor("ZodMiniRecord", (inst, def) => {
   $ZodRecord.init(inst, def), ZodMiniType.init(inst, def);
  });
  const ZodMiniEnum = $constructor("ZodMiniEnum", (inst, def) => {
   $ZodEnum.init(inst, def), ZodMiniType.init(inst, def), inst.options = [ ...inst._zod.values ];
  });
  function schemas_enum(values, params) {
   const entries = Array.isArray(values) ? Object.fromEntries(values.map(v => [ v, v ])) : values;
   return new ZodMiniEnum({
    type: "enum",
    entries: entries,
    ...normalizeParams(params)
   });
  }
  const ZodMiniLiteral = $constructor("ZodMiniLiteral", (inst, def) => {
   $ZodLiteral.init(inst, def), ZodMiniType.init(inst, def);
  });
  function literal(value, params) {
   return new ZodMiniLiteral({
    type: "literal",
    values: Array.isArray(value) ? value : [ value ],
    ...normalizeParams(params)
   });
  }
  const ZodMiniTransform = $constructor("ZodMiniTransform", (inst, def) => {
   $ZodTransform.init(inst, def), ZodMiniType.init(inst, def);
  }), ZodMiniOptional = $constructor("ZodMiniOptional", (inst, def) => {
   $ZodOptional.init(inst, def), ZodMiniType.init(inst, def);
  });
  function optional(innerType) {
   return new ZodMiniOptional({
    type: "optional",
    innerType: innerType
   });
  }
  const ZodMiniNullable = $constructor("ZodMiniNullable", (inst, def) => {
   $ZodNullable.init(inst, def), ZodMiniType.init(inst, def);
  });
  const ZodMiniCatch = $constructor("ZodMiniCatch", (inst, def) => {
   $ZodCatch.init(inst, def), ZodMiniType.init(inst, def);
  });
  function schemas_catch(innerType, catchValue) {
   return new ZodMiniCatch({
    type: "catch",
    innerType: innerType,
    catchValue: "function" == typeof catchValue ? catchValue : constantCatch(catchValue)
   });
  }
  const ZodMiniPipe = $constructor("ZodMiniPipe", (inst, def) => {
   $ZodPipe.init(inst, def), ZodMiniType.init(inst, def);
  }), optionalText = () => schemas_catch(optional(schemas_string()), void 0);
  function classifyRefusal(code, status) {
   const byCode = function(code) {
    return refusedForNow.has(code) ? {
     effect: "none",
     transient: !0
    } : {
     effect: code >= 500 && code < 600 ? "unknown" : "none",
     transient: passing.has(code)
    };
   }(code);
   return byCode.transient || status < 500 ? byCode : classifyStatus(status);
  }
  function answers_describe(answer) {
   const type = void 0 === (header = answer.headers["content-type"]) ? "no content type" : /^[a-z]{1,20}\/[a-z.+-]{1,40}(?=\s*(?:;|$))/i.exec(String(header))?.[0] ?? "an odd content type";
   var header;
   return `HTTP ${answer.status}, ${type}, ${answer.body.length} bytes`;
  }
  function retryAfter(answer, now) {
   const value = answer.headers["retry-after"];
   if ("string" != typeof value) return;
   if (/^\d{1,9}$/.test(value)) return 1e3 * Number(value);
   const date = Date.parse(value);
   return Number.isNaN(date) ? void 0 : Math.max(0, date - now);
  }
  const external_node_crypto_namespaceObject = require("node:crypto"), authSchemes = [ "basic-auth", "janrain-signed" ];
  function tlsFault(code, peer, source) {
   return faults.find(([codes]) => codes.test(code))?.[1](peer, source);
  }
  const trust = "put the certificate into a PEM file and its path into NODE_EXTRA_CA_CERTS, in the env of the job or the step", plainHttp = {
   capture_domain: "An emulator on this machine takes http:// before its name.",
   HTTPS_PROXY: "A proxy that is spoken to in plain http takes http:// before its name."
  }, faults = [ [ /^ERR_TLS_CERT_ALTNAME_INVALID$|^HOSTNAME_MISMATCH$/, (peer, source) => `The certificate that came is for another host than ${peer}: is ${source} right, or does something in between answer instead?` ], [ /^CERT_HAS_EXPIRED$/, peer => `The certificate of ${peer} has expired: whoever runs it has to renew it. Is the clock of this runner right?` ], [ /^CERT_NOT_YET_VALID$/, peer => `The certificate of ${peer} is not valid yet: is the clock of this runner right?` ], [ /^DEPTH_ZERO_SELF_SIGNED_CERT$/, peer => `The certificate of ${peer} is self-signed, so anybody could have made it. If it is the one that you expect, ${trust}.` ], [ /^SELF_SIGNED_CERT_IN_CHAIN$|^UNABLE_TO_(?:VERIFY|GET_ISSUER)/, peer => `The certificate of ${peer} is signed by a CA that Node does not know. If that is a CA of your own, or of a proxy that opens TLS, ${trust}.` ], [ /^ERR_SSL_(?:WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|RECORD_LAYER_FAILURE)$/, (peer, source) => `${peer} does not speak TLS at that port, but perhaps plain http. Is the port in ${source} right? ${plainHttp[source]}` ], [ /CERT|^UNABLE_TO_|^INVALID_(?:CA|PURPOSE)|^ERR_TLS|^ERR_SSL|^EPROTO$/, (peer, source) => `No safe connection to ${peer} came about: is ${source} right, and its TLS in order?` ] ];
  function refusal(status, host) {
   return 407 === status ? {
    cure: "It wants a user name and a password, or other ones: they go into the URL in HTTPS_PROXY, special characters percent-encoded (http://USER:PASSWORD@HOST:PORT).",
    transient: !1
   } : status >= 500 || 408 === status || 429 === status ? {
    cure: `Can the proxy reach ${host}, and is capture_domain spelt right? Run again if the proxy was in trouble.`,
    transient: !0
   } : {
    cure: `Have ${host} allowed there, or put it into NO_PROXY if this runner reaches it without a proxy. Is HTTPS_PROXY right?`,
    transient: !1
   };
  }
  function through(host, proxy) {
   return void 0 === proxy ? host : `${host} through the proxy ${proxy}`;
  }
  function formatSeconds(ms) {
   return Math.round(ms / 100) / 10 + "s";
  }
  const firstWaitMs = 500, longestWaitMs = 1e4, shortestAttemptMs = 500;
  async function withRetries(attemptOnce, mayRepeat, options) {
   const {budget: budget, clock: clock} = options;
   for (let attempt = 1; ;attempt += 1) try {
    return await attemptOnce(attempt);
   } catch (error) {
    if (!(error instanceof CaptureError && mayRepeat(error))) throw error;
    const waitMs = Math.max(error.details.retryAfterMs ?? 0, jitteredBackOff(attempt, options.random));
    if (waitMs + shortestAttemptMs > budget.remainingMs()) throw gaveUp(error, attempt, waitMs, budget);
    options.onRetry({
     error: error,
     waitMs: waitMs,
     attempt: attempt + 1
    }), await clock.sleep(waitMs, budget.interrupted.aborted ? void 0 : budget.interrupted);
   }
  }
  function jitteredBackOff(attempt, random) {
   const ceiling = Math.min(longestWaitMs, firstWaitMs * 2 ** (attempt - 1));
   return ceiling / 2 + ceiling / 2 * random();
  }
  function gaveUp(error, attempts, waitMs, budget) {
   const tries = 1 === attempts ? "one attempt" : `${attempts} attempts`, why = waitMs === error.details.retryAfterMs ? `the server asks to wait ${Math.ceil(waitMs / 1e3)}s` : "the time is up";
   return new CaptureError(`${error.happened} Gave up after ${tries}: ${why} (timeout ${budget.totalMs / 1e3}s).`, error.cure, error.details);
  }
  var external_node_events_ = __nccwpck_require__(474), pool = __nccwpck_require__(307);
  const vendorSuffixes = [ ".janraincapture.com", ".capture.cn.janrain.com" ];
  function isLoopback(hostname) {
   return "localhost" === hostname || "[::1]" === hostname || /^127\.\d+\.\d+\.\d+$/.test(hostname);
  }
  function parseCaptureDomain(text) {
   const url = function(text) {
    if (/\s/.test(text)) return;
    const url = URL.parse(text.includes("://") ? text : `https://${text}`);
    return null === url || "" === url.hostname ? void 0 : url;
   }(text);
   if (void 0 === url) throw new RangeError("is not a host name or an https URL");
   if ("" !== url.username || "" !== url.password) throw new RangeError("holds a user name or password; credentials have inputs of their own");
   if ("https:" !== url.protocol && "http:" !== url.protocol) throw new RangeError("is not an https URL");
   if ("/" !== url.pathname || /[?#\\]/.test(text)) throw new RangeError("holds a path, query or fragment; give the host alone");
   if ("https:" === url.protocol) return url;
   if (isLoopback(url.hostname)) return url;
   throw new RangeError("is a plain http URL, over which the owner secret could be read; use https");
  }
  var proxy = __nccwpck_require__(201);
  class NoAnswerError extends Error {
   name="NoAnswerError";
   reason;
   sent;
   code;
   proxy;
   noTunnel;
   constructor(reason, sent, code, proxy, noTunnel) {
    super(`${reason}: ${code}`), this.reason = reason, this.sent = sent, this.code = code, 
    this.proxy = proxy, this.noTunnel = noTunnel;
   }
  }
  const maxAnswerBytes = 16777216, clientIdSchema = () => schemas_string().check(_regex(/^[A-Za-z0-9._-]{1,128}$/)), secretSchema = () => schemas_string().check(_regex(/^.{1,1024}$/s)), listSchema = () => object({
   results: array(unknown())
  }), doneSchema = () => object({});
  function openCapture(options) {
   return new CaptureClient(options);
  }
  function hadNoEffect(error) {
   return "none" === error.details.effect && error.details.transient;
  }
  function mayHelp(error) {
   return error.details.transient;
  }
  class CaptureClient {
   #options;
   #emptySignature="code";
   constructor(options) {
    this.#options = options;
   }
   async addClient(client) {
    const added = await this.#callOnce("clients/add", {
     description: client.description,
     ...featuresParameter("features", client.features)
    }, object({
     client_id: clientIdSchema(),
     client_secret: secretSchema(),
     description: optional(schemas_string()),
     features: optional(array(schemas_string()))
    }));
    return {
     clientId: added.client_id,
     clientSecret: added.client_secret,
     description: added.description ?? client.description,
     features: added.features ?? client.features
    };
   }
   async listClients(pick, hasFeatures = []) {
    const parameters = featuresParameter("has_features", hasFeatures), {results: results} = await this.#repeat(() => this.#listOnce(parameters), mayHelp), picked = function(results) {
     const schema = object({
      client_id: clientIdSchema(),
      client_secret: schemas_catch(secretSchema(), ""),
      description: schemas_string(),
      features: schemas_catch(array(schemas_string()), []),
      whitelist: schemas_catch(optional(array(schemas_string())), void 0)
     });
     return results.flatMap(result => {
      const listed = schema.safeParse(result);
      if (!listed.success) return [];
      const {client_id: client_id, client_secret: client_secret, ...rest} = listed.data;
      return [ {
       clientId: client_id,
       clientSecret: client_secret,
       ...rest
      } ];
     });
    }(results).map(pick);
    return {
     picked: picked.filter(one => void 0 !== one),
     total: results.length
    };
   }
   async deleteClient(clientId) {
    try {
     return await this.#call("clients/delete", {
      client_id_for_deletion: clientId
     }, mayHelp, doneSchema()), "deleted";
    } catch (error) {
     if (error instanceof CaptureError && isUnknownClient(error)) return "gone";
     throw error;
    }
   }
   async setDescription(clientId, description) {
    await this.#call("clients/set_description", {
     ...forClient(clientId),
     description: description
    }, mayHelp, doneSchema());
   }
   async setFeatures(clientId, features) {
    const parameters = {
     ...forClient(clientId),
     features: JSON.stringify(features)
    };
    await this.#call("clients/set_features", parameters, mayHelp, doneSchema());
   }
   async resetSecret(clientId, hoursToLive) {
    const parameters = {
     ...forClient(clientId),
     hours_to_live: String(hoursToLive)
    }, {new_secret: new_secret} = await this.#call("clients/reset_secret", parameters, hadNoEffect, object({
     new_secret: secretSchema()
    }));
    return new_secret;
   }
   async setWhitelist(clientId, ranges) {
    const parameters = {
     ...forClient(clientId),
     whitelist: JSON.stringify(ranges)
    };
    await this.#call("clients/set_whitelist", parameters, mayHelp, doneSchema());
   }
   async listSettings(clientId) {
    const {result: result} = await this.#call("settings/items", forClient(clientId), mayHelp, object({
     result: (keyType = schemas_string(), valueType = unknown(), valueType && valueType._zod ? new ZodMiniRecord({
      type: "record",
      keyType: keyType,
      valueType: valueType,
      ...normalizeParams(params)
     }) : new ZodMiniRecord({
      type: "record",
      keyType: schemas_string(),
      valueType: keyType,
      ...normalizeParams(valueType)
     }))
    }));
    var keyType, valueType, params;
    return new Map(Object.entries(result).filter(item => isText(item[1])));
   }
   async getDefaultSetting(key) {
    const {result: result} = await this.#call("settings/get_default", {
     key: key
    }, mayHelp, object({
     result: unknown()
    }));
    return isText(result) ? result : void 0;
   }
   async setSettings(clientId, settings) {
    const items = JSON.stringify(Object.fromEntries(settings));
    await this.#call("settings/set_multi", {
     ...forClient(clientId),
     items: items
    }, mayHelp, doneSchema());
   }
   async #listOnce(parameters) {
    try {
     return await this.#callOnce("clients/list", parameters, listSchema());
    } catch (error) {
     if (!("janrain-signed" === this.#options.authScheme && 0 === Object.keys(parameters).length && "code" === this.#emptySignature && error instanceof CaptureError && 402 === error.details.code)) throw error;
     return this.#emptySignature = "documents", await this.#callOnce("clients/list", parameters, listSchema());
    }
   }
   #call(name, parameters, mayRepeat, schema) {
    return this.#repeat(() => this.#callOnce(name, parameters, schema), mayRepeat);
   }
   #repeat(attempt, mayRepeat) {
    return !1 === this.#options.retries ? attempt() : withRetries(attempt, mayRepeat, this.#options);
   }
   async #callOnce(name, parameters, schema) {
    const {domain: domain, clock: clock, budget: budget, transport: transport} = this.#options, call = {
     name: name,
     host: domain.host
    }, path = `/${name}`, limitMs = budget.attemptMs();
    if (limitMs <= 0) throw function(call, totalMs) {
     return new CaptureError(`No time was left for ${call.name} at ${call.host} (timeout ${formatSeconds(totalMs)}).`, "Run again, with a longer timeout if Capture is slow.", {
      call: call.name,
      host: call.host,
      effect: "none",
      transient: !1
     });
    }(call, budget.totalMs);
    const body = new URLSearchParams(parameters).toString();
    try {
     const headers = this.#headers(path, parameters);
     return function(call, answer, schema, now) {
      if (answer.status >= 300 && answer.status < 400) throw function(call, answer) {
       return new CaptureError(`${call.host} answered ${call.name} with a redirect (HTTP ${answer.status}), which is never followed: it would carry the credentials elsewhere.`, `Is ${call.host} the Capture domain itself?`, {
        call: call.name,
        host: call.host,
        effect: "none",
        transient: !1
       });
      }(call, answer);
      const json = function(body) {
       try {
        return JSON.parse(new TextDecoder("utf-8", {
         fatal: !0
        }).decode(body));
       } catch {
        return;
       }
      }(answer.body), isPositive = answer.status >= 200 && answer.status < 300, success = isPositive && function(json) {
       return "ok" === json?.stat;
      }(json) ? schema.safeParse(json) : void 0;
      if (success?.success) return success.data;
      const failure = object({
       stat: literal("error"),
       code: schemas_int(),
       error: optionalText(),
       error_description: optionalText(),
       message: optionalText(),
       request_id: optionalText(),
       argument_name: optionalText()
      }).safeParse(json);
      if (failure.success) throw function(call, answer, failure, now) {
       const {code: code, error: error, request_id: request_id, argument_name: argument_name} = failure, names = [ void 0 === error ? code : `${code} ${error}`, ...void 0 === argument_name ? [] : [ `argument ${argument_name}` ], ...void 0 === request_id ? [] : [ `request ${request_id}` ] ].join(", "), reason = function({name: name}, {argument_name: argument_name}) {
        return "settings/set_multi" === name && "for_client_id" !== argument_name;
       }(call, failure) ? "its own words are left out, as they may repeat a value" : (failure.error_description ?? failure.message ?? "").trim().replace(/\.$/, ""), said = "" === reason ? "." : `: ${reason}.`;
       return new CaptureError(`Capture refused ${call.name} (${names})${said}`, function(code, host, argumentName) {
        if (200 === code && "client_id" === argumentName) return "Is owner_client_id the id of an API client of this application?";
        const known = cures[code];
        return void 0 !== known ? known(host) : code >= 100 && code < 300 ? void 0 === argumentName ? "Correct what the message names and run again." : `Correct what was given for ${argumentName} and run again.` : 'Look the code up under "Error codes" in the Identity Cloud documentation; the request id lets Akamai support find the call.';
       }(code, call.host, argument_name), {
        call: call.name,
        host: call.host,
        ...classifyRefusal(code, answer.status),
        code: code,
        requestId: request_id,
        argumentName: argument_name,
        retryAfterMs: retryAfter(answer, now)
       });
      }(call, answer, failure.data, now);
      if (!isPositive) throw function(call, answer, now) {
       const classified = classifyStatus(answer.status);
       return new CaptureError(`${call.host} answered ${call.name} with ${answers_describe(answer)} instead of an answer of Capture.`, classified.transient ? "The fault lies with Capture or on the way to it; run again later." : `Is ${call.host} a Capture domain?`, {
        call: call.name,
        host: call.host,
        ...classified,
        retryAfterMs: retryAfter(answer, now)
       });
      }(call, answer, now);
      throw function(call, answer, why) {
       return new CaptureError(`${call.host} answered ${call.name} with ${answers_describe(answer)} that cannot be read: ${why}.`, `Is ${call.host} a Capture domain?`, {
        call: call.name,
        host: call.host,
        effect: "unknown",
        transient: !0
       });
      }(call, answer, void 0 === json ? "it is not whole JSON" : "it lacks what was asked for");
     }(call, await transport.post(path, headers, body, limitMs, budget.attemptOver), schema, clock.now());
    } catch (error) {
     throw error instanceof NoAnswerError ? function(call, error, limitMs) {
      const {happened: happened, cure: cure, transient: transient} = function(call, error, limit) {
       return "size" === error.reason ? function({name: name, host: host}) {
        return {
         happened: `${host} answered ${name} with more than Capture ever sends; the rest was not read.`,
         cure: `Is ${host} a Capture domain?`,
         transient: !1
        };
       }(call) : error.sent ? function({name: name, host: host}, {reason: reason, code: code, proxy: proxy}, limit) {
        return {
         happened: "time" === reason ? `No answer from ${through(host, proxy)} to ${name} within ${limit}.` : `The connection to ${through(host, proxy)} broke during ${name} (${code}).`,
         cure: "Run again; if it stays, look whether the host is in trouble.",
         transient: !0
        };
       }(call, error, limit) : void 0 !== error.noTunnel ? function({name: name, host: host}, {proxy: proxy, asked: asked, status: status, fault: fault}) {
        if (void 0 !== status) return {
         happened: `The proxy ${proxy} did not let ${name} through to ${host} (${fault}).`,
         ...refusal(status, host)
        };
        if (asked) return {
         happened: `The proxy ${proxy} hung up before it let ${name} through to ${host} (${fault}).`,
         ...refusal(502, host)
        };
        const lasting = "ENOTFOUND" === fault ? "There is no such proxy: is HTTPS_PROXY spelt right?" : tlsFault(fault, proxy, "HTTPS_PROXY");
        return {
         happened: `Could not connect to the proxy ${proxy} for ${name} at ${host} (${fault}).`,
         cure: lasting ?? "Is the proxy up, are host and port in HTTPS_PROXY right, and can this runner reach it?",
         transient: void 0 === lasting
        };
       }(call, error.noTunnel) : function({name: name, host: host}, {reason: reason, code: code, proxy: proxy}, limit) {
        const lasting = "ENOTFOUND" === code ? "There is no such host: is capture_domain spelt right? A network that resolves names in a proxy alone needs HTTPS_PROXY." : tlsFault(code, host, "capture_domain");
        return {
         happened: "time" === reason ? `No connection to ${through(host, proxy)} for ${name} within ${limit}.` : `Could not connect to ${through(host, proxy)} for ${name} (${code}).`,
         cure: lasting ?? (void 0 === proxy ? "Can this runner reach the host? If it does so by way of a proxy, set HTTPS_PROXY." : `Is the proxy up, and can it reach the host? If the host is to be reached without it, put ${host} into NO_PROXY.`),
         transient: void 0 === lasting
        };
       }(call, error, limit);
      }(call, error, formatSeconds(limitMs)), effect = error.sent ? "unknown" : "none";
      return new CaptureError(happened, cure, {
       call: call.name,
       host: call.host,
       effect: effect,
       transient: transient
      });
     }(call, error, limitMs) : error;
    }
   }
   #headers(path, parameters) {
    const {authScheme: authScheme, owner: owner, clock: clock, userAgent: userAgent} = this.#options;
    return {
     ...(scheme = authScheme, credentials = owner, signed = {
      path: path,
      parameters: parameters,
      emptySignature: this.#emptySignature
     }, now = clock.now(), "basic-auth" === scheme ? {
      Authorization: `Basic ${text = `${credentials.clientId}:${credentials.clientSecret}`, 
      Buffer.from(text, "utf8").toString("base64")}`
     } : function(credentials, signed, now) {
      const {path: path, parameters: parameters, emptySignature: emptySignature} = signed, date = new Date(now).toISOString().slice(0, 19).replace("T", " "), pairs = Object.entries(parameters).map(([key, value]) => `${key}=${value}`), text = [ path, date, ...0 === pairs.length && "documents" === emptySignature ? [ "" ] : pairs.sort(), "" ].join("\n"), signature = (0, 
      external_node_crypto_namespaceObject.createHmac)("sha1", credentials.clientSecret).update(text).digest("base64");
      return {
       Date: date,
       Authorization: `Signature ${credentials.clientId}:${signature}`
      };
     }(credentials, signed, now)),
     "Content-Type": "application/x-www-form-urlencoded",
     Accept: "application/json",
     "User-Agent": userAgent
    };
    var scheme, credentials, signed, now, text;
   }
  }
  function isText(value) {
   return "string" == typeof value;
  }
  function featuresParameter(name, features) {
   return 0 === features.length ? {} : {
    [name]: JSON.stringify(features)
   };
  }
  function forClient(clientId) {
   if ("" === clientId) throw new TypeError("a client id is empty: the call would change the owner client");
   return {
    for_client_id: clientId
   };
  }
  const promises_namespaceObject = require("node:timers/promises"), systemClock = {
   now: Date.now,
   async sleep(ms, wake) {
    try {
     await (0, promises_namespaceObject.setTimeout)(ms, void 0, {
      signal: wake
     });
    } catch (error) {
     if (!wake?.aborted) throw error;
    }
   }
  }, version_version = "0.1.0", external_node_fs_namespaceObject = require("node:fs"), repositorySchema = () => object({
   id: schemas_number()
  }), pullRequestSchema = () => {
   return object({
    number: schemas_int().check(_positive()),
    user: schemas_catch(optional(object({
     login: schemas_string()
    })), void 0),
    head: object({
     repo: (innerType = repositorySchema(), optional(function(innerType) {
      return new ZodMiniNullable({
       type: "nullable",
       innerType: innerType
      });
     }(innerType)))
    }),
    base: object({
     repo: repositorySchema()
    })
   });
   var innerType;
  };
  class EnvironmentError extends Error {
   name="EnvironmentError";
  }
  function readContext(env, event) {
   const pullRequest = function(event) {
    const pullRequest = event?.pull_request;
    return void 0 === pullRequest ? void 0 : pullRequestSchema().safeParse(pullRequest).data;
   }(event);
   return {
    repository: {
     host: hostOf(env, "GITHUB_SERVER_URL"),
     id: requiredNumber(env, "GITHUB_REPOSITORY_ID"),
     name: context_required(env, "GITHUB_REPOSITORY")
    },
    runId: requiredNumber(env, "GITHUB_RUN_ID"),
    runAttempt: requiredNumber(env, "GITHUB_RUN_ATTEMPT"),
    workflow: (workflowRef = env.GITHUB_WORKFLOW_REF ?? "", /([^/]+?)\.ya?ml@/.exec(workflowRef)?.[1] ?? "workflow"),
    ref: describeRef(env),
    eventName: env.GITHUB_EVENT_NAME ?? "of this run",
    pullRequest: pullRequest?.number,
    withoutSecrets: reasonForNoSecrets(env, pullRequest)
   };
   var workflowRef;
  }
  function readEvent(env) {
   try {
    return JSON.parse((0, external_node_fs_namespaceObject.readFileSync)(context_required(env, "GITHUB_EVENT_PATH"), "utf8"));
   } catch {
    return;
   }
  }
  function describeRef(env) {
   if (env.GITHUB_REF_NAME) return `${env.GITHUB_REF_TYPE || "ref"} ${env.GITHUB_REF_NAME}`;
  }
  function reasonForNoSecrets(env, pullRequest) {
   if ("pull_request_target" !== env.GITHUB_EVENT_NAME) {
    if ("dependabot[bot]" === env.GITHUB_ACTOR || "dependabot[bot]" === pullRequest?.user?.login) return "Dependabot";
    if (void 0 !== pullRequest) return pullRequest.head.repo?.id === pullRequest.base.repo.id ? void 0 : "a fork";
   }
  }
  function context_required(env, name) {
   const value = env[name];
   if (value) return value;
   throw notARunner(name, "is not set");
  }
  function hostOf(env, name) {
   const url = URL.parse(context_required(env, name));
   if (url?.host) return url.host;
   throw notARunner(name, "is not a URL");
  }
  function requiredNumber(env, name) {
   const value = context_required(env, name);
   if (/^\d+$/.test(value)) return value;
   throw notARunner(name, "is not a number");
  }
  function notARunner(name, fault) {
   return new EnvironmentError(`${name} ${fault}: this runs as a step of a GitHub Actions workflow, on runner 2.327.0 or newer.`);
  }
  async function withCapture(options, use) {
   const {access: access, timeoutMs: timeoutMs, context: context, env: env, log: log, interrupted: interrupted} = options;
   !function(env, log) {
    "0" === env.NODE_TLS_REJECT_UNAUTHORIZED && log.warning("NODE_TLS_REJECT_UNAUTHORIZED is 0, so no certificate is checked: whoever sits between this runner and Capture can pass for it and take the owner credentials. Remove the variable; a private CA goes into NODE_EXTRA_CA_CERTS.");
   }(env, log);
   const transport = function(domain, env) {
    try {
     return function(origin, proxies, maxAnswerBytes) {
      const closing = new AbortController;
      (0, external_node_events_.setMaxListeners)(0, closing.signal);
      const usable = isLoopback(origin.hostname) ? void 0 : (0, proxy.u_)(proxies), opened = async function(origin, proxies, closing) {
       const options = {
        allowH2: !1,
        headersTimeout: 0,
        bodyTimeout: 0,
        connect: {
         timeout: 0,
         signal: closing
        }
       };
       if (void 0 === proxies || !(0, proxy.jL)(proxies)) return {
        dispatcher: new pool(origin, options)
       };
       const {openProxies: openProxies} = await __nccwpck_require__.e(339).then(__nccwpck_require__.bind(__nccwpck_require__, 339)), way = {
        dispatcher: openProxies(proxies, options, proxy => {
         way.proxy = proxy;
        })
       };
       return way;
      }(origin, usable, closing.signal);
      return {
       async post(path, headers, body, limitMs, over) {
        const request = {
         origin: origin,
         path: path,
         method: "POST",
         headers: headers,
         body: body
        };
        return await function(way, request, limitMs, maxAnswerBytes, over) {
         return new Promise((resolve, reject) => {
          let controller, sent = !1, settled = !1, status = 0, headers = {};
          const chunks = [];
          let bytes = 0;
          const settle = finish => {
           settled || (settled = !0, clearTimeout(timer), over?.removeEventListener("abort", timeIsUp), 
           finish());
          }, fail = (reason, code, noTunnel) => {
           settle(() => reject(new NoAnswerError(reason, sent, code, way.proxy, noTunnel))), 
           controller?.abort(new Error(code));
          }, timeIsUp = () => fail("time", "ETIMEDOUT"), timer = setTimeout(timeIsUp, limitMs);
          over?.addEventListener("abort", timeIsUp), way.dispatcher.dispatch(request, {
           onRequestStart(started) {
            controller = started, settled ? started.abort(new Error("too late")) : sent = !0;
           },
           onResponseStart(_controller, statusCode, responseHeaders) {
            statusCode < 200 || (status = statusCode, headers = responseHeaders);
           },
           onResponseData(_controller, chunk) {
            bytes += chunk.length, bytes > maxAnswerBytes ? fail("size", "ANSWER_TOO_LARGE") : chunks.push(chunk);
           },
           onResponseEnd() {
            settle(() => resolve({
             status: status,
             headers: headers,
             body: Buffer.concat(chunks)
            }));
           },
           onResponseError(_controller, error) {
            fail("connection", (0, proxy.$N)(error), error instanceof proxy.T6 ? error : void 0);
           }
          });
         });
        }(await opened, request, limitMs, maxAnswerBytes, over);
       },
       async close() {
        const {dispatcher: dispatcher} = await opened;
        await dispatcher.destroy(), closing.abort();
       }
      };
     }(domain, readProxies(env), maxAnswerBytes);
    } catch {
     throw new EnvironmentError("HTTPS_PROXY or HTTP_PROXY is not the URL of a proxy; it looks like http://proxy.example.com:3128, or http://USER:PASSWORD@proxy.example.com:3128 with special characters percent-encoded.");
    }
   }(access.domain, env), budget = function(totalMs, clock, interrupted = (new AbortController).signal) {
    let end = clock.now() + totalMs;
    const attemptOver = new AbortController, remainingMs = () => Math.max(0, end - clock.now()), cutShort = () => {
     end = Math.min(end, clock.now() + interruptedTotalMs), setTimeout(() => attemptOver.abort(), interruptedAttemptMs).unref();
    };
    return interrupted.aborted ? cutShort() : interrupted.addEventListener("abort", cutShort), 
    {
     totalMs: totalMs,
     remainingMs: remainingMs,
     attemptMs: () => Math.min(totalMs / 3, remainingMs()),
     interrupted: interrupted,
     attemptOver: attemptOver.signal
    };
   }(timeoutMs, systemClock, interrupted), retries = {
    budget: budget,
    clock: systemClock,
    random: Math.random,
    onRetry: retry => log.info(function({error: error, waitMs: waitMs, attempt: attempt}) {
     return `${error.happened} Trying again in ${(waitMs / 1e3).toFixed(1)}s (attempt ${attempt}).`;
    }(retry))
   }, captureOptions = {
    ...access,
    ...retries,
    transport: transport,
    userAgent: userAgent(context)
   };
   try {
    return await use({
     capture: openCapture(captureOptions),
     captureOnce: openCapture({
      ...captureOptions,
      retries: !1
     }),
     repeat: (attempt, mayRepeat) => withRetries(attempt, mayRepeat, retries),
     sleep: ms => systemClock.sleep(ms, interrupted),
     budget: budget
    });
   } finally {
    transport.close().catch(() => {});
   }
  }
  function readProxies(env) {
   const read = name => env[name] || env[name.toUpperCase()] || "";
   return {
    httpProxy: read("http_proxy"),
    httpsProxy: read("https_proxy"),
    noProxy: read("no_proxy")
   };
  }
  function userAgent({repository: repository, runId: runId}) {
   return `capture-client-action/${version_version} (${repository.host}/${repository.name}; run ${runId})`.replace(/[^\x20-\x7e]/g, "?");
  }
  function warnAboutLeftover({clientId: clientId, error: error}, {marker: marker, announced: announced, expiresAt: expiresAt}, host, log) {
   const expires = formatTime(expiresAt);
   if (void 0 !== clientId) log.warning(`Could not delete client ${clientId} at ${host}. ${error.message} It ${"none" === error.details.effect ? "still works" : "may still work"}; the sweep may remove it from ${expires} on. To finish: run the delete action with client_id: ${clientId}.`); else {
    const what = announced ? "a second client was left beside the one handed over" : "a client was left";
    log.warning(`Could not find out whether ${what} at ${host}. ${error.message} The sweep removes it from ${expires} on. To finish: delete ${announced ? "any other client" : "the client"} whose description holds the marker ${marker}, if there is one.`);
   }
  }
  var external_os_ = __nccwpck_require__(857);
  function utils_toCommandValue(input) {
   return null == input ? "" : "string" == typeof input || input instanceof String ? input : JSON.stringify(input);
  }
  function toCommandProperties(annotationProperties) {
   return Object.keys(annotationProperties).length ? {
    title: annotationProperties.title,
    file: annotationProperties.file,
    line: annotationProperties.startLine,
    endLine: annotationProperties.endLine,
    col: annotationProperties.startColumn,
    endColumn: annotationProperties.endColumn
   } : {};
  }
  function command_issueCommand(command, properties, message) {
   const cmd = new Command(command, properties, message);
   process.stdout.write(cmd.toString() + external_os_.EOL);
  }
  class Command {
   constructor(command, properties, message) {
    command || (command = "missing.command"), this.command = command, this.properties = properties, 
    this.message = message;
   }
   toString() {
    let cmdStr = "::" + this.command;
    if (this.properties && Object.keys(this.properties).length > 0) {
     cmdStr += " ";
     let first = !0;
     for (const key in this.properties) if (this.properties.hasOwnProperty(key)) {
      const val = this.properties[key];
      val && (first ? first = !1 : cmdStr += ",", cmdStr += `${key}=${escapeProperty(val)}`);
     }
    }
    var s;
    return cmdStr += `::${s = this.message, utils_toCommandValue(s).replace(/%/g, "%25").replace(/\r/g, "%0D").replace(/\n/g, "%0A")}`, 
    cmdStr;
   }
  }
  function escapeProperty(s) {
   return utils_toCommandValue(s).replace(/%/g, "%25").replace(/\r/g, "%0D").replace(/\n/g, "%0A").replace(/:/g, "%3A").replace(/,/g, "%2C");
  }
  const external_crypto_namespaceObject = require("crypto");
  var external_fs_ = __nccwpck_require__(896);
  require("path");
  var summary_awaiter = function(thisArg, _arguments, P, generator) {
   return new (P || (P = Promise))(function(resolve, reject) {
    function fulfilled(value) {
     try {
      step(generator.next(value));
     } catch (e) {
      reject(e);
     }
    }
    function rejected(value) {
     try {
      step(generator.throw(value));
     } catch (e) {
      reject(e);
     }
    }
    function step(result) {
     var value;
     result.done ? resolve(result.value) : (value = result.value, value instanceof P ? value : new P(function(resolve) {
      resolve(value);
     })).then(fulfilled, rejected);
    }
    step((generator = generator.apply(thisArg, _arguments || [])).next());
   });
  };
  const {access: access, appendFile: appendFile, writeFile: writeFile} = external_fs_.promises, _summary = new class {
   constructor() {
    this._buffer = "";
   }
   filePath() {
    return summary_awaiter(this, void 0, void 0, function*() {
     if (this._filePath) return this._filePath;
     const pathFromEnv = process.env.GITHUB_STEP_SUMMARY;
     if (!pathFromEnv) throw new Error("Unable to find environment variable for $GITHUB_STEP_SUMMARY. Check if your runtime environment supports job summaries.");
     try {
      yield access(pathFromEnv, external_fs_.constants.R_OK | external_fs_.constants.W_OK);
     } catch (_a) {
      throw new Error(`Unable to access summary file: '${pathFromEnv}'. Check if the file has correct read/write permissions.`);
     }
     return this._filePath = pathFromEnv, this._filePath;
    });
   }
   wrap(tag, content, attrs = {}) {
    const htmlAttrs = Object.entries(attrs).map(([key, value]) => ` ${key}="${value}"`).join("");
    return content ? `<${tag}${htmlAttrs}>${content}</${tag}>` : `<${tag}${htmlAttrs}>`;
   }
   write(options) {
    return summary_awaiter(this, void 0, void 0, function*() {
     const overwrite = !!(null == options ? void 0 : options.overwrite), filePath = yield this.filePath(), writeFunc = overwrite ? writeFile : appendFile;
     return yield writeFunc(filePath, this._buffer, {
      encoding: "utf8"
     }), this.emptyBuffer();
    });
   }
   clear() {
    return summary_awaiter(this, void 0, void 0, function*() {
     return this.emptyBuffer().write({
      overwrite: !0
     });
    });
   }
   stringify() {
    return this._buffer;
   }
   isEmptyBuffer() {
    return 0 === this._buffer.length;
   }
   emptyBuffer() {
    return this._buffer = "", this;
   }
   addRaw(text, addEOL = !1) {
    return this._buffer += text, addEOL ? this.addEOL() : this;
   }
   addEOL() {
    return this.addRaw(external_os_.EOL);
   }
   addCodeBlock(code, lang) {
    const attrs = Object.assign({}, lang && {
     lang: lang
    }), element = this.wrap("pre", this.wrap("code", code), attrs);
    return this.addRaw(element).addEOL();
   }
   addList(items, ordered = !1) {
    const tag = ordered ? "ol" : "ul", listItems = items.map(item => this.wrap("li", item)).join(""), element = this.wrap(tag, listItems);
    return this.addRaw(element).addEOL();
   }
   addTable(rows) {
    const tableBody = rows.map(row => {
     const cells = row.map(cell => {
      if ("string" == typeof cell) return this.wrap("td", cell);
      const {header: header, data: data, colspan: colspan, rowspan: rowspan} = cell, tag = header ? "th" : "td", attrs = Object.assign(Object.assign({}, colspan && {
       colspan: colspan
      }), rowspan && {
       rowspan: rowspan
      });
      return this.wrap(tag, data, attrs);
     }).join("");
     return this.wrap("tr", cells);
    }).join(""), element = this.wrap("table", tableBody);
    return this.addRaw(element).addEOL();
   }
   addDetails(label, content) {
    const element = this.wrap("details", this.wrap("summary", label) + content);
    return this.addRaw(element).addEOL();
   }
   addImage(src, alt, options) {
    const {width: width, height: height} = options || {}, attrs = Object.assign(Object.assign({}, width && {
     width: width
    }), height && {
     height: height
    }), element = this.wrap("img", null, Object.assign({
     src: src,
     alt: alt
    }, attrs));
    return this.addRaw(element).addEOL();
   }
   addHeading(text, level) {
    const tag = `h${level}`, allowedTag = [ "h1", "h2", "h3", "h4", "h5", "h6" ].includes(tag) ? tag : "h1", element = this.wrap(allowedTag, text);
    return this.addRaw(element).addEOL();
   }
   addSeparator() {
    const element = this.wrap("hr", null);
    return this.addRaw(element).addEOL();
   }
   addBreak() {
    const element = this.wrap("br", null);
    return this.addRaw(element).addEOL();
   }
   addQuote(text, cite) {
    const attrs = Object.assign({}, cite && {
     cite: cite
    }), element = this.wrap("blockquote", text, attrs);
    return this.addRaw(element).addEOL();
   }
   addLink(text, href) {
    const element = this.wrap("a", text, {
     href: href
    });
    return this.addRaw(element).addEOL();
   }
  }, summary = _summary;
  var ExitCode;
  function core_setSecret(secret) {
   command_issueCommand("add-mask", {}, secret);
  }
  function getInput(name, options) {
   const val = process.env[`INPUT_${name.replace(/ /g, "_").toUpperCase()}`] || "";
   if (options && options.required && !val) throw new Error(`Input required and not supplied: ${name}`);
   return options && !1 === options.trimWhitespace ? val : val.trim();
  }
  function escapeHtml(text) {
   const entities = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;"
   };
   return text.replace(/[&<>"]/g, character => entities[character] ?? character);
  }
  function base64Forms(text) {
   const bytes = Buffer.from(text, "utf8");
   return [ bytes.toString("base64").replace(/=+$/, ""), bytes.toString("base64url") ];
  }
  external_os_.platform(), external_os_.arch(), function(ExitCode) {
   ExitCode[ExitCode.Success = 0] = "Success", ExitCode[ExitCode.Failure = 1] = "Failure";
  }(ExitCode || (ExitCode = {}));
  const lineLengths = [ 60, 64, 76 ], shortestLine = 8;
  function base64Lines(text) {
   const base64 = Buffer.from(text, "utf8").toString("base64");
   return lineLengths.filter(length => base64.length > length).flatMap(length => base64.match(new RegExp(`.{${shortestLine},${length}}`, "g")) ?? []);
  }
  function escapedForms(text) {
   const html = escapeHtml(text);
   return [ JSON.stringify(text).slice(1, -1), html, html.replaceAll("'", "&apos;"), html.replaceAll("'", "&#39;") ];
  }
  function hexForms(text) {
   const hex = Buffer.from(text, "utf8").toString("hex");
   return [ hex, hex.toUpperCase() ];
  }
  function urlForms(text) {
   const component = encodeURIComponent(text.toWellFormed());
   return [ new URLSearchParams([ [ "", text ] ]).toString().slice(1), component, component.replace(/[!'()*]/g, character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`) ].flatMap(form => [ form, form.replace(/%[0-9A-F]{2}/g, code => code.toLowerCase()) ]);
  }
  const longestMessage = 2e3, keptEnd = 500, misleading = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
  function openLog() {
   const forms = new Set, clean = message => {
    return text = harmless(function(text, forms) {
     return [ ...forms ].sort((a, b) => b.length - a.length).reduce((rest, form) => rest.replaceAll(form, "***"), text);
    }(message, forms)), text.length <= longestMessage ? text : `${text.slice(0, longestMessage - keptEnd)}\u2026${text.slice(-keptEnd)}`.toWellFormed();
    var text;
   }, mask = (secret, clientId) => {
    for (const form of function(secret, clientId) {
     if ("" === secret) return [];
     const texts = void 0 === clientId ? [ secret ] : [ secret, `${clientId}:${secret}` ];
     return [ ...new Set([ secret, ...texts.flatMap(text => [ text, `${text}\n` ]).flatMap(base64Forms), ...texts.flatMap(text => [ text, `${text}\n` ]).flatMap(base64Lines), ...hexForms(secret), ...escapedForms(secret), ...urlForms(secret) ]) ].filter(form => "" !== form.trim()).sort((a, b) => b.length - a.length);
    }(secret, clientId)) forms.add(form), core_setSecret(form);
   };
   return {
    info: message => function(message) {
     process.stdout.write(message + external_os_.EOL);
    }(clean(message)),
    notice: message => function(message, properties = {}) {
     command_issueCommand("notice", toCommandProperties(properties), message instanceof Error ? message.toString() : message);
    }(clean(message)),
    warning: message => function(message, properties = {}) {
     command_issueCommand("warning", toCommandProperties(properties), message instanceof Error ? message.toString() : message);
    }(clean(message)),
    fail: (...lines) => {
     return message = lines.map(clean).join("\n"), process.exitCode = ExitCode.Failure, 
     void function(message, properties = {}) {
      command_issueCommand("error", toCommandProperties(properties), message instanceof Error ? message.toString() : message);
     }(message);
     var message;
    },
    debug: message => function(message) {
     command_issueCommand("debug", {}, message);
    }(clean(message)),
    mask: ({clientId: clientId, clientSecret: clientSecret}) => mask(clientSecret, clientId),
    maskSecret: secret => mask(secret)
   };
  }
  function harmless(text) {
   return text.replace(new RegExp(misleading, "gu"), " ").replace(/:(?=:)/g, ": ").replace(/##(?=\[)/g, "## ");
  }
  const key = "creation", legacySchema = () => {
   return object({
    creation: object({
     repository: object({
      host: schemas_string(),
      id: schemas_string(),
      name: schemas_string()
     }),
     marker: schemas_string(),
     lifetime: schemas_enum([ "run", "job", "pull_request" ]),
     features: array(schemas_string()),
     expiresAt: schemas_number(),
     sends: schemas_number(),
     lastSentAt: schemas_number(),
     outcome: (options = [ schemas_enum([ "none", "unknown" ]), object({
      clientId: schemas_string()
     }) ], new ZodMiniUnion({
      type: "union",
      options: options,
      ...normalizeParams(params)
     })),
     concluded: schemas_boolean(),
     announced: schemas_boolean()
    }),
    access: object({
     domain: (in_ = schemas_string(), fn = text => new URL(text), out = new ZodMiniTransform({
      type: "transform",
      transform: fn
     }), new ZodMiniPipe({
      type: "pipe",
      in: in_,
      out: out
     })),
     owner: object({
      clientId: schemas_string(),
      clientSecret: schemas_string()
     }),
     authScheme: schemas_enum(authSchemes)
    })
   });
   var options, params, in_, out, fn;
  };
  const timeoutMs = {
   announced: 3e4,
   unannounced: 6e4
  };
  async function main() {
   const log = openLog(), warn = error => log.warning(`The clean-up failed: ${error instanceof Error ? error.message : String(error)}. If this step created a client, it may be left: delete it with the delete action; the sweep removes it when it expires.`);
   process.on("uncaughtException", warn), await async function(env, log) {
    const legacy = function() {
     const text = (name = key, process.env[`STATE_${name}`] || "");
     var name;
     if ("" !== text) return function(text) {
      try {
       return parse_parse(legacySchema(), JSON.parse(text));
      } catch {
       throw new EnvironmentError("what the step saved for its post step cannot be read");
      }
     }(text);
    }();
    if (void 0 === legacy) return;
    const {creation: creation, access: access} = legacy;
    log.mask(access.owner);
    const context = readContext(env, readEvent(env)), time = creation.announced ? timeoutMs.announced : timeoutMs.unannounced, leftovers = await withCapture({
     access: access,
     timeoutMs: time,
     context: context,
     env: env,
     log: log
    }, connection => async function(creation, collaborators) {
     const {announced: announced, lifetime: lifetime, sends: sends} = creation, clientId = createdId(creation), leftovers = [], run = new CleanUp(creation, collaborators, leftovers);
     try {
      announced && "job" === lifetime && 1 === sends && void 0 !== clientId ? await run.removeOfJob(clientId) : announced && "job" !== lifetime ? await run.removeTwins(clientId) : await run.removeAllMarked();
     } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
      leftovers.push({
       clientId: announced && "job" !== lifetime ? void 0 : clientId,
       error: error
      });
     }
     return leftovers;
    }(creation, {
     ...connection,
     now: Date.now,
     info: log.info
    }));
    for (const leftover of leftovers) warnAboutLeftover(leftover, creation, access.domain.host, log);
   }(process.env, log).catch(warn);
  }
  class Journal {
   #creation;
   #isOpen=!1;
   #save;
   constructor(save) {
    this.#save = save;
   }
   sending({label: label, features: features}, now) {
    const sends = this.#creation?.sends ?? 0;
    this.#write({
     repository: label.repository,
     marker: label.marker,
     lifetime: label.purpose.lifetime,
     features: features,
     expiresAt: label.expiresAt,
     sends: sends + 1,
     lastSentAt: now,
     outcome: "unknown",
     concluded: !1,
     announced: !1
    });
   }
   created(clientId) {
    this.#note({
     outcome: {
      clientId: clientId
     }
    });
   }
   leftOpen() {
    this.#isOpen = !0;
   }
   get isOpen() {
    return this.#isOpen;
   }
   nothingLeft() {
    this.#note({
     outcome: this.#isOpen ? "unknown" : "none"
    });
   }
   concluded() {
    this.#note({
     concluded: !0
    });
   }
   announced() {
    this.#note({
     announced: !0
    });
   }
   #note(news) {
    void 0 !== this.#creation && this.#write({
     ...this.#creation,
     ...news
    });
   }
   #write(creation) {
    this.#creation = creation, this.#save(creation);
   }
  }
  const featureMeanings = {
   owner: "complete admin access",
   access_issuer: "issues access tokens for other clients",
   direct_read_access: "reads every customer record",
   direct_access: "reads and writes every customer record",
   login_client: "uses the login and registration endpoints"
  }, featureNames = Object.keys(featureMeanings), privilegedFeatures = [ "owner", "access_issuer" ], recordFeatures = [ "direct_read_access", "direct_access" ];
  function isFeature(name) {
   return Object.hasOwn(featureMeanings, name);
  }
  const immutableSetting = "janrainOidcClientId";
  async function prepare(configuration, {capture: capture}) {
   const {copySettingsFrom: copySettingsFrom} = configuration;
   if (void 0 === copySettingsFrom) return {
    ...configuration,
    template: new Map
   };
   try {
    return {
     ...configuration,
     template: await capture.listSettings(copySettingsFrom)
    };
   } catch (error) {
    if (!(error instanceof CaptureError && isUnknownClient(error))) throw error;
    const cure = "Is copy_settings_from the id of a client of this application? Nothing was created.";
    throw new CaptureError(error.happened, cure, error.details);
   }
  }
  function copyable({template: template, settings: settings}, current, {notice: notice}) {
   const differing = [ ...template ].filter(([key, value]) => key !== immutableSetting && !settings.has(key) && current.get(key) !== value), credentials = differing.map(([key]) => key).filter(holdsCredential);
   return credentials.length > 0 && notice(`Not copied, as by their names they hold credentials: ${credentials.join(", ")}. Give them in settings if the client needs them.`), 
   new Map(differing.filter(([key]) => !holdsCredential(key)));
  }
  function holdsCredential(key) {
   const words = key.replace(/(?<=[a-z\d])(?=[A-Z])/g, "_").toLowerCase().split(/[^a-z\d]+/);
   return words.some(word => credentialWord.test(word)) && !harmlessWord.test(words.at(-1) ?? "");
  }
  const credentialWord = /(?:key|token|secret|password|passwd|passphrase|pwd|credential)s?\d*$|^(?:pass|auth|bearer|private|hmac)$/, harmlessWord = /^(?:url|uri|lifetime|ttl|length|policy|attempts|visual)$/;
  async function setWhitelist(clientId, whitelist, {capture: capture, info: info, interrupted: interrupted}) {
   await capture.setWhitelist(clientId, whitelist), refuseIfInterrupted(interrupted), 
   info(`Client ${clientId} may be used from ${whitelist.join(", ")} alone.`);
  }
  async function setSettings(clientId, settings, {capture: capture, info: info, interrupted: interrupted}) {
   0 !== settings.size && (await capture.setSettings(clientId, settings), refuseIfInterrupted(interrupted), 
   info(`Set for client ${clientId}: ${[ ...settings.keys() ].join(", ")}.`));
  }
  function isSameSet(a, b) {
   return void 0 !== b && a.every(item => b.includes(item)) && b.every(item => a.includes(item));
  }
  function lowest(clients) {
   return clients.reduce((least, client) => void 0 === least || client.clientId < least.clientId ? client : least, void 0);
  }
  async function resetSecret(client, hoursToLive, collaborators) {
   const {capture: capture, mask: mask, info: info} = collaborators, {clientId: clientId} = client, use = clientSecret => (mask({
    clientId: clientId,
    clientSecret: clientSecret
   }), clientSecret);
   try {
    return use(await capture.resetSecret(clientId, hoursToLive));
   } catch (error) {
    if (!(error instanceof CaptureError) || "none" === error.details.effect) throw error;
    info(`${error.happened} Looking which secret client ${clientId} has.`);
    const secret = await async function(clientId, {capture: capture}) {
     const {picked: picked} = await capture.listClients(client => client.clientId === clientId ? client.clientSecret : void 0);
     return picked[0];
    }(clientId, collaborators);
    return void 0 === secret || secret === client.clientSecret ? void 0 : use(secret);
   }
  }
  class NotHandedOut extends Error {
   name="NotHandedOut";
  }
  async function reuseOrCreate(request, plan, collaborators) {
   const {info: info, now: now} = collaborators, others = (await listSiblings(request.label, collaborators)).filter(({label: label}) => label.marker !== plan.label.marker), existing = lowest(others.filter(sibling => isLive(sibling, now())));
   if (void 0 !== existing) return await async function(existing, request, collaborators) {
    const {capture: capture, mask: mask, info: info, now: now, interrupted: interrupted} = collaborators, {clientId: clientId} = existing;
    (function({clientId: clientId, clientSecret: clientSecret, features: features}, request) {
     const privileged = (void 0 === request.features ? features : []).filter(feature => privilegedFeatures.some(one => one === feature));
     if (privileged.length > 0) throw new NotHandedOut(`Client ${clientId} of this pull request has ${privileged.join(" and ")}, which this action did not give it, so it is not handed out. Name the features that it is to have in features, or delete it.`);
     if ("" === clientSecret) throw new NotHandedOut(`The list of clients tells no secret of client ${clientId} of this pull request. Does a proxy change what Capture answers?`);
    })(existing, request), mask(existing), info(`Reusing client ${clientId} of this pull request.`);
    const label = {
     ...request.label,
     marker: collaborators.newMarker()
    }, text = request.text.given ? request.text.words : existing.text;
    try {
     await capture.setDescription(clientId, formatDescription({
      text: text,
      label: label
     })), refuseIfInterrupted(interrupted), void 0 === request.features || isSameSet(request.features, existing.features) || (await capture.setFeatures(clientId, request.features), 
     refuseIfInterrupted(interrupted)), await async function(client, configuration, collaborators) {
      const {clientId: clientId} = client, {whitelist: whitelist, settings: settings, copySettingsFrom: copySettingsFrom} = configuration;
      if (void 0 === whitelist || isSameSet(whitelist, client.whitelist) || await setWhitelist(clientId, whitelist, collaborators), 
      void 0 === copySettingsFrom && 0 === settings.size) return;
      const current = await collaborators.capture.listSettings(clientId), copied = await async function(copied, {capture: capture}) {
       const own = new Map;
       for (const [key, value] of copied) await capture.getDefaultSetting(key) !== value && own.set(key, value);
       return own;
      }(copyable(configuration, current, collaborators), collaborators), differing = [ ...settings ].filter(([key, value]) => current.get(key) !== value);
      await setSettings(clientId, new Map([ ...copied, ...differing ]), collaborators);
     }(existing, request.configuration, collaborators);
     const clientSecret = await async function(existing, request, collaborators) {
      const {rotateHours: rotateHours, enforcedHours: enforcedHours} = request, hours = enforcedHours ?? rotateHours;
      if (void 0 === hours) return existing.clientSecret;
      const newSecret = await resetSecret(existing, hours, collaborators);
      if (void 0 === newSecret) throw new NotHandedOut(`Capture left open whether the secret of client ${existing.clientId} was reset, so it is not handed out. Run again.`);
      return void 0 === enforcedHours ? newSecret : existing.clientSecret;
     }(existing, request, collaborators), client = (await listSiblings(request.label, collaborators)).find(sibling => sibling.clientId === clientId && isLive(sibling, now()));
     return client && {
      client: {
       ...client,
       clientSecret: clientSecret
      },
      label: label,
      created: !1
     };
    } catch (error) {
     if (error instanceof CaptureError && isUnknownClient(error)) return;
     throw error;
    }
   }(existing, request, collaborators);
   const provided = await create(request, plan, collaborators, async own => !await async function(own, key, collaborators) {
    const {now: now, sleep: sleep, interrupted: interrupted} = collaborators, patience = now() + rivalPatienceMs;
    for (;;) {
     refuseIfInterrupted(interrupted);
     const rivals = (await listSiblings(key, collaborators)).filter(sibling => !isSameOrTwin(sibling, own) && isLive(sibling, now()));
     if (0 === rivals.length) return !1;
     if (rivals.some(({clientId: clientId}) => clientId < own.clientId) || now() >= patience) return !0;
     await sleep(rivalPollMs);
    }
   }(own, request.label, collaborators) || (info(`Another run made a client for the same pull request; ${own.clientId} gives way.`), 
   !1));
   return void 0 !== provided && await async function(siblings, collaborators) {
    for (const sibling of siblings) try {
     "deleted" === await removeOwn(sibling, sibling.label, collaborators) && collaborators.info(`Deleted client ${sibling.clientId}, which was at its end.`);
    } catch (error) {
     if (!(error instanceof CaptureError)) throw error;
     collaborators.info(`${error.happened} The sweep removes client ${sibling.clientId}, which is at its end.`);
    }
   }(others, collaborators), provided;
  }
  async function create(request, plan, collaborators, mayStay = async () => !0) {
   const {journal: journal, interrupted: interrupted} = collaborators, client = await async function(plan, collaborators) {
    const {capture: capture, repeat: repeat, journal: journal, now: now, mask: mask, interrupted: interrupted} = collaborators, client = await repeat(async () => {
     refuseIfInterrupted(interrupted), journal.sending(plan, now());
     try {
      return await capture.addClient({
       description: formatDescription(plan),
       features: plan.features
      });
     } catch (error) {
      if (error instanceof CaptureError && "unknown" !== error.details.effect || journal.leftOpen(), 
      !(journal.isOpen && error instanceof CaptureError)) throw error;
      return await async function(plan, failure, collaborators) {
       const {capture: capture, info: info} = collaborators;
       info(`${failure.happened} Looking whether the client exists.`);
       const bearers = await capture.listClients(client => isSameCreation(labelOf(client), plan.label) ? client : void 0, plan.features).catch(error => {
        throw error instanceof CaptureError ? function(failure, lookup) {
         return new CaptureError(`${failure.happened} The client may exist, and looking for its marker failed, too: ${lookup.happened}`, `The post step looks again. ${lookup.cure}`, {
          ...failure.details,
          transient: !1
         });
        }(failure, error) : error;
       }), client = lowest(bearers.picked);
       if (void 0 === client) throw function(failure) {
        return new CaptureError(`${failure.happened} The client may exist; looked for its marker: not found.`, `The post step looks again. ${failure.cure}`, failure.details);
       }(failure);
       if ("" === client.clientSecret) throw function(failure, clientId) {
        return new CaptureError(`${failure.happened} Client ${clientId} bears this step's marker, but the list tells no secret of it.`, "The post step removes it. Does a proxy change what Capture answers?", {
         ...failure.details,
         transient: !1
        });
       }(failure, client.clientId);
       return info(`It does: client ${client.clientId} bears this step's marker.`), client;
      }(plan, error, collaborators);
     }
    }, error => error.details.transient).catch(error => {
     throw journal.isOpen ? interrupted.aborted || journal.concluded() : journal.nothingLeft(), 
     error;
    });
    return mask(client), journal.created(client.clientId), client;
   }(plan, collaborators);
   refuseIfInterrupted(interrupted);
   const own = {
    ...client,
    description: formatDescription(plan)
   };
   if (await mayStay(own) && await async function(own, request, {label: label}, collaborators) {
    try {
     return await async function({clientId: clientId}, configuration, collaborators) {
      const {whitelist: whitelist, settings: settings, copySettingsFrom: copySettingsFrom} = configuration;
      if (void 0 !== whitelist && await setWhitelist(clientId, whitelist, collaborators), 
      void 0 === copySettingsFrom) return await setSettings(clientId, settings, collaborators);
      const copied = copyable(configuration, await collaborators.capture.listSettings(clientId), collaborators);
      await setSettings(clientId, new Map([ ...copied, ...settings ]), collaborators);
     }(own, request.configuration, collaborators), await async function(client, {enforcedHours: enforcedHours}, collaborators) {
      return void 0 === enforcedHours || void 0 !== await resetSecret(client, enforcedHours, collaborators);
     }(own, request, collaborators);
    } catch (error) {
     if (!(error instanceof CaptureError)) throw error;
     const fate = await removeOwn(own, label, collaborators).catch(failure => {
      if (!(failure instanceof CaptureError)) throw failure;
      return "still there";
     });
     "still there" !== fate && collaborators.journal.nothingLeft();
     const told = `${error.happened} Client ${own.clientId}, which was just created, ${fates[fate]}.`;
     throw new CaptureError(told, error.cure, error.details);
    }
   }(own, request, plan, collaborators)) return {
    client: client,
    label: plan.label,
    created: !0
   };
   refuseIfInterrupted(interrupted), await removeOwn(own, plan.label, collaborators), 
   journal.nothingLeft();
  }
  const fates = {
   deleted: "is deleted again",
   gone: "is gone",
   "taken over": "was taken over by another run",
   "still there": "is left for the post step to delete"
  };
  var mod = __nccwpck_require__(916), external_node_net_ = __nccwpck_require__(30);
  class SealError extends Error {
   name="SealError";
  }
  const shortestKey = 32, keyManagement = "PBES2-HS512+A256KW", encryption = "A256GCM", contentType = "vnd.capture-client-action.v1+json", iterations = 22e4, longestText = 8192, fromAnotherVersion = "sealed_credentials was not sealed by this version of the action, or was changed on the way. Use one version of the action in all jobs, and hand on its output as it is.", digits = () => schemas_string().check(_regex(/^\d{1,20}$/)), headerSchema = () => {
   return object({
    alg: literal(keyManagement),
    enc: literal(encryption),
    cty: literal(contentType),
    p2c: schemas_int().check(_positive()),
    repository_id: digits(),
    run_attempt: digits(),
    exp: schemas_int().check(_positive(), (value = Date.UTC(9999, 0) / 1e3, new $ZodCheckLessThan({
     check: "less_than",
     ...normalizeParams(params),
     value: value,
     inclusive: !0
    })))
   });
   var value, params;
  }, contentSchema = () => object({
   client_id: schemas_string(),
   client_secret: schemas_string(),
   capture_domain: schemas_string()
  });
  async function sealing_open(text, key) {
   const {compactDecrypt: compactDecrypt, errors: errors} = await __nccwpck_require__.e(217).then(__nccwpck_require__.bind(__nccwpck_require__, 598)), {plaintext: plaintext} = await compactDecrypt(text, utf8(key), {
    keyManagementAlgorithms: [ keyManagement ],
    contentEncryptionAlgorithms: [ encryption ],
    maxPBES2Count: iterations
   }).catch(error => {
    if (!(error instanceof errors.JOSEError)) throw error;
    throw new SealError("sealed_credentials does not open: seal_key is not the key it was sealed with, or the text was changed on the way. Give both jobs the same secret.");
   }), content = contentSchema().safeParse(sealing_parseJson(plaintext));
   if (!content.success) throw new SealError(fromAnotherVersion);
   const {client_id: client_id, client_secret: client_secret, capture_domain: capture_domain} = content.data;
   return {
    clientId: client_id,
    clientSecret: client_secret,
    captureDomain: capture_domain
   };
  }
  function isCanonical(part) {
   return Buffer.from(part, "base64url").toString("base64url") === part;
  }
  function sealing_parseJson(bytes) {
   try {
    return JSON.parse((new TextDecoder).decode(bytes));
   } catch {
    return;
   }
  }
  function utf8(text) {
   return (new TextEncoder).encode(text);
  }
  const unitSeconds = {
   s: 1,
   m: 60,
   h: 3600,
   d: 86400
  };
  function parseDuration(text) {
   const [, number, unit] = /^(\d+(?:\.\d+)?) ?([smhd])$/.exec(text) ?? [];
   if (void 0 === number || void 0 === unit) throw new RangeError(`is "${text}", which is not a number with one of the units s, m, h and d (90m, 24h, 14d)`);
   const exact = Number((Number(number) * unitSeconds[unit]).toFixed(6)), seconds = Math.floor(exact);
   if (seconds < 1) throw new RangeError(`is "${text}"; the least is 1s`);
   return seconds;
  }
  const ofCapture = [ "capture_domain", "owner_client_id", "owner_client_secret", "auth_scheme", "timeout" ], inputNames = {
   create: [ ...ofCapture, "description", "features", "lifetime", "name", "pull_request", "expires_in", "enforce_expiry", "rotate_secret", "seal_key", "ip_allow_list", "settings", "copy_settings_from", "allow_privileged_features", "show_summary" ],
   delete: [ ...ofCapture, "client_id", "lifetime", "name", "pull_request" ],
   sweep: [ ...ofCapture, "github_token", "repositories", "dry_run" ],
   unseal: [ "sealed_credentials", "seal_key" ]
  }, defaultTimeoutSeconds = 60, longestTimeoutSeconds = 3600, longestName = 64;
  class InputError extends Error {
   name="InputError";
   lines;
   constructor(mistakes, end = "Nothing was sent to Capture.") {
    const lines = 1 === mistakes.length ? [ `${mistakes[0]} ${end}` ] : [ `The inputs need ${mistakes.length} corrections:`, ...mistakes.map(text => `- ${text}`), end ];
    super(lines.join("\n")), this.lines = lines;
   }
  }
  class Reader {
   mistakes;
   #source;
   constructor(source, action) {
    this.#source = source, this.mistakes = [ ...findTwins(source.variables, action), ...findForeign(source, action) ];
   }
   read(name, parse) {
    return this.#parse(name, this.#source.get(name), parse);
   }
   readUntrimmed(name, parse) {
    return this.#parse(name, this.#source.getUntrimmed(name), parse);
   }
   #parse(name, text, parse) {
    if (this.isGiven(name)) try {
     return parse(text);
    } catch (error) {
     if (!(error instanceof RangeError)) throw error;
     return void this.mistakes.push(`${name} ${error.message}.`);
    }
   }
   isGiven(name) {
    return "" !== this.#source.get(name);
   }
   finish(inputs, end) {
    if (void 0 === inputs || this.mistakes.length > 0) throw new InputError(this.mistakes, end);
    return inputs;
   }
  }
  function readCapture(reader, context) {
   !function(reader, context) {
    reader.isGiven("capture_domain") || reader.mistakes.push("capture_domain is empty. Give the host of your Capture domain; the Console shows it under Manage Application.");
    const missing = [ "owner_client_id", "owner_client_secret" ].filter(name => !reader.isGiven(name));
    missing.length > 0 && reader.mistakes.push(emptySecrets(missing, context));
   }(reader, context);
   const domain = reader.read("capture_domain", parseCaptureDomain), clientId = reader.read("owner_client_id", parseClientId), clientSecret = reader.read("owner_client_secret", text => text), authScheme = reader.read("auth_scheme", text => oneOf(text, authSchemes)) ?? "basic-auth", timeoutMs = 1e3 * (reader.read("timeout", parseTimeout) ?? defaultTimeoutSeconds);
   if (void 0 !== domain && void 0 !== clientId && void 0 !== clientSecret) return {
    domain: domain,
    owner: {
     clientId: clientId,
     clientSecret: clientSecret
    },
    authScheme: authScheme,
    timeoutMs: timeoutMs
   };
  }
  function emptySecrets(names, {withoutSecrets: withoutSecrets}) {
   const subject = `${names.join(" and ")} ${1 === names.length ? "is" : "are"} empty`;
   return void 0 === withoutSecrets ? `${subject}. Is the secret spelt as in the settings of the repository or environment, and may this job read that environment?` : `${subject}: this run comes from ${withoutSecrets}, and GitHub gives such runs no Actions secrets. Leave the job out there (README, Forks and Dependabot).`;
  }
  function parseSealKey(text) {
   if (text.length >= shortestKey) return text;
   throw new RangeError(`is ${text.length} characters long; it takes ${shortestKey} or more, as everybody who can read the log can try keys on the sealed text. openssl rand -base64 32 makes one`);
  }
  function findTwins(variables, action) {
   const plain = name => name.replace(/[-_ ]/g, "").toUpperCase(), known = new Map(inputNames[action].map(name => [ plain(name), name ]));
   return variables.flatMap(variable => {
    if (!variable.startsWith("INPUT_")) return [];
    const given = variable.slice(6), meant = known.get(plain(given));
    return void 0 === meant || given === meant.toUpperCase() ? [] : [ `Unknown input ${given.toLowerCase()}: did you mean ${meant}?` ];
   });
  }
  function findForeign(source, action) {
   const own = inputNames[action], actions = Object.keys(inputNames);
   return [ ...new Map(actions.flatMap(other => inputNames[other].map(name => [ name, other ]))) ].filter(([name]) => !own.includes(name) && "" !== source.get(name)).map(([name, other]) => `${name} is an input of the ${other} action, and this is ${action}. Leave it out.`);
  }
  function parseClientId(text) {
   if (/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) throw new RangeError("is a UUID, the id of a Hosted Login (OIDC) client; give the id of an API client");
   if (!/^[\x21-\x39\x3b-\x7e]+$/.test(text)) throw new RangeError("holds a character that no client id has");
   return text;
  }
  function parseTimeout(text) {
   const seconds = parseDuration(text);
   if (seconds > longestTimeoutSeconds) throw new RangeError(`is "${text}"; the most is 1h`);
   return seconds;
  }
  function parseBoolean(text) {
   if (/^true$/i.test(text)) return !0;
   if (/^false$/i.test(text)) return !1;
   throw new RangeError(`is "${text}"; it takes true or false`);
  }
  function oneOf(text, values) {
   const value = values.find(candidate => candidate === text);
   if (void 0 !== value) return value;
   throw new RangeError(`is "${text}"; it takes ${values.join(" or ")}`);
  }
  function parseLine(text, longest) {
   if (misleading.test(text)) throw new RangeError("holds a line break or another control character; it is one line of text");
   if (text.length > longest) throw new RangeError(`is ${text.length} characters long; the most is ${longest}`);
   return text;
  }
  function splitList(text) {
   return text.split(/[,\n]/).map(word => word.trim()).filter(word => "" !== word);
  }
  function inputs_parseJson(text) {
   try {
    return JSON.parse(text);
   } catch {
    return;
   }
  }
  function parseName(text) {
   return parseLine(text, longestName);
  }
  function inputs_readPullRequest(reader, context) {
   const number = reader.read("pull_request", parsePullRequest) ?? context.pullRequest;
   return void 0 !== number || reader.isGiven("pull_request") || reader.mistakes.push(`lifetime is pull_request, but the event ${context.eventName} belongs to no pull request. Give its number in pull_request, or use this step on pull_request events alone.`), 
   number;
  }
  function parsePullRequest(text) {
   const number = Number(text);
   if (/^[1-9]\d*$/.test(text) && Number.isSafeInteger(number)) return number;
   throw new RangeError(`is "${text}", which is not the number of a pull request`);
  }
  const rangesSchema = () => array(schemas_string());
  function readConfiguration(reader) {
   return {
    whitelist: reader.read("ip_allow_list", parseRanges),
    settings: reader.readUntrimmed("settings", parseSettings) ?? new Map,
    copySettingsFrom: reader.read("copy_settings_from", parseClientId)
   };
  }
  function parseRanges(text) {
   const ranges = text.startsWith("[") ? function(text) {
    const ranges = rangesSchema().safeParse(inputs_parseJson(text));
    if (ranges.success) return ranges.data;
    throw new RangeError('is not a JSON array of ranges, ["203.0.113.0/24"] for one');
   }(text) : splitList(text);
   if (0 === ranges.length) throw new RangeError("names no range. Leave it out if every address may use the client");
   return [ ...new Set(ranges.map(parseRange)) ];
  }
  function parseRange(text) {
   const [, address = "", prefix = "32"] = /^([^/]*)(?:\/(.*))?$/.exec(text) ?? [];
   if ((0, external_node_net_.isIPv6)(address)) throw new RangeError(`names "${text}"; Capture's allow lists take IPv4 alone`);
   if (!(0, external_node_net_.isIPv4)(address) || !/^(?:\d|[12]\d|3[0-2])$/.test(prefix)) throw new RangeError(`names "${text}", which is no IPv4 range; one is 203.0.113.0/24`);
   const network = function(address, prefix) {
    const bits = address.split(".").reduce((number, part) => 256 * number + Number(part), 0), size = 2 ** (32 - prefix), network = Math.floor(bits / size) * size;
    return [ 24, 16, 8, 0 ].map(shift => Math.floor(network / 2 ** shift) % 256).join(".");
   }(address, Number(prefix));
   if (network !== address) throw new RangeError(`names "${text}", whose address is inside its range; did you mean ${network}/${prefix} or ${address}/32?`);
   return `${address}/${prefix}`;
  }
  function parseSettings(text) {
   const settings = text.trimStart().startsWith("{") ? function(text) {
    const json = inputs_parseJson(text);
    if (void 0 === json) throw new RangeError("begins like a JSON object and is none");
    const settings = new Map(Object.entries(json)), wrong = [ ...settings ].filter(([, value]) => "string" != typeof value).map(([key]) => key);
    if (0 === wrong.length) return settings;
    throw new RangeError(`is a JSON object in which ${wrong.join(", ")} is no string. Put the value in quotes`);
   }(text) : function(text) {
    const settings = new Map;
    for (const [index, line] of text.split(/\r?\n/).entries()) {
     if ("" === line.trim()) continue;
     const separator = line.indexOf("="), key = line.slice(0, separator).trimStart();
     if (separator < 0 || "" === key) throw new RangeError(`has no key=value in line ${index + 1}`);
     if (key !== key.trimEnd()) throw new RangeError(`has a space before = in line ${index + 1}; write key=value`);
     if (settings.has(key)) throw new RangeError(`names ${key} twice`);
     settings.set(key, line.slice(separator + 1));
    }
    return settings;
   }(text);
   for (const key of settings.keys()) if (!/^[\x21-\x7e]+$/.test(key)) throw new RangeError(`names the key ${JSON.stringify(key)}; a key is one word`);
   if (settings.has(immutableSetting)) throw new RangeError(`names ${immutableSetting}, which Hosted Login sets and nobody can change. Leave it out`);
   return settings;
  }
  const lifetimes = [ "run", "job", "pull_request" ], defaultExpirySeconds = {
   run: 86400,
   job: 86400,
   pull_request: 1209600
  }, mostHoursToLive = 168, longestDescription = 500, namesSchema = () => array(schemas_string());
  function readFeatures(reader, lifetime) {
   const features = reader.read("features", parseFeatures), allowed = reader.read("allow_privileged_features", parseBoolean) ?? !1, privileged = features?.filter(feature => privilegedFeatures.includes(feature)) ?? [];
   if (0 === privileged.length) return features;
   const named = `features names ${privileged.join(" and ")}, which can act for every other client`;
   return "pull_request" === lifetime ? reader.mistakes.push(`${named}; a client that lives as long as a pull request does not get that.`) : allowed || reader.mistakes.push(`${named}. If this client needs that, set allow_privileged_features: true.`), 
   features;
  }
  function readExpiry(reader, lifetime, now) {
   const given = reader.read("expires_in", text => function(text, now) {
    const seconds = parseDuration(text);
    if (now + 1e3 * seconds > Date.UTC(9999, 0)) throw new RangeError(`is "${text}", which ends after the year 9999`);
    return seconds;
   }(text, now)), enforce = reader.read("enforce_expiry", parseBoolean) ?? !1, seconds = given ?? defaultExpirySeconds[lifetime];
   if ("pull_request" === lifetime && 1e3 * seconds <= leastRemainingMs && reader.mistakes.push(`expires_in is ${seconds} seconds; for lifetime pull_request it is more than 5m, as a client that close to its end is replaced.`), 
   !enforce) return {
    expiresInSeconds: seconds,
    enforcedHours: void 0
   };
   const hours = Math.ceil(seconds / 3600);
   void 0 !== given && hours > mostHoursToLive && reader.mistakes.push(`expires_in is ${hours} hours; with enforce_expiry the most is ${mostHoursToLive}h (7d), as Capture keeps no old secret longer.`);
   const enforcedHours = Math.min(hours, mostHoursToLive);
   return {
    expiresInSeconds: 3600 * enforcedHours,
    enforcedHours: enforcedHours
   };
  }
  function readSealKey(reader, lifetime) {
   const key = reader.read("seal_key", parseSealKey);
   return "job" === lifetime && reader.isGiven("seal_key") && reader.mistakes.push("seal_key is for later jobs, and with lifetime job the client is gone before they start. Leave it out, or set lifetime: run."), 
   void 0 !== key && key === reader.read("owner_client_secret", text => text) && reader.mistakes.push("seal_key is the owner secret; whoever found it out by trying would have both. Use a key of its own, from openssl rand -base64 32."), 
   key;
  }
  function parseHours(text) {
   const [, hours] = /^(\d+)h$/.exec(text) ?? [];
   if (void 0 !== hours && Number(hours) <= mostHoursToLive) return Number(hours);
   throw new RangeError(`is "${text}"; it takes whole hours from 0h to ${mostHoursToLive}h`);
  }
  function parseFeatures(text) {
   const names = text.startsWith("[") ? function(text) {
    const names = namesSchema().safeParse(inputs_parseJson(text));
    if (names.success) return names.data;
    throw new RangeError('is not a JSON array of names, ["login_client"] for one');
   }(text) : splitList(text), unknown = names.filter(name => !isFeature(name));
   if (unknown.length > 0) {
    const hints = unknown.map(name => `"${name}", which is no feature (did you mean ${function(name) {
     const contained = featureNames.find(feature => feature.startsWith(name) || name.includes(feature));
     if (void 0 !== contained) return contained;
     const nearest = (0, mod.kp)(name, [ ...featureNames ]);
     if ((0, mod.Io)(name, nearest) <= 2) return nearest;
     const unprivileged = featureNames.filter(feature => !privilegedFeatures.includes(feature));
     return (0, mod.kp)(name, unprivileged);
    }(name)}?)`);
    throw new RangeError(`names ${hints.join(", ")}. The features are ${featureNames.join(", ")}`);
   }
   return [ ...new Set(names.filter(isFeature)) ];
  }
  function setOutputs(file, outputs) {
   const delimiter = `ghadelimiter_${(0, external_node_crypto_namespaceObject.randomUUID)()}`, entries = Object.entries(outputs).map(([name, value]) => `${name}<<${delimiter}\n${value}\n${delimiter}\n`);
   (0, external_node_fs_namespaceObject.appendFileSync)(file, entries.join(""));
  }
  function remarkOnDomain({hostname: hostname}, log) {
   (function(hostname) {
    return vendorSuffixes.some(suffix => hostname.endsWith(suffix));
   })(hostname) || isLoopback(hostname) || log.notice(`${hostname} is not one of the vendor's own Capture domains (*.janraincapture.com, *.capture.cn.janrain.com); it is about to get the owner credentials. If it is your own host name for Capture, all is well.`);
  }
  function laterJobs({purpose: purpose}, sealKey) {
   return "job" === purpose.lifetime ? "nothing, as this client is gone before they start" : void 0 === sealKey ? "set seal_key, and the output sealed_credentials crosses; the unseal action opens it there" : "hand on the output sealed_credentials; the unseal action opens it with the same seal_key";
  }
  function remover({purpose: purpose}) {
   switch (purpose.lifetime) {
   case "job":
    return "this step's post step at the end of the job; should that fail, the sweep action once this run is over";

   case "run":
    return "nothing, until the delete action (lifetime: run) or the sweep action runs; the sweep takes it once this run is over, or when it expires";

   case "pull_request":
    return `the delete action (lifetime: pull_request) when pull request ${purpose.pullRequest} closes, or the sweep action once it is closed or the client expires`;
   }
  }
  function describeFeatures(features) {
   return 0 === features.length ? "none" : features.map(feature => isFeature(feature) ? `${feature} (${featureMeanings[feature]})` : feature).join(", ");
  }
  function request_describe({purpose: purpose}, {repository: repository, pullRequest: pullRequest, ref: ref}) {
   const number = "pull_request" === purpose.lifetime ? purpose.pullRequest : pullRequest, place = void 0 === number ? ref : `pull request ${number}`;
   return void 0 === place ? repository.name : `${repository.name} ${place}`;
  }
  class ForeignClient extends Error {
   name="ForeignClient";
   constructor(clientId, {host: host, name: name}) {
    super(`Client ${clientId} carries no label of ${host}/${name}, so it was not made by a workflow of this repository and is not deleted. Is the id right? Nothing was changed.`);
   }
  }
  async function runStep(env, log, run) {
   try {
    const source = {
     get: getInput,
     getUntrimmed: name => getInput(name, {
      trimWhitespace: !1
     }),
     variables: Object.keys(env)
    };
    log.mask({
     clientId: source.get("owner_client_id"),
     clientSecret: source.get("owner_client_secret")
    }), log.maskSecret(source.get("seal_key"));
    const context = readContext(env, readEvent(env));
    await run({
     source: source,
     context: context,
     outputFile: context_required(env, "GITHUB_OUTPUT")
    });
   } catch (error) {
    !function(error, log) {
     if (error instanceof InputError) log.fail(...error.lines); else if (error instanceof Error && foreseen.some(kind => error instanceof kind)) log.fail(error.message); else {
      log.fail(`Unexpected: ${String(error)}. This is a fault of the action; please report it, with a debug log if you can.`);
      for (const line of error instanceof Error ? (error.stack ?? "").split("\n") : []) log.debug(line);
     }
    }(error, log);
   }
  }
  const foreseen = [ InputError, CaptureError, EnvironmentError, Interrupted, ForeignClient, NotHandedOut, SealError ];
  function write(title, log, addContent) {
   try {
    summary.addHeading(title, 3), addContent(), (0, external_node_fs_namespaceObject.appendFileSync)(process.env.GITHUB_STEP_SUMMARY ?? "", summary.stringify()), 
    summary.emptyBuffer();
   } catch (error) {
    log.warning(`The job summary could not be written (${error.message}); nothing else is affected.`);
   }
  }
  function head(text) {
   return {
    data: escapeHtml(text),
    header: !0
   };
  }
  async function create_main() {
   const env = process.env, log = openLog(), interrupted = function() {
    const controller = new AbortController;
    for (const signal of [ "SIGINT", "SIGTERM" ]) process.on(signal, () => controller.abort());
    return controller.signal;
   }();
   await runStep(env, log, async ({source: source, context: context, outputFile: outputFile}) => {
    const inputs = function(source, context, now) {
     const reader = new Reader(source, "create"), capture = readCapture(reader, context), lifetime = reader.read("lifetime", text => oneOf(text, lifetimes)) ?? "run";
     !function(reader, lifetime) {
      for (const name of [ "pull_request", "rotate_secret" ]) "pull_request" !== lifetime && reader.isGiven(name) && reader.mistakes.push(`${name} is for clients of a pull request and says nothing with lifetime ${lifetime}. Leave it out, or set lifetime: pull_request.`);
      reader.isGiven("rotate_secret") && reader.read("enforce_expiry", parseBoolean) && reader.mistakes.push("rotate_secret says nothing beside enforce_expiry, with which every reuse has a secret of its own. Leave one of them out.");
     }(reader, lifetime);
     const purpose = function(reader, context, lifetime) {
      if ("pull_request" !== lifetime) return {
       lifetime: lifetime,
       runId: context.runId
      };
      const pullRequest = inputs_readPullRequest(reader, context);
      return void 0 === pullRequest ? void 0 : {
       lifetime: lifetime,
       pullRequest: pullRequest
      };
     }(reader, context, lifetime), rest = {
      description: reader.read("description", text => parseLine(text, longestDescription)),
      features: readFeatures(reader, lifetime),
      name: reader.read("name", parseName) ?? context.workflow,
      ...readExpiry(reader, lifetime, now),
      rotateHours: reader.read("rotate_secret", parseHours),
      sealKey: readSealKey(reader, lifetime),
      configuration: readConfiguration(reader),
      showSummary: reader.read("show_summary", parseBoolean) ?? !0
     };
     return reader.finish(capture && purpose && {
      capture: capture,
      purpose: purpose,
      ...rest
     });
    }(source, context, Date.now());
    !function({capture: capture, features: features = []}, log) {
     remarkOnDomain(capture.domain, log), features.includes("login_client") && features.length > 1 && log.warning("login_client goes with no other feature in the Console and the Configuration API; Capture may refuse the combination.");
    }(inputs, log);
    const {timeoutMs: timeoutMs, ...access} = inputs.capture, journal = new Journal(creation => function({creation: creation, access: access}) {
     const {domain: domain, owner: owner, authScheme: authScheme} = access, legacy = {
      creation: creation,
      access: {
       domain: domain.href,
       owner: owner,
       authScheme: authScheme
      }
     };
     !function(name, value) {
      if (process.env.GITHUB_STATE) return function(command, message) {
       const filePath = process.env.GITHUB_STATE;
       if (!filePath) throw new Error("Unable to find environment variable for file command STATE");
       if (!external_fs_.existsSync(filePath)) throw new Error(`Missing file at path: ${filePath}`);
       external_fs_.appendFileSync(filePath, `${utils_toCommandValue(message)}${external_os_.EOL}`, {
        encoding: "utf8"
       });
      }(0, function(key, value) {
       const delimiter = `ghadelimiter_${external_crypto_namespaceObject.randomUUID()}`, convertedValue = utils_toCommandValue(value);
       if (key.includes(delimiter)) throw new Error(`Unexpected input: name should not contain the delimiter "${delimiter}"`);
       if (convertedValue.includes(delimiter)) throw new Error(`Unexpected input: value should not contain the delimiter "${delimiter}"`);
       return `${key}<<${delimiter}${external_os_.EOL}${convertedValue}${external_os_.EOL}${delimiter}`;
      }(name, value));
      command_issueCommand("save-state", {
       name: name
      }, utils_toCommandValue(value));
     }(key, function({announced: announced, lifetime: lifetime, outcome: outcome, sends: sends}) {
      return announced ? "job" === lifetime || sends > 1 : "none" !== outcome;
     }(creation) ? JSON.stringify(legacy) : "");
    }({
     creation: creation,
     access: access
    })), provided = await withCapture({
     access: access,
     timeoutMs: timeoutMs,
     context: context,
     env: env,
     log: log,
     interrupted: interrupted
    }, connection => async function(request, collaborators) {
     const ready = {
      ...request,
      configuration: await prepare(request.configuration, collaborators)
     }, plan = {
      text: request.text.words,
      label: {
       ...request.label,
       marker: collaborators.newMarker()
      },
      features: request.features ?? []
     }, isForPullRequest = "pull_request" === request.label.purpose.lifetime;
     for (;;) {
      refuseIfInterrupted(collaborators.interrupted);
      const provided = isForPullRequest ? await reuseOrCreate(ready, plan, collaborators) : await create(ready, plan, collaborators);
      if (void 0 !== provided) return provided;
     }
    }(function(inputs, context, now) {
     const {description: description, features: features, purpose: purpose, name: name, enforcedHours: enforcedHours, rotateHours: rotateHours, configuration: configuration} = inputs, wholeSeconds = Math.floor(now / 1e3);
     return {
      text: {
       words: description ?? request_describe(inputs, context),
       given: void 0 !== description
      },
      features: features,
      label: {
       repository: context.repository,
       purpose: purpose,
       name: name,
       expiresAt: 1e3 * (wholeSeconds + inputs.expiresInSeconds)
      },
      enforcedHours: enforcedHours,
      rotateHours: rotateHours,
      configuration: configuration
     };
    }(inputs, context, Date.now()), {
     ...connection,
     journal: journal,
     now: Date.now,
     async sleep(ms) {
      await connection.sleep(ms), refuseIfInterrupted(interrupted);
     },
     newMarker: () => (0, external_node_crypto_namespaceObject.randomBytes)(12).toString("hex"),
     mask: log.mask,
     interrupted: interrupted,
     info: log.info,
     notice: log.notice
    })), sealedCredentials = await async function({sealKey: sealKey, capture: capture}, {client: client, label: label}, {repository: repository, runAttempt: runAttempt}) {
     if (void 0 === sealKey) return;
     const {clientId: clientId, clientSecret: clientSecret} = client, sealed = {
      clientId: clientId,
      clientSecret: clientSecret,
      captureDomain: capture.domain.origin
     }, envelope = {
      repositoryId: repository.id,
      runAttempt: runAttempt,
      expiresAt: label.expiresAt
     };
     return await async function(client, envelope, key) {
      const {CompactEncrypt: CompactEncrypt} = await __nccwpck_require__.e(217).then(__nccwpck_require__.bind(__nccwpck_require__, 598)), content = {
       client_id: client.clientId,
       client_secret: client.clientSecret,
       capture_domain: client.captureDomain
      };
      return await new CompactEncrypt(utf8(JSON.stringify(content))).setProtectedHeader({
       alg: keyManagement,
       enc: encryption,
       cty: contentType,
       repository_id: envelope.repositoryId,
       run_attempt: envelope.runAttempt,
       exp: envelope.expiresAt / 1e3
      }).setKeyManagementParameters({
       p2c: iterations
      }).encrypt(utf8(key));
     }(sealed, envelope, sealKey);
    }(inputs, provided, context);
    await async function() {
     for (let turn = 0; turn < 2; turn += 1) await new Promise(resolve => setImmediate(resolve));
    }(), refuseIfInterrupted(interrupted), setOutputs(outputFile, function({client: client, label: label, created: created}, sealedCredentials) {
     return {
      client_id: client.clientId,
      client_secret: client.clientSecret,
      description: client.description,
      features: JSON.stringify(client.features),
      created: String(created),
      expires_at: formatTime(label.expiresAt),
      ...void 0 === sealedCredentials ? {} : {
       sealed_credentials: sealedCredentials
      }
     };
    }(provided, sealedCredentials)), journal.announced(), function({client: client, label: label, created: created}, {capture: capture, sealKey: sealKey}, log) {
     const {host: host} = capture.domain;
     log.info(`${created ? "Created" : "Reused"} client ${client.clientId} at ${host}: ${client.description}`), 
     void 0 === labelOf(client) && log.warning(`Capture tells the description of ${client.clientId} back without the label at its end. If it keeps it so, neither the delete nor the sweep action knows the client: give a shorter description, and delete this client in the Console.`), 
     log.info(`Its features: ${describeFeatures(client.features)}.`), 0 === client.features.length && log.notice("Without features the client exists but may do nothing: Capture refuses its calls until features are given to it."), 
     client.features.some(feature => recordFeatures.some(opening => opening === feature)) && log.notice(`Whoever holds the secret of ${client.clientId} can read customer records; direct_access lets them be changed, too.`), 
     log.info(`It expires at ${formatTime(label.expiresAt)}. What removes it: ${remover(label)}.`), 
     log.info(`client_secret is masked, so GitHub drops every job output that holds it. For later jobs: ${laterJobs(label, sealKey)}.`);
    }(provided, inputs, log), inputs.showSummary && function(title, rows, log) {
     write("Capture API client", log, () => {
      summary.addTable(rows.map(([name, value]) => [ head(name), escapeHtml(value) ]));
     });
    }(0, function({client: client, label: label, created: created}, {capture: capture, sealKey: sealKey}) {
     return [ [ "Client id", client.clientId ], [ "Created", created ? "by this step" : "earlier, reused" ], [ "Features", describeFeatures(client.features) ], [ "Tenant", capture.domain.host ], [ "Lifetime", label.purpose.lifetime ], [ "Expires", formatTime(label.expiresAt) ], [ "Removed by", remover(label) ], [ "For later jobs", laterJobs(label, sealKey) ] ];
    }(provided, inputs), log);
   });
  }
  const delete_inputs_lifetimes = [ "run", "pull_request" ];
  async function delete_main() {
   const env = process.env, log = openLog();
   await runStep(env, log, async ({source: source, context: context, outputFile: outputFile}) => {
    const {capture: access, target: target} = function(source, context) {
     const reader = new Reader(source, "delete"), capture = readCapture(reader, context), target = function(reader, context) {
      const clientId = reader.read("client_id", parseClientId), lifetime = reader.read("lifetime", text => oneOf(text, delete_inputs_lifetimes)), name = reader.read("name", parseName);
      if (reader.isGiven("client_id") === reader.isGiven("lifetime")) return void reader.mistakes.push("client_id and lifetime: give exactly one. client_id deletes that client; lifetime: run or pull_request deletes all clients of this run or pull request.");
      for (const extra of [ "name", "pull_request" ]) reader.isGiven("client_id") && reader.isGiven(extra) && reader.mistakes.push(`${extra} says nothing beside client_id. Leave it out, or give lifetime instead.`);
      if ("run" === lifetime && reader.isGiven("pull_request") && reader.mistakes.push("pull_request says nothing beside lifetime: run, which means the run of this step. Leave it out, or set lifetime: pull_request."), 
      void 0 !== clientId) return {
       clientId: clientId
      };
      if ("run" === lifetime) return {
       purpose: {
        lifetime: lifetime,
        runId: context.runId
       },
       name: name
      };
      if (void 0 === lifetime) return;
      const pullRequest = inputs_readPullRequest(reader, context);
      return void 0 === pullRequest ? void 0 : {
       purpose: {
        lifetime: lifetime,
        pullRequest: pullRequest
       },
       name: name
      };
     }(reader, context);
     return reader.finish(capture && target && {
      capture: capture,
      target: target
     });
    }(source, context), {timeoutMs: timeoutMs} = access;
    remarkOnDomain(access.domain, log);
    const deletion = await withCapture({
     access: access,
     timeoutMs: timeoutMs,
     context: context,
     env: env,
     log: log
    }, ({capture: capture}) => async function(target, repository, capture) {
     const pick = pickLabelled(label => isSameRepository(label.repository, repository) && function(label, target) {
      if ("clientId" in target) return !0;
      const {purpose: purpose, name: name} = target;
      return isSamePurpose(label.purpose, purpose) && (void 0 === name || label.name === name);
     }(label, target)), {picked: picked, total: total} = await capture.listClients(client => "clientId" in target ? client.clientId === target.clientId ? pick(client) ?? function({clientId: clientId}, repository) {
      throw new ForeignClient(clientId, repository);
     }(client, repository) : void 0 : pick(client)), deleted = [], failures = [];
     for (const client of picked) try {
      await removeClient(capture, client), deleted.push(client.clientId);
     } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
      failures.push({
       clientId: client.clientId,
       error: error
      });
     }
     return {
      deleted: deleted,
      failures: failures,
      total: total
     };
    }(target, context.repository, capture));
    setOutputs(outputFile, function({deleted: deleted}) {
     return {
      deleted: String(deleted.length),
      client_ids: JSON.stringify(deleted)
     };
    }(deletion)), function({deleted: deleted, failures: failures, total: total}, target, repository, host, log) {
     for (const clientId of deleted) log.info(`Deleted client ${clientId}.`);
     0 === deleted.length && 0 === failures.length && log.info(`Deleted 0: no client ${function(target, repository) {
      if ("clientId" in target) return target.clientId;
      const {purpose: purpose, name: name} = target, subject = "pull_request" === purpose.lifetime ? `#${purpose.pullRequest}` : `run ${purpose.runId}`;
      return `labelled ${repository.name} ${subject}${void 0 === name ? "" : ` (name ${name})`}`;
     }(target, repository)} among ${total} clients at ${host}.`), failures.length > 0 && log.fail(...failures.map(({clientId: clientId, error: error}) => `Could not delete client ${clientId}; it ${"none" === error.details.effect ? "still works" : "may still work"}. ${error.message}`), `${failures.length} of ${failures.length + deleted.length} clients are left. Run this step again when the cause is gone.`);
    }(deletion, target, context.repository, access.domain.host, log);
   });
  }
  class Pace {
   #atOnce=1;
   #isAtFirst=!0;
   #begun=0;
   #firstAfterSlowDown=0;
   #failuresAlone=0;
   #pausedUntil=0;
   #random;
   constructor(random) {
    this.#random = random;
   }
   get atOnce() {
    return Math.floor(this.#atOnce);
   }
   get pausedUntil() {
    return this.#pausedUntil;
   }
   begin() {
    return this.#begun += 1, this.#begun;
   }
   succeeded() {
    this.#failuresAlone = 0;
    const step = this.#isAtFirst ? 1 : 1 / (4 * this.atOnce);
    this.#atOnce = Math.min(25, this.#atOnce + step);
   }
   failedForNow(call, now, retryAfterMs = 0) {
    this.#isAtFirst = !1, retryAfterMs > 0 && this.#pauseUntil(now + retryAfterMs), 
    call < this.#firstAfterSlowDown || (this.#firstAfterSlowDown = this.#begun + 1, 
    1 === this.atOnce && this.#pauseUntil(now + this.#nextPauseMs()), this.#atOnce = Math.max(1, .75 * this.#atOnce));
   }
   #pauseUntil(time) {
    this.#pausedUntil = Math.max(this.#pausedUntil, time);
   }
   #nextPauseMs() {
    const ceiling = Math.min(1e4, 250 * 2 ** this.#failuresAlone);
    return this.#failuresAlone += 1, ceiling / 2 + ceiling / 2 * this.#random();
   }
  }
  async function workThrough(queue, end, attempt, settle, {pace: pace, now: now, sleep: sleep, info: info}) {
   const underWay = new Set;
   for (;;) {
    const pauseMs = pace.pausedUntil - now(), isOver = 0 === queue.length || now() + Math.max(0, pauseMs) >= end;
    if (isOver && 0 === underWay.size) return;
    isOver || pauseMs > 0 || underWay.size >= pace.atOnce ? underWay.size > 0 ? await Promise.race(underWay) : await sleep(pauseMs) : begin(queue.shift());
   }
   function begin({subject: subject}) {
    const call = pace.begin(), work = attempt(subject).then(() => {
     pace.succeeded(), settle(subject);
    }).catch(error => {
     if (!(error instanceof CaptureError)) throw error;
     error.details.transient ? function(subject, call, failure) {
      const before = pace.pausedUntil;
      pace.failedForNow(call, now(), failure.details.retryAfterMs), queue.push({
       subject: subject,
       failure: failure
      }), pace.pausedUntil > before && info(`${failure.happened} Going on in ${((pace.pausedUntil - now()) / 1e3).toFixed(1)}s.`);
     }(subject, call, error) : settle(subject, error);
    }).finally(() => underWay.delete(work));
    underWay.add(work);
   }
  }
  function foldName(name) {
   return /^[\w-]+\/[\w.-]+$/.test(name) ? name.toLowerCase() : void 0;
  }
  function judge({purpose: purpose, expiresAt: expiresAt}, now, state) {
   return expiresAt <= now ? "expired" : "unknown" === state ? "state_unknown" : "pull_request" === purpose.lifetime ? "over" === state ? "pull_request_closed" : "pull_request_open" : "over" === state ? "run_completed" : "run_not_completed";
  }
  function isOver(reason) {
   return "expired" === reason || "pull_request_closed" === reason || "run_completed" === reason;
  }
  const freshMs = 3e4;
  async function refresh(queue, settle, keep, {capture: capture}) {
   const tasks = new Map(queue.map(task => [ task.subject.client.clientId, task ])), current = new Map;
   try {
    const {picked: picked} = await capture.listClients(client => tasks.has(client.clientId) ? {
     id: client.clientId,
     label: labelOf(client)
    } : void 0);
    for (const {id: id, label: label} of picked) current.set(id, label);
   } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    for (const {subject: subject} of queue) settle(subject, error);
    return [];
   }
   return queue.filter(({subject: subject}) => {
    const {clientId: clientId, label: label} = subject.client;
    if (current.has(clientId)) {
     if (isSameCreation(current.get(clientId), label)) return !0;
     keep({
      client: subject.client,
      reason: "label_changed",
      result: "kept"
     });
    } else settle(subject);
    return !1;
   });
  }
  const progressEvery = {
   count: 100,
   ms: 1e4
  }, questionsAtOnce = 5, longestAnswerMs = 1e4, github_repositorySchema = () => object({
   id: schemas_int(),
   full_name: schemas_string()
  }), github_pullRequestSchema = () => object({
   state: schemas_enum([ "open", "closed" ])
  }), runSchema = () => object({
   status: schemas_string()
  });
  class Unanswered extends Error {}
  async function askGitHub(labels, access) {
   const unread = new Set, causes = new Set, answer = async ({id: id}, question) => {
    try {
     return await question();
    } catch (error) {
     return unread.add(id), void causes.add(function(error) {
      if (error instanceof Unanswered) return error.message;
      if (error instanceof $ZodError) return "an answer that cannot be read";
      const {response: response} = error;
      if (void 0 !== response) return `HTTP ${response.status}`;
      const proxyError = proxyErrorIn(error);
      return void 0 === proxyError ? "no answer" : `no answer through the proxy ${proxyError.message}`;
     }(error));
    }
   }, get = function({apiUrl: apiUrl, token: token, limitMs: limitMs, proxies: proxies}) {
    const over = AbortSignal.timeout(Math.max(0, Math.floor(limitMs))), silent = {
     debug() {},
     info() {},
     warn() {},
     error() {}
    }, octokit = __nccwpck_require__.e(215).then(__nccwpck_require__.bind(__nccwpck_require__, 215)).then(async ({getOctokit: getOctokit}) => {
     if (void 0 === token) throw new Unanswered("github_token is empty");
     return getOctokit(token, {
      baseUrl: apiUrl,
      log: silent,
      userAgent: `capture-client-action/${version_version}`,
      request: {
       fetch: await openFetch(apiUrl, proxies)
      }
     });
    });
    return octokit.catch(() => {}), async (path, parameters = {}) => {
     const signal = AbortSignal.any([ over, AbortSignal.timeout(longestAnswerMs) ]), {request: request} = await octokit, {data: data} = await request(`GET /repos/{owner}/{repo}${path}`, {
      ...parameters,
      request: {
       signal: signal
      }
     });
     return data;
    };
   }(access), names = new Map, repositories = once(labels.map(({repository: repository}) => repository), repositoryKey);
   await sideBySide(repositories, async repository => {
    const name = await answer(repository, () => async function(repository, own, get) {
     if (isSameRepository(repository, own)) return own.name;
     const {id: id, full_name: full_name} = parse_parse(github_repositorySchema(), await get("", ownerAndName(repository.name)));
     if (String(id) === repository.id) return full_name;
     throw new Unanswered("another repository has the name now");
    }(repository, access.own, get));
    names.set(repositoryKey(repository), name);
   });
   const states = new Map;
   return await sideBySide(once(labels, subjectKey), async label => {
    const name = names.get(repositoryKey(label.repository));
    if (void 0 === name) return;
    const state = await answer(label.repository, () => async function(name, {purpose: purpose}, get) {
     const place = ownerAndName(name);
     if ("pull_request" === purpose.lifetime) {
      const number = String(purpose.pullRequest), {state: state} = parse_parse(github_pullRequestSchema(), await get("/pulls/{number}", {
       ...place,
       number: number
      }));
      return "closed" === state ? "over" : "going on";
     }
     const run = await get("/actions/runs/{run}", {
      ...place,
      run: purpose.runId
     });
     return "completed" === parse_parse(runSchema(), run).status ? "over" : "going on";
    }(name, label, get));
    void 0 !== state && states.set(subjectKey(label), state);
   }), {
    stateOf: label => states.get(subjectKey(label)) ?? "unknown",
    unread: unread.size,
    causes: [ ...causes ]
   };
  }
  async function openFetch(apiUrl, proxies) {
   if (isLoopback(new URL(apiUrl).hostname) || !(0, proxy.jL)(proxies)) return fetch;
   const {openProxies: openProxies} = await __nccwpck_require__.e(339).then(__nccwpck_require__.bind(__nccwpck_require__, 339)), {default: Dispatcher1Wrapper} = await __nccwpck_require__.e(867).then(__nccwpck_require__.t.bind(__nccwpck_require__, 867, 19)), dispatcher = new Dispatcher1Wrapper(openProxies(proxies));
   return (input, init) => fetch(input, {
    ...init,
    dispatcher: dispatcher
   });
  }
  function ownerAndName(name) {
   const {owner: owner, repo: repo} = /^(?<owner>[\w-]+)\/(?<repo>(?!\.+$)[\w.-]+)$/.exec(name)?.groups ?? {};
   if (void 0 === owner || void 0 === repo) throw new Unanswered("a name that no repository has");
   return {
    owner: owner,
    repo: repo
   };
  }
  function proxyErrorIn(error) {
   if (error instanceof Error) return error instanceof proxy.T6 ? error : proxyErrorIn(error.cause);
  }
  function repositoryKey({id: id, name: name}) {
   return `${id} ${name}`;
  }
  function subjectKey({repository: repository, purpose: purpose}) {
   const subject = "pull_request" === purpose.lifetime ? `#${purpose.pullRequest}` : `run ${purpose.runId}`;
   return `${repositoryKey(repository)} ${subject}`;
  }
  function once(all, keyOf) {
   return [ ...new Map(all.toReversed().map(one => [ keyOf(one), one ])).values() ].toReversed();
  }
  async function sideBySide(all, act) {
   const rest = all.values();
   await Promise.all(Array.from({
    length: questionsAtOnce
   }, async () => {
    for (const one of rest) await act(one);
   }));
  }
  function parseRepositories(text) {
   const repositories = splitList(text), wrong = repositories.filter(one => !/^[\w-]+\/(?:[\w.-]+|\*)$/.test(one));
   if (0 === wrong.length && repositories.length > 0) return repositories;
   const given = 0 === wrong.length ? "nothing" : wrong.map(one => `"${one}"`).join(", ");
   throw new RangeError(`names ${given}; it takes owner/name or owner/*, separated by commas or newlines`);
  }
  function reportOne({client: client, reason: reason, result: result}) {
   const {repository: repository, purpose: purpose, name: name, expiresAt: expiresAt} = client.label;
   return {
    client_id: client.clientId,
    repository: repository.name,
    repository_id: repository.id,
    lifetime: purpose.lifetime,
    ..."pull_request" === purpose.lifetime ? {
     pull_request: purpose.pullRequest
    } : {
     run_id: purpose.runId
    },
    name: name,
    expires_at: formatTime(expiresAt),
    reason: reason,
    result: result
   };
  }
  const mostLines = 100, mostFailures = 8, results = {
   deleted: "deleted",
   would_delete: "would be deleted",
   kept: "kept",
   failed: "failed"
  }, reasons = {
   expired: "expired",
   pull_request_closed: "the pull request is closed",
   run_completed: "the run is over",
   pull_request_open: "the pull request is open",
   run_not_completed: "the run is not over",
   state_unknown: "not expired, and GitHub could not be asked",
   label_changed: "renewed or relabelled during the sweep"
  };
  function count(swept) {
   const counts = {
    deleted: 0,
    would_delete: 0,
    kept: 0,
    failed: 0
   };
   for (const {result: result} of swept) counts[result] += 1;
   return counts;
  }
  function sweep_report_describe({client: {clientId: clientId, label: label}, reason: reason}) {
   const {repository: repository, name: name, expiresAt: expiresAt} = label;
   return `client ${clientId}: ${repository.name} ${formatPurpose(label.purpose)}, name ${name}, until ${formatTime(expiresAt)}; ${reasons[reason]}`;
  }
  async function sweep_main() {
   const env = process.env, log = openLog();
   await runStep(env, log, async ({source: source, context: context, outputFile: outputFile}) => {
    const {capture: access, githubToken: token, scope: scope, dryRun: dryRun} = function(source, context) {
     const reader = new Reader(source, "sweep"), capture = readCapture(reader, context), rest = {
      githubToken: reader.read("github_token", text => text),
      scope: {
       own: context.repository,
       repositories: reader.read("repositories", parseRepositories)
      },
      dryRun: reader.read("dry_run", parseBoolean) ?? !1
     };
     return reader.finish(capture && {
      capture: capture,
      ...rest
     });
    }(source, context), {timeoutMs: timeoutMs} = access, apiUrl = context_required(env, "GITHUB_API_URL");
    let github;
    remarkOnDomain(access.domain, log);
    const swept = await withCapture({
     access: access,
     timeoutMs: timeoutMs,
     context: context,
     env: env,
     log: log
    }, ({capture: capture, captureOnce: captureOnce, sleep: sleep, budget: budget}) => async function(scope, dryRun, collaborators) {
     const {capture: capture, now: now, ask: ask} = collaborators, {picked: picked, total: total} = await capture.listClients(pickLabelled(label => function({repository: repository}, {own: own, repositories: repositories}) {
      const isOwn = isSameRepository(repository, own);
      if (void 0 === repositories) return isOwn;
      if (repository.host !== own.host) return !1;
      const name = foldName((isOwn ? own : repository).name);
      if (void 0 === name) return !1;
      const isNamed = isOwn || name !== foldName(own.name), [owner = ""] = name.split("/"), names = [ `${owner}/*`, ...isNamed ? [ name ] : [] ];
      return repositories.some(one => names.includes(one.toLowerCase()));
     }(label, scope))), freshUntil = now() + freshMs, unexpired = picked.filter(client => !(({label: label}) => label.expiresAt <= now())(client)).map(({label: label}) => label), stateOf = 0 === unexpired.length ? void 0 : await ask(unexpired), judged = picked.map(client => ({
      client: client,
      reason: judge(client.label, now(), stateOf?.(client.label) ?? "unknown")
     })), doomed = judged.filter(({reason: reason}) => isOver(reason)), kept = judged.filter(({reason: reason}) => !isOver(reason)), removed = dryRun ? doomed.map(one => ({
      ...one,
      result: "would_delete"
     })) : await async function(doomed, freshUntil, collaborators) {
      const {captureOnce: captureOnce, deadline: deadline, pace: pace, now: now, sleep: sleep} = collaborators, swept = [], progress = function(all, {pace: pace, now: now, info: info}) {
       let deleted = 0, failed = 0, told = {
        count: 0,
        at: now()
       };
       return isDeleted => {
        isDeleted ? deleted += 1 : failed += 1;
        const count = deleted + failed;
        count - told.count < progressEvery.count && now() - told.at < progressEvery.ms || (told = {
         count: count,
         at: now()
        }, info(`${deleted} of ${all} deleted, ${failed} failed; ${pace.atOnce} at a time.`));
       };
      }(doomed.length, collaborators), settle = (one, failure) => {
       swept.push(void 0 === failure ? {
        ...one,
        result: "deleted"
       } : {
        ...one,
        result: "failed",
        failure: failure
       }), progress(void 0 === failure);
      };
      let queue = doomed.map(subject => ({
       subject: subject
      }));
      for (let end = freshUntil; ;end = now() + freshMs) {
       await workThrough(queue, Math.min(end, deadline), ({client: client}) => removeClient(captureOnce, client), settle, collaborators);
       const next = Math.max(now(), pace.pausedUntil);
       if (0 === queue.length || next >= deadline) break;
       await sleep(next - now()), queue = await refresh(queue, settle, one => swept.push(one), collaborators);
      }
      for (const {subject: subject, failure: failure} of queue) swept.push({
       ...subject,
       result: "failed",
       failure: failure
      });
      return swept;
     }(doomed, freshUntil, collaborators);
     return {
      swept: [ ...removed, ...kept.map(one => ({
       ...one,
       result: "kept"
      })) ],
      total: total
     };
    }(scope, dryRun, {
     capture: capture,
     captureOnce: captureOnce,
     pace: new Pace(Math.random),
     deadline: Date.now() + budget.remainingMs() - shortestAttemptMs,
     now: Date.now,
     sleep: sleep,
     info: log.info,
     async ask(labels) {
      const limitMs = budget.attemptMs();
      return github = await askGitHub(labels, {
       apiUrl: apiUrl,
       token: token,
       own: scope.own,
       proxies: readProxies(env),
       limitMs: limitMs
      }), github.stateOf;
     }
    }));
    setOutputs(outputFile, function({swept: swept}) {
     const counts = count(swept);
     return {
      deleted: String(counts.deleted),
      kept: String(counts.kept + counts.would_delete),
      failed: String(counts.failed),
      report: JSON.stringify(swept.map(reportOne))
     };
    }(swept)), function(title, table, log) {
     const {header: header, rows: rows, footer: footer} = table;
     write("Capture API clients swept", log, () => {
      summary.addTable([ header.map(head), ...rows.map(row => row.map(escapeHtml)) ]), 
      void 0 !== footer && summary.addRaw(escapeHtml(footer), !0);
     });
    }(0, function({swept: swept}) {
     const rows = [ "failed", "deleted", "would_delete", "kept" ].flatMap(wanted => swept.filter(({result: result}) => result === wanted)), more = rows.length - mostLines;
     return {
      header: [ "Client id", "Repository", "For", "Name", "Expires", "Result", "Reason" ],
      rows: rows.slice(0, mostLines).map(({client: {clientId: clientId, label: label}, reason: reason, result: result}) => [ clientId, harmless(label.repository.name), formatPurpose(label.purpose), harmless(label.name), formatTime(label.expiresAt), results[result], reasons[reason] ]),
      ...more > 0 ? {
       footer: `And ${more} more; the output report has them all.`
      } : {}
     };
    }(swept), log), function({swept: swept, total: total}, context, log) {
     const {host: host, dryRun: dryRun, timeoutMs: timeoutMs, github: github} = context, going = swept.filter(({result: result}) => "deleted" === result || "would_delete" === result);
     for (const one of going.slice(0, mostLines)) log.info(`${dryRun ? "Would delete" : "Deleted"} ${sweep_report_describe(one)}.`);
     going.length > mostLines && log.info(`\u2026 and ${going.length - mostLines} more; the output report has them all.`);
     const {deleted: deleted, kept: kept, failed: failed, would_delete: would_delete} = count(swept), counts = dryRun ? `${would_delete} would go, ${kept} kept; dry_run, so nothing was deleted.` : `${deleted} deleted, ${failed} failed, ${kept} kept.`;
     log.info(`Sweep: ${counts} (${total} clients at ${host}.)${function(github) {
      return void 0 === github || 0 === github.unread ? "" : ` GitHub could not be read for ${github.unread} ${1 === github.unread ? "repository" : "repositories"} (${github.causes.join(", ")}; the token needs actions: read and pull-requests: read); those went by expiry alone.`;
     }(github)}`);
     const failures = swept.filter(({result: result}) => "failed" === result);
     failures.length > 0 && log.fail(...failures.slice(0, mostFailures).map(one => function({client: client, failure: failure}, timeoutMs) {
      const why = failure?.message ?? `The time was up before its turn (timeout ${timeoutMs / 1e3}s).`, works = void 0 === failure || "none" === failure.details.effect ? "still works" : "may still work";
      return `Could not delete client ${client.clientId}; it ${works}. ${why}`;
     }(one, timeoutMs)), `${failed} of ${failed + deleted} clients at ${host} should be gone and may not be. The next sweep tries again; or run the delete action with a client_id.`);
    }(swept, {
     host: access.domain.host,
     dryRun: dryRun,
     timeoutMs: timeoutMs,
     github: github
    }, log);
   });
  }
  async function unseal_main() {
   const log = openLog();
   await runStep(process.env, log, async ({source: source, context: context, outputFile: outputFile}) => {
    const {sealedCredentials: sealedCredentials, sealKey: sealKey} = function(source, context) {
     const reader = new Reader(source, "unseal"), sealedCredentials = reader.read("sealed_credentials", text => text), sealKey = reader.read("seal_key", parseSealKey);
     void 0 === sealedCredentials && reader.mistakes.push("sealed_credentials is empty. Does the job that creates the client list it under its outputs, from steps.ID.outputs.sealed_credentials with the id of the create step, had that step a seal_key, and does this job name that job under needs?"), 
     reader.isGiven("seal_key") || reader.mistakes.push(emptySecrets([ "seal_key" ], context));
     const inputs = void 0 !== sealedCredentials && void 0 !== sealKey && {
      sealedCredentials: sealedCredentials,
      sealKey: sealKey
     };
     return reader.finish(inputs || void 0, "Nothing was opened.");
    }(source, context), {id: repositoryId} = context.repository, unsealed = await async function(text, key, {repositoryId: repositoryId, now: now}) {
     const envelope = function(text) {
      const parts = text.split(".");
      if (text.length > longestText || 5 !== parts.length) throw new SealError("sealed_credentials is not a sealed text: that has five parts between dots. Hand on the output sealed_credentials of the create action as it is.");
      if (!parts.every(isCanonical)) throw new SealError("sealed_credentials was changed on the way: it is not base64url as it was written. Hand on the output as it is.");
      const header = headerSchema().safeParse(sealing_parseJson(Buffer.from(parts[0] ?? "", "base64url")));
      if (!header.success) throw new SealError(fromAnotherVersion);
      const {repository_id: repository_id, run_attempt: run_attempt, exp: exp, p2c: p2c} = header.data;
      if (p2c > iterations) throw new SealError(`sealed_credentials asks for ${p2c} rounds of key derivation; this action seals with ${iterations}. It was changed on the way, or sealed by another version: use one version in all jobs.`);
      return {
       repositoryId: repository_id,
       runAttempt: run_attempt,
       expiresAt: 1e3 * exp
      };
     }(text);
     if (envelope.repositoryId !== repositoryId) throw new SealError(`sealed_credentials was sealed in the repository with the id ${envelope.repositoryId}, and this is ${repositoryId}; it opens nowhere else. Create a client in this repository.`);
     if (envelope.expiresAt <= now) throw new SealError(`sealed_credentials expired at ${formatTime(envelope.expiresAt)}, and its client with it. Re-run all jobs, with a longer expires_in if the run takes that long.`);
     return {
      ...await sealing_open(text, key),
      ...envelope
     };
    }(sealedCredentials, sealKey, {
     repositoryId: repositoryId,
     now: Date.now()
    });
    log.mask(unsealed), setOutputs(outputFile, function({clientId: clientId, clientSecret: clientSecret, captureDomain: captureDomain}) {
     return {
      client_id: clientId,
      client_secret: clientSecret,
      capture_domain: captureDomain
     };
    }(unsealed)), function({clientId: clientId, captureDomain: captureDomain, expiresAt: expiresAt, runAttempt: runAttempt}, context, log) {
     log.info(`Opened the credentials of client ${clientId} at ${captureDomain}; it expires at ${formatTime(expiresAt)}.`), 
     runAttempt !== context.runAttempt && log.warning(`These credentials are from attempt ${runAttempt} of this run, and this is attempt ${context.runAttempt}: re-running failed jobs alone hands on what an earlier attempt made, and client ${clientId} may be gone. If Capture refuses it, re-run all jobs.`);
    }(unsealed, context, log);
   });
  }
  config({
   jitless: !0
  });
 })(), module.exports = __webpack_exports__;
})();
