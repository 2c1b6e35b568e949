import t from 'tap';
import { boundaryOf, type FormLimits, MultipartError, readForm } from './multipart.ts';

const form = [
  '--XX\r\nContent-Disposition: form-data; name="action"\r\n\r\ninstall\r\n',
  '--XX\r\nContent-Disposition: form-data; name="dangerous"\r\n\r\ntrue\r\n',
  '--XX\r\nContent-Disposition: form-data; name="empty"\r\n\r\n\r\n',
  '--XX\r\nContent-Disposition: form-data; name="snap"; filename="a \\"b\\".snap"\r\n',
  'Content-Type: application/octet-stream\r\n\r\nhsqs\r\n--X\r\n-XX\0\r\n',
  '--XX--\r\n',
].join('');

async function* inChunks(text: string, size: number) {
  const bytes = Buffer.from(text, 'latin1');
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(text: string, size = 1000, limits?: FormLimits) {
  const files: Record<string, string> = {};
  const fields = await readForm(
    inChunks(text, size),
    'XX',
    async ({ field, fileName, content }) => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of content) chunks.push(chunk);
      files[`${field}:${fileName}`] = Buffer.concat(chunks).toString('latin1');
    },
    limits,
  );
  return { fields: Object.fromEntries(fields), files };
}

t.test('a form reads the same wherever its chunks are cut', async (t) => {
  for (let size = 1; size <= form.length; size++) {
    const { fields, files } = await read(form, size);
    const same =
      fields['action'] === 'install' &&
      fields['dangerous'] === 'true' &&
      fields['empty'] === '' &&
      files['snap:a "b".snap'] === 'hsqs\r\n--X\r\n-XX\0';
    if (!same) t.fail(`chunks of ${size} bytes`, { fields, files });
  }
  t.pass('all chunk sizes');
});

t.test('a file part that nobody reads to its end is skipped', async (t) => {
  const seen: string[] = [];
  await readForm(
    inChunks(
      form.replace('XX--', 'XX\r\nContent-Disposition: form-data; name="snap"; filename="2"\r\n\r\nx\r\n--XX--'),
      7,
    ),
    'XX',
    async (file) => {
      seen.push(file.fileName);
    },
  );
  t.strictSame(seen, ['a "b".snap', '2']);
});

t.test('a malformed form is an error with a name', async (t) => {
  const cases: Record<string, readonly [string, string, FormLimits?]> = {
    'cut short in a file': ['cut-short', form.slice(0, -30)],
    'cut short in a header': ['cut-short', form.slice(0, 30)],
    'empty body': ['cut-short', ''],
    'no boundary at all': ['malformed', 'x'.repeat(20000)],
    'an endless header': ['malformed', `--XX\r\n${'h'.repeat(20000)}`],
    'a part without a name': ['malformed', '--XX\r\nContent-Disposition: form-data\r\n\r\nx\r\n--XX--\r\n'],
    'too much text': ['too-large', form, { textBytes: 8, parts: 64 }],
    'too many parts': ['too-large', form, { textBytes: 1000, parts: 3 }],
  };
  for (const [what, [code, text, limits]] of Object.entries(cases)) {
    await t.rejects(read(text, 1000, limits), { name: 'MultipartError', code }, what);
  }
  t.match(new MultipartError('malformed', 'x').message, /^cannot /);
});

t.test('the boundary comes from the content type', (t) => {
  const cases: readonly (readonly [string | undefined, string | undefined])[] = [
    ['multipart/form-data; boundary=abc', 'abc'],
    ['multipart/form-data;charset=utf-8; boundary="a b"', 'a b'],
    ['Multipart/Form-Data; Boundary=abc', 'abc'],
    ['application/json', undefined],
    ['multipart/form-data', undefined],
    [`multipart/form-data; boundary=${'x'.repeat(71)}`, undefined],
    [undefined, undefined],
  ];
  for (const [type, boundary] of cases) t.equal(boundaryOf(type), boundary, String(type));
  t.end();
});
