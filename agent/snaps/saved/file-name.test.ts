import t from 'tap';
import { checkFileName, fileNameOf, importMarkOf, markedSet, parseFileName } from './file-name.ts';

t.test('names of snapshot files', async (t) => {
  const names = [
    [{ set: 1, snap: 'app', version: '1.2', revision: '7' }, '1_app_1.2_7.zip'],
    [{ set: 16, snap: 'app_two', version: '1:2~rc+1', revision: 'x3' }, '16_app_two_1:2~rc+1_x3.zip'],
    [{ set: 999, snap: 'a-b-c', version: '0', revision: '123456' }, '999_a-b-c_0_123456.zip'],
  ] as const;
  for (const [name, file] of names) {
    t.equal(fileNameOf(name), file);
    t.strictSame(parseFileName(file), name);
    t.strictSame(checkFileName(file), name);
  }
});

t.test('other names are none', async (t) => {
  const others = [
    ...[
      '',
      '1_app.zip',
      'app_1.2_7.zip',
      '0_app_1.2_7.zip',
      '1_app_1.2_0.zip',
      '1_app_1.2_7.zip.~3~',
      '01_app_1.2_7.zip',
    ],
    ...['1_../etc_1.2_7.zip', '1_app_../../x_7.zip', '1_app_1/2_7.zip', '../1_app_1.2_7.zip', '1_app_1.2_7.ZIP'],
    ...['1_APP_1.2_7.zip', '1_app_1.2_y7.zip', '1_app__7.zip', '1_app_.1_7.zip', '1_app_1.2_7.zip\n', '1_-_1.2_7.zip'],
    ...[`1_app_${'1'.repeat(33)}_7.zip`, `${'9'.repeat(20)}_app_1.2_7.zip`],
  ];
  for (const file of others) {
    t.equal(parseFileName(file), undefined, JSON.stringify(file));
    t.throws(() => checkFileName(file), {
      code: 'not-a-snapshot',
      message: /^unexpected filename in import stream: "/,
    });
  }
});

t.test('the mark of an import', async (t) => {
  t.equal(importMarkOf(12), '12_importing');
  t.equal(markedSet('12_importing'), 12);
  for (const file of ['importing', '0_importing', '12_importing.zip', 'x12_importing'])
    t.equal(markedSet(file), undefined);
});
