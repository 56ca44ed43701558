import { describe, expect, it } from 'vitest'
import {
  checkPorts,
  clientListeners,
  listenersOfNode,
  type ListenerTexts,
} from '../../src/config/listeners.ts'

const protocols = 'PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_SSL:SASL_SSL'

function listenersOf(texts: Partial<ListenerTexts>) {
  return clientListeners({
    listeners: ['PLAINTEXT://127.0.0.1:9092'],
    advertisedListeners: null,
    listenerSecurityProtocolMap: protocols,
    controllerListenerNames: ['CONTROLLER'],
    host: null,
    port: null,
    ...texts,
  })
}

describe('listeners', () => {
  it.each([
    ['PLAINTEXT://127.0.0.1:9092', '127.0.0.1', 9092],
    ['PLAINTEXT://localhost:0', 'localhost', 0],
    ['PLAINTEXT://:9092', '', 9092],
    ['PLAINTEXT://[::1]:9092', '::1', 9092],
    ['PLAINTEXT://[fe80::1%eth0]:9092', 'fe80::1%eth0', 9092],
    ['plaintext://kafka-1.example.com:19092', 'kafka-1.example.com', 19092],
  ])('%s', (text, host, port) => {
    const expected = { name: 'PLAINTEXT', protocol: 'PLAINTEXT', host, port, advertised: undefined }
    expect(listenersOf({ listeners: [text] })).toEqual([expected])
  })

  it('may be several, with names of their own', () => {
    const listeners = listenersOf({
      listeners: ['inside://:9092', 'OUTSIDE://:9094'],
      listenerSecurityProtocolMap: 'INSIDE:PLAINTEXT, outside:plaintext',
    })
    expect(listeners.map(({ name, port }) => [name, port])).toEqual([
      ['INSIDE', 9092],
      ['OUTSIDE', 9094],
    ])
  })

  it('for controllers are left out, whatever their protocol', () => {
    const listeners = listenersOf({
      listeners: ['PLAINTEXT://:9092', 'CTRL://:9093'],
      controllerListenerNames: ['ctrl'],
    })
    expect(listeners.map(({ name }) => name)).toEqual(['PLAINTEXT'])
  })

  it('send clients where advertised.listeners says', () => {
    const listeners = listenersOf({
      listeners: ['PLAINTEXT://:9092', 'CONTROLLER://:9093'],
      advertisedListeners: ['PLAINTEXT://broker.example.com:19092', 'CONTROLLER://broker:9093'],
    })
    expect(listeners).toEqual([
      {
        name: 'PLAINTEXT',
        protocol: 'PLAINTEXT',
        host: '',
        port: 9092,
        advertised: { host: 'broker.example.com', port: 19092 },
      },
    ])
  })

  it.each([
    ['broker.example.com:19092', 'broker.example.com', 19092],
    ['broker.example.com', 'broker.example.com', undefined],
    ['[::1]:19092', '::1', 19092],
    ['[::1]', '::1', undefined],
  ])('send clients to %s, where there is only one', (text, host, port) => {
    const listeners = ['PLAINTEXT://:9092', 'CONTROLLER://:9093']
    expect(listenersOf({ listeners, advertisedListeners: [text] })).toMatchObject([
      { name: 'PLAINTEXT', advertised: { host, port } },
    ])
  })

  it('of several nodes follow each other, node by node', () => {
    const listeners = listenersOf({
      listeners: ['A://:9092', 'B://:9093', 'C://:0'],
      advertisedListeners: ['A://a.example.com:19092'],
      listenerSecurityProtocolMap: 'A:PLAINTEXT,B:PLAINTEXT,C:PLAINTEXT',
    })
    expect(listenersOfNode(listeners, 0)).toEqual(listeners)
    expect(listenersOfNode(listeners, 2)).toMatchObject([
      { name: 'A', port: 9098, advertised: { host: 'a.example.com', port: 19098 } },
      { name: 'B', port: 9099, advertised: undefined },
      { name: 'C', port: 0, advertised: undefined },
    ])
  })

  it('take another host or port, if there is only one for clients', () => {
    const listeners = ['PLAINTEXT://1.2.3.4:9092', 'CONTROLLER://:9093']
    expect(listenersOf({ listeners, port: 0 })[0]).toMatchObject({ host: '1.2.3.4', port: 0 })
    expect(listenersOf({ listeners, host: '::1' })[0]).toMatchObject({ host: '::1', port: 9092 })
  })
})

describe('listeners are refused', () => {
  it.each([
    [['A://:9092', 'B://:9094'], 2, 'brokers: two listeners of 2 brokers would be on :9094'],
    [['A://:65534'], 3, 'brokers: A of broker 2 would be on port 65536'],
  ])('%j for %i brokers', (listeners, nodes, message) => {
    const listenerSecurityProtocolMap = 'A:PLAINTEXT,B:PLAINTEXT'
    const ofOne = listenersOf({ listeners, listenerSecurityProtocolMap })
    expect(() => checkPorts(ofOne, nodes)).toThrow(new RangeError(message))
  })

  it.each([
    'localhost:9092',
    'PLAINTEXT://localhost',
    'PLAINTEXT://localhost:99999',
    'PLAINTEXT://localhost:-1',
    'PLAINTEXT://::1:9092',
    '://localhost:9092',
  ])('%s, because of their form', text => {
    expect(() => listenersOf({ listeners: [text] })).toThrow(
      new RangeError(`listeners: '${text}' is not NAME://host:port`),
    )
  })

  it.each([
    [
      { listenerSecurityProtocolMap: 'PLAINTEXT:TLS' },
      'listeners: PLAINTEXT uses TLS, which is none of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL',
    ],
    [{ listeners: ['X://:9093'] }, 'listeners: X is not in listener.security.protocol.map'],
    [{ listeners: [] }, 'listeners: there is none for clients'],
    [{ listeners: ['CONTROLLER://:9093'] }, 'listeners: there is none for clients'],
    [{ listeners: ['PLAINTEXT://:1', 'plaintext://:2'] }, 'listeners: PLAINTEXT is there twice'],
    [
      { listenerSecurityProtocolMap: 'PLAINTEXT' },
      "listener.security.protocol.map: 'PLAINTEXT' is not NAME:PROTOCOL",
    ],
    [{ advertisedListeners: ['OTHER://a:1'] }, 'advertised.listeners: there is no listener OTHER'],
    [{ advertisedListeners: ['a:0'] }, 'advertised.listeners: no client can reach a:0'],
    [
      { advertisedListeners: ['a:1:2'] },
      "advertised.listeners: 'a:1:2' is not NAME://host:port, nor host[:port]",
    ],
    [
      { advertisedListeners: ['PLAINTEXT://0.0.0.0:9092'] },
      'advertised.listeners: no client can reach 0.0.0.0:9092',
    ],
    [
      {
        listeners: ['A://:1', 'B://:2'],
        listenerSecurityProtocolMap: 'A:PLAINTEXT,B:PLAINTEXT',
        port: 3,
      },
      'port: there are several listeners; set listeners instead',
    ],
  ])('%j', (texts, message) => {
    expect(() => listenersOf(texts)).toThrow(new RangeError(message))
  })
})
