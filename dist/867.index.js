"use strict";

exports.id = 867, exports.ids = [ 867 ], exports.modules = {
 867: (module, __unused_webpack_exports, __webpack_require__) => {
  const Dispatcher = __webpack_require__(716), {InvalidArgumentError: InvalidArgumentError} = __webpack_require__(92), {toRawHeaders: toRawHeaders} = __webpack_require__(203), {kOriginless: kOriginless, kUrl: kUrl} = __webpack_require__(478);
  class LegacyHandlerWrapper {
   #handler;
   constructor(handler) {
    this.#handler = handler;
   }
   onRequestStart(controller, context) {
    this.#handler.onConnect?.(reason => controller.abort(reason), context);
   }
   onRequestUpgrade(controller, statusCode, headers, socket) {
    const rawHeaders = Array.isArray(controller?.rawHeaders) ? controller.rawHeaders : toRawHeaders(controller?.rawHeaders ?? headers ?? {});
    this.#handler.onUpgrade?.(statusCode, rawHeaders, socket);
   }
   onResponseStart(controller, statusCode, headers, statusMessage) {
    const rawHeaders = Array.isArray(controller?.rawHeaders) ? controller.rawHeaders : toRawHeaders(controller?.rawHeaders ?? headers ?? {});
    !1 === this.#handler.onHeaders?.(statusCode, rawHeaders, () => controller.resume(), statusMessage) && controller.pause();
   }
   onResponseData(controller, chunk) {
    !1 === this.#handler.onData?.(chunk) && controller.pause();
   }
   onResponseEnd(controller, trailers) {
    const rawTrailers = Array.isArray(controller?.rawTrailers) ? controller.rawTrailers : toRawHeaders(controller?.rawTrailers ?? trailers ?? {});
    this.#handler.onComplete?.(rawTrailers);
   }
   onResponseError(_controller, err) {
    if (!this.#handler.onError) throw err;
    this.#handler.onError(err);
   }
   onBodySent(chunk) {
    this.#handler.onBodySent?.(chunk);
   }
   onRequestSent() {
    this.#handler.onRequestSent?.();
   }
   onResponseStarted() {
    this.#handler.onResponseStarted?.();
   }
  }
  class Dispatcher1Wrapper extends Dispatcher {
   #dispatcher;
   constructor(dispatcher) {
    if (super(), !dispatcher || "function" != typeof dispatcher.dispatch) throw new InvalidArgumentError("Argument dispatcher must implement dispatch");
    this.#dispatcher = dispatcher, this[kUrl] = dispatcher[kUrl], this[kOriginless] = dispatcher[kOriginless];
   }
   static wrapHandler(handler) {
    if (!handler || "object" != typeof handler) throw new InvalidArgumentError("handler must be an object");
    return "function" == typeof handler.onRequestStart ? handler : new LegacyHandlerWrapper(handler);
   }
   dispatch(opts, handler) {
    return !1 !== opts.allowH2 && (opts = {
     ...opts,
     allowH2: !1
    }), this.#dispatcher.dispatch(opts, Dispatcher1Wrapper.wrapHandler(handler));
   }
   get webSocketOptions() {
    return this.#dispatcher.webSocketOptions;
   }
   get eventSourceOptions() {
    return this.#dispatcher.eventSourceOptions;
   }
   close(...args) {
    return this.#dispatcher.close(...args);
   }
   destroy(...args) {
    return this.#dispatcher.destroy(...args);
   }
  }
  module.exports = Dispatcher1Wrapper;
 }
};
