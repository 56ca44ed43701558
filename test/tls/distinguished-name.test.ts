import { X509Certificate } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { subjectName } from '../../src/tls/distinguished-name.ts'
import { madeCertificate } from './certificates.ts'

/** A certificate with nothing in it but this name. */
function certificateOf(nameHex: string): Buffer {
  const empty = sequence()
  const integer = Buffer.from('020101', 'hex')
  const name = Buffer.from(nameHex, 'hex')
  return sequence(sequence(integer, empty, empty, empty, name))
}

function sequence(...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const length = content.length < 128 ? [content.length] : [0x81, content.length]
  return Buffer.concat([Buffer.from([0x30, ...length]), content])
}

/** In DER, and what Java 17 makes of it (X500Principal.getName). */
const names: readonly [string, string][] = [
  [
    '3058310b3009060355040613024445310b3009060355040813024245310f300d060355040713064265726c696e' +
      '310c300a060355040a13034f7267310d300b060355040b13045465616d310e300c06035504031305616c696365',
    'CN=alice,OU=Team,O=Org,L=Berlin,ST=BE,C=DE',
  ],
  [
    '301f311d301b06035504030c14612c20622b6322645c653c663e673b683d69236a',
    String.raw`CN=a\, b\+c\"d\\e\<f\>g\;h=i#j`,
  ],
  ['3010310e300c06035504030c05236c656164', String.raw`CN=\#lead`],
  ['30123110300e0603550403130720737061636520', String.raw`CN=\ space\ `],
  [
    '3022310a300806035504031301783114301206092a864886f70d01090116056140622e63',
    '1.2.840.113549.1.9.1=#16056140622e63,CN=x',
  ],
  [
    '302e31133011060a0992268993f22c6401191603636f6d31173015060a0992268993f22c640119160765' +
      '78616d706c65',
    'DC=example,DC=com',
  ],
  ['3021310c300a060355040913037320743111300f060a0992268993f22c640101130175', 'UID=u,STREET=s t'],
  ['30163114301206035504030c0b5a6fc3ab20e697a5e69cac', 'CN=Zoë 日本'],
  ['3022310a3008060355040a1301633114300806035504031301613008060355040b130162', 'CN=a+OU=b,O=c'],
  ['300c310a30080603550405130171', '2.5.4.5=#130171'],
  ['300b3109300706035504031300', 'CN='],
  ['3000', ''],
  ['300f310d300b060355040a130461202062', 'O=a  b'],
  ['300f310d300b06035504030c0461002062', String.raw`CN=a\00 b`],
  ['300d310b3009060355040312023132', 'CN=#12023132'],
  ['300d310b300906035504030c020d41', 'CN=\\\rA'],
]

describe('subjectName', () => {
  it.each(names)('writes %s as Java does', (hex, text) => {
    expect(subjectName(certificateOf(hex))).toBe(text)
  })

  it('finds the name in a real certificate', async () => {
    const { certificate } = await madeCertificate('CN=alice,OU=Team')
    expect(subjectName(new X509Certificate(certificate).raw)).toBe('CN=alice,OU=Team')
  })

  it('is read whatever the serial number of the certificate is', async () => {
    for (const serialNumber of ['0000', '007f', '00ff', 'ff00']) {
      const { certificate } = await madeCertificate('CN=alice', { serialNumber })
      const { raw, serialNumber: read } = new X509Certificate(certificate)
      expect(read).toBe(`01${serialNumber}`.toUpperCase())
      expect(subjectName(raw)).toBe('CN=alice')
    }
  })

  it('refuses what is cut off at any place', () => {
    const whole = certificateOf(names[0]![0])
    for (let length = 0; length < whole.length; length++) {
      expect(() => subjectName(whole.subarray(0, length))).toThrow(RangeError)
    }
  })
})
