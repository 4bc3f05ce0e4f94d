exports.id = 339, exports.ids = [ 339 ], exports.modules = {
 231: (module, __unused_webpack_exports, __webpack_require__) => {
  "use strict";
  const {addAbortListener: addAbortListener} = __webpack_require__(203), {RequestAbortedError: RequestAbortedError} = __webpack_require__(92), kListener = Symbol("kListener"), kSignal = Symbol("kSignal");
  function abort(self) {
   self.abort ? self.abort(self[kSignal]?.reason) : self.reason = self[kSignal]?.reason ?? new RequestAbortedError, 
   removeSignal(self);
  }
  function removeSignal(self) {
   self[kSignal] && ("removeEventListener" in self[kSignal] ? self[kSignal].removeEventListener("abort", self[kListener]) : self[kSignal].removeListener("abort", self[kListener]), 
   self[kSignal] = null, self[kListener] = null);
  }
  module.exports = {
   addSignal: function(self, signal) {
    self.reason = null, self[kSignal] = null, self[kListener] = null, signal && (signal.aborted ? abort(self) : (self[kSignal] = signal, 
    self[kListener] = () => {
     abort(self);
    }, addAbortListener(self[kSignal], self[kListener])));
   },
   removeSignal: removeSignal
  };
 },
 939: (module, __unused_webpack_exports, __webpack_require__) => {
  "use strict";
  const assert = __webpack_require__(589), {AsyncResource: AsyncResource} = __webpack_require__(698), {InvalidArgumentError: InvalidArgumentError, SocketError: SocketError} = __webpack_require__(92), util = __webpack_require__(203), {addSignal: addSignal, removeSignal: removeSignal} = __webpack_require__(231);
  class ConnectHandler extends AsyncResource {
   constructor(opts, callback) {
    if (!opts || "object" != typeof opts) throw new InvalidArgumentError("invalid opts");
    if ("function" != typeof callback) throw new InvalidArgumentError("invalid callback");
    const {signal: signal, opaque: opaque, responseHeaders: responseHeaders} = opts;
    if (signal && "function" != typeof signal.on && "function" != typeof signal.addEventListener) throw new InvalidArgumentError("signal must be an EventEmitter or EventTarget");
    super("UNDICI_CONNECT"), this.opaque = opaque || null, this.responseHeaders = responseHeaders || null, 
    this.callback = callback, this.abort = null, addSignal(this, signal);
   }
   onRequestStart(controller, context) {
    this.reason ? controller.abort(this.reason) : (assert(this.callback), this.abort = reason => controller.abort(reason), 
    this.context = context);
   }
   onResponseStart() {
    throw new SocketError("bad connect", null);
   }
   onRequestUpgrade(controller, statusCode, headers, socket) {
    const {callback: callback, opaque: opaque, context: context} = this;
    removeSignal(this), this.callback = null;
    let responseHeaders = headers;
    const rawHeaders = controller?.rawHeaders;
    null != responseHeaders && (responseHeaders = "raw" === this.responseHeaders ? util.parseRawHeaders(rawHeaders) : headers), 
    this.runInAsyncScope(callback, null, null, {
     statusCode: statusCode,
     headers: responseHeaders,
     socket: socket,
     opaque: opaque,
     context: context
    });
   }
   onResponseError(_controller, err) {
    const {callback: callback, opaque: opaque} = this;
    removeSignal(this), callback && (this.callback = null, queueMicrotask(() => {
     this.runInAsyncScope(callback, null, err, {
      opaque: opaque
     });
    }));
   }
  }
  module.exports = function connect(opts, callback) {
   if (void 0 === callback) return new Promise((resolve, reject) => {
    connect.call(this, opts, (err, data) => err ? reject(err) : resolve(data));
   });
   try {
    const connectHandler = new ConnectHandler(opts, callback), connectOptions = {
     ...opts,
     method: "CONNECT"
    };
    this.dispatch(connectOptions, connectHandler);
   } catch (err) {
    if ("function" != typeof callback) throw err;
    const opaque = opts?.opaque;
    queueMicrotask(() => callback(err, {
     opaque: opaque
    }));
   }
  };
 },
 99: (module, __unused_webpack_exports, __webpack_require__) => {
  "use strict";
  const {InvalidArgumentError: InvalidArgumentError, MaxOriginsReachedError: MaxOriginsReachedError} = __webpack_require__(92), {kBusy: kBusy, kClients: kClients, kConnected: kConnected, kRunning: kRunning, kPending: kPending, kClose: kClose, kDestroy: kDestroy, kDispatch: kDispatch, kUrl: kUrl} = __webpack_require__(478), DispatcherBase = __webpack_require__(568), Pool = __webpack_require__(307), Client = __webpack_require__(193), util = __webpack_require__(203), kOnConnect = Symbol("onConnect"), kOnDisconnect = Symbol("onDisconnect"), kOnConnectionError = Symbol("onConnectionError"), kOnDrain = Symbol("onDrain"), kFactory = Symbol("factory"), kOptions = Symbol("options"), kOrigins = Symbol("origins");
  function defaultFactory(origin, opts) {
   return opts && 1 === opts.connections ? new Client(origin, opts) : new Pool(origin, opts);
  }
  module.exports = class extends DispatcherBase {
   constructor({factory: factory = defaultFactory, maxOrigins: maxOrigins = 1 / 0, connect: connect, tls: tls, ...options} = {}) {
    if ("function" != typeof factory) throw new InvalidArgumentError("factory must be a function.");
    if (null != connect && "function" != typeof connect && "object" != typeof connect) throw new InvalidArgumentError("connect must be a function or an object");
    if ("number" != typeof maxOrigins || Number.isNaN(maxOrigins) || maxOrigins <= 0) throw new InvalidArgumentError("maxOrigins must be a number greater than 0");
    super(options), connect && "function" != typeof connect && (connect = {
     ...connect
    }), tls && "function" != typeof tls && (tls = {
     ...tls
    }), this[kOptions] = {
     ...util.deepClone(options),
     maxOrigins: maxOrigins,
     connect: connect,
     tls: tls
    }, this[kFactory] = factory, this[kClients] = new Map, this[kOrigins] = new Set, 
    this[kOnDrain] = (origin, targets) => {
     this.emit("drain", origin, [ this, ...targets ]);
    }, this[kOnConnect] = (origin, targets) => {
     this.emit("connect", origin, [ this, ...targets ]);
    }, this[kOnDisconnect] = (origin, targets, err) => {
     this.emit("disconnect", origin, [ this, ...targets ], err);
    }, this[kOnConnectionError] = (origin, targets, err) => {
     this.emit("connectionError", origin, [ this, ...targets ], err);
    };
   }
   get [kRunning]() {
    let ret = 0;
    for (const dispatcher of this[kClients].values()) ret += dispatcher[kRunning];
    return ret;
   }
   [kDispatch](opts, handler) {
    let origin;
    if (!opts.origin || !("string" == typeof opts.origin || opts.origin instanceof URL)) throw new InvalidArgumentError("opts.origin must be a non-empty string or URL.");
    origin = String(opts.origin);
    const allowH2 = opts.allowH2 ?? this[kOptions].allowH2, key = !1 === allowH2 ? `${origin}#http1-only` : origin;
    if (this[kOrigins].size >= this[kOptions].maxOrigins && !this[kOrigins].has(origin)) throw new MaxOriginsReachedError;
    let dispatcher = this[kClients].get(key);
    if (!dispatcher) {
     dispatcher = this[kFactory](opts.origin, !1 === allowH2 ? {
      ...this[kOptions],
      allowH2: !1
     } : this[kOptions]);
     const closeClientIfUnused = () => {
      if (this[kClients].get(key) !== dispatcher) return;
      if (dispatcher[kConnected] > 0 || dispatcher[kBusy] || dispatcher[kPending] > 0) return;
      this[kClients].delete(key), dispatcher.destroyed || dispatcher.close();
      let hasOrigin = !1;
      for (const k of this[kClients].keys()) if (k === origin || k === `${origin}#http1-only`) {
       hasOrigin = !0;
       break;
      }
      hasOrigin || this[kOrigins].delete(origin);
     };
     dispatcher.on("drain", this[kOnDrain]).on("connect", this[kOnConnect]).on("disconnect", (origin, targets, err) => {
      closeClientIfUnused(), this[kOnDisconnect](origin, targets, err);
     }).on("connectionError", (origin, targets, err) => {
      closeClientIfUnused(), this[kOnConnectionError](origin, targets, err);
     }), this[kClients].set(key, dispatcher), this[kOrigins].add(origin);
    }
    return dispatcher.dispatch(opts, handler);
   }
   [kClose]() {
    const closePromises = [];
    for (const dispatcher of this[kClients].values()) closePromises.push(dispatcher.close());
    return this[kClients].clear(), Promise.all(closePromises);
   }
   [kDestroy](err) {
    const destroyPromises = [];
    for (const dispatcher of this[kClients].values()) destroyPromises.push(dispatcher.destroy(err));
    return this[kClients].clear(), Promise.all(destroyPromises);
   }
   get stats() {
    const allClientStats = {};
    for (const dispatcher of this[kClients].values()) dispatcher.stats && (allClientStats[dispatcher[kUrl].origin] = dispatcher.stats);
    return allClientStats;
   }
  };
 },
 258: (module, __unused_webpack_exports, __webpack_require__) => {
  "use strict";
  const DispatcherBase = __webpack_require__(568), {kClose: kClose, kDestroy: kDestroy, kClosed: kClosed, kDestroyed: kDestroyed, kDispatch: kDispatch, kNoProxyAgent: kNoProxyAgent, kHttpProxyAgent: kHttpProxyAgent, kHttpsProxyAgent: kHttpsProxyAgent} = __webpack_require__(478), ProxyAgent = __webpack_require__(553), Agent = __webpack_require__(99), DEFAULT_PORTS = {
   "http:": 80,
   "https:": 443
  };
  module.exports = class extends DispatcherBase {
   #noProxyValue=null;
   #noProxyEntries=null;
   #opts=null;
   constructor(opts = {}) {
    super(opts), this.#opts = opts;
    const {httpProxy: httpProxy, httpsProxy: httpsProxy, noProxy: noProxy, ...agentOpts} = opts;
    this[kNoProxyAgent] = new Agent(agentOpts);
    const HTTP_PROXY = httpProxy ?? process.env.http_proxy ?? process.env.HTTP_PROXY;
    this[kHttpProxyAgent] = HTTP_PROXY ? new ProxyAgent({
     ...agentOpts,
     uri: HTTP_PROXY
    }) : this[kNoProxyAgent];
    const HTTPS_PROXY = httpsProxy ?? process.env.https_proxy ?? process.env.HTTPS_PROXY;
    this[kHttpsProxyAgent] = HTTPS_PROXY ? new ProxyAgent({
     ...agentOpts,
     uri: HTTPS_PROXY
    }) : this[kHttpProxyAgent], this.#parseNoProxy();
   }
   [kDispatch](opts, handler) {
    const url = new URL(opts.origin);
    return this.#getProxyAgentForUrl(url).dispatch(opts, handler);
   }
   [kClose]() {
    return Promise.all([ this[kNoProxyAgent].close(), !this[kHttpProxyAgent][kClosed] && this[kHttpProxyAgent].close(), !this[kHttpsProxyAgent][kClosed] && this[kHttpsProxyAgent].close() ]);
   }
   [kDestroy](err) {
    return Promise.all([ this[kNoProxyAgent].destroy(err), !this[kHttpProxyAgent][kDestroyed] && this[kHttpProxyAgent].destroy(err), !this[kHttpsProxyAgent][kDestroyed] && this[kHttpsProxyAgent].destroy(err) ]);
   }
   #getProxyAgentForUrl(url) {
    let {protocol: protocol, host: hostname, port: port} = url;
    return hostname = hostname.replace(/:\d*$/, "").replace(/^\[(.+)\]$/, "$1").toLowerCase(), 
    hostname.length > 1 && 46 === hostname.charCodeAt(hostname.length - 1) && (hostname = hostname.slice(0, -1)), 
    port = Number.parseInt(port, 10) || DEFAULT_PORTS[protocol] || 0, this.#shouldProxy(hostname, port) ? "https:" === protocol ? this[kHttpsProxyAgent] : this[kHttpProxyAgent] : this[kNoProxyAgent];
   }
   #shouldProxy(hostname, port) {
    if (this.#noProxyChanged && this.#parseNoProxy(), 0 === this.#noProxyEntries.length) return !0;
    for (let i = 0; i < this.#noProxyEntries.length; i++) {
     const entry = this.#noProxyEntries[i];
     if ("*" === entry.hostname) {
      if (entry.port && entry.port !== port) continue;
      return !1;
     }
     if (!entry.port || entry.port === port) {
      if (!entry.wildcard && hostname === entry.hostname) return !1;
      if (hostname.slice(-(entry.hostname.length + 1)) === `.${entry.hostname}`) return !1;
     }
    }
    return !0;
   }
   #parseNoProxy() {
    const noProxyValue = this.#opts.noProxy ?? this.#noProxyEnv, noProxySplit = noProxyValue.split(/[,\s]/), noProxyEntries = [];
    for (let i = 0; i < noProxySplit.length; i++) {
     const entry = noProxySplit[i];
     if (!entry) continue;
     let hostname, port;
     const ipv6WithPort = entry.match(/^\[(.+)\]:(\d+)$/);
     if (ipv6WithPort) hostname = ipv6WithPort[1], port = Number.parseInt(ipv6WithPort[2], 10); else {
      const unbracketed = entry.replace(/^\[(.+)\]$/, "$1"), parsed = 1 === (unbracketed.match(/:/g) || []).length && unbracketed.match(/^(.+):(\d+)$/);
      hostname = parsed ? parsed[1] : unbracketed, port = parsed ? Number.parseInt(parsed[2], 10) : 0;
     }
     const wildcard = 42 === entry.charCodeAt(0);
     noProxyEntries.push({
      hostname: hostname.replace(/^\*?\./, "").replace(/^(.+)\.$/, "$1").toLowerCase(),
      port: port,
      wildcard: wildcard
     });
    }
    this.#noProxyValue = noProxyValue, this.#noProxyEntries = noProxyEntries;
   }
   get #noProxyChanged() {
    return void 0 === this.#opts.noProxy && this.#noProxyValue !== this.#noProxyEnv;
   }
   get #noProxyEnv() {
    return process.env.no_proxy ?? process.env.NO_PROXY ?? "";
   }
  };
 },
 553: (module, __unused_webpack_exports, __webpack_require__) => {
  "use strict";
  const {kProxy: kProxy, kClose: kClose, kDestroy: kDestroy, kDispatch: kDispatch} = __webpack_require__(478), Agent = __webpack_require__(99), Pool = __webpack_require__(307), DispatcherBase = __webpack_require__(568), {InvalidArgumentError: InvalidArgumentError, RequestAbortedError: RequestAbortedError, SecureProxyConnectionError: SecureProxyConnectionError, ProxyConnectionError: ProxyConnectionError} = __webpack_require__(92), buildConnector = __webpack_require__(657), Client = __webpack_require__(193), {channels: channels} = __webpack_require__(883), Socks5ProxyAgent = __webpack_require__(400), {hasSafeIterator: hasSafeIterator} = __webpack_require__(203), kAgent = Symbol("proxy agent"), kClient = Symbol("proxy client"), kProxyHeaders = Symbol("proxy headers"), kRequestTls = Symbol("request tls settings"), kProxyTls = Symbol("proxy tls settings"), kConnectEndpoint = Symbol("connect endpoint function"), kConnectEndpointHTTP1 = Symbol("connect endpoint function (http/1.1 only)"), kTunnelProxy = Symbol("tunnel proxy");
  function defaultFactory(origin, opts) {
   return new Pool(origin, opts);
  }
  const noop = () => {};
  function defaultAgentFactory(origin, opts) {
   return 1 === opts.connections ? new Client(origin, opts) : new Pool(origin, opts);
  }
  class Http1ProxyWrapper extends DispatcherBase {
   #client;
   #proxyServername;
   constructor(proxyUrl, {headers: headers = {}, connect: connect, factory: factory, proxyServername: proxyServername}) {
    if (!proxyUrl) throw new InvalidArgumentError("Proxy URL is mandatory");
    super(), this[kProxyHeaders] = headers, this.#proxyServername = proxyServername, 
    this.#client = factory ? factory(proxyUrl, {
     connect: connect
    }) : new Client(proxyUrl, {
     connect: connect
    });
   }
   [kDispatch](opts, handler) {
    const onResponseStart = handler.onResponseStart;
    handler.onResponseStart = function(controller, statusCode, data, statusMessage) {
     407 !== statusCode ? onResponseStart && onResponseStart.call(this, controller, statusCode, data, statusMessage) : "function" == typeof handler.onResponseError && handler.onResponseError(controller, new InvalidArgumentError("Proxy Authentication Required (407)"));
    };
    const {origin: origin, path: path = "/", headers: headers = {}} = opts;
    return opts.path = origin + path, opts.headers = {
     ...this[kProxyHeaders],
     ...headers
    }, hasHostHeader(headers) || (opts.headers.host = new URL(origin).host), null != this.#proxyServername && (opts.servername = this.#proxyServername), 
    this.#client[kDispatch](opts, handler);
   }
   [kClose]() {
    return this.#client.close();
   }
   [kDestroy](err) {
    return this.#client.destroy(err);
   }
  }
  function isProxyAuthorizationHeader(key) {
   return 19 === key.length && "proxy-authorization" === key.toLowerCase();
  }
  function hasHostHeader(headers) {
   for (const key in headers) if (4 === key.length && "host" === key.toLowerCase()) return !0;
   return !1;
  }
  function throwProxyAuthError() {
   throw new InvalidArgumentError("Proxy-Authorization should be sent in ProxyAgent constructor");
  }
  module.exports = class extends DispatcherBase {
   constructor(opts) {
    if (!opts || "object" == typeof opts && !(opts instanceof URL) && !opts.uri) throw new InvalidArgumentError("Proxy uri is mandatory");
    const {clientFactory: clientFactory = defaultFactory} = opts;
    if ("function" != typeof clientFactory) throw new InvalidArgumentError("Proxy opts.clientFactory must be a function.");
    const {proxyTunnel: proxyTunnel, connectTimeout: connectTimeout} = opts;
    super(opts);
    const url = this.#getUrl(opts), {href: href, origin: origin, port: port, protocol: protocol, username: username, password: password, hostname: proxyHostname} = url;
    if (this[kProxy] = {
     uri: href,
     protocol: protocol
    }, this[kRequestTls] = opts.requestTls, this[kProxyTls] = opts.proxyTls, this[kProxyHeaders] = opts.headers || {}, 
    this[kTunnelProxy] = proxyTunnel, opts.auth && opts.token) throw new InvalidArgumentError("opts.auth cannot be used in combination with opts.token");
    opts.auth ? this[kProxyHeaders]["proxy-authorization"] = `Basic ${opts.auth}` : opts.token ? this[kProxyHeaders]["proxy-authorization"] = opts.token : username && password ? this[kProxyHeaders]["proxy-authorization"] = `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString("base64")}` : username && (this[kProxyHeaders]["proxy-authorization"] = `Basic ${Buffer.from(`${decodeURIComponent(username)}:`).toString("base64")}`);
    const connect = buildConnector({
     timeout: connectTimeout,
     ...opts.proxyTls
    }), connectHTTP1 = buildConnector({
     timeout: connectTimeout,
     ...opts.proxyTls,
     allowH2: !1
    });
    this[kConnectEndpoint] = buildConnector({
     timeout: connectTimeout,
     ...opts.requestTls
    }), this[kConnectEndpointHTTP1] = buildConnector({
     timeout: connectTimeout,
     ...opts.requestTls,
     allowH2: !1
    });
    const agentFactory = opts.factory || defaultAgentFactory;
    this[kClient] = "socks5:" === protocol || "socks:" === protocol ? null : clientFactory(url, {
     connect: connect
    }), this[kAgent] = new Agent({
     ...opts,
     factory: (origin, options) => {
      const {protocol: protocol} = new URL(origin);
      if ("socks5:" === this[kProxy].protocol || "socks:" === this[kProxy].protocol) return new Socks5ProxyAgent(this[kProxy].uri, {
       headers: this[kProxyHeaders],
       connect: connect,
       factory: agentFactory,
       username: opts.username || username,
       password: opts.password || password,
       connectTimeout: connectTimeout,
       proxyTls: opts.proxyTls,
       requestTls: opts.requestTls
      });
      if (!function(requestProtocol, proxyTunnel) {
       return !0 === proxyTunnel || "http:" !== requestProtocol;
      }(protocol, this[kTunnelProxy])) {
       const forwardConnect = "https:" === this[kProxy].protocol ? (opts, cb) => connectHTTP1(opts, (err, socket) => {
        err && "ERR_TLS_CERT_ALTNAME_INVALID" === err.code ? cb(new SecureProxyConnectionError(err)) : cb(err, socket);
       }) : connectHTTP1;
       return new Http1ProxyWrapper(this[kProxy].uri, {
        headers: this[kProxyHeaders],
        connect: forwardConnect,
        factory: agentFactory,
        proxyServername: "https:" === this[kProxy].protocol ? this[kProxyTls]?.servername || proxyHostname : void 0
       });
      }
      return agentFactory(origin, options);
     },
     connect: async (opts, callback) => {
      if (!this[kClient]) return void callback(new InvalidArgumentError("Cannot establish tunnel connection without a proxy client"));
      let requestedPath = opts.host;
      opts.port || (requestedPath += `:${function(protocol) {
       return "https:" === protocol ? 443 : 80;
      }(opts.protocol)}`);
      try {
       const connectParams = {
        origin: origin,
        port: port,
        path: requestedPath,
        signal: opts.signal,
        headers: {
         ...this[kProxyHeaders],
         host: opts.host,
         ...null == opts.connections || opts.connections > 0 ? {
          "proxy-connection": "keep-alive"
         } : {}
        },
        servername: this[kProxyTls]?.servername || proxyHostname
       }, {socket: socket, statusCode: statusCode} = await this[kClient].connect(connectParams);
       if (200 !== statusCode) return socket.on("error", noop).destroy(), void callback(new RequestAbortedError(`Proxy response (${statusCode}) !== 200 when HTTP Tunneling`));
       if (channels.proxyConnected.hasSubscribers && channels.proxyConnected.publish({
        socket: socket,
        connectParams: connectParams
       }), "https:" !== opts.protocol) return void callback(null, socket);
       let servername;
       servername = this[kRequestTls] ? this[kRequestTls].servername : opts.servername, 
       (!1 === opts.allowH2 ? this[kConnectEndpointHTTP1] : this[kConnectEndpoint])({
        ...opts,
        servername: servername,
        httpSocket: socket
       }, callback);
      } catch (err) {
       "ERR_TLS_CERT_ALTNAME_INVALID" === err.code ? callback(new SecureProxyConnectionError(err)) : "UND_ERR_SOCKET" === err.code ? callback(new ProxyConnectionError(err)) : callback(err);
      }
     }
    });
   }
   dispatch(opts, handler) {
    let headers = function(headers) {
     if (Array.isArray(headers)) {
      const headersPair = {};
      for (let i = 0; i < headers.length; i += 2) isProxyAuthorizationHeader(headers[i]) && throwProxyAuthError(), 
      headersPair[headers[i]] = headers[i + 1];
      return headersPair;
     }
     if (headers && "object" == typeof headers && hasSafeIterator(headers)) {
      const headersPair = {};
      for (const [key, value] of headers) {
       if (!Object.hasOwn(headersPair, key)) {
        headersPair[key] = value;
        continue;
       }
       const previous = headersPair[key], values = [];
       void 0 !== previous && values.push(...Array.isArray(previous) ? previous : [ previous ]), 
       void 0 !== value && values.push(...Array.isArray(value) ? value : [ value ]), headersPair[key] = values.length > 1 ? values : values[0];
      }
      return headersPair;
     }
     return headers;
    }(opts.headers);
    return function(headers) {
     for (const key in headers) isProxyAuthorizationHeader(key) && throwProxyAuthError();
    }(headers), headers && !hasHostHeader(headers) && (headers === opts.headers && (headers = {
     ...headers
    }), headers.host = new URL(opts.origin).host), this[kAgent].dispatch({
     ...opts,
     headers: headers
    }, handler);
   }
   #getUrl(opts) {
    return "string" == typeof opts ? new URL(opts) : opts instanceof URL ? opts : new URL(opts.uri);
   }
   [kClose]() {
    const promises = [ this[kAgent].close() ];
    return this[kClient] && promises.push(this[kClient].close()), Promise.all(promises);
   }
   [kDestroy]() {
    const promises = [ this[kAgent].destroy() ];
    return this[kClient] && promises.push(this[kClient].destroy()), Promise.all(promises);
   }
  };
 },
 400: module => {
  module.exports = class {
   constructor() {
    throw new Error("SOCKS is left out of this bundle");
   }
  };
 },
 339: (__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {
  "use strict";
  __webpack_require__.d(__webpack_exports__, {
   openProxies: () => openProxies
  });
  var undici_lib_api_api_connect_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(939), undici_lib_dispatcher_dispatcher_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(716), undici_lib_dispatcher_env_http_proxy_agent_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(258), undici_lib_dispatcher_pool_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(307), _proxy_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(201);
  function openProxies(proxies, options = {}, onUse = () => {}) {
   return new undici_lib_dispatcher_env_http_proxy_agent_js__WEBPACK_IMPORTED_MODULE_2__({
    ...options,
    requestTls: options.connect ?? {},
    proxyTls: {
     ...options.connect,
     allowH2: !1
    },
    ...(0, _proxy_js__WEBPACK_IMPORTED_MODULE_4__.u_)(proxies),
    clientFactory(url, pool) {
     const proxy = function({protocol: protocol, hostname: hostname, port: port}) {
      return `${hostname}:${port || ("https:" === protocol ? 443 : 80)}`;
     }(url);
     return new undici_lib_dispatcher_pool_js__WEBPACK_IMPORTED_MODULE_3__(url, pool).compose(dispatch => (request, handler) => (onUse(proxy), 
     dispatch(request, function(proxy, handler) {
      let asked = !1;
      return {
       onRequestStart(controller, context) {
        asked = !0, handler.onRequestStart?.(controller, context);
       },
       onRequestUpgrade(controller, status, headers, socket) {
        if (200 === status) return handler.onRequestUpgrade?.(controller, status, headers, socket);
        socket.on("error", () => {}).destroy(), handler.onResponseError?.(controller, new _proxy_js__WEBPACK_IMPORTED_MODULE_4__.T6(proxy, asked, status));
       },
       onResponseError(controller, error) {
        handler.onResponseError?.(controller, new _proxy_js__WEBPACK_IMPORTED_MODULE_4__.T6(proxy, asked, void 0, (0, 
        _proxy_js__WEBPACK_IMPORTED_MODULE_4__.$N)(error)));
       }
      };
     }(proxy, handler))));
    }
   });
  }
  Object.assign(undici_lib_dispatcher_dispatcher_js__WEBPACK_IMPORTED_MODULE_1__.prototype, {
   connect: undici_lib_api_api_connect_js__WEBPACK_IMPORTED_MODULE_0__
  });
 }
};
