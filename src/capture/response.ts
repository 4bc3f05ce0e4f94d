import { tryTo } from '../errors.ts';
import type { HttpResponse } from './transport.ts';

export type Json = Readonly<Record<string, unknown>>;

/** Returns what was asked for, or undefined if something is missing. */
export type Parse<T> = (json: Json) => T | undefined;

/** Undefined if the body isn't JSON. Without the reason, which would quote it. */
export function parseJson({ body }: HttpResponse): unknown {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  return tryTo(() => JSON.parse(decoder.decode(body)));
}

export function isSuccessful({ status }: HttpResponse): boolean {
  return Math.floor(status / 100) === 2;
}

/** @returns undefined for everything but a success with what was asked for */
export function parseSuccess<T>(response: HttpResponse, parse: Parse<T>): T | undefined {
  const json = Object(parseJson(response));
  return isSuccessful(response) && json.stat === 'ok' ? parse(json) : undefined;
}
