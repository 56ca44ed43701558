import { describe, expect, it } from 'vitest'
import { parseClientMessage } from '../../../src/auth/oauthbearer/client-message.ts'
import { SaslFailure } from '../../../src/auth/sasl/mechanism.ts'

const parse = (text: string) => parseClientMessage(Buffer.from(text, 'latin1'))

describe('the first message of a client of OAUTHBEARER', () => {
  it.each([
    ['n,,\x01auth=Bearer 123.345.567\x01\x01', '', '123.345.567'],
    ['n,,\x01auth=Bearer 123.345.567\x01nineteen=42\x01\x01', '', '123.345.567'],
    ['n,a=myuser,\x01auth=Bearer 345\x01\x01', 'myuser', '345'],
    ['n,,\x01a=b1, b2\x01auth=bEARER   567\x01b=\r\n\tc=d\x01\x01', '', '567'],
    // RFC 7628, section 4.1, and RFC 6750, section 2.1.
    [
      'n,a=user@example.com,\x01host=server.example.com\x01port=143\x01' +
        'auth=Bearer vF-9.df_t4qm~Tc2Nvb3RlckBhbHR+hdmlzdGEuY29/tCg==\x01\x01',
      'user@example.com',
      'vF-9.df_t4qm~Tc2Nvb3RlckBhbHR+hdmlzdGEuY29/tCg==',
    ],
    ['n,a=with=2Ccomma=3D,\x01auth=Bearer 1\x01\x01', 'with=2Ccomma=3D', '1'],
    ['n,,\x01auth=Bearer 1\x01auth=Bearer 2\x01\x01', '', '2'],
  ])('is %j', (text, authorizationId, token) => {
    expect(parse(text)).toEqual({ authorizationId, token })
  })

  it.each([
    [''],
    ['\x01'],
    ['n,,\x01\x01'],
    ['n,,auth=Bearer 1\x01\x01'],
    ['y,,\x01auth=Bearer 1\x01\x01'],
    ['p=tls-unique,,\x01auth=Bearer 1\x01\x01'],
    ['n,a=,\x01auth=Bearer 1\x01\x01'],
    ['n,a=a=b,\x01auth=Bearer 1\x01\x01'],
    ['n,a=a,b,\x01auth=Bearer 1\x01\x01'],
    ['n,b=a,\x01auth=Bearer 1\x01\x01'],
    ['n,a=\xff,\x01auth=Bearer 1\x01\x01'],
    ['n,,\x01auth=Bearer 1\x01'],
    ['n,,\x01auth=Bearer 1'],
    ['n,,\x01auth=Bearer 1\x01\x01\x01'],
    ['n,,\x01auth=Bearer 1\x01\x01x'],
    ['n,,\x01auth=Basic 1\x01\x01'],
    ['n,,\x01auth=Bearer1\x01\x01'],
    ['n,,\x01auth=Bearer\x01\x01'],
    ['n,,\x01auth=Bearer 1 2\x01\x01'],
    ['n,,\x01auth=Bearer 1=2\x01\x01'],
    ['n,,\x01auth=Bearer \xe9\x01\x01'],
    ['n,,\x01Auth=Bearer 1\x01\x01'],
    ['n,,\x01auth=Bearer 1\x0119=42\x01\x01'],
    ['n,,\x01auth=Bearer 1\x01a=\x01\x01'],
    ['n,,\x01auth=Bearer 1\x01a=\x02\x01\x01'],
    ['n,,\x01auth=Bearer 1\x01=b\x01\x01'],
    ['n,,\x01auth=Bearer 1\x01ab\x01\x01'],
  ])('is not %j', text => {
    expect(() => parse(text)).toThrow(SaslFailure)
  })

  it('takes no longer for being as long as it may', () => {
    const long = 500_000
    const hostile = [
      `n,a=${'='.repeat(long)},\x01auth=Bearer 1\x01\x01`,
      `n,,\x01${'a=b\x01'.repeat(long / 4)}`,
      `n,,\x01auth=${' '.repeat(long)}\x01\x01`,
      `n,,\x01auth=Bearer ${'a'.repeat(long)}\x02\x01\x01`,
      `n,,\x01auth=Bearer ${'='.repeat(long)}x\x01\x01`,
    ]
    for (const text of hostile) expect(() => parse(text)).toThrow(SaslFailure)
  })
})
