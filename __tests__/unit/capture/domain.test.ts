import { describe, expect, test } from '@jest/globals';
import { isLoopback, isVendorDomain, parseCaptureDomain } from '../../../src/capture/domain.ts';

describe('a Capture domain', () => {
  test.each([
    ['example.janraincapture.com', 'https://example.janraincapture.com/'],
    ['https://example.janraincapture.com', 'https://example.janraincapture.com/'],
    ['example.janraincapture.com:443', 'https://example.janraincapture.com/'],
    ['login.example.org:8443', 'https://login.example.org:8443/'],
    ['http://localhost:8080', 'http://localhost:8080/'],
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080/'],
    ['http://[::1]:8080', 'http://[::1]:8080/'],
    ['https://localhost', 'https://localhost/'],
  ])('may be %s', (text, href) => {
    expect(parseCaptureDomain(text).href).toBe(href);
  });

  test.each([
    ['', "isn't a host name or https URL"],
    ['two hosts', "isn't a host name or https URL"],
    ['example.com\n', "isn't a host name or https URL"],
    ['https://', "isn't a host name or https URL"],
    ['file:///etc/hosts', "isn't a host name or https URL"],
    ['https://user@example.com', 'user name, password, path'],
    ['https://:word@example.com', 'user name, password, path'],
    ['example.com/clients', 'user name, password, path'],
    ['example.com?', 'user name, password, path'],
    ['example.com#', 'user name, password, path'],
    ['example.com\\', 'user name, password, path'],
    ['http://example.janraincapture.com', 'expose the owner secret'],
    ['http://localhost.example.com', 'expose the owner secret'],
    ['http://127.0.0.1.example.com', 'expose the owner secret'],
    ['http://10.0.0.1', 'expose the owner secret'],
    ['ftp://localhost', "isn't an https URL"],
    ['ftp://example.com', "isn't an https URL"],
  ])('may not be %j', (text, fault) => {
    expect(() => parseCaptureDomain(text)).toThrow(RangeError);
    expect(() => parseCaptureDomain(text)).toThrow(fault);
  });

  test('is rejected without quoting the password in it', () => {
    expect(() => parseCaptureDomain('https://user:hush@example.com')).toThrow(/^(?!.*hush)/s);
  });
});

describe('the machine itself', () => {
  test.each(['localhost', '[::1]', '127.0.0.1', '127.255.10.30'])('is %s', (hostname) => {
    expect(isLoopback(hostname)).toBe(true);
  });

  test.each([
    'localhost.example.com',
    'notlocalhost',
    '127.0.0.1.example.com',
    'x127.0.0.1',
    '127.0.0',
    '128.0.0.1',
    '[::2]',
    '',
  ])('is not %j', (hostname) => {
    expect(isLoopback(hostname)).toBe(false);
  });
});

describe("the vendor's own domains", () => {
  test.each([
    ['example.janraincapture.com', true],
    ['example.us-dev.janraincapture.com', true],
    ['example.capture.cn.janrain.com', true],
    ['janraincapture.com', false],
    ['evil-janraincapture.com', false],
    ['example.janraincapture.com.evil.org', false],
    ['login.example.org', false],
  ])('%s: %s', (hostname, expected) => {
    expect(isVendorDomain(hostname)).toBe(expected);
  });
});
