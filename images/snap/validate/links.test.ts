import t from 'tap';
import { complaintOf } from '../testing.ts';
import { checkLinks, checkLinksKey } from './links.ts';

const complaint = (...links: readonly string[]) => complaintOf(() => checkLinks(new Map([['contact', links]])));

t.test('A link is an address of the web or of mail', async (t) => {
  const good = [
    'https://example.com',
    'HTTP://example.com:80/a?b=%zz#c',
    'http://user:pw@[::1]:8080/x',
    'https://例え.jp/%E4',
    'http:opaque',
    'mailto:me@example.com',
    'me@example.com',
    'me and@you',
  ];
  t.equal(complaint(...good), undefined);
  const bad: readonly [link: string, said: string][] = [
    ['', 'empty "contact" link'],
    ['example.com', 'invalid "contact" email address "example.com"'],
    ['mailto:me', 'invalid "contact" email address "mailto:me"'],
    [
      'ftp://example.com',
      '"contact" link must have one of http|https schemes or it must be an email address: "ftp://example.com"',
    ],
    [':x', 'invalid "contact" link ":x"'],
    ['1a:b', 'invalid "contact" link "1a:b"'],
    ['http://exa mple.com', 'invalid "contact" link "http://exa mple.com"'],
    ['http://example.com:http', 'invalid "contact" link "http://example.com:http"'],
    ['http://example.com/%zz', 'invalid "contact" link "http://example.com/%zz"'],
    ['http://example.com/#%z', 'invalid "contact" link "http://example.com/#%z"'],
    ['http://[::1', 'invalid "contact" link "http://[::1"'],
    ['http://us er@example.com', 'invalid "contact" link "http://us er@example.com"'],
    ['http://example.com\n', 'invalid "contact" link "http://example.com\\n"'],
  ];
  for (const [link, said] of bad) t.equal(complaint(link), `bad-link: ${said}`, link);
  t.equal(complaint(), 'bad-link: "contact" links cannot be specified and empty');
});

t.test('A key of links', async (t) => {
  for (const key of ['contact', 'a', 'source-code', 'X1'])
    t.equal(
      complaintOf(() => checkLinksKey(key)),
      undefined,
      key,
    );
  for (const key of ['1a', 'a--b', 'a-', 'a_b']) {
    t.equal(
      complaintOf(() => checkLinksKey(key)),
      `bad-link: links key is invalid: ${key}`,
    );
  }
});
