/** A registry on loopback that has the packed packages, for installers that ask it for the scope `@mailslot`. */

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { pack, readIn } from './packed.ts';

/** Long enough ago for installers that mistrust what is new. */
const PUBLISHED = '2026-01-01T00:00:00.000Z';

export class Registry implements AsyncDisposable {
  readonly #server: Server;
  readonly url: string;
  /** Of each package, by its name. */
  readonly tarballs: ReadonlyMap<string, string>;

  /** Packs the built packages into a directory, and serves them. */
  static async start(directory: string): Promise<Registry> {
    const tarballs = await pack(directory);
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Registry(server, tarballs);
  }

  private constructor(server: Server, tarballs: ReadonlyMap<string, string>) {
    this.#server = server;
    this.tarballs = tarballs;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', ({ url = '' }, response) => {
      this.#answer(decodeURIComponent(url.slice(1))).then(
        (body) => response.end(body),
        () => response.writeHead(404).end(),
      );
    });
  }

  /** The description of a package, or its tarball. */
  async #answer(path: string): Promise<string | Uint8Array> {
    const [name, end] = path.split('.tgz', 2) as [string, string | undefined];
    const bytes = await readFile(this.tarballs.get(name)!);
    if (end !== undefined) return bytes;
    const manifest: { version: string } = JSON.parse(
      await readIn(this.tarballs.get(name)!, 'package.json'),
    );
    const { version } = manifest;
    const dist = {
      tarball: `${this.url}/${name}.tgz`,
      integrity: `sha512-${createHash('sha512').update(bytes).digest('base64')}`,
      shasum: createHash('sha1').update(bytes).digest('hex'),
    };
    return JSON.stringify({
      name,
      'dist-tags': { latest: version },
      versions: { [version]: { ...manifest, dist } },
      time: { created: PUBLISHED, modified: PUBLISHED, [version]: PUBLISHED },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
