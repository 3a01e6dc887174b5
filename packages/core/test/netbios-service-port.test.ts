import type { RemoteInfo } from 'node:dgram';

import { describe, expect, test } from 'vitest';

import {
  type CreateNetbiosSocket,
  IN_FLIGHT_HARD_MAX,
  IN_FLIGHT_MAX,
  ServicePort,
} from '../src/transports/netbios/service-port.ts';

const OPTIONS = { address: '10.0.0.1', broadcastAddress: '10.0.0.255', port: 138 };

function nothing(): void {}

/** A computer that refuses to bind what `refuse` says, and sends when told to. */
function computer(
  refuse: (place: string, shared: boolean) => string | undefined = () => undefined,
) {
  const open = new Set<string>();
  const sent: string[] = [];
  const sending: ((error: Error | null) => void)[] = [];
  const received = new Map<string, (bytes: Uint8Array, from: RemoteInfo) => void>();
  const create: CreateNetbiosSocket = ({ reuseAddr = false }) => {
    const listeners = new Map<string, (...args: any[]) => void>();
    const on = (event: string, listener: (...args: any[]) => void): unknown =>
      listeners.set(event, listener);
    let place = '';
    return {
      on,
      once: on,
      bind: ({ address, port }) => {
        place = `${address}:${port}`;
        const code = refuse(place, reuseAddr);
        queueMicrotask(() => {
          if (code !== undefined)
            return listeners.get('error')!(Object.assign(new Error(code), { code }));
          open.add(place);
          received.set(place, (bytes, from) => listeners.get('message')!(bytes, from));
          listeners.get('listening')!();
        });
      },
      address: () => {
        const [address, port] = place.split(':');
        return { address: address!, port: Number(port) || 49_152, family: 'IPv4' };
      },
      send: (_: Uint8Array, ...rest: unknown[]) => {
        const [port, address, done] = rest as [number, string, (error: Error | null) => void];
        sent.push(`${address}:${port}`);
        sending.push(done);
      },
      close: (closed?: () => void) => {
        open.delete(place);
        closed?.();
      },
      connect: nothing,
      addMembership: nothing,
      dropMembership: nothing,
      setMulticastInterface: nothing,
      setMulticastLoopback: nothing,
      setMulticastTTL: nothing,
      setBroadcast: nothing,
      setRecvBufferSize: nothing,
      unref: nothing,
    };
  };
  return { create, open, sent, sending, received };
}

function listener() {
  const heard: string[] = [];
  const told = {
    unsent: 0,
    heard,
    listener: {
      received: (_: Uint8Array, { address }: { address: string }, limited: boolean) =>
        heard.push(`${address} ${limited ? 'limited' : ''}`.trim()),
      sent: () => {},
      unsent: () => told.unsent++,
      failed: () => {},
    },
  };
  return told;
}

describe('a port', () => {
  test('is open at the own address and those of broadcasts, and all are closed', async () => {
    const { create, open, received } = computer();
    const { listener: told, heard } = listener();
    const port = await ServicePort.open(create, OPTIONS, told);
    expect([...open]).toEqual(['10.0.0.1:138', '10.0.0.255:138', '255.255.255.255:138']);
    expect([port.beside, port.local.port]).toEqual([false, 138]);
    for (const place of open) {
      received.get(place)!(new Uint8Array(), {
        address: '10.0.0.2',
        port: 138,
        family: 'IPv4',
        size: 0,
      });
    }
    expect(heard).toEqual(['10.0.0.2', '10.0.0.2', '10.0.0.2 limited']);
    await port.close();
    expect([...open]).toEqual([]);
  });

  test('that another program holds is shared: what is for one goes on to that', async () => {
    const { create, open } = computer((place, shared) =>
      place === '10.0.0.1:138' && !shared ? 'EADDRINUSE' : undefined,
    );
    const port = await ServicePort.open(create, OPTIONS, listener().listener);
    expect([...open]).toEqual(['10.0.0.1:0', '10.0.0.255:138', '255.255.255.255:138']);
    expect([port.beside, port.local.port]).toEqual([true, 49_152]);
  });

  test('does without the broadcast of all networks where the system has none', async () => {
    const { create, open } = computer((place) =>
      place.startsWith('255.') ? 'EADDRNOTAVAIL' : undefined,
    );
    await ServicePort.open(create, OPTIONS, listener().listener);
    expect([...open]).toEqual(['10.0.0.1:138', '10.0.0.255:138']);
  });

  test.each([
    ['10.0.0.1:138', 'EACCES', 'ERROR_ACCESS_DENIED', 'setcap'],
    ['10.0.0.255:138', 'EADDRINUSE', 'ERROR_BUSY', 'Another program'],
    ['10.0.0.255:138', 'EADDRNOTAVAIL', 'ERROR_BAD_NETPATH', 'tried again'],
  ])('that cannot be had leaves nothing open: %s, %s', async (where, refusal, code, words) => {
    const { create, open } = computer((place) => (place === where ? refusal : undefined));
    await expect(ServicePort.open(create, OPTIONS, listener().listener)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(words),
    });
    expect([...open]).toEqual([]);
  });

  test('makes a writer wait when the system does, and drops when he does not', async () => {
    const { create, sent, sending } = computer();
    const told = listener();
    const port = await ServicePort.open(create, OPTIONS, told.listener);
    const bytes = new Uint8Array(1);
    for (let count = 1; count < IN_FLIGHT_MAX; count++)
      expect(port.send(bytes, 'all')).toBeUndefined();
    expect(sent[0]).toBe('10.0.0.255:138');
    let room = false;
    void port.send(bytes, { address: '10.0.0.2', port: 1 })!.then(() => (room = true));
    for (let count = IN_FLIGHT_MAX; count < IN_FLIGHT_HARD_MAX; count++)
      void port.send(bytes, 'all');
    expect(told.unsent).toBe(0);
    void port.send(bytes, 'all');
    expect(told.unsent).toBe(1);
    for (const done of sending.splice(IN_FLIGHT_MAX - 1)) done(null);
    sending.shift()!(new Error('lost'));
    await Promise.resolve();
    await Promise.resolve();
    expect([room, told.unsent]).toEqual([true, 2]);
  });
});
