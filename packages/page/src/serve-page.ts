/** The server of a page: files for everyone who reaches it, states and commands for the page alone. */

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import { isIPv6 } from 'node:net';

import type { Observable } from 'rxjs';

import { type Asset, readAssets } from './assets.ts';
import { streamStates } from './event-stream.ts';
import { refuseForeign, refuseStranger } from './gate.ts';

export interface PageOptions {
  /** Where its files are: HTML, CSS, JavaScript and SVG, `index.html` first. Read once, at the start. */
  readonly directories: readonly (URL | string)[];
  /**
   * What there is to see: each value is a whole state, which JSON can say. The first should come at once. A page reads
   * it from `/state?token=TOKEN`, as server-sent events.
   */
  readonly state$: Observable<unknown>;
  /**
   * Does what the page asks for, by a POST of JSON to `/command` with the token as `Authorization: Bearer TOKEN`. What it
   * throws goes back as `{ "error": message }` with status 422. Check what you are given. Default: the page only looks.
   */
  readonly onCommand?: (command: unknown) => void | Promise<void>;
  /** The address to listen at. Default 127.0.0.1: only programs of this computer reach it. */
  readonly host?: string;
  /** Default 0: any that is free. */
  readonly port?: number;
}

export interface Page extends AsyncDisposable {
  /** To be opened by a person. Its fragment is the token, which browsers send nowhere. */
  readonly url: string;
  /** Ends all connections. Idempotent. */
  close(): Promise<void>;
}

/** A command is a few words; more is a mistake or an attack. */
export const COMMAND_BYTES_MAX = 16_384;

/** Pages that look at the same time: some tabs and a little patience with those that went without a word. */
export const STREAMS_MAX = 32;

const TOKEN_BYTES = 24;

/**
 * What the page may do: load what is served here, and nothing from anywhere else; be in no frame of another page; make
 * no markup of text.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/**
 * Serves a page. Resolves once it can be opened; rejects if the port is taken or a directory cannot be read.
 *
 * Only requests that name this server by its address are answered, none that a page of another origin made, and states
 * and commands only to those with the token of {@link Page.url}.
 */
export async function servePage(options: PageOptions): Promise<Page> {
  const { host = '127.0.0.1', port = 0 } = options;
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  const answers = new Answers(options, await readAssets(options.directories), token);
  const server = createServer((request, response) => void answers.give(request, response));
  server.listen(port, host);
  await once(server, 'listening');
  const url = `http://${placeOf(server)}/#${token}`;
  const closed = once(server, 'close');
  const close = async (): Promise<void> => {
    server.close();
    server.closeAllConnections();
    await closed;
  };
  return { url, close, [Symbol.asyncDispose]: close };
}

/** Where it listens, as it stands in a URL. */
function placeOf(server: Server): string {
  const place = server.address();
  // Only before it listens, and on a Unix socket.
  if (place === null || typeof place === 'string') throw new Error('The page has no address.');
  return `${isIPv6(place.address) ? `[${place.address}]` : place.address}:${place.port}`;
}

class Answers {
  readonly #options: PageOptions;
  readonly #assets: ReadonlyMap<string, Asset>;
  readonly #token: string;
  #streams = 0;

  constructor(options: PageOptions, assets: ReadonlyMap<string, Asset>, token: string) {
    this.#options = options;
    this.#assets = assets;
    this.#token = token;
  }

  async give(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    // One that goes away in the middle of an answer is no error of ours.
    response.on('error', () => {});
    const refusal = refuseForeign(request.headers, request.socket.localPort!);
    if (refusal !== undefined) return refuse(response, refusal);
    const [path = '', query] = request.url!.split('?', 2);
    const question = `${request.method} ${path}`;
    if (question === 'GET /state') return this.#stream(query, response);
    if (question === 'POST /command') return this.#command(request, response);
    const asset = request.method === 'GET' ? this.#assets.get(path) : undefined;
    if (asset === undefined) return refuse(response, 404);
    response.writeHead(200, { 'content-type': asset.type }).end(asset.body);
  }

  #stream(query: string | undefined, response: ServerResponse): void {
    const refusal = refuseStranger(new URLSearchParams(query).get('token'), this.#token);
    if (refusal !== undefined) return refuse(response, refusal);
    if (this.#streams === STREAMS_MAX) return refuse(response, 503);
    this.#streams++;
    response.on('close', () => this.#streams--);
    streamStates(response, this.#options.state$);
  }

  async #command(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { authorization, 'content-type': type } = request.headers;
    const refusal = refuseStranger(authorization?.replace(/^Bearer /, ''), this.#token);
    if (refusal !== undefined) return refuse(response, refusal);
    if (this.#options.onCommand === undefined) return refuse(response, 404);
    if (type !== 'application/json') return refuse(response, 415);
    const text = await readText(request).catch(() => undefined);
    if (text === undefined) return refuse(response, 413);
    try {
      await this.#options.onCommand(JSON.parse(text));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      response.writeHead(422, { 'content-type': 'application/json' });
      return void response.end(JSON.stringify({ error: message }));
    }
    response.writeHead(204).end();
  }
}

/** The body; undefined if it is too long. Rejects if the sender goes away. */
async function readText(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > COMMAND_BYTES_MAX) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** In a word, for a person who looks. */
function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-type': 'text/plain' }).end(STATUS_CODES[status]);
}
